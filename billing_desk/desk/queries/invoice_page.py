"""An invoice's page."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.urls import reverse

from billing import clock
from billing.money import ZERO
from billing.platforms.models import Member
from billing.platforms.permissions import (
    CREDIT_NOTE_ALLOCATE,
    INVOICE_CREDIT_CREATE,
    INVOICE_FINALIZE,
    INVOICE_UPDATE,
    PAYMENT_UPDATE,
)
from billing_desk.desk.access import may
from credit_notes.services.limits import Standing, standing_of
from invoices.models import Invoice
from invoices.services import SOURCE, SOURCE_PDF
from invoices.services.finalize import final_document
from invoices.snapshot import document_of

from .badges import Badge, invoice_badges
from .einvoice import EInvoicePanel, einvoice_panel
from .einvoice_outlook import EInvoiceOutlook, quick_outlook
from .files import PaperFile, files_of, kept_file, kinds_of, pause
from .invoice_menu import menu_of_draft, menu_of_final
from .links import NoteLink, notes_of
from .menus import Menu, MenuEntry, menu_of
from .papers import Paper, Sum, paper_of
from .standing import Limit, limits_of
from .timeline import Entry, timeline_of

RECEIVED = {
    SOURCE: ("Download as received", "The XML file", "file-code"),
    SOURCE_PDF: ("Download PDF as received", "The PDF", "file-text"),
}
"""How the files that came with an invoice are offered: title, what it is, icon."""

PAYMENT_STATES = {"IN_PROGRESS": "on its way", "SUCCEEDED": "", "FAILED": "failed"}


@dataclass(frozen=True)
class PaymentRow:
    id: str
    date: date
    method: str
    reference: str
    amount: Decimal
    excess: Decimal  # what came beyond what was due, and is kept as the customer's credit
    state: str  # "" once it has arrived
    is_open: bool


@dataclass(frozen=True)
class WithheldRow:
    date: date
    reference: str
    amount: Decimal


@dataclass(frozen=True)
class CreditRow:
    """What a note that corrects another invoice gave to this one."""

    note_id: str
    note: str
    amount: Decimal


@dataclass(frozen=True)
class InvoicePage:
    id: str
    number: str
    badges: list[Badge]
    customer: str
    date: date | None
    due_date: date | None
    currency: str
    total: Decimal
    credited: Decimal
    creditable: Decimal
    due: Decimal
    paper: Paper
    payments: list[PaymentRow]
    withheld: list[WithheldRow]
    received_credit: list[CreditRow]
    limits: list[Limit]
    most: Decimal
    notes: list[NoteLink]
    copy_of: tuple[str, str]  # id and number of the invoice that it is to replace
    internal_comment: str
    timeline: list[Entry]
    files: list[PaperFile]
    looks_again_in: int  # seconds; 0 once no file is on its way any more
    einvoice: EInvoicePanel | None  # of a final invoice that was issued here
    einvoice_outlook: EInvoiceOutlook | None  # of a draft
    is_final: bool
    menu: Menu
    may_credit: bool
    may_edit: bool
    may_finalize: bool
    may_settle: bool
    may_take_back: bool


def invoice_page(*, member: Member, invoice_id: str, at: datetime) -> InvoicePage:
    """Return everything about one invoice.

    :raises NotFound: the platform has no such invoice.
    """
    invoice = find_invoice(member, invoice_id)
    zone = invoice.billing_entity.time_zone
    standing, notes, document = standing_of(invoice), notes_of(invoice), document_of(invoice)
    files = files_of(invoice, kinds_of(invoice)) if invoice.is_final else []
    return InvoicePage(
        id=invoice.pk,
        number=invoice.display_number,
        badges=badges_of(invoice, standing, notes, on=clock.day(at, zone)),
        customer=document.buyer.name,
        date=invoice.date,
        due_date=invoice.due_date,
        currency=invoice.currency,
        total=invoice.total,
        credited=standing.settlement.credited,
        creditable=standing.limits.creditable,
        due=invoice.amount_due,
        paper=paper_of(document, after_total=settlement_of(invoice) if invoice.is_final else []),
        payments=payments_of(invoice),
        withheld=withheld_of(invoice),
        received_credit=received_credit_of(invoice),
        limits=limits_of(standing),
        most=standing.limits.most,
        notes=notes,
        copy_of=(invoice.copy_of_id or "", invoice.copy_of.display_number if invoice.copy_of else ""),
        internal_comment=invoice.internal_comment,
        timeline=timeline_of(
            platform=member.platform,
            about=[invoice.pk, *(note.id for note in notes)],
            currency=invoice.currency,
            time_zone=zone,
        ),
        files=files,
        looks_again_in=pause(invoice.finalized_at, at)
        if any(file.state == "making" for file in files)
        else 0,
        einvoice=einvoice_panel(invoice, member, at=at),
        einvoice_outlook=outlook_of_draft(invoice, member, at=at) if invoice.is_draft else None,
        is_final=invoice.is_final,
        menu=menu_for(member, invoice, standing, notes),
        may_credit=bool(standing.limits.most) and may(member, INVOICE_CREDIT_CREATE),
        may_edit=invoice.is_draft and may(member, INVOICE_UPDATE),
        may_finalize=invoice.is_draft and may(member, INVOICE_FINALIZE),
        may_settle=may(member, PAYMENT_UPDATE),
        may_take_back=may(member, CREDIT_NOTE_ALLOCATE),
    )


def outlook_of_draft(invoice: Invoice, member: Member, *, at: datetime) -> EInvoiceOutlook:
    return quick_outlook(final_document(invoice, at=at), paper=invoice, member=member)


def find_invoice(member: Member, invoice_id: str) -> Invoice:
    """Return one of the platform's invoices, with what its page and its deeds read.

    :raises NotFound: there is none.
    """
    invoices = Invoice.objects.for_platform(member.platform).with_snapshot().with_settlement()
    invoices = invoices.prefetch_related("allocations__credit_note", "payments__excess", "taxes_withheld")
    invoice: Invoice = invoices.select_related("billing_entity", "customer", "copy_of").find(invoice_id)
    return invoice


def menu_for(member: Member, invoice: Invoice, standing: Standing, notes: list[NoteLink]) -> Menu:
    if invoice.is_draft:
        return menu_of_draft(member, invoice)
    full = next((note for note in notes if note.is_draft and note.is_full), None)
    deeds = menu_of_final(member, invoice, standing, full_draft=full)
    received = [file for kind in RECEIVED for file in kept_file(invoice, kind)]
    return [*deeds, *menu_of([download_of(invoice, file) for file in received])]


def download_of(invoice: Invoice, file: PaperFile) -> MenuEntry:
    address = reverse("desk:invoice_file", args=[invoice.pk, file.kind])
    title, what, icon = RECEIVED[file.kind]
    return MenuEntry(title, f"{what} it was imported from, {file.size}", icon, address)


def badges_of(invoice: Invoice, standing: Standing, notes: list[NoteLink], *, on: date) -> list[Badge]:
    return invoice_badges(
        status=invoice.status,
        on_hold=invoice.on_hold,
        settlement=standing.settlement,
        due_date=invoice.due_date,
        is_drafted=any(note.is_draft for note in notes),
        on=on,
    )


def settlement_of(invoice: Invoice) -> list[Sum]:
    """Return what follows the total: what was paid, withheld and cleared, and what is left to pay."""
    settled = [
        Sum("Paid", -invoice.amount_paid),
        Sum("Tax withheld", -invoice.amount_withheld),
        Sum("Cleared by credit notes", -invoice.amount_credited),
    ]
    return [*(row for row in settled if row.amount), Sum("Due", invoice.amount_due, is_total=True)]


def payments_of(invoice: Invoice) -> list[PaymentRow]:
    return [
        PaymentRow(
            id=payment.pk,
            date=payment.date,
            method=payment.get_method_display().capitalize(),
            reference=payment.reference,
            amount=payment.amount,
            excess=payment.excess.amount if hasattr(payment, "excess") else ZERO,
            state=PAYMENT_STATES[payment.status],
            is_open=payment.status == "IN_PROGRESS",
        )
        for payment in invoice.payments.all()
    ]


def withheld_of(invoice: Invoice) -> list[WithheldRow]:
    return [WithheldRow(row.date, row.reference, row.amount) for row in invoice.taxes_withheld.all()]


def received_credit_of(invoice: Invoice) -> list[CreditRow]:
    """Return what notes on other invoices gave to this one; what was taken back is left out."""
    own = {row.credit_note_id for row in invoice.credit_note_references.all()}
    notes, given = {}, {}
    for row in invoice.allocations.all():
        if row.credit_note_id not in own:
            notes[row.credit_note_id] = row.credit_note
            given[row.credit_note_id] = given.get(row.credit_note_id, ZERO) + row.amount
    return [CreditRow(key, notes[key].display_number, amount) for key, amount in given.items() if amount]
