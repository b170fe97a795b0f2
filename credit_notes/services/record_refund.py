"""Record money that was returned outside of Billing Desk."""

from datetime import date, datetime
from decimal import Decimal

from billing.events import names
from billing.platforms.models import Platform
from billing.transactions import entrance, step
from credit_notes.models import CreditNote, ReasonCode, Refund, TaxWithheldRefund

from .allocate import locked_notes
from .paid_out import require_day
from .reason_codes import require_reason
from .refund import require_refundable
from .refunded import move_and_record
from .waterfall import Leg, Plan, is_online, payments_of, poured, unrefunded
from .withheld import left_of, return_withheld_locked, withheld_of


@entrance
def record_refund(
    *,
    platform: Platform,
    credit_note_id: str,
    amount: Decimal,
    date: date,
    method: str,
    reference: str = "",
    reason_code: str = "",
    actor: str,
    at: datetime,
) -> list[Refund | TaxWithheldRefund]:
    """Record that `amount` of a note was returned on `date` by `method`, and against what it counts.

    :raises BillingError: the note is not live, is store credit or has too little; or the day is before the
        note's or in the future.
    """
    note = locked_notes(platform).select_related("billing_entity").find(credit_note_id)
    require_refundable(note, amount)
    require_day(note, date, at=at)
    require_reason(platform=platform, kind=ReasonCode.Kind.REFUND, code=reason_code)
    done: list[Refund | TaxWithheldRefund] = []
    for leg in recorded_waterfall_of(note, amount).legs:
        if leg.tax_withheld:
            row = return_withheld_locked(
                note, leg.tax_withheld, leg.amount, date=date, reference=reference, actor=actor, at=at
            )
        else:
            row = add_recorded(
                note, leg, date=date, method=method, reference=reference, reason_code=reason_code, at=at
            )
            move_and_record(names.CREDIT_NOTE_REFUND_SUCCEEDED, note, row, by=row.amount, actor=actor, at=at)
        done.append(row)
    return done


@step
def recorded_waterfall_of(note: CreditNote, amount: Decimal) -> Plan:
    """Return against what an amount counts that went back elsewhere. The caller holds the note.

    Offline payments first, the newest first, then withheld tax, then online payments; what none of them
    covers counts against the note alone.
    """
    payments, taxes = payments_of(note, lock=True), withheld_of(note)
    legs = [
        *[Leg(unrefunded(row), payment=row) for row in payments if not is_online(row)],
        *[Leg(left_of(row), tax_withheld=row) for row in taxes],
        *[Leg(unrefunded(row), payment=row) for row in payments if is_online(row)],
        Leg(amount),
    ]
    return poured(note, amount, legs)


@step
def add_recorded(
    note: CreditNote,
    leg: Leg,
    *,
    date: date,
    method: str,
    reference: str,
    reason_code: str,
    at: datetime,
) -> Refund:
    """Add a refund that no gateway has to send: it has succeeded. The caller holds the note."""
    row = Refund(
        platform=note.platform,
        credit_note=note,
        payment=leg.payment,
        amount=leg.amount,
        method=method,
        reference=reference,
        reason_code=reason_code,
        date=date,
        created_at=at,
    )
    row.succeed(at=at)
    row.save(force_insert=True)
    return row
