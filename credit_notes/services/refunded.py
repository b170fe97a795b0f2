"""What a refund does to its note: the amount it moves, and the event that says so."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from billing.events.record import record
from billing.money import ZERO
from billing.transactions import step
from credit_notes.models import CreditNote, Refund

from .available import change_of
from .limits import plain
from .summary import summary_of


@step
def move_and_record(
    event: str,
    note: CreditNote,
    refund: Refund,
    *,
    by: Decimal = ZERO,
    was: str = "",
    actor: str,
    at: datetime,
) -> None:
    """Move what a note has refunded, and record what became of a refund whose status `was` another.

    The caller holds the note and has saved the refund.
    """
    before = summary_of(note)
    note.amount_refunded += by
    note.updated_at = at
    note.save(update_fields=["amount_refunded", "updated_at"])
    data = change_of(note, before) | {"refund": summary_of_refund(refund)}
    if was:
        data["previous"]["refund"] = {"status": was}
    record(event, platform=note.platform, about=note, actor=actor, at=at, data=data)


def summary_of_refund(refund: Refund) -> dict[str, Any]:
    """Return a refund in the few fields that its note's events carry."""
    return {
        "object": "refund",
        "id": refund.pk,
        "amount": plain(refund, refund.amount),
        "status": refund.status,
        "gateway": refund.gateway,
        "method": refund.method,
        "payment": refund.payment_id,
        "reference": refund.reference or refund.provider_reference,
        "reason_code": refund.reason_code,
        "failure": refund.failure,
        "date": refund.date.isoformat() if refund.date else None,
    }
