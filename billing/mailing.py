"""E-mails about papers: asked for by an event, sent once, and told of when they cannot be.

What asks is the event of the files that a final paper is sent with, if it was to `notify`, or somebody's own
request. Whatever comes of it is an event too, which says `because_of` which.
"""

import smtplib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email

from billing.documents import files
from billing.documents.files import XML
from billing.documents.models import BillingDocument
from billing.einvoice.of_paper import has_einvoice, is_hybrid
from billing.errors import BillingError
from billing.events.models import Event
from billing.events.record import record
from billing.paper import mail
from billing.platforms.models import Platform
from billing.transactions import entrance, step

GIVEN_UP_AFTER = timedelta(days=3)
"""How long a message is tried that a server, or ours, cannot take at the moment."""


class NoRecipient(BillingError):
    code = "no_recipient"
    title = "There is nobody to send the e-mail to"


class NothingToSend(BillingError):
    code = "nothing_to_send"
    title = "The document has no files that could be sent"


class RecipientNotAllowed(BillingError):
    code = "recipient_not_allowed"
    status = 403
    title = "A customer's credential has messages sent to that customer only"


class EnclosureNotReady(BillingError):
    code = "enclosure_not_ready"
    status = 503
    title = "A file that goes with the message is still being made"


class MailNotSent(BillingError):
    code = "mail_not_sent"
    title = "The message could not be sent"


@dataclass(frozen=True)
class Post:
    """How papers of one kind are e-mailed.

    `requested`, `sent` and `failed` are the names of its events, `enclosed` the kinds of files that go along.
    `keep` writes down what else there is to know of a message that was sent.
    """

    model: type[BillingDocument]
    requested: str
    sent: str
    failed: str
    enclosed: tuple[str, ...]
    summary_of: Callable[[Any], dict[str, Any]]
    keep: Callable[..., None] | None = None


@dataclass(frozen=True)
class Message:
    """A message that waits to be sent. `id` is that of the event that asked for it."""

    id: str
    to: list[str]
    cc: list[str]
    subject: str


def require_recipient(paper: BillingDocument, *, notify: bool = True, field: str = "notify") -> None:
    """Refuse to promise an e-mail that cannot be sent; an imported address need not be one.

    :raises NoRecipient: the customer's address is missing, or is not an address.
    """
    if not notify:
        return
    try:
        validate_email(paper.customer.email)
    except ValidationError as error:
        known = (
            f"the e-mail address {paper.customer.email!r}" if paper.customer.email else "no e-mail address"
        )
        raise NoRecipient(
            f"{paper.customer} has {known}.", field=field, customer=paper.customer_id
        ) from error


@step
def ask(
    post: Post,
    paper: BillingDocument,
    *,
    platform: Platform,
    to: Sequence[str],
    cc: Sequence[str],
    subject: str,
    message: str,
    actor: str,
    at: datetime,
) -> Message:
    """Record that a final paper is to be e-mailed; a worker does it. The caller holds the paper.

    Nobody in `to` is the customer, no `subject` or `message` the usual one. The seller's name is not lent to
    clients: seen by one, `platform` lets them write to themselves only.

    :raises RecipientNotAllowed: a client asks, and somebody else is to get it.
    :raises NoRecipient: the customer has no address, and none is given.
    :raises MailAddressInvalid, MailRecipients, MailTextInvalid: it cannot be written like that.
    :raises NothingToSend: it is history, or its files could not be made.
    """
    if not to:
        require_recipient(paper, field="to")
    to, cc = list(dict.fromkeys(to or [paper.customer.email])), list(dict.fromkeys(cc))
    mail.require_addresses(to, cc)
    if platform.seen_by and {*to, *cc} != {paper.customer.email}:
        raise RecipientNotAllowed(f"It can go to {paper.customer.email or 'nobody'} only.", field="to")
    mail.require_texts(subject, message)
    require_enclosures(post, paper)
    data = {
        "object": post.summary_of(paper),
        "to": to,
        "cc": cc,
        "subject": subject or mail.usual_subject(paper.snapshot),
        "message": message,
        "notify": True,
    }
    (event,) = record(post.requested, platform=paper.platform, about=paper, actor=actor, at=at, data=data)
    return Message(event.pk, to, cc, data["subject"])


def require_enclosures(post: Post, paper: BillingDocument) -> None:
    for kind in enclosures_of(post, paper):
        if not files.find(document=paper, kind=kind) and not files.is_being_made(paper):
            raise NothingToSend(f"{paper} has no {kind} file, and none is being made.", kind=kind)


def enclosures_of(post: Post, paper: BillingDocument) -> list[str]:
    """Return the kinds of files that go with a message: no XML where there is none or the PDF has it."""
    is_separate = has_einvoice(paper) and not is_hybrid(paper)
    return [kind for kind in post.enclosed if kind != XML or is_separate]


