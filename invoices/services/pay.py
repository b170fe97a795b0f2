"""Money that came in for an invoice."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django_fsm import can_proceed

from billing.documents.values import whole
from billing.errors import BillingError
from billing.events import names
from billing.events.record import record
from billing.money import LARGEST_AMOUNT, ZERO, is_whole
from billing.platforms.models import Platform
from billing.transactions import entrance, step
from invoices.models import Invoice, Overpayment, Payment

from .dates import require_past_day
from .summary import due


class PaymentNotPossible(BillingError):
    code = "payment_not_possible"
    title = "The invoice cannot take this payment"


@entrance
def record_payment(
    *,
    platform: Platform,
    invoice_id: str,
    amount: Decimal,
    date: date,
    method: str,
    reference: str = "",
    status: str = Payment.Status.SUCCEEDED,
    actor: str,
    at: datetime,
) -> Payment:
    """Record money received, or on its way, for a FINAL invoice.

    Where the platform keeps overpayments, money that has come may be more than is due: the payment is of
    what is due, and its `excess` is the customer's credit. Some of it must be due, for credit that belongs
    to no payment could not be paid back to where it came from. What is on its way already is left to come.

    :raises PaymentNotPossible: the invoice is a draft, or owes less than the amount, counting payments on
        their way.
    :raises DateInFuture, DateTooLongAgo: the day cannot be.
    """
    invoice = Invoice.objects.for_platform(platform).select_related("platform", "billing_entity").locked()
    invoice = invoice.find(invoice_id)
    require_payable(invoice)
    require_past_day(date, today=invoice.day(at))
    room = room_of(invoice)
    excess = excess_of(amount, room, invoice) if status == Payment.Status.SUCCEEDED else ZERO
    require_room(invoice, amount - excess, room, asked=amount)
    payment = add_payment(
        invoice,
        amount=amount - excess,
        date=date,
        method=method,
        reference=reference,
        status=status,
        actor=actor,
        at=at,
    )
    if excess:
        keep_excess(payment, excess, actor=actor, at=at)
    return payment


@entrance
def settle_payment(
    *, platform: Platform, payment_id: str, succeeded: bool, failure: str = "", actor: str, at: datetime
) -> Payment:
    """Say of a payment in progress that the money has come, or that it will not. `failure` says why not.

    :raises PaymentNotPossible: that has been said before, or the invoice owes less by now.
    """
    invoice_id = Payment.objects.for_platform(platform).find(payment_id).invoice_id
    invoice = Invoice.objects.for_platform(platform).locked().find(invoice_id)
    payment = Payment.objects.for_platform(platform).locked().find(payment_id)
    if not can_proceed(payment.succeed):
        raise PaymentNotPossible(f"The payment is {payment.status} already.", payment=payment.pk)
    if succeeded:
        require_due(invoice, payment)
        payment.succeed()
    else:
        payment.fail()
    payment.save()
    count_and_record(
        payment,
        invoice,
        names.INVOICE_PAYMENT_SETTLED,
        previous={"status": Payment.Status.IN_PROGRESS},
        failure=failure,
        actor=actor,
        at=at,
    )
    return payment


def require_payable(invoice: Invoice) -> None:
    if not invoice.is_final:
        raise PaymentNotPossible(f"{invoice} is a draft.")


def room_of(invoice: Invoice) -> Decimal:
    """Return what an invoice owes and no payment on its way will bring. The caller holds it."""
    waiting = invoice.payments.filter(status=Payment.Status.IN_PROGRESS)
    return due(invoice) - sum((row.amount for row in waiting), ZERO)


def excess_of(amount: Decimal, room: Decimal, invoice: Invoice) -> Decimal:
    """Return what of an amount is kept as the customer's credit: nothing, unless the platform wants that."""
    if not invoice.platform.keeps_overpayments or not amount.is_finite() or room <= ZERO:
        return ZERO
    return max(amount - room, ZERO)


