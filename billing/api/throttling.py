"""How many requests a minute: for each credential, and for each address of those who have none."""

import hashlib
import math
from collections.abc import Callable
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from rest_framework.request import Request

from billing.errors import BillingError

from .counting import WINDOW, count
from .edge import address_of, is_api
from .problems import MEDIA_TYPE, headers_of, problem_of


class TooManyRequests(BillingError):
    code = "too_many_requests"
    status = 429
    title = "Too many requests"


class Allowance(NamedTuple):
    """What one may ask for in a minute, and what is left of it. `resets_in` is in seconds."""

    limit: int
    remaining: int
    resets_in: int
    is_used_up: bool

    @property
    def headers(self) -> dict[str, str]:
        """The names are those that most clients know: docs/api/requests.md."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.resets_in),
            "RateLimit-Policy": f"{self.limit};w={WINDOW}",
        }

    def require(self) -> None:
        """Refuse what is beyond the allowance.

        :raises TooManyRequests: with the seconds after which to come again.
        """
        if self.is_used_up:
            raise TooManyRequests(
                f"At most {self.limit} are answered in a minute. Come again in {self.resets_in} s.",
                limit=self.limit,
                retry_after=self.resets_in,
            )


def limit(name: str, key: str, *, per_minute: int) -> None:
    """Refuse what somebody tries too often: `limit("sign-in", f"{address} {username}", per_minute=10)`.

    :raises TooManyRequests: with the seconds after which to come again.
    """
    if allowance := take(name, key, per_minute=per_minute):
        allowance.require()


def take(name: str, key: str, *, per_minute: int) -> Allowance | None:
    """Use up one of so many a minute; None if there is no limit (0), or nobody who counts."""
    digest = hashlib.sha256(key.encode(errors="replace")).hexdigest()
    counted = count(f"{name}:{digest}") if per_minute else None
    if counted is None:
        return None
    return Allowance(
        limit=per_minute,
        remaining=max(per_minute - counted.times, 0),
        resets_in=max(math.ceil(counted.open_for / 1000), 1),
        is_used_up=counted.times > per_minute,
    )


def limit_request(request: Request | HttpRequest, credential: Any = None) -> None:
    """Count a request for its credential, or without one for the address that it came from.

    Its answer tells what is left, whatever becomes of it.

    :raises TooManyRequests: with the seconds after which to come again.
    """
    if credential is None:
        allowance = take("address", address_of(request), per_minute=settings.API_STRANGERS_PER_MINUTE)
    else:
        allowance = take("credential", credential.pk, per_minute=rate_of(credential))
    if allowance:
        getattr(request, "_request", request).allowance = allowance
        allowance.require()


def rate_of(credential: Any) -> int:
    """Return how many requests a minute a credential may make; 0 is no limit."""
    own: int | None = credential.requests_per_minute
    usual: int = settings.API_REQUESTS_PER_MINUTE
    return usual if own is None else own


class RateLimitMiddleware:
    """Tells in each answer of the API what is left, and counts what no view counts.

    A view with `counts_requests` does so itself, once it knows for whom.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if allowance := getattr(request, "allowance", None):
            for name, value in allowance.headers.items():
                response[name] = value
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if not is_api(request) or getattr(getattr(view, "cls", None), "counts_requests", False):
            return None
        try:
            limit_request(request)
        except TooManyRequests as refusal:
            body = problem_of(refusal)
            return JsonResponse(body, status=429, content_type=MEDIA_TYPE, headers=headers_of(body))
        return None
