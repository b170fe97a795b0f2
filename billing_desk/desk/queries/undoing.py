"""The pages that ask before a final credit note is voided or reversed."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from billing.documents.models import Series
from billing.documents.numbering import peek_number
from billing.money import ZERO
from billing.platforms.models import Member
from credit_notes.models import CreditNote
from credit_notes.reversal import due_date
from credit_notes.services.live import require_live
from credit_notes.services.reverse import original_of, require_reversible
from credit_notes.services.void import own_invoices

from .credit_note_page import find_note
from .note_menu import hindrance_of
from .note_money import AllocationRow, allocations_of


@dataclass(frozen=True)
class Undoing:
    id: str
    label: str
    customer: str
    currency: str
    total: Decimal
    available: Decimal
    restored: list[AllocationRow]  # what its own invoices owe again when it is voided
    why_not_void: str
    number: str  # of the invoice that reverses it, unless somebody is quicker
    due_date: date | None
    left_to_pay: Decimal  # of that invoice, once it has what the note has left


def voiding_of(*, member: Member, credit_note_id: str, at: datetime) -> Undoing:
    """Return what voiding a note would do.

    :raises BillingError: it cannot be voided, and why.
    """
    note = find_note(member, credit_note_id)
    require_live(note)
    hindrance = hindrance_of(note, at=at)
    if hindrance is not None:
        raise hindrance
    return undoing(note, member, why_not_void="", at=at)


def reversing_of(*, member: Member, credit_note_id: str, at: datetime) -> Undoing:
    """Return what reversing a note would do.

    :raises BillingError: it cannot be reversed, or can still be voided.
    """
    note = find_note(member, credit_note_id)
    require_reversible(note, list(own_invoices(note)), at=at)
    hindrance = hindrance_of(note, at=at)
    return undoing(note, member, why_not_void=hindrance.detail if hindrance else "", at=at)


def undoing(note: CreditNote, member: Member, *, why_not_void: str, at: datetime) -> Undoing:
    today = note.day(at)
    own = {row.invoice_id for row in note.references.all()}
    return Undoing(
        id=note.pk,
        label=note.display_number,
        customer=note.buyer.name,
        currency=note.currency,
        total=note.total,
        available=note.amount_available,
        restored=[row for row in allocations_of(note, own, member) if row.is_own],
        why_not_void=why_not_void,
        number=peek_number(note.billing_entity, Series.Kind.INVOICE, on=today),
        due_date=due_date(original_of(note) or note.snapshot, today),
        left_to_pay=max(note.total - note.amount_available, ZERO),
    )