def require_room(invoice: Invoice, amount: Decimal, room: Decimal, *, asked: Decimal) -> None:
    """Refuse a payment that is not a positive amount of at most `room`. `asked` is what came in all."""
    if asked.is_finite() and ZERO < amount <= room and is_whole(asked, invoice.currency):
        return
    limit = as_told(max(room, ZERO), invoice)
    waiting = due(invoice) - room
    detail = f"{invoice} owes {limit} {invoice.currency}"
    if waiting:
        detail += f" beside {as_told(waiting, invoice)} {invoice.currency} on its way"
    detail += f"; a payment of {as_told(asked, invoice)} does not fit."
    if room <= ZERO and invoice.platform.keeps_overpayments:
        detail += " Record the money on an invoice that owes some of it; what is too much is kept."
    raise PaymentNotPossible(
        detail,
        field="amount",
        limit=limit,
        requested=as_told(asked, invoice),
    )


def require_due(invoice: Invoice, payment: Payment) -> None:
    """Refuse money that has come for a debt that something else has settled since it was on its way."""
    if payment.amount <= due(invoice):
        return
    owed, came = as_told(due(invoice), invoice), as_told(payment.amount, invoice)
    raise PaymentNotPossible(
        f"{invoice} owes {owed} {invoice.currency} by now; a payment of {came} does not fit. "
        "Record it as failed here, and the money on another invoice.",
        field="amount",
        limit=owed,
        requested=came,
    )


def as_told(amount: Decimal, invoice: Invoice) -> str:
    """Return an amount with the decimals of its currency, or as it is if that cannot say it."""
    is_amount = amount.is_finite() and abs(amount) <= LARGEST_AMOUNT
    if is_amount and is_whole(amount, invoice.currency):
        return f"{whole(amount, invoice.currency):f}"
    return str(amount)


@step
def add_payment(
    invoice: Invoice,
    *,
    amount: Decimal,
    date: date,
    method: str,
    reference: str,
    status: str,
    overpayment: Overpayment | None = None,
    actor: str,
    at: datetime,
) -> Payment:
    """Add a payment, and count it when it has succeeded. The caller holds the invoice; the amount fits."""
    payment = Payment.objects.create(
        platform=invoice.platform,
        invoice=invoice,
        amount=amount,
        date=date,
        method=method,
        reference=reference,
        status=status,
        overpayment=overpayment,
        created_at=at,
    )
    count_and_record(payment, invoice, names.INVOICE_PAYMENT_RECORDED, actor=actor, at=at)
    return payment


@step
def keep_excess(payment: Payment, amount: Decimal, *, actor: str, at: datetime) -> Overpayment:
    """Keep what a payment brought beyond its invoice's debt as the customer's credit."""
    invoice = payment.invoice
    kept = Overpayment.objects.create(
        platform=invoice.platform,
        billing_entity=invoice.billing_entity,
        customer_id=invoice.customer_id,
        payment=payment,
        currency=invoice.currency,
        amount=amount,
        created_at=at,
    )
    excess = f"{whole(amount, invoice.currency):f}"
    data = {
        "object": {
            "object": "overpayment",
            "id": kept.pk,
            "payment": payment.pk,
            "invoice": invoice.pk,
            "customer": invoice.customer_id,
            "currency": invoice.currency,
            "amount": excess,
            "amount_available": excess,
        },
        "previous": {"amount_available": f"{whole(ZERO, invoice.currency):f}"},
    }
    record(names.INVOICE_OVERPAID, platform=invoice.platform, about=invoice, actor=actor, at=at, data=data)
    return kept


@step
def count_and_record(
    payment: Payment,
    invoice: Invoice,
    event: str,
    *,
    previous: Mapping[str, str] = {},
    failure: str = "",
    actor: str,
    at: datetime,
) -> None:
    """Count a payment that has succeeded, and write down what became of it. The caller holds the invoice."""

    def amount(value: Decimal) -> str:
        return f"{whole(value, invoice.currency):f}"

    before = amount(due(invoice))
    if payment.status == Payment.Status.SUCCEEDED:
        invoice.amount_paid += payment.amount
    invoice.updated_at = at
    invoice.save()
    data = {
        "object": {
            "object": "payment",
            "id": payment.pk,
            "invoice": invoice.pk,
            "invoice_number": invoice.number,
            "customer": invoice.customer_id,
            "currency": invoice.currency,
            "amount": amount(payment.amount),
            "status": payment.status,
            "date": f"{payment.date:%Y-%m-%d}",
            "method": payment.method,
            "reference": payment.reference,
            "amount_due": amount(due(invoice)),
        },
        "previous": {"amount_due": before, **previous},
        "failure": failure,
    }
    record(event, platform=invoice.platform, about=invoice, actor=actor, at=at, data=data)
