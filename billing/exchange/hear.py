"""Take what somebody says of an e-invoice that was sent: a person, an access point, the receiver."""

from dataclasses import dataclass
from datetime import datetime

from django_fsm import can_proceed

from billing.documents.models import BillingDocument
from billing.errors import BillingError, Invalid
from billing.platforms.models import Platform
from billing.transactions import entrance, step

from .conditions import require_staff
from .models import EInvoice
from .refusals import EInvoiceNotSent, EInvoiceStatusOutOfOrder, ResponseOutOfOrder
from .responses import FOLLOWS
from .route import Route, einvoice_of
from .shapes import shape_of
from .steps import LONGEST_MESSAGE, LONGEST_REASON, LONGEST_REFERENCE, keep_change, keep_step, kept

Status = EInvoice.Status
ARRIVED = (Status.SUCCESS, Status.REGISTERED)
TOLD = (Status.IN_PROGRESS, Status.SUCCESS, Status.REGISTERED, Status.FAILED)
"""Where somebody else can say that an e-invoice is."""
REPORTED = "reported"
"""Why it failed, where whoever says so gives no code."""


@dataclass(frozen=True, kw_only=True)
class News:
    """What is said of an e-invoice. "" says nothing; `at` is when it happened, None now.

    `round` is the one it is about, None the one there is. `key` is that of the message, taken once.
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
    :raises EInvoiceNotSent: nobody has sent it yet, or it has not arrived, so there is no answer.
    :raises EInvoiceStatusOutOfOrder, ResponseOutOfOrder: it does not follow where it stands.
    """
    require_staff(platform)
    if not (news.status or news.response or news.reference or news.message):
        raise Invalid("Say a status, a response, a reference or a message.", field="status")
    paper = route.lock(platform, document_id)
    einvoice = einvoice_of(document_id, lock=True)
    if einvoice is None or einvoice.status == Status.SKIPPED:
        raise EInvoiceNotSent(f"The e-invoice of {paper} has not been sent.")
    if refusal := objection_to(einvoice, news):
        raise refusal
    take(route, paper, einvoice, news, actor=actor, at=at)
    return einvoice


@entrance
def hear(
    route: Route, *, platform: Platform, document_id: str, news: News, actor: str, at: datetime
) -> EInvoice:
    """Take a message from outside, once. One that comes too late is kept in the history and changes nothing.

    An answer of the receiver proves that the e-invoice arrived, even if nobody has said so yet.
    """
    paper = route.lock(platform, document_id)
    einvoice = einvoice_of(document_id, lock=True)
    assert einvoice is not None
    if news.key and einvoice.changes.filter(key=news.key).exists():
        return einvoice
    before = shape_of(einvoice)
    is_current = news.round in (None, einvoice.round)
    if is_current and news.response and einvoice.status == Status.IN_PROGRESS and not news.status:
        arrive(einvoice, Status.SUCCESS, at=at)
    if not is_current or objection_to(einvoice, news):
        keep_change(einvoice, ignored=in_words(news), key=news.key, actor=actor, at=at)
    else:
        take(route, paper, einvoice, news, before=before, actor=actor, at=at)
    return einvoice


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
        has_left = einvoice.status in {Status.IN_PROGRESS, Status.SUCCESS}
        return has_left and not einvoice.response and can_proceed(einvoice.fail)
    moves = {Status.SUCCESS: einvoice.succeed, Status.REGISTERED: einvoice.register}
    return status in moves and can_proceed(moves[Status(status)])


@step
def take(
    route: Route,
    paper: BillingDocument,
    einvoice: EInvoice,
    news: News,
    *,
    before: dict[str, object] | None = None,
    actor: str,
    at: datetime,
) -> None:
    """Change an e-invoice as news says; news that changes nothing is no step. The caller holds both."""
    before = before or shape_of(einvoice)
    if news.status not in ("", einvoice.status):
        arrive(einvoice, news.status, at=at)
    if news.response not in ("", einvoice.response):
        einvoice.response = news.response
        einvoice.answered_at = min(news.at or at, at)
    is_step = any(before[name] != now for name, now in shape_of(einvoice).items())
    einvoice.reference = kept(news.reference, LONGEST_REFERENCE) or einvoice.reference
    if is_step or news.message:
        unnamed = REPORTED if einvoice.status == Status.FAILED else ""
        einvoice.reason_code = kept(news.reason_code, LONGEST_REASON) or unnamed
        einvoice.message = kept(news.message, LONGEST_MESSAGE)
    if shape_of(einvoice) != before:
        keep_step(route, paper, einvoice, before=before, key=news.key, actor=actor, at=at)
    elif news.key:
        keep_change(einvoice, key=news.key, actor=actor, at=at)


def arrive(einvoice: EInvoice, status: str, *, at: datetime) -> None:
    """Let an e-invoice come to a status that others tell of."""
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
