"""The pages that ask before money is written down: payments, withheld tax, credit."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from billing import clock
from billing.errors import BillingError, NotFound
from billing.money import ZERO
from billing.paper.formats import formats_of
from billing.platforms.models import Member
from credit_notes.balances import pour
from credit_notes.models import CreditNote
from credit_notes.services.allocate import common_to
from credit_notes.services.apply import turn_of
from credit_notes.services.limits import standing_of
from credit_notes.services.owed import require_due
from invoices.models import Invoice, Overpayment, Payment

from .invoice_page import PaymentRow, find_invoice, payments_of, received_credit_of


@dataclass(frozen=True)
class Paying:
    invoice_id: str
    number: str
    customer: str
    currency: str
    total: Decimal
    due: Decimal
    in_progress: Decimal
    keeps_overpayments: bool
    today: date

    @property
    def unpromised(self) -> Decimal:
        """What is due and no payment is on its way for."""
        return max(self.due - self.in_progress, ZERO)


@dataclass(frozen=True)
class Settling:
    invoice_id: str
    number: str
    currency: str
    due: Decimal
    payment: PaymentRow

    @property
    def due_after(self) -> Decimal:
        return self.due - self.payment.amount


@dataclass(frozen=True)
class CreditSource:
    """Credit of the customer, and what of it this invoice would get."""

    note_id: str  # "" for what was paid too much
    label: str
    available: Decimal
    given: Decimal


@dataclass(frozen=True)
class Applying:
    invoice_id: str
    number: str
    customer: str
    currency: str
    due: Decimal
    sources: list[CreditSource]
    overpaid: Decimal  # what the customer paid too much and is not used yet
    refusal: str  # why nothing can be given; "" if something can

    @property
    def uses_notes(self) -> bool:
        return any(source.note_id for source in self.sources)

    @property
    def overpaid_left(self) -> Decimal:
        """What of the overpaid amount stays, for credit notes are used first."""
        return self.overpaid - sum((source.given for source in self.sources if not source.note_id), ZERO)

    @property
    def given(self) -> Decimal:
        return sum((source.given for source in self.sources), ZERO)

    @property
    def due_after(self) -> Decimal:
        return self.due - self.given


@dataclass(frozen=True)
class TakingBack:
    invoice_id: str
    number: str
    note_id: str
    note: str
    currency: str
    amount: Decimal
    due: Decimal

    @property
    def due_after(self) -> Decimal:
        return self.due + self.amount


def paying_of(*, member: Member, invoice_id: str, at: datetime) -> Paying:
    """Return what an invoice asks for, to be paid.

    :raises NotFound: the platform has no such invoice.
    """
    invoice = find_invoice(member, invoice_id)
    return Paying(
        invoice_id=invoice.pk,
        number=invoice.display_number,
        customer=invoice.buyer.name,
        currency=invoice.currency,
        total=invoice.total,
        due=invoice.amount_due,
        in_progress=standing_of(invoice).settlement.in_progress,
        keeps_overpayments=member.platform.keeps_overpayments,
        today=invoice.day(at),
    )


def settling_payment_of(*, member: Member, payment_id: str) -> Settling:
    """Return a payment of which it is to be said what became of it.

    :raises NotFound: the platform has no such payment.
    """
    payment: Payment = Payment.objects.for_platform(member.platform).find(payment_id)
    invoice = find_invoice(member, payment.invoice_id)
    return Settling(
        invoice_id=invoice.pk,
        number=invoice.display_number,
        currency=invoice.currency,
        due=invoice.amount_due,
        payment=next(row for row in payments_of(invoice) if row.id == payment.pk),
    )


def applying_of(*, member: Member, invoice_id: str) -> Applying:
    """Return what credit of its customer an invoice would get, in the order in which it is used.

    :raises NotFound: the platform has no such invoice.
    """
    invoice = find_invoice(member, invoice_id)
    has = credit_for(invoice, member)
    room = standing_of(invoice).limits.adjustable
    given = pour(room, [available for _, _, available in has])
    return Applying(
        invoice_id=invoice.pk,
        number=invoice.display_number,
        customer=invoice.buyer.name,
        currency=invoice.currency,
        due=invoice.amount_due,
        sources=[CreditSource(*each, part) for each, part in zip(has, given, strict=True) if part],
        overpaid=sum((available for note_id, _, available in has if not note_id), ZERO),
        refusal=why_no_credit_fits(invoice) or ("" if has else f"{invoice.customer} has no credit for it."),
    )


def why_no_credit_fits(invoice: Invoice) -> str:
    """Return why an invoice can be given no credit at all; "" if it can."""
    if invoice.is_draft:
        return f"{invoice} is a draft."
    try:
        require_due(invoice)
    except BillingError as refusal:
        return refusal.detail
    return ""


def credit_for(invoice: Invoice, member: Member) -> list[tuple[str, str, Decimal]]:
    """Return the credit an invoice may get as `(note id, label, available)`, in the order of its use."""
    same = common_to(invoice) | {"amount_available__gt": ZERO}
    notes = CreditNote.objects.for_platform(member.platform).live().filter(**same)
    others = sorted(notes.exclude(references__invoice=invoice), key=turn_of)
    kept = Overpayment.objects.for_platform(member.platform).filter(**same).order_by("id")
    zone, english = invoice.billing_entity.time_zone, formats_of("en", invoice.currency)
    overpaid = [(clock.day(row.created_at, zone), row.amount_available) for row in kept]
    return [
        *((note.pk, note.display_number, note.amount_available) for note in others),
        *(("", f"What was paid too much on {english.day(on)}", amount) for on, amount in overpaid),
    ]


def taking_credit_back_of(*, member: Member, invoice_id: str, credit_note_id: str) -> TakingBack:
    """Return what a note on another invoice gave to this one.

    :raises NotFound: there is no such invoice, or it has nothing of such a note.
    """
    invoice = find_invoice(member, invoice_id)
    rows = [row for row in received_credit_of(invoice) if row.note_id == credit_note_id]
    if not rows:
        raise NotFound(f"{invoice} has no credit of {credit_note_id!r}.")
    return TakingBack(
        invoice_id=invoice.pk,
        number=invoice.display_number,
        note_id=rows[0].note_id,
        note=rows[0].note,
        currency=invoice.currency,
        amount=rows[0].amount,
        due=invoice.amount_due,
    )
