"""Money that came in for an invoice."""

from datetime import date, datetime
from decimal import Decimal

from django_fsm import can_proceed

from billing.documents.values import whole
from billing.errors import BillingError
from billing.events import names
from billing.events.record import record
from billing.money import ZERO, is_whole
from billing.platforms.models import Platform
from billing.transactions import entrance, step
from invoices.models import Invoice, Payment


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

    :raises PaymentNotPossible: the invoice is a draft, or owes less than the amount.
    """
    invoice = Invoice.objects.for_platform(platform).locked().find(invoice_id)
    if not invoice.is_final:
        raise PaymentNotPossible(f"{invoice} is a draft.")
    require_due(invoice, amount)
    return add_payment(
        invoice,
        amount=amount,
        date=date,
        method=method,
        reference=reference,
        status=status,
        actor=actor,
        at=at,
    )


@entrance
def settle_payment(
    *, platform: Platform, payment_id: str, succeeded: bool, actor: str, at: datetime
) -> Payment:
    """Say of a payment in progress that the money has come, or that it will not.

    :raises PaymentNotPossible: that has been said before, or the invoice owes less by now.
    """
    invoice_id = Payment.objects.for_platform(platform).find(payment_id).invoice_id
    invoice = Invoice.objects.for_platform(platform).locked().find(invoice_id)
    payment = Payment.objects.for_platform(platform).locked().find(payment_id)
    if not can_proceed(payment.succeed):
        raise PaymentNotPossible(f"The payment is {payment.status} already.", payment=payment.pk)
    if succeeded:
        require_due(invoice, payment.amount)
        payment.succeed()
    else:
        payment.fail()
    payment.save()
    count_and_record(payment, invoice, names.INVOICE_PAYMENT_SETTLED, actor=actor, at=at)
    return payment


def require_due(invoice: Invoice, amount: Decimal) -> None:
    """Refuse a payment that is not a positive amount of at most what is due."""
    if ZERO < amount <= invoice.amount_due and is_whole(amount, invoice.currency):
        return
    due = whole(invoice.amount_due, invoice.currency)
    raise PaymentNotPossible(
        f"{invoice} owes {due} {invoice.currency}; a payment of {amount} does not fit.",
        field="amount",
        limit=str(due),
        requested=str(amount),
    )


@step
def add_payment(
    invoice: Invoice,
    *,
    amount: Decimal,
    date: date,
    method: str,
    reference: str,
    status: str,
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
        created_at=at,
    )
    count_and_record(payment, invoice, names.INVOICE_PAYMENT_RECORDED, actor=actor, at=at)
    return payment


@step
def count_and_record(payment: Payment, invoice: Invoice, event: str, *, actor: str, at: datetime) -> None:
    """Count a payment that has succeeded, and write down what became of it. The caller holds the invoice."""
    if payment.status == Payment.Status.SUCCEEDED:
        invoice.amount_paid += payment.amount
    invoice.updated_at = at
    invoice.save()
    amount = f"{whole(payment.amount, invoice.currency):f}"
    data = {"object": {"id": payment.pk, "invoice": invoice.pk, "amount": amount, "status": payment.status}}
    record(event, platform=invoice.platform, about=invoice, actor=actor, at=at, data=data)
