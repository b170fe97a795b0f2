"""Credit an entire invoice and draft it anew, to be corrected."""

from datetime import datetime
from typing import Any, NamedTuple

from msgspec.structs import replace

from billing.documents.models import Series
from billing.documents.series import default_series
from billing.platforms.models import Platform
from billing.transactions import entrance, step
from credit_notes.models import CreditNote
from invoices.models import Invoice
from invoices.reopening import wish_of
from invoices.services import create_invoice, finalize_invoice

from .credit import credit_invoice


class CreditedAndCopied(NamedTuple):
    original: Invoice
    credit_note: CreditNote
    copy: Invoice


@entrance
def credit_and_copy(
    *,
    platform: Platform,
    invoice_id: str,
    finalize_credit_note: bool = False,
    finalize_copy: bool = False,
    actor: str,
    at: datetime,
    **said: Any,
) -> CreditedAndCopied:
    """Return a note on all that is left of an invoice, and a new one with its lines; `said` as in `Wish`.

    Both are drafts unless they are to be final. The copy has today's parties, a date and a number of its own.

    :raises BillingError: the invoice cannot be credited now, or one of the two would not be valid.
    """
    invoice = Invoice.objects.for_platform(platform).locked().find(invoice_id)
    if finalize_copy:
        default_series(invoice.billing_entity, Series.Kind.INVOICE)  # made, if need be, before any number
    note = credit_invoice(
        platform=platform,
        invoice_id=invoice_id,
        finalize=finalize_credit_note,
        actor=actor,
        at=at,
        **said,
    )
    original = Invoice.objects.for_platform(platform).with_snapshot().find(invoice_id)
    copy = copy_of(original, actor=actor, at=at)
    if finalize_copy:
        copy = finalize_invoice(platform=platform, invoice_id=copy.pk, actor=actor, at=at)
    return CreditedAndCopied(original, note, copy)


@step
def copy_of(original: Invoice, *, actor: str, at: datetime) -> Invoice:
    """Return a DRAFT with the lines of an invoice."""
    wish = replace(
        wish_of(original, original.snapshot), date=None, due_date=None, number="", series="", attachments=()
    )
    copy = create_invoice(platform=original.platform, wish=wish, actor=actor, at=at)
    copy.copy_of = original
    copy.save()
    return copy
