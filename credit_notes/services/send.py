"""Send a final note by e-mail, with its PDF and its e-invoice."""

from collections.abc import Sequence
from datetime import datetime

from billing import mailing
from billing.documents.files import PDF, XML
from billing.events import names
from billing.events.models import Event
from billing.mailing import Message, Post
from billing.platforms.models import Platform
from billing.transactions import entrance, step
from credit_notes.models import CreditNote, SentMessage

from .live import require_issued
from .summary import summary_of


@step
def keep(note: CreditNote, *, event_id: str, to: list[str], subject: str, at: datetime) -> None:
    """Write down that a note has left the house: it can no longer be voided."""
    SentMessage.objects.create(
        platform=note.platform, credit_note=note, event_id=event_id, to=to, subject=subject, sent_at=at
    )


POST = Post(
    model=CreditNote,
    requested=names.CREDIT_NOTE_EMAIL_REQUESTED,
    sent=names.CREDIT_NOTE_EMAILED,
    failed=names.CREDIT_NOTE_EMAIL_FAILED,
    enclosed=(PDF, XML),
    summary_of=summary_of,
    keep=keep,
)


@entrance
def request_email(
    *,
    platform: Platform,
    credit_note_id: str,
    to: Sequence[str] = (),
    cc: Sequence[str] = (),
    subject: str = "",
    message: str = "",
    actor: str,
    at: datetime,
) -> Message:
    """Have a final note e-mailed, by default to its customer and in the usual words.

    :raises NoteNotFinal, AlreadyVoided: there is no note to send.
    :raises BillingError: see `mailing.ask`.
    """
    notes = CreditNote.objects.for_platform(platform).select_related("platform", "customer")
    note = notes.with_snapshot().locked().find(credit_note_id)
    require_issued(note)
    return mailing.ask(
        POST, note, platform=platform, to=to, cc=cc, subject=subject, message=message, actor=actor, at=at
    )


def send_by_email(*, credit_note_id: str, event: Event, at: datetime) -> None:
    """Send a note once for each event that asks for it."""
    if not SentMessage.objects.filter(event_id=event.pk).exists():
        mailing.deliver(POST, paper_id=credit_note_id, event=event, at=at)
