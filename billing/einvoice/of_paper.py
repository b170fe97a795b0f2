"""Which e-invoice a final paper has, and its XML."""

import logging

from msgspec.structs import replace

from billing.documents import files
from billing.documents.models import BillingDocument, StoredFile
from billing.documents.snapshot import Document
from billing.einvoice import gate
from billing.einvoice.attachments import attachment_keys, name_for
from billing.einvoice.findings import Report
from billing.einvoice.profiles import COUNTERPARTS, EN16931, FACTUR_X, PROFILES, Syntax
from billing.errors import NotFound

ATTACHMENT = "attachment"
"""The kind of stored files that came with an imported paper; their names begin with their place."""

UNREADABLE = {"XML", "XSD"}

log = logging.getLogger(__name__)


def has_einvoice(paper: BillingDocument) -> bool:
    """Tell whether an e-invoice of a final paper is made: it was issued here, with a profile that has one."""
    return bool(paper.einvoice_rules) and PROFILES[paper.profile].syntax is not None


def is_hybrid(paper: BillingDocument) -> bool:
    """Tell whether a final paper's e-invoice is in its PDF."""
    return has_einvoice(paper) and PROFILES[paper.profile].is_hybrid


def xml_of(paper: BillingDocument, *, pdf: bytes | None = None, pdf_name: str = "") -> bytes:
    """Return a final paper's e-invoice with its attachments, and a PDF, judged once more.

    What was valid when it was issued is written, also if other rules have come into force since.

    :raises EInvoiceInvalid: the rules that it was issued under forbid it.
    :raises FileIsDamaged: an attachment is not what was stored.
    """
    document = paper.snapshot
    name = name_for(pdf_name, document)
    report, xml = gate.judged(document, pdf=pdf, pdf_name=name, files=bytes_of(paper, document))
    if not report.is_valid:
        if is_judged_as_issued(paper, report) or any(each.id in UNREADABLE for each in report.fatal):
            raise gate.EInvoiceInvalid.because(report.findings)
        broken = ", ".join(each.id for each in report.fatal)
        log.warning("%s is written although rules that are newer forbid it: %s", paper, broken)
    return xml


def is_judged_as_issued(paper: BillingDocument, report: Report) -> bool:
    """Tell whether a report is by the very rules that a paper became final under."""
    recorded = [layer["sha256"] for layer in paper.einvoice_rules.get("layers", ())]
    return recorded == [layer.sha256 for layer in report.layers]


def in_syntax(paper: BillingDocument, syntax: Syntax) -> bytes:
    """Return a final paper's e-invoice in the other syntax than the one it was issued or received in.

    :raises NotFound: it has no e-invoice, or its profile has no such syntax.
    :raises EInvoiceInvalid: what came in the one syntax breaks rules of the other.
    """
    document = paper.snapshot
    profile = COUNTERPARTS.get((paper.profile, syntax)) if has_einvoice(paper) else received_in(paper, syntax)
    if not profile:
        raise NotFound(f"There is no {syntax.upper()} of {paper}: its profile is {paper.profile}.")
    return gate.require_valid(replace(document, profile=profile), files=bytes_of(paper, document))


def received_in(paper: BillingDocument, syntax: Syntax) -> str:
    """Return the profile in which what was imported is written in a syntax; "" for what came without one."""
    if not files.find(document=paper, kind=files.SOURCE):
        return ""
    if syntax == "cii":
        return FACTUR_X
    return paper.profile if PROFILES[paper.profile].syntax == syntax else EN16931


def bytes_of(paper: BillingDocument, document: Document) -> dict[str, bytes]:
    """Return the bytes of a document's attachments, by `attachment_keys`."""
    found = {}
    for place, (key, attachment) in enumerate(
        zip(attachment_keys(document.attachments), document.attachments, strict=True), start=1
    ):
        if attachment.file:
            found[key] = files.read_named(attachment.file)
        elif attachment.filename:
            own = StoredFile.objects.filter(document_id=paper.pk, kind=ATTACHMENT)
            for file in own.filter(name__startswith=f"{place}-")[:1]:
                found[key] = files.read(file)
    return found
