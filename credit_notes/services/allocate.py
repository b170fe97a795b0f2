"""Give a note's credit to invoices."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing.errors import BillingError
from billing.events import names
from billing.events.record import record
from billing.money import ZERO
from billing.platforms.models import Platform
from billing.transactions import entrance, step
from credit_notes.models import Allocation, CreditNote
from invoices.models import Invoice
from invoices.services import summary

from .amounts import require_amount
from .available import change_of, require_available
from .limits import InvoiceNotFinal, plain
from .live import require_live
from .owed import NothingDue, adjustable_of, require_due
from .summary import summary_of


class CurrencyMismatch(BillingError):
    code = "currency_mismatch"
    title = "The credit note and the invoice have different currencies"


class CustomerMismatch(BillingError):
    code = "customer_mismatch"
    title = "The credit note and the invoice belong to different customers"


class BillingEntityMismatch(BillingError):
    code = "billing_entity_mismatch"
    title = "The credit note and the invoice were issued by different billing entities"


@entrance
def allocate(
    *,
    platform: Platform,
    credit_note_id: str,
    invoice_id: str,
    amount: Decimal | None = None,
    actor: str,
    at: datetime,
) -> Allocation:
    """Give credit of a note to an invoice of the same customer: `amount`, or else as much as fits.

    :raises BillingError: the note is not live or has too little; the invoice is a draft, somebody else's, in
        another currency or owes too little; or the amount is none. Facts say the limit and what used it up.
    """
    invoice = locked_invoices(platform).find(invoice_id)
    note = locked_notes(platform).find(credit_note_id)
    require_giver(note)
    require_taker(invoice, note)
    require_due(invoice)
    if amount is None:
        amount = min(note.left, adjustable_of(invoice))
    require_amount(amount, note.currency)
    require_available(note, amount)
    require_due(invoice, amount)
    return give(note, invoice, amount, actor=actor, at=at)


@entrance
def allocate_oldest_first(
    *, platform: Platform, credit_note_id: str, actor: str, at: datetime
) -> list[Allocation]:
    """Give all that a note has to its customer's open invoices, the oldest due date first, undated ones last.

    :raises NothingDue: there is no such invoice of the same currency and billing entity.
    :raises BillingError: the note is not live, or has nothing left.
    """
    seen = CreditNote.objects.for_platform(platform).find(credit_note_id)
    invoices = list(locked_invoices(platform).final().filter(amount_due__gt=ZERO, **common_to(seen)))
    note = locked_notes(platform).find(credit_note_id)
    require_giver(note)
    given = []
    for invoice in sorted(invoices, key=lambda row: (row.due_date or date.max, row.date, row.pk)):
        amount = min(note.left, adjustable_of(invoice))
        if amount > ZERO:
            given.append(give(note, invoice, amount, actor=actor, at=at))
    if not given:
        raise NothingDue(
            f"{note.customer} owes {note.billing_entity} nothing in {note.currency} that credit could clear."
        )
    return given


def locked_invoices(platform: Platform) -> Any:
    """Return the platform's invoices, to be locked when read, with all that says what they owe."""
    return Invoice.objects.for_platform(platform).select_related("platform").locked().with_settlement()


def locked_notes(platform: Platform) -> Any:
    return CreditNote.objects.for_platform(platform).select_related("platform").locked()


def common_to(paper: CreditNote | Invoice) -> dict[str, str]:
    """Return what a note and the invoices it may settle have in common, as a filter."""
    return {
        "customer": paper.customer_id,
        "billing_entity": paper.billing_entity_id,
        "currency": paper.currency,
    }


def require_giver(note: CreditNote) -> None:
    """Refuse a note that does not count, or has nothing left.

    :raises BillingError: as `require_live` and `require_available` do.
    """
    require_live(note)
    require_available(note)


def require_taker(invoice: Invoice, note: CreditNote) -> None:
    """Refuse an invoice that may not have this note's credit.

    :raises InvoiceNotFinal, CurrencyMismatch, CustomerMismatch, BillingEntityMismatch: that is why.
    """
    require_final(invoice)
    if invoice.currency != note.currency:
        raise CurrencyMismatch(
            f"{note} is in {note.currency}, {invoice} in {invoice.currency}.",
            field="invoice",
            currency=note.currency,
            invoice_currency=invoice.currency,
        )
    if invoice.customer_id != note.customer_id:
        raise CustomerMismatch(
            f"{note} is for {note.customer}, {invoice} for {invoice.customer}.",
            field="invoice",
            customer=note.customer_id,
            invoice_customer=invoice.customer_id,
        )
    if invoice.billing_entity_id != note.billing_entity_id:
        raise BillingEntityMismatch(
            f"{note} is from {note.billing_entity}, {invoice} from {invoice.billing_entity}.",
            field="invoice",
            billing_entity=note.billing_entity_id,
            invoice_billing_entity=invoice.billing_entity_id,
        )


def require_final(invoice: Invoice) -> None:
    if not invoice.is_final:
        raise InvoiceNotFinal(f"{invoice} is a draft: it owes nothing yet.", field="invoice")


@step
def clear_own_invoice(
    note: CreditNote, invoice: Invoice, *, most: Decimal, actor: str, at: datetime
) -> Decimal:
    """Clear what the credited invoice still owes, up to `most`, and return how much that was.

    The caller holds the invoice and the note, and saves the note.
    """
    amount = min(note.total, most)
    if amount <= ZERO:
        return ZERO
    settle(note, invoice, amount, actor=actor, at=at)
    return amount


@step
def give(
    note: CreditNote,
    invoice: Invoice,
    amount: Decimal,
    *,
    reverses: Allocation | None = None,
    actor: str,
    at: datetime,
) -> Allocation:
    """Give an amount of a note to an invoice; a negative one, which `reverses` a row, goes back.

    The caller holds the invoice and the note, and has made sure that it fits.
    """
    row = settle(note, invoice, amount, reverses=reverses, actor=actor, at=at)
    before = summary_of(note)
    note.amount_allocated += amount
    note.updated_at = at
    note.save(update_fields=["amount_allocated", "updated_at"])
    data = change_of(note, before) | {
        "allocation": row.pk,
        "invoice": invoice.pk,
        "amount": plain(note, abs(amount)),
    }
    event = names.CREDIT_NOTE_DEALLOCATED if reverses else names.CREDIT_NOTE_ALLOCATED
    record(event, platform=note.platform, about=note, actor=actor, at=at, data=data)
    return row


@step
def settle(
    note: CreditNote,
    invoice: Invoice,
    amount: Decimal,
    *,
    reverses: Allocation | None = None,
    actor: str,
    at: datetime,
) -> Allocation:
    """Add an allocation and move the invoice's debt by it. The caller holds both, and saves the note."""
    row = Allocation.objects.create(
        platform=note.platform,
        credit_note=note,
        invoice=invoice,
        amount=amount,
        allocated_at=at,
        reverses=reverses,
    )
    before = summary.summary_of(invoice)
    invoice.amount_credited += amount
    invoice.updated_at = at
    invoice.save(update_fields=["amount_credited", "updated_at"])
    data = summary.change_of(invoice, before) | {
        "credit_note": note.pk,
        "allocation": row.pk,
        "amount": plain(invoice, abs(amount)),
    }
    event = names.INVOICE_CREDIT_REMOVED if reverses else names.INVOICE_CREDITED
    record(event, platform=note.platform, about=invoice, actor=actor, at=at, data=data)
    return row
