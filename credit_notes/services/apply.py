"""Give an invoice the credit that its customer has available."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from billing.money import ZERO
from billing.platforms.models import Platform
from billing.transactions import entrance, step
from credit_notes.models import Allocation, CreditNote
from invoices.models import Invoice, Payment
from invoices.services import apply_overpayments

from .allocate import (
    common_to,
    give,
    locked_invoices,
    locked_notes,
    require_final,
    require_giver,
    require_taker,
)
from .available import NothingAvailable
from .owed import adjustable_of, require_due


@entrance
def apply_credits(
    *,
    platform: Platform,
    invoice_id: str,
    credit_note_ids: Collection[str] = (),
    actor: str,
    at: datetime,
) -> Sequence[Allocation | Payment]:
    """Give an invoice its customer's available credit, or that of named notes, until it owes nothing.

    Store notes go first, then refundable ones, each by date and number, then what was overpaid. The invoice's
    own notes are used only when they are named.

    :raises NothingAvailable: the customer has no credit for it.
    :raises BillingError: the invoice is a draft or owes nothing; a named note is not live, has nothing left,
        or is of another customer, currency or billing entity.
    """
    invoice = locked_invoices(platform).find(invoice_id)
    require_final(invoice)
    require_due(invoice)
    if credit_note_ids:
        return give_in_order(named(platform, credit_note_ids, invoice), invoice, actor=actor, at=at)
    given = apply_credits_locked(invoice, actor=actor, at=at)
    if not given:
        raise NothingAvailable(
            f"From {invoice.billing_entity}, {invoice.customer} has no credit in {invoice.currency}."
        )
    return given


@entrance
def apply_credits_when_finalized(
    *, platform: Platform, invoice_id: str, at: datetime
) -> Sequence[Allocation | Payment]:
    """Do the same for an invoice that has just become final, where platform and customer let it happen.

    It may be asked twice: an invoice that has had credit is left alone.
    """
    invoice = locked_invoices(platform).find(invoice_id)
    if not platform.applies_credits or not invoice.customer.applies_credits or has_had_credit(invoice):
        return []
    return apply_credits_locked(invoice, actor="", at=at)


@step
def apply_credits_locked(invoice: Invoice, *, actor: str, at: datetime) -> Sequence[Allocation | Payment]:
    """Give an invoice the available credit of its customer, if there is any. The caller holds the invoice."""
    notes = locked_notes(invoice.platform).live().filter(amount_available__gt=ZERO, **common_to(invoice))
    given = give_in_order(notes.exclude(references__invoice=invoice), invoice, actor=actor, at=at)
    return [*given, *apply_overpayments(invoice, actor=actor, at=at)]


def named(platform: Platform, credit_note_ids: Collection[str], invoice: Invoice) -> list[CreditNote]:
    """Return the notes of these ids, locked, each fit to give to the invoice.

    :raises BillingError: one of them is not.
    """
    notes = [locked_notes(platform).find(pk) for pk in sorted(set(credit_note_ids))]
    for note in notes:
        require_giver(note)
        require_taker(invoice, note)
    return notes


@step
def give_in_order(
    notes: Iterable[CreditNote], invoice: Invoice, *, actor: str, at: datetime
) -> list[Allocation]:
    """Give the notes' credit until the invoice owes nothing. The caller holds them all."""
    given, owed = [], adjustable_of(invoice)
    for note in sorted(notes, key=turn_of):
        amount = min(note.left, owed)
        if amount > ZERO:
            given.append(give(note, invoice, amount, actor=actor, at=at))
            owed -= amount
    return given


def turn_of(note: CreditNote) -> tuple[object, ...]:
    """Return what puts notes in order: what can only be used on invoices first, then what is oldest."""
    return note.type != CreditNote.Type.STORE, note.date, note.series_number or 0, note.number, note.pk


def has_had_credit(invoice: Invoice) -> bool:
    overpaid = [row for row in invoice.payments.all() if row.method == Payment.Method.OVERPAYMENT]
    return bool(overpaid or invoice.allocations.all())
