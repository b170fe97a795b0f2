"""Refusals as RFC 9457 problem details: type, title, status, detail, code, field and the facts."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from billing.errors import BillingError

MEDIA_TYPE = "application/problem+json"

CODES = {
    exceptions.ParseError: ("invalid_json", "The body cannot be read"),
    exceptions.NotAuthenticated: ("not_authenticated", "No credential was given"),
    exceptions.AuthenticationFailed: ("authentication_failed", "The credential is not valid"),
    exceptions.MethodNotAllowed: ("method_not_allowed", "This address does not know that method"),
    exceptions.UnsupportedMediaType: ("unsupported_media_type", "The body has the wrong content type"),
    exceptions.NotAcceptable: ("not_acceptable", "The answer cannot be given in that form"),
    exceptions.Throttled: ("too_many_requests", "Too many requests"),
    exceptions.NotFound: ("not_found", "There is no such thing here"),
}


def handle(exception: Exception, context: dict[str, Any]) -> Response | None:
    """Turn a refusal into its answer; None lets a bug crash."""
    if isinstance(exception, BillingError):
        return answer(problem_of(exception))
    if isinstance(exception, Http404):
        exception = exceptions.NotFound()
    if isinstance(exception, PermissionDenied):
        exception = exceptions.PermissionDenied()
    if isinstance(exception, exceptions.ValidationError):
        return answer(validation_problem(exception))
    if isinstance(exception, exceptions.APIException):
        code, title = CODES.get(type(exception), ("refused", "The request was refused"))
        response = answer(problem(code, exception.status_code, title, str(exception.detail)))
        if header := getattr(exception, "auth_header", None):
            response["WWW-Authenticate"] = header
        return response
    return None


def answer(body: dict[str, Any]) -> Response:
    return Response(body, status=body["status"], content_type=MEDIA_TYPE)


def problem(code: str, status: int, title: str, detail: str, **facts: Any) -> dict[str, Any]:
    return {
        "type": f"/v1/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        **facts,
    }


def problem_of(refusal: BillingError) -> dict[str, Any]:
    facts = refusal.facts | ({"field": refusal.field} if refusal.field else {})
    return problem(refusal.code, refusal.status, refusal.title, refusal.detail, **facts)


def validation_problem(exception: exceptions.ValidationError) -> dict[str, Any]:
    """Name every field that is wrong, the first of them as `field`."""
    errors = list(flatten(exception.detail))
    field, message = errors[0] if errors else ("", "The request is not valid.")
    return problem(
        "invalid_request",
        400,
        "The request is not valid",
        f"{field}: {message}" if field else message,
        field=field,
        errors=[{"field": field, "message": message} for field, message in errors],
    )


def flatten(detail: Any, path: str = "") -> Any:
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
            yield path, str(message)
