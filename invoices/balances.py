"""What of an invoice may still be credited, cleared and refunded: pure sums over it and the notes on it.

Only live notes count: FINAL ones that were not voided. docs/limits.md explains the three limits.
"""

from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

from billing.money import ZERO

PaymentStatus = Literal["not_paid", "payment_due", "partially_paid", "paid"]


class Settlement(NamedTuple):
    """Where an invoice stands. All amounts are in its currency and none is negative but a negative total."""

    total: Decimal
    amount_due: Decimal
    received: Decimal  # paid, withheld as tax, and credited from other invoices' notes
    in_progress: Decimal  # payments on their way
    credited: Decimal  # total of the live notes
    cleared_by_notes: Decimal  # what those notes gave to this invoice itself


class Limits(NamedTuple):
    """How much can be credited at all, by clearing debt, and as money owed to the customer."""

    creditable: Decimal
    adjustable: Decimal
    refundable: Decimal

    @property
    def most(self) -> Decimal:
        """The largest total a new note may have."""
        return max(min(self.creditable, self.adjustable + self.refundable), ZERO)


def limits(settlement: Settlement) -> Limits:
    """Return the three limits of an invoice.

    >>> limits(Settlement(Decimal(100), Decimal(40), Decimal(60), ZERO, ZERO, ZERO))
    Limits(creditable=Decimal('100'), adjustable=Decimal('40'), refundable=Decimal('60'))
    """
    return Limits(
        creditable=max(settlement.total - settlement.credited, ZERO),
        adjustable=max(settlement.amount_due - settlement.in_progress, ZERO),
        refundable=max(settlement.received - (settlement.credited - settlement.cleared_by_notes), ZERO),
    )


def terms(settlement: Settlement) -> dict[str, Decimal]:
    """Return the limits and what they are made of, so that a reader can add them up again."""
    return limits(settlement)._asdict() | {
        "total": settlement.total,
        "credited": settlement.credited,
        "amount_due": settlement.amount_due,
        "payments_in_progress": settlement.in_progress,
        "received": settlement.received,
        "cleared_by_notes": settlement.cleared_by_notes,
    }


def payment_status(settlement: Settlement, *, due_date: date | None, on: date) -> PaymentStatus:
    """Return how far an invoice is settled on a day, by whatever settles it.

    `payment_due` is one of which nothing is settled although its due date has passed.

    >>> half_paid = Settlement(Decimal(100), Decimal(50), Decimal(50), ZERO, ZERO, ZERO)
    >>> payment_status(half_paid, due_date=None, on=date(2026, 11, 20))
    'partially_paid'
    """
    if settlement.amount_due <= ZERO:
        return "paid"
    if settlement.amount_due < settlement.total:
        return "partially_paid"
    return "payment_due" if is_overdue(settlement, due_date=due_date, on=on) else "not_paid"


def is_overdue(settlement: Settlement, *, due_date: date | None, on: date) -> bool:
    """Tell whether something is due that should have been paid before this day."""
    return settlement.amount_due > ZERO and due_date is not None and due_date < on
