"""How a final credit note gets to its reader: its files, the e-mail."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from billing.documents.files import VOID_PDF
from billing.events import names
from billing.events.models import Event
from credit_notes.models import CreditNote

from .files import PaperFile, error_of, failures_of, kinds_of, paper_file, pause, stored_files

ASKED = (names.CREDIT_NOTE_FINALIZED, names.CREDIT_NOTE_EMAIL_REQUESTED)
EmailState = Literal["unasked", "waiting", "sent", "failed"]


@dataclass(frozen=True)
class Email:
    state: EmailState
    to: str
    at: datetime | None
    error: str


@dataclass(frozen=True)
class Delivery:
    files: list[PaperFile]
    email: Email
    looks_again_in: int  # seconds; 0 once nothing is on its way any more


def delivery_of(note: CreditNote, *, at: datetime) -> Delivery:
    """Return how far the papers of a final note are. `note` comes with customer and billing entity."""
    kinds = kinds_of(note)
    stored = stored_files(note, [*kinds, VOID_PDF])
    if note.status == CreditNote.Status.VOID:
        stored = {kind: file for kind, file in stored.items() if kind != "pdf"}
        stored |= {"pdf": stored[VOID_PDF]} if VOID_PDF in stored else {}
    errors = failures_of(note)
    files = [paper_file(kind, stored.get(kind), error_of(kind, errors), note) for kind in kinds]
    email = email_of(note, errors)
    waits = email.state == "waiting" or any(file.state == "making" for file in files)
    return Delivery(
        files=files,
        email=email,
        looks_again_in=pause(note.finalized_at, at) if waits else 0,
    )


def email_of(note: CreditNote, errors: dict[str, str]) -> Email:
    """Say whether an e-mail was asked for last, and what became of it."""
    asked = Event.objects.filter(object_id=note.pk, type__in=ASKED, data__notify=True).order_by("-id").first()
    sent = note.messages.last()
    if sent and (asked is None or sent.sent_at >= asked.created_at):
        at = sent.sent_at.astimezone(ZoneInfo(note.billing_entity.time_zone))
        return Email("sent", ", ".join(sent.to), at, "")
    if asked is None:
        return Email("unasked", note.customer.email, None, "")
    to = ", ".join(asked.data.get("to", [note.customer.email]))
    failed = Event.objects.filter(object_id=note.pk, type=names.CREDIT_NOTE_EMAIL_FAILED, id__gt=asked.pk)
    step = "email" if asked.type == names.CREDIT_NOTE_FINALIZED else "xml"  # an older e-mail may have failed
    error = failed[0].data["reason"] if failed else error_of(step, errors)
    return Email("failed" if error else "waiting", to, None, error)
