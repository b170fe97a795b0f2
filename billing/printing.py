"""The files of documents: papers as PDF and HTML, and e-invoices; stored once, and shown of drafts."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from billing.documents import files
from billing.documents.files import HTML, PDF, XML
from billing.documents.models import BillingDocument, StoredFile
from billing.documents.snapshot import Document
from billing.documents.templates import look_of
from billing.einvoice.of_paper import has_einvoice, in_syntax, is_hybrid, xml_of
from billing.einvoice.profiles import Syntax
from billing.errors import BillingError
from billing.events.record import record
from billing.paper import render_html, render_pdf
from billing.transactions import entrance

DRAFT, VOID = BillingDocument.Status.DRAFT, BillingDocument.Status.VOID
RENDERERS: dict[str, Callable[..., bytes]] = {PDF: render_pdf, HTML: render_html}
CONTENT_TYPES = {PDF: "application/pdf", HTML: "text/html; charset=utf-8"}
XML_TYPE = "application/xml"
MOST_LINES_OF_A_PREVIEW = 200
"""Of a PDF, which takes about a second to draw with so many; HTML takes next to nothing."""


class PreviewTooLong(BillingError):
    code = "preview_too_long"
    title = "A draft of so many lines is not drawn as a PDF"


class Drawn(NamedTuple):
    """A paper as a file."""

    kind: str
    name: str
    content: bytes
    content_type: str


def draw(paper: BillingDocument, document: Document, kind: str, *, mark: str = "") -> Drawn:
    """Return a paper as a file of a kind. `mark` is DRAFT or VOID, and stands in its name too.

    :raises EInvoiceInvalid: a hybrid's XML breaks a rule.
    """
    options: dict[str, Any] = {"look": look_of(paper), "watermark": mark}
    options["logo"] = files.read_key(paper.logo) if paper.logo else None
    if kind == PDF and is_hybrid(paper) and not mark:
        options["invoice"] = xml_of(paper)
    content = RENDERERS[kind](document, **options)
    label = files.safe_name(paper.display_number) + (f"-{mark}" if mark == VOID else "")
    stored = files.MARKED[kind] if mark == VOID else kind
    return Drawn(stored, f"{label}.{kind}", content, CONTENT_TYPES[kind])


def preview(paper: BillingDocument, document: Document, kind: str) -> Drawn:
    """Return a draft as it would be printed now, marked as a draft. It is not stored.

    :raises PreviewTooLong: a PDF of it would take too long.
    """
    if kind == PDF and len(document.lines) > MOST_LINES_OF_A_PREVIEW:
        raise PreviewTooLong(
            f"{paper} has {len(document.lines)} lines: look at its HTML, or finalise it.",
            limit=MOST_LINES_OF_A_PREVIEW,
        )
    return draw(paper, document, kind, mark=DRAFT)


def attach_papers(
    paper: BillingDocument,
    *,
    event: str,
    summary_of: Callable[[Any], dict[str, Any]],
    mark: str = "",
    notify: bool,
    at: datetime,
) -> None:
    """Draw a final paper and store it as PDF and as HTML, unless that has been done; a void one, marked."""
    if files.find(document=paper, kind=files.MARKED[PDF] if mark else PDF):
        return
    drawn = [draw(paper, paper.snapshot, kind, mark=mark) for kind in RENDERERS]
    attach(paper, drawn, event=event, summary_of=summary_of, notify=notify, at=at)


def attach(
    paper: BillingDocument,
    drawn: Sequence[Drawn],
    *,
    event: str,
    summary_of: Callable[[Any], dict[str, Any]],
    notify: bool,
    at: datetime,
) -> None:
    """Upload files, then record them; whoever is second finds them recorded and says nothing."""
    keys = [upload(paper, each) for each in drawn]
    keep(paper, drawn, keys, event=event, summary_of=summary_of, notify=notify, at=at)


def upload(paper: BillingDocument, drawn: Drawn) -> str:
    return files.upload(
        platform=paper.platform,
        owner=paper.pk,
        name=drawn.name,
        content=drawn.content,
        content_type=drawn.content_type,
    )


@entrance
def keep(
    paper: BillingDocument,
    drawn: Sequence[Drawn],
    keys: Sequence[str],
    *,
    event: str,
    summary_of: Callable[[Any], dict[str, Any]],
    notify: bool,
    at: datetime,
) -> None:
    """Record uploaded files and tell of them, the first one by itself too, and whether all are there now."""
    rows = [keep_one(paper, each, key, at=at) for each, key in zip(drawn, keys, strict=True)]
    if any(is_new for _, is_new in rows):
        told = [
            {"kind": row.kind, "name": row.name, "sha256": row.sha256, "size": row.size} for row, _ in rows
        ]
        is_last = drawn[0].kind == XML or not has_einvoice(paper)
        data = {"object": summary_of(paper), "file": told[0], "files": told, "notify": notify}
        data |= {"complete": is_last}
        record(event, platform=paper.platform, about=paper, at=at, data=data)


def keep_one(paper: BillingDocument, drawn: Drawn, key: str, *, at: datetime) -> tuple[StoredFile, bool]:
    return files.keep(
        document=paper,
        kind=drawn.kind,
        key=key,
        content=drawn.content,
        content_type=drawn.content_type,
        at=at,
    )


def attach_einvoice(
    paper: BillingDocument,
    *,
    event: str,
    summary_of: Callable[[Any], dict[str, Any]],
    notify: bool,
    at: datetime,
) -> None:
    """Write a final paper's e-invoice with its PDF inside, check it once more and store it, once."""
    if not has_einvoice(paper) or files.find(document=paper, kind=XML):
        return
    attach(paper, [einvoice_of(paper)], event=event, summary_of=summary_of, notify=notify, at=at)


