"""Make the files of a final note: its papers and its e-invoice. Each may run twice."""

from datetime import datetime

from billing import printing
from billing.events import names
from billing.platforms.models import Platform
from billing.printing import Drawn
from credit_notes.models import CreditNote
from credit_notes.snapshot import document_of

from .summary import summary_of


def attach_papers(*, credit_note_id: str, notify: bool, at: datetime) -> None:
    """Draw a final note and store its papers, unless that has been done."""
    note = printed(credit_note_id)
    event = names.CREDIT_NOTE_PDF_GENERATED
    printing.attach_papers(note, event=event, summary_of=summary_of, notify=notify, at=at)


def attach_void_papers(*, credit_note_id: str, at: datetime) -> None:
    """Draw a void note again, with a watermark that says so, and store it beside the first."""
    note = printed(credit_note_id)
    event = names.CREDIT_NOTE_PDF_GENERATED
    printing.attach_papers(note, event=event, summary_of=summary_of, mark=note.status, notify=False, at=at)


def attach_xml(*, credit_note_id: str, notify: bool, at: datetime) -> None:
    """Write a final note's e-invoice and store it, unless that has been done or it has none."""
    note = printed(credit_note_id)
    event = names.CREDIT_NOTE_XML_GENERATED
    printing.attach_einvoice(note, event=event, summary_of=summary_of, notify=notify, at=at)


def preview(*, platform: Platform, credit_note_id: str, kind: str, at: datetime) -> Drawn:
    """Return a draft as it would be printed now.

    :raises PreviewTooLong: a PDF of it would take too long.
    """
    notes = CreditNote.objects.for_platform(platform)
    note = notes.select_related("platform", "billing_entity", "template").find(credit_note_id)
    return printing.preview(note, document_of(note, on=note.date or note.day(at)), kind)


def printed(credit_note_id: str) -> CreditNote:
    notes = CreditNote.objects.with_snapshot().select_related("platform")
    note: CreditNote = notes.get(pk=credit_note_id)
    return note
