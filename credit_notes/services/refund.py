"""Pay out what a note has available: first a row that reserves the amount, then the gateway is asked."""

from datetime import datetime
from decimal import Decimal

from billing.errors import BillingError
from billing.events import names
from billing.platforms.models import Platform
from billing.transactions import entrance, step
from credit_notes.models import CreditNote, ReasonCode, Refund
from invoices.models import Payment

from .allocate import locked_notes
from .amounts import require_amount
from .available import require_available, used_facts
from .limits import money_of, plain
from .live import require_live
from .paid_out import require_paid_out
from .reason_codes import require_reason
from .refunded import move_and_record
from .waterfall import Leg, Plan, payments_of, waterfall_of


class RefundExceedsAvailable(BillingError):
    code = "refund_exceeds_available"
    title = "More would be refunded than the credit note has available"


class RefundExceedsPayments(BillingError):
    code = "refund_exceeds_payments"
    title = "The payments cannot return that much"


@entrance
def refund(
    *,
    platform: Platform,
    credit_note_id: str,
    amount: Decimal | None = None,
    reason_code: str = "",
    actor: str,
    at: datetime,
) -> list[Refund]:
    """Reserve `amount` of a note, or else all it has, and ask for one refund a payment it came from.

    The refunds are PENDING until their gateway or a person has settled them.

    :raises BillingError: the note is not live, is store credit or has too little; or the payments have.
    """
    note = locked_notes(platform).select_related("billing_entity").find(credit_note_id)
    amount = require_refundable(note, amount)
    require_reason(platform=platform, kind=ReasonCode.Kind.REFUND, code=reason_code)
    plan = waterfall_of(note, amount, lock=True)
    require_covered(note, plan)
    return [reserve(note, leg, reason_code=reason_code, actor=actor, at=at) for leg in plan.legs]


def plan_refund(
    *, platform: Platform, credit_note_id: str, amount: Decimal | None = None
) -> tuple[CreditNote, Plan]:
    """Return a note with the steps in which `amount` of it, or else all it has, would be refunded now.

    :raises BillingError: as `refund` does; only what the payments cannot return is no refusal here.
    """
    note = CreditNote.objects.for_platform(platform).select_related("platform").find(credit_note_id)
    return note, waterfall_of(note, require_refundable(note, amount))


def require_refundable(note: CreditNote, amount: Decimal | None) -> Decimal:
    """Return how much is to be refunded: `amount`, or all that the note has. The caller holds the note.

    :raises RefundExceedsAvailable: it has less.
    :raises BillingError: it is not live, is store credit or has nothing; or that is no amount.
    """
    require_live(note)
    require_paid_out(note)
    if amount is not None:
        require_amount(amount, note.currency)
    require_available(note)
    available = note.left
    if amount is not None and amount > available:
        money = money_of(note)
        raise RefundExceedsAvailable(
            f"{money(amount)} is more than the {money(available)} that {note} has available.",
            field="amount",
            requested=plain(note, amount),
            **used_facts(note),
        )
    return available if amount is None else amount


def require_covered(note: CreditNote, plan: Plan) -> None:
    """Refuse what the payments cannot return.

    :raises RefundExceedsPayments: with what each of them can, and what would remain.
    """
    if not plan.missing:
        return
    money = money_of(note)
    raise RefundExceedsPayments(
        f"The payments can return {money(plan.total)}, and {money(plan.missing)} would remain: "
        "give that to another invoice, or record a refund made elsewhere.",
        field="amount",
        limit=plain(note, plan.total),
        requested=plain(note, plan.total + plan.missing),
        remains=plain(note, plan.missing),
        currency=note.currency,
        payments=[facts_of(row, note) for row in payments_of(note, lock=False)],
    )


def facts_of(payment: Payment, note: CreditNote) -> dict[str, object]:
    return {
        "id": payment.pk,
        "invoice": payment.invoice_id,
        "amount": plain(note, payment.amount),
        "refunds": [
            {"id": row.pk, "amount": plain(note, row.amount), "status": row.status}
            for row in payment.refunds.all()
            if row.counts
        ],
    }


@step
def reserve(note: CreditNote, leg: Leg, *, reason_code: str, actor: str, at: datetime) -> Refund:
    """Add a PENDING refund; its event asks the gateway. The caller holds the note and the payment."""
    row = Refund.objects.create(
        platform=note.platform,
        credit_note=note,
        payment=leg.payment,
        amount=leg.amount,
        gateway=leg.gateway,
        method=method_back(leg.payment),
        reason_code=reason_code,
        created_at=at,
    )
    move_and_record(names.CREDIT_NOTE_REFUND_PENDING, note, row, by=row.amount, actor=actor, at=at)
    return row


def method_back(payment: Payment | None) -> str:
    """Return how the money goes back: the way it came, or as somebody chooses."""
    if payment is None or payment.method == Payment.Method.OVERPAYMENT:
        return Payment.Method.OTHER
    return payment.method
