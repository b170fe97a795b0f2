"""Make the files of a final note: the PDF, and the e-invoice with the PDF inside. Each may be made twice."""

from datetime import datetime
from typing import Any

from billing.documents import files
from billing.documents.models import StoredFile
from billing.einvoice.gate import require_valid
from billing.events import names
from billing.events.record import record
from billing.paper import render_pdf
from billing.transactions import entrance
from credit_notes.models import CreditNote

from .summary import summary_of

PDF, XML = "pdf", "xml"
PDF_TYPE, XML_TYPE = "application/pdf", "application/xml"
SUFFIX = {PDF: ".pdf", XML: ".xml", files.VOID_PDF: "-VOID.pdf"}


def attach_pdf(*, credit_note_id: str, notify: bool, at: datetime) -> None:
    """Draw a final note's PDF and store it, unless that has been done."""
    note = CreditNote.objects.with_snapshot().select_related("platform").get(pk=credit_note_id)
    if files.find(document=note, kind=PDF):
        return
    content = render_pdf(note.snapshot, logo=logo_of(note))
    attach(note, PDF, content, PDF_TYPE, names.CREDIT_NOTE_PDF_GENERATED, notify=notify, at=at)


def attach_void_pdf(*, credit_note_id: str, at: datetime) -> None:
    """Draw a void note's PDF again, with a watermark that says so, and store it beside the first."""
    note = CreditNote.objects.with_snapshot().select_related("platform").get(pk=credit_note_id)
    if files.find(document=note, kind=files.VOID_PDF):
        return
    content = render_pdf(note.snapshot, logo=logo_of(note), watermark=note.status)
    attach(note, files.VOID_PDF, content, PDF_TYPE, names.CREDIT_NOTE_PDF_GENERATED, notify=False, at=at)


def attach_xml(*, credit_note_id: str, notify: bool, at: datetime) -> None:
    """Write a final note's e-invoice with its PDF inside, check it once more and store it."""
    note = CreditNote.objects.with_snapshot().select_related("platform").get(pk=credit_note_id)
    if files.find(document=note, kind=XML):
        return
    pdf = files.get(document=note, kind=PDF)
    standalone = not note.snapshot.references
    content = require_valid(note.snapshot, standalone=standalone, pdf=files.read(pdf), pdf_name=pdf.name)
    attach(note, XML, content, XML_TYPE, names.CREDIT_NOTE_XML_GENERATED, notify=notify, at=at)


def logo_of(note: CreditNote) -> bytes | None:
    return files.read_key(note.logo) if note.logo else None


def attach(
    note: CreditNote, kind: str, content: bytes, content_type: str, event: str, *, notify: bool, at: datetime
) -> None:
    """Upload a file, then record it; whoever is second finds it recorded and says nothing."""
    name = f"{files.safe_name(note.number)}{SUFFIX[kind]}"
    key = files.upload(
        platform=note.platform, owner=note.pk, name=name, content=content, content_type=content_type
    )
    keep(
        note,
        kind=kind,
        key=key,
        content=content,
        content_type=content_type,
        event=event,
        notify=notify,
        at=at,
    )


@entrance
def keep(note: CreditNote, *, event: str, notify: bool, at: datetime, **file: Any) -> StoredFile:
    stored, is_new = files.keep(document=note, at=at, **file)
    if is_new:
        data = {
            "object": summary_of(note),
            "file": {"kind": stored.kind, "name": stored.name, "sha256": stored.sha256, "size": stored.size},
            "notify": notify,
        }
        record(event, platform=note.platform, about=note, at=at, data=data)
    return stored