def deliver(post: Post, *, paper_id: str, event: Event, at: datetime) -> None:
    """Send the message that an event asks for, once.

    :raises BillingError: it was refused for good, or is given up. The paper's history says why.
    :raises OSError: it did not work now.
    """
    papers = post.model.objects.with_snapshot().select_related("platform", "customer")
    paper = papers.get(pk=paper_id)
    if is_told(post.sent, paper, event):
        return
    if is_void(post, paper):
        tell_failure(post, paper, event, why=f"{paper} is void.", at=at)
        return
    try:
        message = message_about(post, paper, event)
        message.send()
    except (BillingError, OSError) as error:
        is_refused = is_final(error)
        if not is_refused and at - event.created_at < GIVEN_UP_AFTER:
            raise
        tell_failure(post, paper, event, why=reason_of(error), at=at)
        if is_refused and isinstance(error, BillingError):
            raise
        raise MailNotSent(reason_of(error)) from error
    tell_sent(post, paper, event, message, at=at)


def message_about(post: Post, paper: BillingDocument, event: Event) -> EmailMultiAlternatives:
    """Return the message that an event asks for, with its enclosures.

    The Message-ID is made of the event's id: should a worker die between the server's yes and our record of
    it, the second message carries the same id, by which mailboxes recognise it.

    :raises NoRecipient: the customer has lost the e-mail address meanwhile.
    :raises EnclosureNotReady: a file is not there yet.
    """
    asked = event.data
    if not asked.get("to"):
        require_recipient(paper)
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    enclosed = {kind: enclosure(paper, kind) for kind in enclosures_of(post, paper)}
    return mail.message(
        paper.snapshot,
        to=asked.get("to") or [paper.customer.email],
        cc=asked.get("cc", ()),
        subject=asked.get("subject", ""),
        text=asked.get("message", ""),
        message_id=f"<{event.pk}@{domain}>",
        sender=settings.DEFAULT_FROM_EMAIL,
        **enclosed,
    )


def enclosure(paper: BillingDocument, kind: str) -> bytes:
    try:
        return files.read(files.shown(document=paper, kind=kind))
    except files.FileNotReady as error:
        raise EnclosureNotReady(error.detail, kind=kind) from error


@entrance
def is_void(post: Post, paper: BillingDocument) -> bool:
    """Tell whether a paper was voided before its e-mail went out. Who voids it right now is waited for."""
    held = post.model.objects.locked().get(pk=paper.pk)
    return bool(held.status == BillingDocument.Status.VOID)


@entrance
def tell_sent(
    post: Post, paper: BillingDocument, event: Event, message: EmailMultiAlternatives, *, at: datetime
) -> None:
    """Write down that a message went out, unless another worker has."""
    post.model.objects.locked().get(pk=paper.pk)
    if is_told(post.sent, paper, event):
        return
    if post.keep:
        post.keep(paper, event_id=event.pk, to=message.recipients(), subject=message.subject, at=at)
    tell(post.sent, post, paper, event, to=message.to, cc=message.cc, subject=message.subject, at=at)


@entrance
def tell_failure(post: Post, paper: BillingDocument, event: Event, *, why: str, at: datetime) -> None:
    """Write down, once, that a message will not go out, and why."""
    post.model.objects.locked().get(pk=paper.pk)
    if not is_told(post.failed, paper, event):
        to = event.data.get("to") or [paper.customer.email]
        tell(post.failed, post, paper, event, to=to, cc=event.data.get("cc", []), reason=why, at=at)


@step
def tell(type: str, post: Post, paper: BillingDocument, event: Event, *, at: datetime, **said: Any) -> None:
    fresh = post.model.objects.get(pk=paper.pk)
    data = {"object": post.summary_of(fresh), **said, "because_of": event.pk}
    record(type, platform=paper.platform, about=paper, at=at, data=data)


def is_told(type: str, paper: BillingDocument, event: Event) -> bool:
    told = Event.objects.filter(object_id=paper.pk, type=type, data__because_of=event.pk)
    return bool(told.exists())


def is_final(error: Exception) -> bool:
    """Tell whether trying again is of no use. What is wrong with our account at the server may be mended."""
    if isinstance(error, BillingError):
        return error.status < HTTPStatus.INTERNAL_SERVER_ERROR
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= HTTPStatus.INTERNAL_SERVER_ERROR for code, _ in error.recipients.values())
    refused = isinstance(error, smtplib.SMTPDataError | smtplib.SMTPSenderRefused)
    return refused and error.smtp_code >= HTTPStatus.INTERNAL_SERVER_ERROR


def reason_of(error: Exception) -> str:
    """Return why a message did not go out, in the server's words or ours."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(said_of(who, *answer) for who, answer in error.recipients.items())
    if isinstance(error, smtplib.SMTPResponseException):
        return said_of("the server", error.smtp_code, error.smtp_error)
    return error.detail if isinstance(error, BillingError) else f"{type(error).__name__}: {error}"


def said_of(who: str, code: int, answer: bytes | str) -> str:
    """Return an answer of SMTP, in one line that can be kept."""
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    return f"{who}: {code} {' '.join(text.replace(chr(0), '').split())}"[:500]
