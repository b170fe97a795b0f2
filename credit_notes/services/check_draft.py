"""Ask what a credit note's e-invoice would be told by the rules, and change nothing."""

from datetime import datetime

from billing.documents.snapshot import Document
from billing.einvoice import gate
from billing.einvoice.findings import Report
from billing.platforms.models import Platform
from credit_notes.models import CreditNote

from .finalize import papers_of, plan_again


def check_draft(*, platform: Platform, credit_note_id: str, at: datetime) -> tuple[Document, Report]:
    """Return what a draft would say if it were final now, and the report on it; of a final one, its own.

    :raises NotFound: the platform has no such credit note.
    :raises DraftOutdated: less is left of the invoice than was drafted.
    :raises EngineUnavailable: the official rules cannot be run in this process.
    """
    notes = CreditNote.objects.for_platform(platform).select_related("platform", "billing_entity", "customer")
    note = notes.with_snapshot().find(credit_note_id)
    if note.is_draft:
        document = plan_again(note, papers_of(platform, note), on=note.date or note.day(at)).document
    else:
        document = note.snapshot
    return document, gate.dry_run(document)
