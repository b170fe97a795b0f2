"""The pages that ask before a credit note's money moves: to invoices, to the customer, and back."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from billing.money import ZERO
from billing.platforms.models import Member
from credit_notes.balances import pour
from credit_notes.models import Allocation, CreditNote, Refund, TaxWithheldRefund
from credit_notes.services import plan_refund
from credit_notes.services.allocate import common_to, require_giver
from credit_notes.services.limits import plain
from credit_notes.services.live import require_live
from credit_notes.services.owed import adjustable_of
from credit_notes.services.refund import require_refundable
from credit_notes.services.settle_refund import RefundIsSettled, require_by_hand
from credit_notes.services.waterfall import Leg
from credit_notes.services.withheld import left_of
from invoices.models import Invoice, TaxWithheld

from .credit_note_page import find_note
from .note_money import how

MOST_INVOICES = 100


@dataclass(frozen=True)
class NoteMoney:
    """What each of these pages says of the note."""

    id: str
    label: str
    customer: str
    currency: str
    total: Decimal
    available: Decimal
    today: date
    date: date | None


@dataclass(frozen=True)
class OpenInvoice:
    id: str
    number: str
    due_date: date | None
    room: Decimal  # what credit may clear of it
    gets: Decimal  # when the oldest debt comes first
    alone: Decimal  # when no other invoice gets anything


@dataclass(frozen=True)
class UsingCredit:
    note: NoteMoney
    invoices: list[OpenInvoice]

    @property
    def given(self) -> Decimal:
        return sum((row.gets for row in self.invoices), ZERO)

    @property
    def left(self) -> Decimal:
        return self.note.available - self.given


@dataclass(frozen=True)
class TakingBack:
    note: NoteMoney
    invoice_id: str
    invoice: str
    amount: Decimal
    due_then: Decimal
    available_then: Decimal


@dataclass(frozen=True)
class Step:
    """A leg of a refund: how much goes back, which way, and who does it."""

    amount: Decimal
    source: str
    is_automatic: bool


@dataclass(frozen=True)
class Refunding:
    note: NoteMoney
    amount: Decimal  # what was asked for
    steps: list[Step]
    covered: Decimal
    missing: Decimal

    @property
    def left(self) -> Decimal:
        return self.note.available - self.covered

    @property
    def shown(self) -> str:
        """The amount as the form sends it back, to tell whether these steps were looked at."""
        return plain(self.note, self.amount)


@dataclass(frozen=True)
class Withheld:
    """Tax that a customer withheld, and what of it has not been returned."""

    id: str
    label: str
    left: Decimal


@dataclass(frozen=True)
class ReturningTax:
    note: NoteMoney
    taxes: list[Withheld]


@dataclass(frozen=True)
class SettlingRefund:
    note: NoteMoney
    amount: Decimal
    how: str


@dataclass(frozen=True)
class RemovingReturn:
    note: NoteMoney
    amount: Decimal
    invoice: str
    available_then: Decimal


def money_of(note: CreditNote, *, at: datetime) -> NoteMoney:
    return NoteMoney(
        id=note.pk,
        label=note.display_number,
        customer=note.customer.name,
        currency=note.currency,
        total=note.total,
        available=note.amount_available,
        today=note.day(at),
        date=note.date,
    )


def using_credit_of(*, member: Member, credit_note_id: str, at: datetime) -> UsingCredit:
    """Return which invoices a note's credit could go to, the oldest debt first.

    :raises BillingError: the note is not live, or has nothing left.
    """
    note = find_note(member, credit_note_id)
    require_giver(note)
    rows = Invoice.objects.for_platform(member.platform).final().with_settlement()
    found = list(
        rows.filter(amount_due__gt=ZERO, **common_to(note)).order_by("due_date", "date", "pk")[:MOST_INVOICES]
    )
    rooms = [(invoice, adjustable_of(invoice)) for invoice in found]
    rooms = [(invoice, room) for invoice, room in rooms if room > ZERO]
    gets = pour(note.amount_available, [room for _, room in rooms])
    return UsingCredit(
        note=money_of(note, at=at),
        invoices=[
            OpenInvoice(
                id=invoice.pk,
                number=invoice.display_number,
                due_date=invoice.due_date,
                room=room,
                gets=part,
                alone=min(room, note.amount_available),
            )
            for (invoice, room), part in zip(rooms, gets, strict=True)
        ],
    )


def taking_back_of(*, member: Member, credit_note_id: str, allocation_id: str, at: datetime) -> TakingBack:
    """Return what taking an allocation of a note back would do.

    :raises BillingError: there is none, or the note is not live.
    """
    note = find_note(member, credit_note_id)
    rows = Allocation.objects.for_platform(member.platform).filter(credit_note=note)
    row = rows.select_related("invoice").find(allocation_id)
    require_live(note)
    return TakingBack(
        note=money_of(note, at=at),
        invoice_id=row.invoice_id,
        invoice=row.invoice.display_number,
        amount=row.amount,
        due_then=row.invoice.amount_due + row.amount,
        available_then=note.amount_available + row.amount,
    )


def refunding_of(
    *, member: Member, credit_note_id: str, amount: Decimal | None = None, at: datetime
) -> Refunding:
    """Return the steps to refund an amount of a note, or else as much as its payments can return.

    :raises BillingError: the note cannot be refunded, or not that much of it.
    """
    note = find_note(member, credit_note_id)
    _, plan = plan_refund(platform=member.platform, credit_note_id=credit_note_id, amount=amount)
    return Refunding(
        note=money_of(note, at=at),
        amount=plan.total if amount is None else amount,
        steps=[step_of(leg) for leg in plan.legs],
        covered=plan.total,
        missing=plan.missing,
    )


def step_of(leg: Leg) -> Step:
    is_automatic = leg.gateway == Refund.Gateway.STRIPE
    if leg.payment is None:
        return Step(leg.amount, "No payment belongs to it: pay it out as you choose", is_automatic)
    row = leg.payment
    paid = f"{row.get_method_display().lower()} of {row.date:%-d %b %Y} for {row.invoice}"
    return Step(leg.amount, f"Against the {paid}", is_automatic)


def recording_of(*, member: Member, credit_note_id: str, at: datetime) -> NoteMoney:
    """Return the note of which a refund is to be recorded.

    :raises BillingError: it cannot be refunded.
    """
    note = find_note(member, credit_note_id)
    require_refundable(note, None)
    return money_of(note, at=at)


def returning_tax_of(*, member: Member, credit_note_id: str, at: datetime) -> ReturningTax:
    """Return the withheld tax that a note can return.

    :raises BillingError: the note cannot be paid out.
    """
    note = find_note(member, credit_note_id)
    require_refundable(note, None)
    own = note.references.values("invoice")
    rows = TaxWithheld.objects.for_platform(member.platform).filter(invoice__in=own)
    rows = rows.select_related("invoice").prefetch_related("refunds").order_by("-date", "-pk")
    return ReturningTax(
        note=money_of(note, at=at),
        taxes=[
            Withheld(row.pk, f"{row.invoice}, withheld on {row.date:%-d %b %Y}", left_of(row))
            for row in rows
            if left_of(row) > ZERO
        ],
    )


def settling_of(*, member: Member, credit_note_id: str, refund_id: str, at: datetime) -> SettlingRefund:
    """Return a refund of a note that waits for somebody's word.

    :raises BillingError: the note has no such refund, it is settled, or its provider settles it.
    """
    note = find_note(member, credit_note_id)
    refunds = Refund.objects.for_platform(member.platform).filter(credit_note=note)
    row = refunds.select_related("platform", "payment__invoice").find(refund_id)
    if row.status != Refund.Status.PENDING:
        raise RefundIsSettled(f"The refund has {row.status.lower()} already.")
    require_by_hand(row)
    return SettlingRefund(money_of(note, at=at), row.amount, how(row))


def removing_return_of(
    *, member: Member, credit_note_id: str, refund_id: str, at: datetime
) -> RemovingReturn:
    """Return a return of withheld tax that is to be removed.

    :raises NotFound: the note has none of this id.
    """
    note = find_note(member, credit_note_id)
    rows = TaxWithheldRefund.objects.for_platform(member.platform).filter(credit_note=note)
    row = rows.select_related("tax_withheld__invoice").find(refund_id)
    return RemovingReturn(
        note=money_of(note, at=at),
        amount=row.amount,
        invoice=row.tax_withheld.invoice.display_number,
        available_then=note.amount_available + row.amount,
    )
