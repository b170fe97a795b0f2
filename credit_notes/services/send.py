"""Send a final note by e-mail, with its PDF and its e-invoice."""

from datetime import datetime

from django.conf import settings

from billing.documents import files
from billing.events import names
from billing.events.record import record
from billing.issuing import require_recipient
from billing.paper import mail
from billing.transactions import entrance
from credit_notes.models import CreditNote, SentMessage

from .files import PDF, XML
from .summary import summary_of


def send_by_email(*, credit_note_id: str, event_id: str, at: datetime) -> None:
    """Send a note to its customer once for each event that asks for it.

    The Message-ID is made of the event's id: should a worker die between the server's yes and our record of
    it, the second message carries the same id, by which mailboxes recognise it.

    :raises NoRecipient: the customer has lost the e-mail address meanwhile.
    """
    notes = CreditNote.objects.with_snapshot().select_related("platform", "customer")
    note = notes.get(pk=credit_note_id)
    if SentMessage.objects.filter(event_id=event_id).exists() or is_void(credit_note_id):
        return
    require_recipient(note, notify=True)
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    message = mail.message(
        note.snapshot,
        to=[note.customer.email],
        pdf=files.read(files.get(document=note, kind=PDF)),
        xml=files.read(files.get(document=note, kind=XML)),
        message_id=f"<{event_id}@{domain}>",
        sender=settings.DEFAULT_FROM_EMAIL,
    )
    message.send()
    note_sent(note, event_id=event_id, to=message.to, subject=message.subject, at=at)


@entrance
def is_void(credit_note_id: str) -> bool:
    """Tell whether a note was voided before its e-mail went out. Whoever voids it right now is waited for."""
    note = CreditNote.objects.locked().get(pk=credit_note_id)
    return note.status == CreditNote.Status.VOID


@entrance
def note_sent(note: CreditNote, *, event_id: str, to: list[str], subject: str, at: datetime) -> None:
    SentMessage.objects.create(
        platform=note.platform, credit_note=note, event_id=event_id, to=to, subject=subject, sent_at=at
    )
    data = {"object": summary_of(note), "to": to, "subject": subject}
    record(names.CREDIT_NOTE_EMAILED, platform=note.platform, about=note, at=at, data=data)
