"""What follows a credit note's events. Each is one call and may run twice."""

from datetime import datetime

from billing.events.models import Event

from .services import files, send


def render_credit_note_pdf(*, event: Event, at: datetime) -> None:
    files.attach_pdf(credit_note_id=event.object_id, notify=event.data["notify"], at=at)


def write_credit_note_xml(*, event: Event, at: datetime) -> None:
    files.attach_xml(credit_note_id=event.object_id, notify=event.data["notify"], at=at)


def email_credit_note(*, event: Event, at: datetime) -> None:
    if event.data["notify"]:
        send.send_by_email(credit_note_id=event.object_id, event_id=event.pk, at=at)