def einvoice_of(paper: BillingDocument) -> Drawn:
    """Return a final paper's e-invoice as a file, with its stored PDF inside unless it is inside of that."""
    pdf = files.get(document=paper, kind=PDF)
    content = xml_of(paper, pdf=files.read(pdf), pdf_name=pdf.name)
    return Drawn(XML, f"{files.safe_name(paper.display_number)}.{XML}", content, XML_TYPE)


def einvoice_in(paper: BillingDocument, syntax: Syntax) -> Drawn:
    """Return a final paper's e-invoice in the other syntax. It is not stored.

    :raises NotFound, EInvoiceInvalid: see `of_paper.in_syntax`.
    """
    name = f"{files.safe_name(paper.display_number)}-{syntax}.{XML}"
    return Drawn(XML, name, in_syntax(paper, syntax), XML_TYPE)


def late_einvoice(paper: BillingDocument, *, at: datetime) -> None:
    """Make the e-invoice of a final paper that is older than such files are, once its PDF is there."""
    if has_einvoice(paper) and not files.is_being_made(paper) and files.find(document=paper, kind=PDF):
        drawn = einvoice_of(paper)
        keep_late(paper, drawn, upload(paper, drawn), at=at)


def html_of(paper: BillingDocument, *, at: datetime) -> StoredFile:
    """Return the HTML file of a final paper. One that is older than such files are is drawn when asked for.

    :raises FileNotReady, NotFound: see `files.shown`.
    """
    kind = files.shown_kind(paper, HTML)
    if not files.find(document=paper, kind=kind) and files.find(
        document=paper, kind=files.shown_kind(paper, PDF)
    ):
        mark = VOID if paper.status == VOID else ""
        drawn = draw(paper, paper.snapshot, HTML, mark=mark)
        keep_late(paper, drawn, upload(paper, drawn), at=at)
    return files.shown(document=paper, kind=HTML)


@entrance
def keep_late(paper: BillingDocument, drawn: Drawn, key: str, *, at: datetime) -> None:
    keep_one(paper, drawn, key, at=at)
