"""The page that asks before a draft invoice is finalised."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing.documents.models import Series
from billing.documents.numbering import peek_number
from billing.documents.snapshot import Document
from billing.errors import BillingError
from billing.platforms.models import Member
from billing.platforms.permissions import INVOICE_UPDATE
from billing_desk.desk.access import may
from invoices.models import Invoice
from invoices.services.finalize import prepared

from .delivery import PROFILES
from .invoice_form import find_draft


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
    profile: str
    rules: str
    warnings: list[dict[str, Any]]
    refusal: BillingError | None  # why it could not be finalised now
    is_number_wanted: bool
    may_edit: bool
    version: int


def invoice_finalizing_of(*, member: Member, invoice_id: str, at: datetime) -> InvoiceFinalizing:
    """Return what finalising a draft would do, and whether it would pass the rules.

    :raises NotFound: the platform has no such invoice.
    :raises InvoiceNotDraft: it is final.
    """
    invoice = find_draft(member, invoice_id)
    on = invoice.date or invoice.day(at)
    document, rules, warnings, refusal = examined(invoice, at=at)
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
        due_date=document.due_date if document else invoice.due_date,
        number=invoice.wanted_number
        or peek_number(invoice.billing_entity, Series.Kind.INVOICE, series=invoice.series, on=on),
        profile=PROFILES.get(document.profile if document else invoice.profile, invoice.profile),
        rules=rules,
        warnings=warnings,
        refusal=refusal,
        is_number_wanted=bool(invoice.wanted_number),
        may_edit=may(member, INVOICE_UPDATE),
        version=invoice.version,
    )


def examined(
    invoice: Invoice, *, at: datetime
) -> tuple[Document | None, str, list[dict[str, Any]], BillingError | None]:
    """Return what a draft would say, the rules it passed and their warnings, or why it could not be final."""
    try:
        document, report = prepared(invoice, notify=False, at=at)
    except BillingError as refusal:
        return None, "", [], refusal
    warnings = [{"id": each.id, "message": each.message} for each in report.findings]
    return document, f"{report.ruleset} {report.version}", warnings, None
