"""Take what somebody says of an e-invoice that was sent: a person, an access point, the receiver."""

from dataclasses import dataclass, replace
from datetime import datetime

from django_fsm import can_proceed

from billing.documents.models import BillingDocument
from billing.errors import BillingError, Invalid
from billing.platforms.models import Platform
from billing.transactions import entrance, step

from .conditions import require_staff
from .models import EInvoice
from .moments import first_left, objection_to_moment
from .refusals import EInvoiceNotSent, EInvoiceStatusOutOfOrder, ResponseOutOfOrder
from .responses import FOLLOWS
from .route import Route, einvoice_of
from .shapes import shape_of
from .steps import LONGEST_MESSAGE, LONGEST_REASON, LONGEST_REFERENCE, keep_change, keep_step, kept

Status = EInvoice.Status
ARRIVED = (Status.SUCCESS, Status.REGISTERED)
CAME_TO_NOTHING = (Status.FAILED, Status.SKIPPED)
TOLD = (Status.IN_PROGRESS, Status.SUCCESS, Status.REGISTERED, Status.FAILED)
"""Where somebody else can say that an e-invoice is."""
REPORTED = "reported"
"""Why it failed, where whoever says so gives no code."""
AFTER_ALL = "It arrived after all."


@dataclass(frozen=True, kw_only=True)
class News:
    """What is said of an e-invoice. "" says nothing; `at` is when it happened, None now.

    `round` is the one it is about, None that of today. `key` is that of the message, taken once.
    """

    status: str = ""
    response: str = ""
    reference: str = ""
    reason_code: str = ""
    message: str = ""
    at: datetime | None = None
    round: int | None = None
    key: str = ""


@entrance
def record_response(
    route: Route, *, platform: Platform, document_id: str, news: News, actor: str, at: datetime
) -> EInvoice:
    """Write down what a person knows of an e-invoice; what is known already changes nothing.

    :raises EInvoicesNotForClients: a client says so.
    :raises Invalid: nothing is said.
    :raises EInvoiceNotSent: nobody has sent it yet, so there is no answer.
    :raises EInvoiceStatusOutOfOrder, ResponseOutOfOrder: it does not follow where it stands.
    :raises MomentNotPossible: it is still to come, or was before anything left the house.
    """
    require_staff(platform)
    if not (news.status or news.response or news.reference or news.message):
        raise Invalid("Say a status, a response, a reference or a message.", field="status")
    paper = route.lock(platform, document_id)
    einvoice = einvoice_of(document_id, lock=True)
    gives_up = news.status == Status.FAILED  # what waits for a worker that never comes
    if einvoice is None or not (einvoice.may_have_left or (gives_up and einvoice.status == Status.SCHEDULED)):
        raise EInvoiceNotSent(f"The e-invoice of {paper} has not been sent.")
    news = understood(einvoice, news)
    if refusal := objection_to(einvoice, news) or objection_to_moment(einvoice, news.at, now=at):
        raise refusal
    take(route, paper, einvoice, news, actor=actor, at=at)
    return einvoice


@entrance
def hear(
    route: Route, *, platform: Platform, document_id: str, news: News, actor: str, at: datetime
) -> EInvoice:
    """Take a message from outside, once. One that comes too late is kept in the history and changes nothing.

    Of a status that comes too late and an answer that does not, the answer is taken.
    """
    paper = route.lock(platform, document_id)
    einvoice = einvoice_of(document_id, lock=True)
    assert einvoice is not None
    if news.key and einvoice.changes.filter(key=news.key).exists():
        return einvoice
    for said in (understood(einvoice, news), understood(einvoice, replace(news, status=""))):
        if (said.status or said.response) and not objection_to(einvoice, said):
            take(route, paper, einvoice, said, actor=actor, at=at)
            return einvoice
    keep_change(einvoice, ignored=in_words(news), key=news.key, actor=actor, at=at)
    return einvoice


