"""Refund a new note to the payment that its caller names."""

from billing.errors import BillingError, within
from billing.money import ZERO
from billing.transactions import step
from credit_notes.models import CreditNote, ReasonCode
from invoices.models import Payment

from .available import NothingAvailable
from .limits import money_of, plain
from .paid_out import require_paid_out
from .plan import Part, Plan
from .reason_codes import ReasonCodeRequired, is_required
from .waterfall import Leg, legs_from


class PaymentNotOfInvoice(BillingError):
    code = "payment_not_of_invoice"
    title = "The payment is not one of the invoice that is credited"


class PaymentNotRefundable(BillingError):
    code = "payment_not_refundable"
    title = "Nothing of the payment can go back"


@step
def leg_to(payment_id: str, note: CreditNote, plan: Plan) -> Leg:
    """Return what of a note, not yet numbered, goes back to a payment: as much as it has and that can return.

    Holds the payment. The caller holds the invoices.

    :raises NotFound: there is no such payment.
    :raises PaymentNotOfInvoice: it settled another invoice.
    :raises StoreIsNotPaidOut, NothingAvailable: nothing of the note is paid out.
    :raises PaymentNotRefundable: it has not arrived, or all of it has gone back.
    :raises ReasonCodeRequired: the platform wants a reason of every refund, and this one has none.
    """
    rows = Payment.objects.for_platform(note.platform).locked().select_related("invoice")
    with within("source_payment"):
        payment: Payment = rows.prefetch_related("refunds").find(payment_id)
        part = part_of(payment, plan)
        require_paid_out(note)
        if is_required(note.platform, ReasonCode.Kind.REFUND):
            raise ReasonCodeRequired("A refund needs a reason here: refund the note once it is final.")
        available = part.total - part.cleared
        if available <= ZERO:
            raise nothing_available(part)
        (leg,) = legs_from([payment], note)
        if payment.status != Payment.Status.SUCCEEDED or leg.amount <= ZERO:
            raise not_refundable(payment)
        return leg._replace(amount=min(leg.amount, available))


def part_of(payment: Payment, plan: Plan) -> Part:
    """Return what the note takes of the invoice that a payment settled."""
    for part in plan.parts:
        if part.invoice.pk == payment.invoice_id:
            return part
    numbers = ", ".join(part.invoice.number for part in plan.parts) or "no invoice"
    raise PaymentNotOfInvoice(
        f"The payment of {payment.date} settled {payment.invoice}; the note is on {numbers}.",
        payment_invoice=payment.invoice_id,
    )


def nothing_available(part: Part) -> NothingAvailable:
    invoice = part.invoice
    return NothingAvailable(
        f"All of the note clears what {invoice} still owes; nothing of it is to be refunded.",
        limit=plain(invoice, ZERO),
        currency=invoice.currency,
        terms={"total": plain(invoice, part.total), "amount_allocated": plain(invoice, part.cleared)},
    )


def not_refundable(payment: Payment) -> PaymentNotRefundable:
    if payment.status == Payment.Status.SUCCEEDED:
        why = f"All of the {money_of(payment)(payment.amount)} of this payment has gone back."
    else:
        why = f"The payment is {payment.get_status_display().lower()}: nothing of it has arrived."
    used = [
        {"id": row.pk, "amount": plain(payment, row.amount), "status": row.status}
        for row in payment.refunds.all()
        if row.counts
    ]
    return PaymentNotRefundable(why, payment_status=payment.status, used_by=used)
