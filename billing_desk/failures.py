"""What is seen where nothing is, or when we failed: a problem for machines, a page for people."""

import sys
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt

from billing.api.bodies import Unreadable
from billing.api.edge import is_api
from billing.api.problems import MEDIA_TYPE, InternalError, failure_of, headers_of
from billing.errors import NotFound, problem_of

LONGEST_PATH = 200


@csrf_exempt
def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    if not is_api(request):
        return defaults.page_not_found(request, exception)
    refusal = NotFound(f"There is nothing at {request.path[:LONGEST_PATH]}.")
    return JsonResponse(problem_of(refusal), status=refusal.status, content_type=MEDIA_TYPE)


def server_error(request: HttpRequest) -> HttpResponse:
    if not is_api(request):
        return defaults.server_error(request)
    failure = failure_of(sys.exception())
    body = problem_of(failure)
    return JsonResponse(body, status=failure.status, content_type=MEDIA_TYPE, headers=headers_of(body))


class ProblemMiddleware:
    """Tells programs of Django's own errors in the one shape they know, also where a page would be shown."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if is_api(request) and is_page_of_django(request, response):
            return told(request, response.status_code)
        return response


def is_page_of_django(request: HttpRequest, response: HttpResponse) -> bool:
    """Tell whether a request failed before or after, but not in, one of our views."""
    failed = response.status_code == 500 or (response.status_code >= 400 and request.resolver_match is None)
    return failed and response.headers.get("Content-Type", "").startswith("text/html")


def told(request: HttpRequest, status: int) -> HttpResponse:
    """Answer an error that is known by its status alone."""
    if status == NotFound.status:
        return not_found(request)
    refusal = failure_of(None) if status >= InternalError.status else Unreadable()
    return JsonResponse(problem_of(refusal), status=refusal.status, content_type=MEDIA_TYPE)
