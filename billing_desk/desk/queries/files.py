"""The files that workers make of a final document: there, on their way, or given up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from billing.documents.models import BillingDocument, StoredFile
from billing.einvoice.of_paper import has_einvoice, is_hybrid
from billing.einvoice.profiles import PROFILES
from billing.events.models import Reaction

State = Literal["ready", "making", "failed"]
LABELS = {"pdf": "PDF", "xml": "XML", "source": "XML as received", "source_pdf": "PDF as received"}
MAKERS = {
    "render_invoice_pdf": "pdf",
    "render_credit_note_pdf": "pdf",
    "render_void_pdf": "pdf",
    "write_credit_note_xml": "xml",
    "write_invoice_xml": "xml",
    "email_credit_note": "email",
    "email_credit_note_on_paper": "email",
}
"""What each reaction makes."""

FRESH = timedelta(minutes=2)

STEPS = ["pdf", "xml", "email"]
"""In this order: a step that failed is the reason why the later ones never come."""


@dataclass(frozen=True)
class PaperFile:
    kind: str
    label: str
    state: State
    name: str
    size: str
    error: str  # why it was given up


def kinds_of(document: BillingDocument) -> list[str]:
    """Return which files are made of a final document."""
    return ["pdf", "xml"] if has_einvoice(document) else ["pdf"]


def files_of(document: BillingDocument, kinds: Sequence[str]) -> list[PaperFile]:
    """Return how far a document's files are."""
    stored = stored_files(document, kinds)
    errors = failures_of(document) if len(stored) < len(kinds) else {}
    return [paper_file(kind, stored.get(kind), error_of(kind, errors), document) for kind in kinds]


def pause(made_since: datetime | None, at: datetime) -> int:
    """Return after how many seconds a page looks again for a file: soon at first, then seldom."""
    return 2 if made_since and at - made_since < FRESH else 15


def stored_files(document: BillingDocument, kinds: Sequence[str]) -> dict[str, StoredFile]:
    return {file.kind: file for file in StoredFile.objects.filter(document_id=document.pk, kind__in=kinds)}


def kept_file(document: BillingDocument, kind: str) -> list[PaperFile]:
    """Return a file that came with a document, if one did."""
    file = StoredFile.objects.filter(document_id=document.pk, kind=kind).first()
    return [paper_file(kind, file, "", document)] if file else []


def paper_file(kind: str, stored: StoredFile | None, error: str, document: BillingDocument) -> PaperFile:
    state: State = "ready" if stored else "failed" if error else "making"
    return PaperFile(
        kind=kind,
        label=label_of(kind, document),
        state=state,
        name=stored.name if stored else "",
        size=size_of(stored.size) if stored else "",
        error="" if stored else error,
    )


def label_of(kind: str, document: BillingDocument) -> str:
    """Name a file as those do who ask for it: UBL, CII, Factur-X PDF."""
    if kind == "xml":
        return (PROFILES[document.profile].syntax or kind).upper()
    return "Factur-X PDF" if kind == "pdf" and is_hybrid(document) else LABELS[kind]


def failures_of(document: BillingDocument) -> dict[str, str]:
    """Return what was given up on, by what it would have made, and the last error."""
    failed = Reaction.objects.filter(event__object_id=document.pk, status=Reaction.Status.FAILED)
    return {MAKERS[work.name]: work.last_error for work in failed if work.name in MAKERS}


def error_of(kind: str, errors: dict[str, str]) -> str:
    """Return why something never comes, be it that an earlier step failed; "" if it still may."""
    until = STEPS[: STEPS.index(kind) + 1]
    return next((errors[step] for step in until if step in errors), "")


def size_of(number: int) -> str:
    """Write a file's size: 48 kB, 1.2 MB."""
    return f"{number / 1e6:.1f} MB" if number >= 1e6 else f"{max(round(number / 1e3), 1)} kB"
