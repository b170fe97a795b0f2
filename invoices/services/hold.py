"""Keep a draft from being finalised by itself, or let it be."""

from datetime import datetime

from billing.errors import BillingError
from billing.events import names
from billing.events.record import record
from billing.platforms.models import Platform
from billing.transactions import entrance, step
from invoices.models import Invoice

from .draft import require_draft
from .summary import change_of, summary_of


class AlreadyOnHold(BillingError):
    code = "already_on_hold"
    title = "The draft is on hold already"


class NotOnHold(BillingError):
    code = "not_on_hold"
    title = "The draft is not on hold"


@entrance
def hold_invoice(*, platform: Platform, invoice_id: str, actor: str, at: datetime) -> Invoice:
    """Put a draft on hold: it is not finalised by itself, only by a person.

    :raises InvoiceNotDraft: it is final.
    :raises AlreadyOnHold: it is on hold.
    """
    invoice = Invoice.objects.for_platform(platform).locked().find(invoice_id)
    require_draft(invoice)
    if invoice.on_hold:
        raise AlreadyOnHold(f"{invoice} is on hold already.")
    hold_locked(invoice, actor=actor, at=at)
    return invoice


@step
def hold_locked(invoice: Invoice, *, actor: str, at: datetime, **why: object) -> None:
    """Do it. The caller holds the invoice, a draft that is not on hold; `why` goes into the event."""
    before = summary_of(invoice)
    invoice.on_hold = True
    touch(invoice, at=at)
    data = change_of(invoice, before) | why
    record(names.INVOICE_HELD, platform=invoice.platform, about=invoice, actor=actor, at=at, data=data)


@entrance
def release_invoice(*, platform: Platform, invoice_id: str, actor: str, at: datetime) -> Invoice:
    """Release a draft that is on hold. The hours until it is finalised by itself begin anew.

    :raises InvoiceNotDraft: it is final.
    :raises NotOnHold: it is not on hold.
    """
    invoice = Invoice.objects.for_platform(platform).locked().find(invoice_id)
    require_draft(invoice)
    if not invoice.on_hold:
        raise NotOnHold(f"{invoice} is not on hold.")
    before = summary_of(invoice)
    invoice.on_hold = False
    invoice.released_at = at
    touch(invoice, at=at)
    data = change_of(invoice, before)
    record(names.INVOICE_RELEASED, platform=invoice.platform, about=invoice, actor=actor, at=at, data=data)
    return invoice


def touch(invoice: Invoice, *, at: datetime) -> None:
    invoice.version += 1
    invoice.updated_at = at
    invoice.save()
