"""Say of a pending refund that the money has gone, or that it will not."""

import logging
from datetime import date, datetime

from django_fsm import can_proceed

from billing.errors import BillingError, Invalid
from billing.events import names
from billing.money import ZERO
from billing.platforms.models import Platform
from billing.transactions import entrance, step
from credit_notes.gateways import FAILED, SUCCEEDED, Outcome
from credit_notes.models import CreditNote, GatewayAccount, Refund

from .allocate import give, locked_invoices, locked_notes
from .owed import adjustable_of
from .paid_out import require_day
from .refunded import move_and_record

logger = logging.getLogger(__name__)


class RefundIsSettled(BillingError):
    code = "refund_is_settled"
    title = "The refund has succeeded or failed already"


class RefundIsWithGateway(BillingError):
    code = "refund_is_with_gateway"
    title = "The payment provider says what becomes of this refund"


class FailureMissing(Invalid):
    code = "failure_missing"
    title = "A refund fails for a reason"


@entrance
def settle_refund(
    *,
    platform: Platform,
    refund_id: str,
    succeeded: bool,
    failure: str = "",
    provider_reference: str = "",
    date: date | None = None,
    actor: str,
    at: datetime,
) -> Refund:
    """Say of a refund paid out by hand that the money went on `date`, or else today; or why it will not go.

    A failed one gives its amount back to the note.

    :raises RefundIsSettled: that has been said before.
    :raises RefundIsWithGateway: its provider settles it.
    :raises FailureMissing: it failed, and nobody said why.
    :raises DateBeforeNote, DateInFuture: the day cannot be.
    """
    note, refund = locked_refund(platform, refund_id)
    if not can_proceed(refund.succeed):
        raise RefundIsSettled(f"The refund has {refund.status.lower()}.", refund_status=refund.status)
    require_by_hand(refund)
    if not succeeded and not failure.strip():
        raise FailureMissing("Say why the refund failed.", field="failure")
    if date:
        require_day(note, date, at=at)
    outcome = Outcome(SUCCEEDED if succeeded else FAILED, provider_reference, failure.strip())
    settle_locked(note, refund, outcome, date=date, actor=actor, at=at)
    return refund


@entrance
def take_outcome(*, platform: Platform, refund_id: str, outcome: Outcome, actor: str, at: datetime) -> None:
    """Note what a provider says of a refund. It may say so often, and from several sides at once."""
    note, refund = locked_refund(platform, refund_id)
    transition = {SUCCEEDED: refund.succeed, FAILED: refund.fail}.get(outcome.status)
    is_pending = refund.status == Refund.Status.PENDING
    if transition and can_proceed(transition):
        settle_locked(note, refund, outcome, actor=actor, at=at)
    elif transition and outcome.status != refund.status:
        logger.error("%s says of %s, which has %s: %s", actor, refund.pk, refund.status, outcome)
    elif is_pending and outcome.reference != refund.provider_reference:
        refund.provider_reference = outcome.reference
        refund.save(update_fields=["provider_reference"])


@step
def locked_refund(platform: Platform, refund_id: str) -> tuple[CreditNote, Refund]:
    """Return a refund and its note, both held; the invoice that reversed the note is held before them."""
    refunds = Refund.objects.for_platform(platform)
    seen = refunds.select_related("credit_note").find(refund_id).credit_note
    reversal = locked_invoices(platform).find(seen.reversed_by_id) if seen.reversed_by_id else None
    note: CreditNote = locked_notes(platform).select_related("billing_entity").find(seen.pk)
    refund: Refund = refunds.locked().find(refund_id)
    refund.credit_note = note
    if reversal:
        note.reversed_by = reversal
    return note, refund


def require_by_hand(refund: Refund) -> None:
    """Refuse to settle by hand what a provider settles, as long as its account is there to be asked."""
    accounts = GatewayAccount.objects.for_platform(refund.platform).filter(kind=refund.gateway)
    if account := accounts.first():
        raise RefundIsWithGateway(
            f"{account.get_kind_display()} has this refund in hand and will say what becomes of it.",
            gateway=refund.gateway,
            provider_reference=refund.provider_reference,
        )


@step
def settle_locked(
    note: CreditNote,
    refund: Refund,
    outcome: Outcome,
    *,
    date: date | None = None,
    actor: str,
    at: datetime,
) -> None:
    """Settle a refund, or take back that it succeeded. The caller holds it and its note."""
    was = refund.status
    refund.provider_reference = outcome.reference or refund.provider_reference
    if outcome.status == SUCCEEDED:
        refund.date = date or note.day(at)
        refund.succeed(at=at)
        refund.save()
        move_and_record(names.CREDIT_NOTE_REFUND_SUCCEEDED, note, refund, was=was, actor=actor, at=at)
    else:
        refund.fail(why=outcome.failure)
        refund.save()
        move_and_record(
            names.CREDIT_NOTE_REFUND_FAILED, note, refund, by=-refund.amount, was=was, actor=actor, at=at
        )
        clear_reversal(note, actor=actor, at=at)


@step
def clear_reversal(note: CreditNote, *, actor: str, at: datetime) -> None:
    """Give what came back to a reversed note to the invoice that stands for it; nobody else can use it."""
    amount = min(note.left, adjustable_of(note.reversed_by)) if note.reversed_by else ZERO
    if amount > ZERO:
        give(note, note.reversed_by, amount, actor=actor, at=at)
