"""The reasons that a platform gives for its credit notes and refunds."""

from datetime import datetime

from django.db.models import Max

from billing.errors import BillingError, Invalid
from billing.events import corrections
from billing.events.corrections import BY_API
from billing.platforms.models import Platform
from billing.transactions import entrance
from credit_notes.models import ReasonCode
from credit_notes.reasons import DEFAULT

WRITE_OFF = "write_off"


class ReasonCodeRequired(Invalid):
    code = "reason_code_required"
    title = "A reason code is mandatory here"


class ReasonCodeUnknown(Invalid):
    code = "reason_code_unknown"
    title = "The platform's list has no such reason code"


class ReasonCodeExists(BillingError):
    code = "reason_code_exists"
    title = "The list has this code already"


def reasons_of(platform: Platform, kind: str) -> list[tuple[str, str]]:
    """Return a platform's reasons of a kind as `(code, name)`: its own, or else the default list."""
    own = ReasonCode.objects.for_platform(platform).filter(kind=kind, is_active=True)
    return list(own.order_by("position", "code").values_list("code", "name")) or list(DEFAULT.items())


def require_reason(*, platform: Platform, kind: str, code: str, field: str = "reason_code") -> str:
    """Return the name to keep with a reason code; capital letters count.

    It is empty for no code, for `write_off`, and for one of the default list, which is printed in the
    customer's language.

    :raises ReasonCodeRequired: none was given, and the platform wants one.
    :raises ReasonCodeUnknown: it is not on the platform's list.
    """
    if not code:
        if is_required(platform, kind):
            raise ReasonCodeRequired("Say why: this platform wants a reason code.", field=field)
        return ""
    reasons = dict(reasons_of(platform, kind))
    if code == WRITE_OFF and code not in reasons:
        return ""  # the house gives this reason by itself
    if code not in reasons:
        allowed = ", ".join(reasons)
        raise ReasonCodeUnknown(
            f"There is no reason code {code!r} here; there are: {allowed}.", field=field, allowed=[*reasons]
        )
    return "" if DEFAULT.get(code) == reasons[code] else reasons[code]


def is_required(platform: Platform, kind: str) -> bool:
    """Tell whether a platform wants a reason code for each thing of a kind."""
    of_refunds = kind == ReasonCode.Kind.REFUND
    return platform.requires_refund_reason if of_refunds else platform.requires_reason


@entrance
def add_reason_code(
    *,
    platform: Platform,
    kind: str,
    code: str,
    name: str,
    position: int | None = None,
    reason: str = BY_API,
    actor: str,
    at: datetime,
) -> ReasonCode:
    """Put a reason on a platform's list, last unless a position is given. A retired one comes back.

    The first one of a kind replaces the default list.

    :raises ReasonCodeExists: the list has this code.
    :raises Invalid: the code or the name is blank, or cannot be printed.
    """
    require_printable(code, field="code")
    require_printable(name, field="name")
    codes = ReasonCode.objects.for_platform(platform).filter(kind=kind)
    row = codes.filter(code=code).first()
    if row and row.is_active:
        raise ReasonCodeExists(f"{code} is on the list: {row.name}.", field="code", reason_code=row.pk)
    last = codes.aggregate(last=Max("position"))["last"] or 0
    row = row or ReasonCode(platform=platform, kind=kind, code=code)
    row.name, row.is_active, row.position = name, True, last + 1 if position is None else position
    write = corrections.add if row._state.adding else corrections.correct
    write(row, reason=reason, actor=actor, at=at)
    return row


@entrance
def change_reason_code(
    *,
    platform: Platform,
    reason_code_id: str,
    name: str | None = None,
    position: int | None = None,
    reason: str = BY_API,
    actor: str,
    at: datetime,
) -> ReasonCode:
    """Give a reason another name or place. Its code stays; documents keep the name they were made with.

    :raises NothingToCorrect: it says all that already.
    """
    row = ReasonCode.objects.for_platform(platform).locked().find(reason_code_id)
    if name is not None:
        require_printable(name, field="name")
        row.name = name
    if position is not None:
        row.position = position
    corrections.correct(row, reason=reason, actor=actor, at=at)
    return row


@entrance
def retire_reason_code(
    *, platform: Platform, reason_code_id: str, reason: str = BY_API, actor: str, at: datetime
) -> ReasonCode:
    """Take a reason off the list. The row stays, for documents were made with it.

    :raises NothingToCorrect: it is off the list already.
    """
    row = ReasonCode.objects.for_platform(platform).locked().find(reason_code_id)
    row.is_active = False
    corrections.correct(row, reason=reason, actor=actor, at=at)
    return row


def require_printable(text: str, *, field: str) -> None:
    if not text.strip() or text != text.strip() or not text.isprintable():
        raise Invalid(f"A {field} is one line of text without blanks around it.", field=field)
