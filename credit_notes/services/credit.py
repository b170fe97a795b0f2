"""Credit an entire invoice: one note with everything the invoice has."""

from datetime import datetime

from billing import clock
from billing.documents.snapshot import Document
from billing.documents.values import ALLOWANCE, LINE, columns_of, header_columns, totals_columns
from billing.errors import BillingError
from billing.events import names
from billing.events.record import record
from billing.ids import new_id
from billing.platforms.models import Platform
from billing.transactions import entrance, step
from credit_notes.balances import choose_type
from credit_notes.models import CreditNote, CreditNoteAllowanceCharge, CreditNoteLine, CreditNoteReference
from credit_notes.snapshot import document_of
from invoices.models import Invoice

from .finalize import checked, finalize_locked, require_recipient
from .limits import require_claim, require_creditable, require_fits, require_type_fits
from .summary import summary_of


class FullCreditIsDrafted(BillingError):
    code = "full_credit_is_drafted"
    title = "A draft already credits the entire invoice"


@entrance
def credit_invoice(
    *,
    platform: Platform,
    invoice_id: str,
    note: str = "",
    reason_code: str = "",
    type: str = "",
    on_hold: bool = False,
    finalize: bool = False,
    notify: bool = False,
    actor: str,
    at: datetime,
) -> CreditNote:
    """Return a note that credits an entire invoice: a DRAFT, or with `finalize` a FINAL one.

    A `type` that is not given is chosen by what is unpaid. `notify` e-mails a final one.

    :raises BillingError: the invoice is a draft; nothing of it is left; a payment in progress stands in
        the way; a draft credits it already; or the note would not be a valid e-invoice. Nothing is stored.
    """
    seen = (
        Invoice.objects.for_platform(platform)
        .select_related("platform", "billing_entity", "customer")
        .with_snapshot()
        .find(invoice_id)
    )
    require_claim(seen)
    draft = draft_for(seen, note=note, reason_code=reason_code, on_hold=on_hold, at=at)
    document = document_of(draft, on=clock.day(at, seen.billing_entity.time_zone))
    if finalize:
        require_recipient(draft, notify=notify)
        report = checked(document)

    invoice = Invoice.objects.for_platform(platform).locked().with_settlement().find(invoice_id)
    standing = require_creditable(invoice)
    require_fits(invoice.total, invoice, standing)
    require_type_fits(type, invoice.total, invoice, standing)
    refuse_second_draft(invoice)
    draft.type = type or choose_type(invoice.total, standing.limits.adjustable)
    draft.is_type_automatic = not type
    store_draft(draft, document, invoice)
    if finalize:
        finalize_locked(draft, invoice, standing, document, report, notify=notify, actor=actor, at=at)
    else:
        data = {"object": summary_of(draft)}
        record(names.CREDIT_NOTE_DRAFTED, platform=platform, about=draft, actor=actor, at=at, data=data)
    return draft


def draft_for(invoice: Invoice, *, note: str, reason_code: str, on_hold: bool, at: datetime) -> CreditNote:
    """Return an unsaved DRAFT on an invoice; what it will say comes from its Document."""
    return CreditNote(
        id=new_id("cn"),
        platform=invoice.platform,
        billing_entity=invoice.billing_entity,
        customer=invoice.customer,
        invoice=invoice,
        currency=invoice.currency,
        note=note,
        reason_code=reason_code,
        on_hold=on_hold,
        is_full=True,
        language=invoice.customer.language,
        logo=invoice.billing_entity.logo,
        created_at=at,
        updated_at=at,
    )


def refuse_second_draft(invoice: Invoice) -> None:
    """Refuse a second full credit while one waits. The caller holds the invoice."""
    waiting = CreditNote.objects.drafts().filter(invoice=invoice, is_full=True).first()
    if waiting:
        raise FullCreditIsDrafted(
            f"{waiting.display_number} credits all of {invoice}: finalise it, or delete it first.",
            used_by=[{"id": waiting.pk, "number": waiting.display_number, "status": waiting.status}],
        )


@step
def store_draft(draft: CreditNote, document: Document, invoice: Invoice) -> None:
    """Save the draft with everything its Document says, each part linked to the invoice's own."""
    for name, value in (header_columns(document) | totals_columns(document.totals)).items():
        setattr(draft, name, value)
    draft.number, draft.date = "", None
    draft.save(force_insert=True)
    CreditNoteReference.objects.bulk_create(
        CreditNoteReference(
            credit_note=draft,
            invoice=invoice,
            number=row.number,
            date=row.date,
            taxes=draft.taxes,
            net_total=draft.net_total,
            tax_total=draft.tax_total,
            rounding_amount=draft.rounding_amount,
            total=draft.total,
            accounting_tax_total=draft.accounting_tax_total,
        )
        for row in document.references
    )
    CreditNoteLine.objects.bulk_create(
        CreditNoteLine(
            credit_note=draft,
            invoice_line=of,
            position=of.position,
            line_id=line.id,
            **columns_of(line, LINE),
        )
        for of, line in zip(invoice.lines.all(), document.lines, strict=True)
    )
    CreditNoteAllowanceCharge.objects.bulk_create(
        CreditNoteAllowanceCharge(
            credit_note=draft,
            invoice_allowance_charge=of,
            position=of.position,
            **columns_of(item, ALLOWANCE),
        )
        for of, item in zip(invoice.allowances_charges.all(), document.allowances_charges, strict=True)
    )
