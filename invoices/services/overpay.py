"""Pay invoices with what a customer once paid too much."""

from datetime import datetime
from decimal import Decimal

from billing.documents.values import whole
from billing.errors import BillingError
from billing.money import ZERO, is_whole
from billing.platforms.models import Platform
from billing.transactions import entrance, step
from invoices.models import Invoice, Overpayment, Payment

from .pay import PaymentNotPossible, add_payment, require_payable, room_of


class OverpaymentMismatch(BillingError):
    code = "overpayment_mismatch"
    title = "This credit cannot pay this invoice"


class NothingOverpaid(BillingError):
    code = "nothing_overpaid"
    title = "The customer has no such credit"


@entrance
def apply_overpayment(
    *,
    platform: Platform,
    invoice_id: str,
    overpayment_id: str = "",
    amount: Decimal | None = None,
    actor: str,
    at: datetime,
) -> list[Payment]:
    """Pay an invoice with its customer's overpayments, the oldest first, or with the one that is named.

    Without an `amount` as much is used as there is, up to what is due and not on its way already.

    :raises PaymentNotPossible: the invoice is a draft, or owes less than the amount.
    :raises OverpaymentMismatch: the one that is named is in another currency, or of other parties.
    :raises NothingOverpaid: there is no credit, or less than the amount.
    """
    invoice = Invoice.objects.for_platform(platform).select_related("platform", "billing_entity").locked()
    invoice = invoice.find(invoice_id)
    require_payable(invoice)
    rows = held(invoice) if not overpayment_id else [named(platform, invoice, overpayment_id)]
    most = fitting(amount, invoice)
    available = sum((left(row) for row in rows), ZERO)
    if available <= ZERO or (amount is not None and amount > available):
        has = f"{whole(available, invoice.currency)} {invoice.currency}"
        raise NothingOverpaid(f"{invoice.customer} has {has} left of overpayments.", field="amount")
    return use(rows, invoice, most=most, actor=actor, at=at)


@step
def apply_overpayments(invoice: Invoice, *, actor: str, at: datetime) -> list[Payment]:
    """Pay an invoice with what its customer has overpaid, if anything, oldest first.

    The caller holds the invoice, a final one. What is on its way already is left to come.
    """
    return use(held(invoice), invoice, most=room_of(invoice), actor=actor, at=at)


def held(invoice: Invoice) -> list[Overpayment]:
    """Return the overpayments that an invoice can be paid with, locked, oldest first."""
    rows = Overpayment.objects.for_platform(invoice.platform).locked()
    same = rows.filter(
        customer=invoice.customer_id, billing_entity=invoice.billing_entity_id, currency=invoice.currency
    )
    return [row for row in same if left(row) > ZERO]


def named(platform: Platform, invoice: Invoice, overpayment_id: str) -> Overpayment:
    """Return one overpayment, locked.

    :raises OverpaymentMismatch: it cannot pay this invoice.
    """
    row: Overpayment = Overpayment.objects.for_platform(platform).locked().find(overpayment_id)
    for name in ("customer_id", "billing_entity_id", "currency"):
        if getattr(row, name) != getattr(invoice, name):
            what = name.removesuffix("_id").replace("_", " ")
            raise OverpaymentMismatch(
                f"{invoice} has another {what} than the overpayment.", overpayment=row.pk
            )
    return row


def left(row: Overpayment) -> Decimal:
    return row.amount - row.amount_applied


def fitting(amount: Decimal | None, invoice: Invoice) -> Decimal:
    """Return how much to use at most.

    :raises PaymentNotPossible: the amount is no amount, or more than there is room for.
    """
    room = room_of(invoice)
    if room > ZERO and amount is None:
        return room
    if (
        amount is not None
        and amount.is_finite()
        and ZERO < amount <= room
        and is_whole(amount, invoice.currency)
    ):
        return amount
    limit = whole(max(room, ZERO), invoice.currency)
    raise PaymentNotPossible(
        f"{invoice} can take {limit} {invoice.currency}, counting what is on its way.",
        field="amount",
        limit=str(limit),
    )


@step
def use(
    rows: list[Overpayment], invoice: Invoice, *, most: Decimal, actor: str, at: datetime
) -> list[Payment]:
    """Pay an invoice with one overpayment after another, up to `most`. The caller holds all of them."""
    payments = []
    for row in rows:
        amount = min(left(row), most)
        if amount <= ZERO:
            break
        row.amount_applied += amount
        row.save(update_fields=["amount_applied"])
        most -= amount
        payments.append(pay_with(row, amount, invoice, actor=actor, at=at))
    return payments


@step
def pay_with(row: Overpayment, amount: Decimal, invoice: Invoice, *, actor: str, at: datetime) -> Payment:
    return add_payment(
        invoice,
        amount=amount,
        date=invoice.day(at),
        method=Payment.Method.OVERPAYMENT,
        reference="",
        status=Payment.Status.SUCCEEDED,
        overpayment=row,
        actor=actor,
        at=at,
    )
