"""Every answer carries the id of its request; every event that the request caused carries it too."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from billing.events.record import actor_id, part_of
from billing.ids import new_id

ACCEPTABLE = re.compile(r"[A-Za-z0-9_.:-]{1,100}")


class RequestIdMiddleware:
    """Takes the caller's X-Request-Id when it is well-formed, else makes one.

    Who asks is not known yet: the desk, the API and the admin each say so (`actor_id`), for this request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        value = given if ACCEPTABLE.fullmatch(given) else new_id("req")
        request.META["HTTP_X_REQUEST_ID"] = value  # the middleware that logs requests takes it from there
        nobody = actor_id.set("")
        try:
            with part_of(value):
                response = self.get_response(request)
        finally:
            actor_id.reset(nobody)
        response["X-Request-Id"] = value
        return response
