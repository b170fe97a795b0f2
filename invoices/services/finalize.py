"""Make a draft final: check it before any lock, freeze it, number it last."""

from datetime import datetime

from msgspec.structs import replace

from billing.documents.models import Series
from billing.documents.numbering import take_number_for
from billing.documents.snapshot import Document
from billing.documents.templates import freeze_look
from billing.documents.values import party_of
from billing.einvoice import gate
from billing.einvoice.findings import Report
from billing.errors import BillingError
from billing.events import names
from billing.events.record import record
from billing.issuing import checked, require_same, require_seen, rules_of, save_numbered
from billing.mailing import require_recipient
from billing.money import ZERO
from billing.platforms.models import Platform
from billing.transactions import entrance, step
from invoices.composition import profiled, require_sound
from invoices.models import Invoice
from invoices.snapshot import document_of

from .dates import require_past_day
from .draft import require_draft
from .summary import change_of, summary_of

FROZEN = ("seller", "buyer", "logo", "profile", "due_date")
"""Columns that say with the final document what they may have said otherwise in the draft."""


class NegativeTotal(BillingError):
    code = "negative_total"
    title = "An invoice over less than nothing is a credit note"


@entrance
def finalize_invoice(
    *,
    platform: Platform,
    invoice_id: str,
    version: int | None = None,
    notify: bool = False,
    actor: str,
    at: datetime,
) -> Invoice:
    """Number a draft and freeze it.

    Its parties are as the master data says now. `version` is the one that was looked at: a draft that has
    changed since is not finalised.

    :raises InvoiceNotDraft: it is final already.
    :raises DateInFuture, DateTooLongAgo, DueBeforeDate, NegativeTotal: it cannot be issued like that.
    :raises NoRecipient: `notify` is asked for and the customer has no e-mail address.
    :raises EInvoiceInvalid: it would break a rule of its e-invoice; no number is used.
    """
    invoices = Invoice.objects.for_platform(platform).select_related("platform", "billing_entity", "customer")
    seen = invoices.with_snapshot().find(invoice_id)
    require_draft(seen)
    require_seen(seen, version)
    try:
        document, report = prepared(seen, notify=notify, at=at)
    except gate.EInvoiceInvalid:
        require_same(invoices.find(invoice_id), seen)  # its parts may have gone while we read them
        raise

    invoice = invoices.locked().find(invoice_id)
    require_draft(invoice)
    require_same(invoice, seen)
    finalize_locked(invoice, document, report, notify=notify, actor=actor, at=at)
    return invoice


def prepared(invoice: Invoice, *, notify: bool, at: datetime) -> tuple[Document, Report]:
    """Return what a draft will say once it is final, under a provisional number, and that it may.

    :raises BillingError: it may not.
    """
    document = final_document(invoice, at=at)
    require_past_day(document.date, today=invoice.day(at))
    require_sound(document)
    if document.totals.total < ZERO:
        raise NegativeTotal(
            f"{invoice} comes to {document.totals.total}: credit the invoice that it corrects."
        )
    require_recipient(invoice, notify=notify)
    return document, checked(document)


def final_document(invoice: Invoice, *, at: datetime) -> Document:
    """Return a draft with today's parties, dated, and due: by its terms, or on its date."""
    entity, customer = invoice.billing_entity, invoice.customer
    on = invoice.date or invoice.day(at)
    document = document_of(invoice, number=invoice.wanted_number or invoice.display_number, on=on)
    due_date = document.due_date or (None if document.payment_terms else on)
    document = replace(
        document, seller=party_of(entity), buyer=party_of(customer), logo=entity.logo, due_date=due_date
    )
    return profiled(document, entity=entity, customer=customer)


@step
def finalize_locked(
    invoice: Invoice, document: Document, report: Report, *, notify: bool, actor: str, at: datetime
) -> None:
    """Do it. The caller holds the invoice, and `document` is what it says and is valid."""
    before = summary_of(invoice)
    for name in FROZEN:
        setattr(invoice, name, getattr(document, name))
    invoice.updated_at = at
    invoice.version += 1
    invoice.einvoice_rules = rules_of(report)
    freeze_look(invoice)
    number = take_number_for(invoice, Series.Kind.INVOICE, on=document.date)
    invoice.take_place(series=number.series, period=number.period, number=number.number)
    invoice.finalize(replace(document, number=number.text), at=at)
    save_numbered(invoice)
    data = change_of(invoice, before) | {"notify": notify}
    record(names.INVOICE_FINALIZED, platform=invoice.platform, about=invoice, actor=actor, at=at, data=data)
