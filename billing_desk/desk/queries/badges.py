"""Where a document stands, in a word, an icon and a tone: never by colour alone."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from billing.money import ZERO

Tone = Literal["plain", "brand", "ok", "warn", "bad"]


@dataclass(frozen=True)
class Badge:
    label: str
    tone: Tone
    icon: str


DRAFT = Badge("Draft", "plain", "pencil-line")
FINAL = Badge("Final", "ok", "lock")
VOID = Badge("Void", "bad", "ban")
PAID = Badge("Paid", "ok", "circle-check")
PARTLY_PAID = Badge("Partly paid", "warn", "circle-dashed")
UNPAID = Badge("Unpaid", "plain", "circle")
OVERDUE = Badge("Overdue", "bad", "clock-alert")
CREDITED = Badge("Credited", "brand", "undo-2")
PARTLY_CREDITED = Badge("Partly credited", "warn", "undo-2")
CREDIT_DRAFTED = Badge("Credit drafted", "plain", "pencil-line")

SETTLEMENTS = {
    "voided": VOID,
    "adjusted": Badge("Debt cleared", "ok", "circle-check"),
    "refund_due": Badge("Refund due", "warn", "wallet"),
    "refunded": Badge("Refunded", "ok", "circle-check"),
}
"""What became of a credit note's money, by its `settlement`."""


def invoice_badges(
    *,
    status: str,
    total: Decimal,
    settled: Decimal,
    due: Decimal,
    due_date: date | None,
    credited: Decimal,
    is_drafted: bool,
    on: date,
) -> list[Badge]:
    """Say where an invoice stands: whether it is paid, and how far it is credited."""
    if status == "DRAFT":
        return [DRAFT]
    both = (
        payment_badge(settled=settled, due=due, due_date=due_date, on=on),
        credit_badge(total=total, credited=credited, is_drafted=is_drafted),
    )
    return [badge for badge in both if badge]


def payment_badge(*, settled: Decimal, due: Decimal, due_date: date | None, on: date) -> Badge | None:
    """Say whether an invoice is paid; nothing if it never was and credit notes cleared it."""
    if due <= ZERO:
        return PAID if settled > ZERO else None
    if due_date and due_date < on:
        return OVERDUE
    return PARTLY_PAID if settled > ZERO else UNPAID


def credit_badge(*, total: Decimal, credited: Decimal, is_drafted: bool) -> Badge | None:
    """Say how far an invoice is credited; nothing if it is not."""
    if credited > ZERO:
        return CREDITED if credited >= total else PARTLY_CREDITED
    return CREDIT_DRAFTED if is_drafted else None


def note_badges(*, status: str, settlement: str) -> list[Badge]:
    """Say where a credit note stands: a draft, or final and what became of its money."""
    if status == "DRAFT":
        return [DRAFT]
    return [FINAL, SETTLEMENTS[settlement]] if settlement != "voided" else [VOID]
