"""How one document is mentioned on another's page."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from credit_notes.models import CreditNote
from invoices.models import Invoice

from .badges import Badge, note_badges


@dataclass(frozen=True)
class NoteLink:
    id: str
    label: str
    badges: list[Badge]
    total: Decimal
    currency: str
    date: date | None
    is_draft: bool
    is_full: bool


def notes_of(invoice: Invoice) -> list[NoteLink]:
    """Return the credit notes on an invoice, newest first. Fetch it `with_settlement`."""
    taken = sorted(invoice.credit_note_references.all(), key=lambda row: row.credit_note_id, reverse=True)
    return [link_of(row.credit_note, total=row.total) for row in taken]


def link_of(note: CreditNote, *, total: Decimal) -> NoteLink:
    return NoteLink(
        id=note.pk,
        label=note.display_number,
        badges=note_badges(
            status=note.status,
            settlement=note.settlement,
            type=note.type,
            is_refunded=bool(note.amount_refunded),
            on_hold=note.on_hold,
            is_reversed=bool(note.reversed_by_id),
        ),
        total=total,
        currency=note.currency,
        date=note.date,
        is_draft=note.is_draft,
        is_full=note.is_full,
    )
