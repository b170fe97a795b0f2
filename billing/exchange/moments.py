"""When something can have become of an e-invoice."""

from datetime import UTC, datetime

from .models import EInvoice
from .refusals import MomentNotPossible


def objection_to_moment(
    einvoice: EInvoice, moment: datetime | None, *, now: datetime
) -> MomentNotPossible | None:
    """Return why nothing can have become of an e-invoice at a moment; people tell it by the second."""
    if moment is None:
        return None
    if moment > now:
        return MomentNotPossible(f"{in_utc(moment)} is still to come.", field="at")
    left_at = first_left(einvoice)
    if moment < left_at.replace(microsecond=0):
        why = f"It first left at {in_utc(left_at)}: nothing became of it before."
        return MomentNotPossible(why, field="at", left_at=in_utc(left_at))
    return None


def first_left(einvoice: EInvoice) -> datetime:
    """Return when an e-invoice can first have left the house."""
    rows = einvoice.changes.filter(status=EInvoice.Status.IN_PROGRESS)
    began: datetime | None = rows.values_list("at", flat=True).first()
    return began or einvoice.created_at


def in_utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
