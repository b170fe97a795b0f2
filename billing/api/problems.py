"""Refusals as RFC 9457 problem details: type, title, status, detail, code, field and the facts."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, UnreadablePostError
from django.utils.log import log_response
from rest_framework import exceptions
from rest_framework.response import Response

from billing.errors import BillingError, Invalid, NotFound, problem, problem_of
from billing.events.record import request_id

from .bodies import BodyTooLarge, Unreadable
from .permissions import PermissionMissing

MEDIA_TYPE = "application/problem+json"

CODES = {
    exceptions.ParseError: ("invalid_json", "The body cannot be read"),
    exceptions.NotAuthenticated: ("not_authenticated", "No credential was given"),
    exceptions.AuthenticationFailed: ("authentication_failed", "The credential is not valid"),
    exceptions.PermissionDenied: (PermissionMissing.code, PermissionMissing.title),
    exceptions.NotFound: (NotFound.code, NotFound.title),
    exceptions.MethodNotAllowed: ("method_not_allowed", "This address does not know that method"),
    exceptions.NotAcceptable: ("not_acceptable", "The answer cannot be given in that form"),
    exceptions.UnsupportedMediaType: ("unsupported_media_type", "The body has the wrong content type"),
    exceptions.Throttled: ("too_many_requests", "Too many requests"),
}
"""Refusals of the framework, as ours."""

TRANSLATED: tuple[tuple[type[Exception], type[Exception]], ...] = (
    (Http404, exceptions.NotFound),
    (PermissionDenied, exceptions.PermissionDenied),
    (RequestDataTooBig, BodyTooLarge),
    (SuspiciousOperation, Unreadable),
    (UnreadablePostError, Unreadable),
)
"""What Django itself refuses, in words that have a code."""

CROSSED = {"40001", "40P01", "55P03"}
"""PostgreSQL's words for a transaction that others did not let through."""
GONE = ("08", "53", "57")
"""Classes of PostgreSQL's words for: no connection, no room, stopped by its operator."""
UNAUTHORIZED = 401
RETRY_AFTER = 5
"""Seconds, in an answer 503."""
MOST_ERRORS = 20
LONGEST_TEXT = 500
"""Characters. What was sent is told back in short, however much of it was wrong."""

REASONS = {
    "invalid_choice": "not_a_choice",
    "max_length": "too_long",
    "max_string_length": "too_long",
    "min_length": "too_short",
    "max_value": "too_large",
    "min_value": "too_small",
    "null_characters_not_allowed": "text",
    "surrogate_characters_not_allowed": "text",
}
"""The framework's words for what is wrong with a value, as ours; its other words are ours too."""


class InternalError(BillingError):
    """A bug. All that is told of it is the id under which it was logged."""

    code = "internal_error"
    status = 500
    title = "We have failed"


class ServiceUnavailable(BillingError):
    code = "service_unavailable"
    status = 503
    title = "The service cannot answer now"


class LockedTryAgain(BillingError):
    code = "locked_try_again"
    status = 503
    title = "Others changed the same things at the same moment"


def handle(exception: Exception, context: dict[str, Any]) -> Response:
    """Turn whatever ends a request into its answer; our own failures are logged."""
    exception = next((ours() for theirs, ours in TRANSLATED if isinstance(exception, theirs)), exception)
    if isinstance(exception, BillingError):
        return answer(problem_of(exception))
    if isinstance(exception, exceptions.ValidationError):
        return answer(validation_problem(exception))
    if type(exception) in CODES:
        code, title = CODES[type(exception)]
        response = answer(problem(code, exception.status_code, title, str(exception.detail)[:LONGEST_TEXT]))
        if header := getattr(exception, "auth_header", None):
            response["WWW-Authenticate"] = header
        return response
    return logged(exception, context["request"])


def logged(exception: Exception, request: HttpRequest) -> Response:
    """Answer a failure of ours, and log it with all that is known of it."""
    response = answer(problem_of(failure_of(exception)))
    log_response(
        "%s: %s",
        response.reason_phrase,
        request.path,
        response=response,
        request=request,
        exception=exception,
    )
    return response


def failure_of(exception: BaseException | None) -> BillingError:
    """Return what to tell of a failure of ours: a database that is gone for a moment, or a bug."""
    sqlstate = getattr(exception.__cause__, "sqlstate", None) if exception else None
    if isinstance(exception, OperationalError) and sqlstate in CROSSED:
        return LockedTryAgain("Nothing has been changed. Send the request again.")
    gone = isinstance(exception, OperationalError) and (not sqlstate or sqlstate.startswith(GONE))
    if gone or isinstance(exception, InterfaceError):
        return ServiceUnavailable(
            "The database does not answer, or broke off. Send the request again in a moment."
        )
    return InternalError("This is our mistake, and it has been logged.", request_id=request_id.get())


def answer(body: dict[str, Any]) -> Response:
    return Response(body, status=body["status"], content_type=MEDIA_TYPE, headers=headers_of(body))


def headers_of(body: dict[str, Any]) -> dict[str, str]:
    """Return what a problem says in headers too: when to come again, and with what."""
    usual = RETRY_AFTER if body["status"] == ServiceUnavailable.status else None
    seconds = body.get("retry_after", usual)
    headers = {} if seconds is None else {"Retry-After": str(seconds)}
    return headers | ({"WWW-Authenticate": "Bearer"} if body["status"] == UNAUTHORIZED else {})


def validation_problem(exception: exceptions.ValidationError) -> dict[str, Any]:
    """Name the fields that are wrong, the first of them as `field`; of very many, some."""
    errors = [
        {
            "field": field[:LONGEST_TEXT],
            "message": str(message)[:LONGEST_TEXT],
            "reason": REASONS.get(message.code, message.code),
        }
        for field, message in islice(flatten(exception.detail), MOST_ERRORS)
    ]
    field, message = errors[0]["field"], errors[0]["message"]
    detail = f"{field}: {message}" if field else message
    return problem(Invalid.code, Invalid.status, Invalid.title, detail, field=field, errors=errors)


def flatten(detail: Any, path: str = "") -> Iterator[tuple[str, exceptions.ErrorDetail]]:
    """Yield `(path, message)` for each error of DRF's nested detail."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            step = "" if name == "non_field_errors" else str(name)
            yield from flatten(inner, ".".join(part for part in (path, step) if part))
    elif isinstance(detail, list) and any(isinstance(inner, (dict, list)) for inner in detail):
        for index, inner in enumerate(detail):
            yield from flatten(inner, f"{path}.{index}" if path else str(index))
    else:
        for message in detail if isinstance(detail, list) else [detail]:
            yield path, message
