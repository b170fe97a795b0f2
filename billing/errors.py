"""Refusals: a sentence with a code, an HTTP status and the facts a caller needs to act.

Each refusal is a class beside the service that utters it; the desk shows its sentence, the API answers it
as `application/problem+json`, a command prints it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar


class BillingError(Exception):
    """A request that cannot be carried out. Nothing has been changed.

    `code` is stable and documented; `title` says what is wrong in general, `detail` in this case; `field` is
    a path into the request (`lines.0.amount`); `facts` are JSON-ready values.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    title: ClassVar[str] = "The request was refused"

    def __init__(self, detail: str = "", *, field: str = "", **facts: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.field = field
        self.facts = facts


class NotFound(BillingError):
    """There is no such thing on this platform; whether another platform has it is not said."""

    code = "not_found"
    status = 404
    title = "There is no such thing here"


class Invalid(BillingError):
    """The request has the wrong shape: a missing field, a wrong type, an unknown name."""

    code = "invalid_request"
    status = 400
    title = "The request is not valid"


def problem(code: str, status: int, title: str, detail: str, **facts: Any) -> dict[str, Any]:
    """Return a refusal in the shape of RFC 9457."""
    return {
        "type": f"/v1/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        **facts,
    }


def problem_of(refusal: BillingError) -> dict[str, Any]:
    """Return a refusal as the API answers it."""
    facts = refusal.facts | ({"field": refusal.field} if refusal.field else {})
    if refusal.code == Invalid.code:
        facts["errors"] = [{"field": refusal.field, "message": refusal.detail, "reason": "invalid"}]
    return problem(refusal.code, refusal.status, refusal.title, refusal.detail, **facts)


@contextmanager
def within(path: str) -> Iterator[None]:
    """Let a refusal name its field as a part of `path`."""
    try:
        yield
    except BillingError as refusal:
        refusal.field = ".".join(part for part in (path, refusal.field) if part)
        raise
