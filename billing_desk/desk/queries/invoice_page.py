"""An invoice's page."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from billing import clock
from billing.platforms.models import Member
from billing.platforms.permissions import INVOICE_CREDIT_CREATE
from billing_desk.desk.access import may
from credit_notes.services.limits import Standing, standing_of
from invoices.models import Invoice
from invoices.services.import_ import SOURCE
from invoices.snapshot import document_of

from .badges import Badge, invoice_badges
from .files import PaperFile, files_of, kept_file, pause
from .links import NoteLink, notes_of
from .papers import Paper, Sum, paper_of
from .standing import Limit, limits_of, refusal_of
from .timeline import Entry, timeline_of

PAYMENT_STATES = {"IN_PROGRESS": "on its way", "SUCCEEDED": "", "FAILED": "failed"}


@dataclass(frozen=True)
class PaymentRow:
    date: date
    method: str
    reference: str
    amount: Decimal
    state: str  # "" once it has arrived


@dataclass(frozen=True)
class CreditAction:
    """The menu's "Credit entire invoice": what it would reverse, or why it cannot."""

    amount: Decimal
    refusal: str
    draft: NoteLink | None  # the draft that does it already


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
    limits: list[Limit]
    most: Decimal
    notes: list[NoteLink]
    timeline: list[Entry]
    files: list[PaperFile]
    looks_again_in: int  # seconds; 0 once no file is on its way any more
    is_final: bool
    credit: CreditAction | None  # None: this person may not

    @property
    def has_menu(self) -> bool:
        return bool(self.credit) or len(self.files) > 1


def invoice_page(*, member: Member, invoice_id: str, at: datetime) -> InvoicePage:
    """Return everything about one invoice.

    :raises NotFound: the platform has no such invoice.
    """
    invoices = Invoice.objects.for_platform(member.platform).with_snapshot().with_settlement()
    invoice = invoices.select_related("billing_entity").find(invoice_id)
    zone = invoice.billing_entity.time_zone
    standing, notes, document = standing_of(invoice), notes_of(invoice), document_of(invoice)
    files = files_of(invoice, ["pdf"])
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
        paper=paper_of(document, after_total=settlement_of(invoice)),
        payments=payments_of(invoice),
        limits=limits_of(standing),
        most=standing.limits.most,
        notes=notes,
        timeline=timeline_of(
            platform=member.platform,
            about=[invoice.pk, *(note.id for note in notes)],
            currency=invoice.currency,
            time_zone=zone,
        ),
        files=files + kept_file(invoice, SOURCE),
        looks_again_in=pause(invoice.created_at, at) if files[0].state == "making" else 0,
        is_final=invoice.is_final,
        credit=credit_of(invoice, notes) if may(member, INVOICE_CREDIT_CREATE) else None,
    )


def badges_of(invoice: Invoice, standing: Standing, notes: list[NoteLink], *, on: date) -> list[Badge]:
    return invoice_badges(
        status=invoice.status,
        total=invoice.total,
        settled=invoice.amount_paid + invoice.amount_withheld,
        due=invoice.amount_due,
        due_date=invoice.due_date,
        credited=standing.settlement.credited,
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
            date=payment.date,
            method=payment.get_method_display().capitalize(),
            reference=payment.reference,
            amount=payment.amount,
            state=PAYMENT_STATES[payment.status],
        )
        for payment in invoice.payments.all()
    ]


def credit_of(invoice: Invoice, notes: list[NoteLink]) -> CreditAction:
    return CreditAction(
        amount=invoice.total,
        refusal=refusal_of(invoice),
        draft=next((note for note in notes if note.is_draft), None),
    )
