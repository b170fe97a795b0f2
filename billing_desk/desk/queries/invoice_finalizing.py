"""The page that asks before a draft invoice is finalised."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from billing.documents.models import Series
from billing.documents.numbering import peek_number
from billing.documents.snapshot import Document
from billing.einvoice.refusals import EInvoiceInvalid
from billing.errors import BillingError
from billing.platforms.models import Member
from billing.platforms.permissions import INVOICE_UPDATE
from billing_desk.desk.access import may
from invoices.composition import PartNotPossible
from invoices.models import Invoice
from invoices.services.finalize import final_document, prepared

from .einvoice_outlook import EInvoiceOutlook, full_outlook, quick_outlook, refused_outlook
from .invoice_form import find_draft
from .letters import mails_itself


@dataclass(frozen=True)
class InvoiceFinalizing:
    id: str
    label: str
    customer: str
    email: str
    currency: str
    net: Decimal
    tax: Decimal
    total: Decimal
    date: date
    due_date: date | None
    number: str  # the one it would get now; somebody quicker may take it
    einvoice: EInvoiceOutlook | None  # None where it could not be checked
    refusal: BillingError | None  # why it could not be finalised now, beside what its e-invoice lacks
    is_number_wanted: bool
    may_edit: bool
    mails_itself: bool  # its e-invoice goes to the customer's e-mail address as soon as it is final
    version: int

    @property
    def is_ready(self) -> bool:
        """Whether nothing is known that would keep it from being final."""
        return self.refusal is None and self.einvoice is not None and self.einvoice.is_ready


def invoice_finalizing_of(*, member: Member, invoice_id: str, at: datetime) -> InvoiceFinalizing:
    """Return what finalising a draft would do, and whether it would pass the rules.

    :raises NotFound: the platform has no such invoice.
    :raises InvoiceNotDraft: it is final.
    """
    invoice = find_draft(member, invoice_id)
    on = invoice.date or invoice.day(at)
    document = final_document(invoice, at=at)
    einvoice, refusal = examined(invoice, document, member, at=at)
    return InvoiceFinalizing(
        id=invoice.pk,
        label=invoice.display_number,
        customer=invoice.customer.name,
        email=invoice.customer.email,
        currency=invoice.currency,
        net=invoice.net_total,
        tax=invoice.tax_total,
        total=invoice.total,
        date=on,
        due_date=document.due_date,
        number=invoice.wanted_number
        or peek_number(invoice.billing_entity, Series.Kind.INVOICE, series=invoice.series, on=on),
        einvoice=einvoice,
        refusal=refusal,
        is_number_wanted=bool(invoice.wanted_number),
        may_edit=may(member, INVOICE_UPDATE),
        mails_itself=mails_itself(invoice, document.profile),
        version=invoice.version,
    )


def examined(
    invoice: Invoice, document: Document, member: Member, *, at: datetime
) -> tuple[EInvoiceOutlook | None, BillingError | None]:
    """Return what the rules say of a draft as an e-invoice, and what else keeps it from being final."""
    try:
        document, report = prepared(invoice, notify=False, at=at)
    except EInvoiceInvalid as refusal:
        return refused_outlook(document, refusal, paper=invoice, member=member), None
    except PartNotPossible:
        return quick_outlook(document, paper=invoice, member=member), None
    except BillingError as refusal:
        return None, refusal
    return full_outlook(document, report, paper=invoice, member=member), None
