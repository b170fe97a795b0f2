"""Take a scheduled e-invoice to its receiver. It may run twice, and die anywhere in between.

Nothing leaves before IN_PROGRESS is committed, and no lock is held while anything does. What was handed over
has `sent_at`; until that is there, the same parcel goes out again under the same message id, by which the
other side takes it once.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from billing import clock
from billing.documents.models import BillingDocument
from billing.errors import BillingError
from billing.events.models import Event
from billing.transactions import entrance, step

from . import lookup
from .conditions import channel_of, receiver_of, sending_obstacle
from .models import Channel, EInvoice
from .parcels import parcel_of
from .port import Handed, Parcel, Refused
from .route import Route, einvoice_of
from .send import skip
from .shapes import shape_of
from .steps import (
    LONGEST_MESSAGE,
    LONGEST_REASON,
    LONGEST_RECEIVER,
    LONGEST_REFERENCE,
    keep_change,
    keep_step,
    kept,
)
from .transports import TRANSPORTS

GIVEN_UP_AFTER = timedelta(days=3)
"""How long something is tried that the other side, or we, cannot do at the moment."""

Status = EInvoice.Status


class Attempt(NamedTuple):
    """One try to deliver, of one round. `now` tells the time: others may take a while to answer."""

    route: Route
    document_id: str
    einvoice_id: str
    round: int
    began_at: datetime
    now: Callable[[], datetime]


def deliver_einvoice(route: Route, *, event: Event, at: datetime) -> None:
    """Deliver the e-invoice that an event says is SCHEDULED, unless that was done or somebody stopped it.

    :raises Exception: it did not work now. A refusal for good, or giving up, ends in FAILED or SKIPPED.
    """
    told, before = event.data["einvoice"], event.data["previous"]["einvoice"]
    is_ordered = told["status"] == Status.SCHEDULED and (before is None or "status" in before)
    if not is_ordered:
        return
    this = Attempt(route, event.object_id, told["id"], told["round"], event.created_at, going_on(at))
    try:
        ready = prepare(this)
        if ready and (transport := begin(this, ready.channel)):
            tell_handed(this, TRANSPORTS[transport].send(*ready))
    except Exception as error:
        if is_final(error):
            tell_failure(this, reason_code_of(error), error)
        elif at - this.began_at >= GIVEN_UP_AFTER:
            tell_failure(this, "given_up", error)
        else:
            tell_trouble(this, error)
            raise


def going_on(at: datetime) -> Callable[[], datetime]:
    """Return a clock that shows `at` and goes on from there."""
    began = clock.now()
    return lambda: at + (clock.now() - began)


class Ready(NamedTuple):
    parcel: Parcel
    channel: Channel


def prepare(this: Attempt) -> Ready | None:
    """Return what is to be sent and how; None if nothing is, or nothing can be: that is written down.

    :raises NotNow, OSError: that cannot be known now.
    """
    einvoice = einvoice_of(this.document_id)
    if einvoice is None or not is_open(einvoice, this):
        return None
    papers = this.route.model.objects.for_platform(einvoice.platform)
    papers = papers.with_snapshot().select_related("platform", "customer", "billing_entity")
    paper = papers.get(pk=this.document_id)
    channel = channel_of(paper)
    if einvoice.status == Status.SCHEDULED and (why := why_not(paper, channel)):
        stay(this, *why)
        return None
    if channel is None:  # it was switched off between two tries
        raise Refused("The channel was switched off.", reason_code="einvoicing_not_enabled")
    return Ready(parcel_of(paper, einvoice), channel)


def why_not(paper: BillingDocument, channel: Channel | None) -> tuple[str, str] | None:
    """Return why an e-invoice stays at home, as a code and in words; None if it can go.

    :raises NotNow: whoever knows the receivers does not answer.
    """
    if obstacle := sending_obstacle(paper, channel):
        return obstacle.reason_code, obstacle.refusal.detail
    assert channel is not None
    try:
        lookup.find(channel, receiver_of(paper), paper.profile)
    except Refused as refusal:
        return refusal.reason_code, refusal.detail
    return None


def is_open(einvoice: EInvoice, this: Attempt) -> bool:
    """Tell whether this round has still to be handed over."""
    is_this = (einvoice.pk, einvoice.round) == (this.einvoice_id, this.round)
    return is_this and einvoice.status in {Status.SCHEDULED, Status.IN_PROGRESS} and einvoice.sent_at is None


class Held(NamedTuple):
    paper: BillingDocument
    einvoice: EInvoice


@step
def hold(this: Attempt) -> Held | None:
    """Return the paper and its e-invoice, held, if this round has still to be handed over."""
    seen = einvoice_of(this.document_id)
    if seen is None:
        return None
    paper = this.route.lock(seen.platform, this.document_id)
    einvoice = einvoice_of(this.document_id, lock=True)
    return Held(paper, einvoice) if einvoice and is_open(einvoice, this) else None


@entrance
def begin(this: Attempt, channel: Channel) -> str:
    """Commit to IN_PROGRESS, and return the transport; "" if there is nothing to do any more.

    From here on it may have left the house. Who voids the paper is waited for. What has set out by one
    transport is tried by that one, whatever the channel has become.
    """
    if not (held := hold(this)):
        return ""
    paper, einvoice = held
    before = shape_of(einvoice)
    einvoice.start()
    if before["status"] == Status.SCHEDULED:
        einvoice.transport, einvoice.message = channel.transport, ""
        by = f"By {channel.get_transport_display()}."
        keep_step(this.route, paper, einvoice, before=before, note=by, at=this.now())
    else:
        einvoice.save()
    return einvoice.transport


@entrance
def stay(this: Attempt, reason_code: str, why: str) -> None:
    """Let an e-invoice that cannot go stay at home."""
    if held := hold(this):
        before = shape_of(held.einvoice)
        skip(held.einvoice, kept(reason_code, LONGEST_REASON), kept(why, LONGEST_MESSAGE))
        keep_step(this.route, *held, before=before, at=this.now())


@entrance
def tell_handed(this: Attempt, handed: Handed) -> None:
    """Write down that the other side has it. An answer that was faster than we are is left as it is."""
    at = this.now()
    seen = einvoice_of(this.document_id)
    assert seen is not None
    paper = this.route.lock(seen.platform, this.document_id)
    einvoice = einvoice_of(this.document_id, lock=True)
    assert einvoice is not None
    before, was_sent = shape_of(einvoice), einvoice.sent_at
    if einvoice.round == this.round:
        einvoice.sent_at = einvoice.sent_at or at
        einvoice.reference = einvoice.reference or kept(handed.reference, LONGEST_REFERENCE)
        einvoice.receiver = kept(handed.receiver, LONGEST_RECEIVER) or einvoice.receiver
    if einvoice.round != this.round or einvoice.status == Status.FAILED:
        all_the_same = f"Round {this.round} was handed over all the same, as {handed.reference}."
        einvoice.save()
        keep_change(einvoice, ignored=kept(all_the_same, LONGEST_MESSAGE), at=at)
        return
    if einvoice.status == Status.IN_PROGRESS:
        einvoice.message = kept(handed.message, LONGEST_MESSAGE)
        advance(einvoice, handed.status)
    if shape_of(einvoice) != before or was_sent is None:
        keep_step(this.route, paper, einvoice, before=before, at=at)


def advance(einvoice: EInvoice, status: str) -> None:
    if status == Status.SUCCESS:
        einvoice.succeed(at=einvoice.sent_at)
    elif status == Status.REGISTERED:
        einvoice.register()


@entrance
def tell_failure(this: Attempt, reason_code: str, error: Exception) -> None:
    """Write down that this round ends here, and why."""
    if held := hold(this):
        before = shape_of(held.einvoice)
        held.einvoice.fail()
        held.einvoice.reason_code = kept(reason_code, LONGEST_REASON)
        held.einvoice.message = kept(reason_of(error), LONGEST_MESSAGE)
        keep_step(this.route, *held, before=before, at=this.now())


@entrance
def tell_trouble(this: Attempt, error: Exception) -> None:
    """Write down why it did not work now, for whoever looks meanwhile."""
    if held := hold(this):
        held.einvoice.message = kept(reason_of(error), LONGEST_MESSAGE)
        held.einvoice.updated_at = this.now()
        held.einvoice.save()


def is_final(error: Exception) -> bool:
    """Tell whether trying again is of no use."""
    return isinstance(error, BillingError) and error.status < 500


def reason_code_of(error: Exception) -> str:
    return error.reason_code if isinstance(error, Refused) else getattr(error, "code", "")


def reason_of(error: Exception) -> str:
    return error.detail if isinstance(error, BillingError) else str(error) or type(error).__name__
