"""Take a note's credit back from invoices: by opposite rows, for nothing is deleted."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from billing.errors import BillingError
from billing.platforms.models import Platform
from billing.transactions import entrance
from credit_notes.models import Allocation, CreditNote
from invoices.models import Invoice
from invoices.settlement import total

from .allocate import give, locked_invoices, locked_notes
from .limits import facts_of, money_of, plain, standing_of
from .live import require_live


class AlreadyDeallocated(BillingError):
    code = "already_deallocated"
    title = "This credit has been taken back already"


class OwnInvoiceLeg(BillingError):
    code = "own_invoice_leg"
    title = "What a note cleared of the invoice it corrects stays cleared while the note counts"


class AmountExceedsRefundable(BillingError):
    code = "amount_exceeds_refundable"
    title = "The invoice was credited since, and what was credited cannot be taken back"


class NothingAllocated(BillingError):
    code = "nothing_allocated"
    title = "The invoice has no credit of this note"


@entrance
def deallocate(*, platform: Platform, allocation_id: str, actor: str, at: datetime) -> Allocation:
    """Take one allocation back, and return the row that does it: the invoice owes the amount again.

    :raises AlreadyDeallocated: it has been taken back, or is itself such a row.
    :raises OwnInvoiceLeg: the note corrects this invoice.
    :raises AmountExceedsRefundable: notes on the invoice credited what this credit had paid.
    :raises BillingError: the note is not live.
    """
    seen = Allocation.objects.for_platform(platform).find(allocation_id)
    invoice = locked_invoices(platform).find(seen.invoice_id)
    note = locked_notes(platform).find(seen.credit_note_id)
    require_live(note)
    require_standing(seen)
    require_not_own(note, invoice)
    require_refundable(seen.amount, note, invoice)
    return give(note, invoice, -seen.amount, reverses=seen, actor=actor, at=at)


@entrance
def remove_credit_note(
    *, platform: Platform, invoice_id: str, credit_note_id: str, actor: str, at: datetime
) -> list[Allocation]:
    """Take back all that a note gave to an invoice, and return the rows that do it.

    :raises NothingAllocated: it has given nothing, or all has been taken back.
    :raises BillingError: as `deallocate` does.
    """
    invoice = locked_invoices(platform).find(invoice_id)
    note = locked_notes(platform).find(credit_note_id)
    require_live(note)
    rows = list(invoice.allocations.filter(credit_note=note, reverses=None, reversed_by=None).order_by("pk"))
    require_some(rows, note, invoice)
    require_not_own(note, invoice)
    require_refundable(total(rows), note, invoice)
    return [give(note, invoice, -row.amount, reverses=row, actor=actor, at=at) for row in rows]


def require_standing(row: Allocation) -> None:
    """Refuse a row that has been taken back, or that took one back. The caller holds its note."""
    if row.reverses_id:
        raise AlreadyDeallocated(
            f"{row.pk} took {row.reverses_id} back: give credit anew instead.", reverses=row.reverses_id
        )
    by = Allocation.objects.filter(reverses=row).first()
    if by:
        raise AlreadyDeallocated(
            f"{row.pk} was taken back by {by.pk}.",
            reversed_by=by.pk,
            deallocated_at=by.allocated_at.isoformat(),
        )


def require_some(rows: Sequence[Allocation], note: CreditNote, invoice: Invoice) -> None:
    if not rows:
        raise NothingAllocated(f"{invoice} has no credit of {note}.", field="credit_note")


def require_not_own(note: CreditNote, invoice: Invoice) -> None:
    """Refuse to take back what a note cleared of an invoice that it corrects."""
    if any(row.credit_note_id == note.pk for row in invoice.credit_note_references.all()):
        raise OwnInvoiceLeg(
            f"{note} corrects {invoice}: void the note, and {invoice} owes the amount again.",
            credit_note=note.pk,
            invoice=invoice.pk,
        )


def require_refundable(amount: Decimal, note: CreditNote, invoice: Invoice) -> None:
    """Refuse to take back credit that notes on the invoice have credited in turn: it is theirs now.

    :raises AmountExceedsRefundable: with the limit, its terms and those notes.
    """
    standing = standing_of(invoice)
    refundable = standing.limits.refundable
    if amount <= refundable:
        return
    money = money_of(invoice)
    numbers = ", ".join(row.credit_note.number for row in standing.used_by)
    raise AmountExceedsRefundable(
        f"{note} gave {invoice} {money(amount)}, and {numbers} credited {invoice} since: "
        f"{money(refundable)} of what it received is left to take back.",
        requested=plain(invoice, amount),
        **facts_of(invoice, standing) | {"limit": plain(invoice, refundable)},
    )
