"""Where the money of a refund comes from, step by step, before anything moves."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from credit_notes.balances import pour
from credit_notes.models import CreditNote, GatewayAccount, Refund
from invoices.models import Payment, TaxWithheld
from invoices.settlement import total

MANUAL, STRIPE = Refund.Gateway.MANUAL, Refund.Gateway.STRIPE


class Leg(NamedTuple):
    """One step: how much goes back, against a payment or withheld tax or neither, through which gateway."""

    amount: Decimal
    payment: Payment | None = None
    tax_withheld: TaxWithheld | None = None
    gateway: str = ""

    @property
    def source(self) -> str:
        if self.payment:
            return "payment"
        return "tax_withheld" if self.tax_withheld else "unlinked"

    @property
    def invoice_id(self) -> str | None:
        """The invoice that the money once settled."""
        row = self.payment or self.tax_withheld
        return row.invoice_id if row else None


class Plan(NamedTuple):
    """The steps towards an amount, and what of it they do not cover."""

    legs: list[Leg]
    missing: Decimal

    @property
    def total(self) -> Decimal:
        return total(self.legs)


def waterfall_of(note: CreditNote, amount: Decimal | None = None, *, lock: bool = False) -> Plan:
    """Return how `amount` of a note, or else all it has, would be refunded.

    Online payments come first, the newest first, each up to what of it has not gone back; then the others in
    the same way, to be paid out by hand. A note on no invoice has no payments: a person pays all of it out.
    `lock` holds the payments.
    """
    amount = note.left if amount is None else amount
    if is_standalone(note):
        return poured(note, amount, [Leg(amount, gateway=MANUAL)])
    legs = legs_from(payments_of(note, lock=lock), note)
    return poured(note, amount, sorted(legs, key=lambda leg: leg.gateway != STRIPE))


def legs_from(payments: Iterable[Payment], note: CreditNote) -> list[Leg]:
    """Return what each payment could give back: through its provider, or else by hand."""
    has_account = GatewayAccount.objects.for_platform(note.platform).filter(kind=STRIPE).exists()
    legs = []
    for row in payments:
        can_send = has_account and is_online(row) and row.reference
        legs.append(Leg(unrefunded(row), payment=row, gateway=STRIPE if can_send else MANUAL))
    return legs


def poured(note: CreditNote, amount: Decimal, legs: list[Leg]) -> Plan:
    """Return the legs that it takes, each with what it gives of what it could.

    The payments of an invoice return no more than the note takes of that invoice: the rest of them belongs to
    what is still owed for it.
    """
    room = shares_of(note) | {None: amount}
    most = []
    for leg in legs:
        most.append(min(leg.amount, room[leg.invoice_id]))
        room[leg.invoice_id] -= most[-1]
    given = pour(amount, most)
    taken = [leg._replace(amount=part) for leg, part in zip(legs, given, strict=True) if part]
    return Plan(taken, missing=amount - total(taken))


def shares_of(note: CreditNote) -> dict[str | None, Decimal]:
    """Return what a note takes of each of its invoices, less what of that cleared its debt or went back."""
    shares: dict[str | None, Decimal] = {
        row.invoice_id: row.total for row in note.references.exclude(invoice=None)
    }
    gone = [
        *((row.invoice_id, row.amount) for row in note.allocations.all()),
        *((row.payment.invoice_id, row.amount) for row in counting_refunds(note)),
        *((row.tax_withheld.invoice_id, row.amount) for row in returned_taxes(note)),
    ]
    for invoice_id, amount in gone:
        if invoice_id in shares:
            shares[invoice_id] -= amount
    return shares


def counting_refunds(note: CreditNote) -> Any:
    refunds = note.refunds.exclude(status=Refund.Status.FAILED).exclude(payment=None)
    return refunds.select_related("payment")


def returned_taxes(note: CreditNote) -> Any:
    return note.tax_withheld_refunds.select_related("tax_withheld")


def is_standalone(note: CreditNote) -> bool:
    """Tell whether a note corrects no invoice that we know."""
    return not note.references.exclude(invoice=None).exists()


def payments_of(note: CreditNote, *, lock: bool) -> list[Payment]:
    """Return the payments that came in for a note's invoices, newest first, with what went back of each."""
    rows = Payment.objects.for_platform(note.platform).filter(
        invoice__in=note.references.values("invoice"), status=Payment.Status.SUCCEEDED
    )
    rows = (rows.locked() if lock else rows).prefetch_related("refunds")
    return sorted(rows, key=lambda row: (row.date, row.pk), reverse=True)


def unrefunded(payment: Payment) -> Decimal:
    """Return what of a payment has not gone back, nor is on its way back."""
    return payment.amount - total(row for row in payment.refunds.all() if row.counts)


def is_online(payment: Payment) -> bool:
    """Tell whether a payment came through a provider that could send it back."""
    return payment.method == Payment.Method.STRIPE