def understood(einvoice: EInvoice, news: News) -> News:
    """Return what news says of an e-invoice as it stands.

    Of an earlier round only the arrival counts, and only if that of today came to nothing. The receiver's
    answer is about the document, whichever round brought it, and proves that it arrived.
    """
    status, reference = news.status, news.reference
    if news.round not in (None, einvoice.round):
        is_arrival = status in ARRIVED and einvoice.status in CAME_TO_NOTHING
        status, reference = (status, reference) if is_arrival else ("", "")
    is_proof = news.response and einvoice.may_have_left and einvoice.status not in ARRIVED
    if is_proof and status in ("", Status.IN_PROGRESS):
        status = Status.SUCCESS
    return replace(news, status=status, reference=reference)


def objection_to(einvoice: EInvoice, news: News) -> BillingError | None:
    """Return why news cannot be true of an e-invoice as it stands; what is known already can."""
    status = news.status or einvoice.status
    if status != einvoice.status and not may_come_to(einvoice, status):
        why = f"It is {einvoice.status}, and does not come to {status} from there."
        return EInvoiceStatusOutOfOrder(why, field="status", einvoice_status=einvoice.status)
    if news.response and status not in ARRIVED:
        return EInvoiceNotSent(
            f"It is {status}: the receiver answers what has arrived.",
            field="response",
            einvoice_status=einvoice.status,
        )
    if news.response not in ("", einvoice.response, *FOLLOWS[einvoice.response]):
        why = f"The receiver has said {einvoice.response}, which {news.response} does not follow."
        return ResponseOutOfOrder(why, field="response", response=einvoice.response)
    return None


def may_come_to(einvoice: EInvoice, status: str) -> bool:
    """Tell whether an e-invoice that may have left can come to a status. An answer is not taken back."""
    if status == Status.FAILED:
        is_under_way = einvoice.status in {Status.SCHEDULED, Status.IN_PROGRESS, Status.SUCCESS}
        return is_under_way and not einvoice.response and can_proceed(einvoice.fail)
    moves = {Status.SUCCESS: einvoice.succeed, Status.REGISTERED: einvoice.register}
    return status in moves and can_proceed(moves[Status(status)])


@step
def take(
    route: Route, paper: BillingDocument, einvoice: EInvoice, news: News, *, actor: str, at: datetime
) -> None:
    """Change an e-invoice as news says; news that changes nothing is no step. The caller holds both.

    It happened when they say; clocks that are off cannot put it before the sending, or into the future.
    """
    before = shape_of(einvoice)
    happened_at = min(max(news.at, first_left(einvoice)), at) if news.at else at
    if news.status not in ("", einvoice.status):
        arrive(einvoice, news.status, at=happened_at)
    if news.response not in ("", einvoice.response):
        einvoice.response, einvoice.answered_at = news.response, happened_at
    is_step = any(before[name] != now for name, now in shape_of(einvoice).items())
    einvoice.reference = kept(news.reference, LONGEST_REFERENCE) or einvoice.reference
    if is_step or news.message:
        has_failed = einvoice.status in CAME_TO_NOTHING
        unnamed = einvoice.reason_code or REPORTED if has_failed else ""
        einvoice.reason_code = kept(news.reason_code, LONGEST_REASON) or unnamed
        unsaid = AFTER_ALL if before["status"] in CAME_TO_NOTHING and not has_failed else ""
        einvoice.message = kept(news.message, LONGEST_MESSAGE) or unsaid
    if shape_of(einvoice) != before:
        keep_step(
            route,
            paper,
            einvoice,
            before=before,
            key=news.key,
            actor=actor,
            at=at,
            happened_at=happened_at,
        )
    elif news.key:
        einvoice.updated_at = at
        einvoice.save()
        keep_change(einvoice, key=news.key, actor=actor, at=happened_at)


def arrive(einvoice: EInvoice, status: str, *, at: datetime) -> None:
    """Let an e-invoice come to a status that others tell of; why it was elsewhere says nothing any more."""
    einvoice.reason_code = ""
    if status == Status.FAILED:
        einvoice.fail()
        return
    einvoice.sent_at = einvoice.sent_at or at
    if status == Status.SUCCESS:
        einvoice.succeed(at=einvoice.sent_at)
    else:
        einvoice.register()


def in_words(news: News) -> str:
    said = [news.status, news.response, news.reference, news.message]
    return kept("Told, and not taken: " + "; ".join(part for part in said if part), LONGEST_MESSAGE)
