"""Money that came in for an invoice."""

from datetime import date, datetime
from decimal import Decimal

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
    if amount <= ZERO or not is_whole(amount, invoice.currency) or amount > invoice.amount_due:
        raise PaymentNotPossible(
            f"{invoice} owes {whole(invoice.amount_due, invoice.currency)} {invoice.currency}; "
            f"a payment of {amount} does not fit.",
            field="amount",
            limit=str(whole(invoice.amount_due, invoice.currency)),
            requested=str(amount),
        )
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
    if status == Payment.Status.SUCCEEDED:
        invoice.amount_paid += amount
    invoice.updated_at = at
    invoice.save()
    value = f"{whole(amount, invoice.currency):f}"
    data = {"object": {"id": payment.pk, "invoice": invoice.pk, "amount": value, "status": status}}
    record(
        names.INVOICE_PAYMENT_RECORDED,
        platform=invoice.platform,
        about=invoice,
        actor=actor,
        at=at,
        data=data,
    )
    return payment
