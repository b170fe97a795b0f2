"""What finalising a draft credit note would come to now."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from billing.documents.snapshot import Document
from billing.errors import BillingError
from billing.money import ZERO
from credit_notes.models import CreditNote
from credit_notes.services.finalize import papers_of, plan_again
from credit_notes.services.plan import require_type


@dataclass(frozen=True)
class Outlook:
    """What becomes of a draft's money; `refusal` says why nothing would, "" if it could be finalised."""

    total: Decimal
    cleared: Decimal
    owed: Decimal
    is_store: bool
    refusal: str
    document: Document | None = None  # what it would say; None if it could not be finalised


def outlook_of(note: CreditNote, *, at: datetime) -> Outlook:
    """Return what a draft comes to now. `note` comes with its platform, parties and billing entity."""
    on = note.date or note.day(at)
    try:
        plan = plan_again(note, papers_of(note.platform, note), on=on)
        if not note.is_type_automatic:
            require_type(note.type, plan)
    except BillingError as refusal:
        return Outlook(note.total, ZERO, ZERO, is_store=False, refusal=refusal.detail)
    return Outlook(
        total=plan.total,
        cleared=plan.cleared,
        owed=plan.total - plan.cleared,
        is_store=note.type == CreditNote.Type.STORE and not note.is_type_automatic,
        refusal="",
        document=plan.document,
    )
