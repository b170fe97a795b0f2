"""Refusals: a sentence with a code, an HTTP status and the facts a caller needs to act.

Each refusal is a class beside the service that utters it; the desk shows its sentence, the API answers it
as `application/problem+json`, a command prints it.
"""

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
