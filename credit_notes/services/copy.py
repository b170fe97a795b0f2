"""Credit an entire invoice and draft it anew, to be corrected."""

from datetime import datetime
from typing import Any, NamedTuple

from msgspec.structs import replace

from billing.documents.inclusive import Parts
from billing.documents.models import Series
from billing.documents.series import default_series
from billing.platforms.models import Platform
from billing.transactions import entrance, step
from credit_notes.models import CreditNote
from invoices.models import Invoice
from invoices.reopening import wish_of
from invoices.services import create_invoice
from invoices.services.finalize import finalize_locked, prepared

from .credit import credit_invoice
from .limits import require_claim


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
    original = Invoice.objects.for_platform(platform).with_snapshot().find(invoice_id)
    require_claim(original)
    copy = draft_of(original, actor=actor, at=at)
    paper = prepared(copy, notify=False, at=at) if finalize_copy else None

    original = Invoice.objects.for_platform(platform).locked().find(invoice_id)
    if paper:
        default_series(original.billing_entity, Series.Kind.INVOICE)  # made, if need be, before any number
    note = credit_invoice(
        platform=platform,
        invoice_id=invoice_id,
        finalize=finalize_credit_note,
        actor=actor,
        at=at,
        **said,
    )
    copy.copy_of = original
    if paper:
        finalize_locked(copy, *paper, notify=False, actor=actor, at=at)
    else:
        copy.save()
    return CreditedAndCopied(original, note, copy)


@step
def draft_of(original: Invoice, *, actor: str, at: datetime) -> Invoice:
    """Return a DRAFT that says what a final invoice says, to the cent, however its sums were made.

    An imported invoice may tell its VAT in another currency and not at which rate: the copy does not then.
    """
    said = original.snapshot
    wish = replace(wish_of(original, said), date=None, due_date=None, number="", series="", attachments=())
    if wish.exchange_rate is None:
        wish = replace(wish, accounting_currency="")
    parts = Parts(said.lines, said.allowances_charges, said.taxes)
    return create_invoice(platform=original.platform, wish=wish, parts=parts, actor=actor, at=at)
