"""Where the API begins, and from where somebody calls it."""

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request


def is_api(request: HttpRequest) -> bool:
    return request.path == "/v1" or request.path.startswith("/v1/")


def address_of(request: Request | HttpRequest) -> str:
    """Return the address that a request came from: as our own proxies saw it, if there are any.

    Each proxy adds to X-Forwarded-For whom it talked to; what stands before that, anybody may have written.
    """
    seen = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    proxies = settings.TRUSTED_PROXIES
    forwarded = seen[-proxies] if 0 < proxies <= len(seen) else ""
    address: str = forwarded or request.META.get("REMOTE_ADDR", "")
    return address
