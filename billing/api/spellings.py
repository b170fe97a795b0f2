"""Addresses as other products spell them: `credit_and_copy` means `credit-and-copy`."""

from collections.abc import Callable, Iterator
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver

from .edge import is_api


class SpellingMiddleware:
    """Reads an underscore as a dash where a part of the API's addresses has one; ids stay as they are."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_api(request) and "_" in request.path_info:
            request.path_info = "/".join(spelled(part) for part in request.path_info.split("/"))
        return self.get_response(request)


def spelled(part: str) -> str:
    dashed = part.replace("_", "-")
    return dashed if dashed in parts_with_dashes() else part


@cache
def parts_with_dashes() -> frozenset[str]:
    """Return the parts of our addresses in which a dash stands between words."""
    parts = (part for route in routes(get_resolver()) for part in route.split("/"))
    return frozenset(part for part in parts if "-" in part and part.replace("-", "").isalpha())


def routes(resolver: URLResolver) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield str(pattern.pattern)
        else:
            yield from routes(pattern)
