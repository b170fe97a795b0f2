"""Where a document stands, in a word, an icon and a tone: never by colour alone."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from billing.money import ZERO
from invoices.balances import PaymentStatus, Settlement, is_overdue, payment_status

Tone = Literal["plain", "brand", "ok", "warn", "bad"]


@dataclass(frozen=True)
class Badge:
    label: str
    tone: Tone
    icon: str


DRAFT = Badge("Draft", "plain", "pencil-line")
ON_HOLD = Badge("On hold", "warn", "pause")
FINAL = Badge("Final", "ok", "lock")
VOID = Badge("Void", "bad", "ban")
PAID = Badge("Paid", "ok", "circle-check")
PARTLY_PAID = Badge("Partly paid", "warn", "circle-dashed")
UNPAID = Badge("Unpaid", "plain", "circle")
OVERDUE = Badge("Overdue", "bad", "clock-alert")
CREDITED = Badge("Credited", "brand", "undo-2")
PARTLY_CREDITED = Badge("Partly credited", "warn", "undo-2")
CREDIT_DRAFTED = Badge("Credit drafted", "plain", "pencil-line")

PAID_BADGES: dict[PaymentStatus, Badge | None] = {
    "not_paid": UNPAID,
    "payment_due": OVERDUE,
    "partially_paid": PARTLY_PAID,
    "paid": PAID,
}

WAITS_FOR_APPROVAL = Badge("Waits for approval", "warn", "user-check")
REVERSED = Badge("Reversed", "bad", "undo-2")
STORE_CREDIT = Badge("Store credit", "brand", "wallet")
REFUNDING = Badge("Refund on its way", "warn", "clock")
USED_UP = Badge("Used up", "ok", "circle-check")

SETTLEMENTS = {
    "voided": VOID,
    "adjusted": Badge("Debt cleared", "ok", "circle-check"),
    "refund_due": Badge("Refund due", "warn", "wallet"),
    "refunded": Badge("Refunded", "ok", "circle-check"),
}
"""What became of a credit note's money, by its `settlement`."""

REFUNDS = {
    "PENDING": Badge("On its way", "warn", "clock"),
    "SUCCEEDED": Badge("Paid out", "ok", "circle-check"),
    "FAILED": Badge("Failed", "bad", "circle-x"),
}
"""Where a refund stands."""


def invoice_badges(
    *,
    status: str,
    on_hold: bool,
    settlement: Settlement,
    due_date: date | None,
    is_drafted: bool,
    on: date,
) -> list[Badge]:
    """Say where an invoice stands: whether it is paid, and how far it is credited."""
    if status == "DRAFT":
        return [DRAFT, ON_HOLD] if on_hold else [DRAFT]
    credited = credit_badge(total=settlement.total, credited=settlement.credited, is_drafted=is_drafted)
    return [*payment_badges(settlement, due_date=due_date, on=on), *([credited] if credited else [])]


def payment_badges(settlement: Settlement, *, due_date: date | None, on: date) -> list[Badge]:
    """Say how far an invoice is paid, and whether it should be by now.

    What its own notes cleared is not said to be paid: another badge tells of them.
    """
    paid = PAID_BADGES[payment_status(settlement, due_date=due_date, on=on)]
    if settlement.received <= ZERO and paid in (PAID, PARTLY_PAID):
        paid = UNPAID if settlement.amount_due > ZERO else None
    if is_overdue(settlement, due_date=due_date, on=on):
        return [PARTLY_PAID, OVERDUE] if paid is PARTLY_PAID else [OVERDUE]
    return [paid] if paid else []


def credit_badge(*, total: Decimal, credited: Decimal, is_drafted: bool) -> Badge | None:
    """Say how far an invoice is credited; nothing if it is not."""
    if credited > ZERO:
        return CREDITED if credited >= total else PARTLY_CREDITED
    return CREDIT_DRAFTED if is_drafted else None


def note_badges(
    *,
    status: str,
    settlement: str,
    type: str = "",
    is_refunded: bool = True,
    is_refunding: bool = False,
    on_hold: bool = False,
    waits: bool = False,
    is_reversed: bool = False,
) -> list[Badge]:
    """Say where a credit note stands: a draft and what it waits for, or final and what became of its money.

    `is_refunded` tells whether any of it was paid out, `is_refunding` whether some is on its way back,
    `waits` whether somebody must approve it first.
    """
    if status == "DRAFT":
        return [DRAFT, *[WAITS_FOR_APPROVAL] * waits, *[ON_HOLD] * on_hold]
    if settlement == "voided":
        return [VOID]
    if is_reversed:
        return [FINAL, REVERSED]
    if is_refunding:
        return [FINAL, REFUNDING]
    if settlement == "refund_due" and type == "store":
        return [FINAL, STORE_CREDIT]
    if settlement == "refunded" and not is_refunded:
        return [FINAL, USED_UP]
    return [FINAL, SETTLEMENTS[settlement]]
