"""The one gate that a document passes before it may become final, and its XML before it leaves the house."""

from collections.abc import Mapping

from billing.documents.snapshot import Document
from billing.einvoice import preflight
from billing.einvoice.attachments import name_for, stored_files
from billing.einvoice.findings import Report, merge
from billing.einvoice.profiles import PROFILES
from billing.einvoice.refusals import EInvoiceInvalid, EngineUnavailable
from billing.einvoice.rules.validation import RULES_FAILED, unasked, validate
from billing.einvoice.ubl import writer as ubl
from billing.einvoice.writing import write

__all__ = ["EInvoiceInvalid", "check", "dry_run", "judged", "passed", "require_valid"]

STAND_IN = b"0"
"""What the rules see of a file that is not there yet: they do not look into files."""


def check(
    document: Document,
    *,
    pdf: bytes | None = None,
    pdf_name: str = "",
    files: Mapping[str, bytes] | None = None,
) -> Report:
    """Run every check there is on a document: ours, its syntax's schema, and the official rules.

    The files are as in `writing.write`.

    :raises EngineUnavailable: the official rules cannot be run in this process.
    """
    return passed(document, pdf=pdf, pdf_name=pdf_name, files=files)[0]


def dry_run(document: Document) -> Report:
    """Return what every check will say of a document once its files are there.

    :raises EngineUnavailable: the official rules cannot be run in this process.
    """
    files = dict.fromkeys(stored_files(document), STAND_IN)
    name = name_for(f"{document.number}.pdf", document)
    return check(document, pdf=STAND_IN, pdf_name=name, files=files)


def require_valid(
    document: Document,
    *,
    pdf: bytes | None = None,
    pdf_name: str = "",
    files: Mapping[str, bytes] | None = None,
) -> bytes:
    """Return the document as a valid e-invoice, or b"" if its profile has none.

    :raises EInvoiceInvalid: a check forbids it; fact `rules` lists all findings.
    :raises EngineUnavailable: the official rules cannot be run in this process.
    """
    report, xml = passed(document, pdf=pdf, pdf_name=pdf_name, files=files)
    if not report.is_valid:
        raise EInvoiceInvalid.because(report.findings)
    return xml


def passed(
    document: Document,
    *,
    pdf: bytes | None = None,
    pdf_name: str = "",
    files: Mapping[str, bytes] | None = None,
) -> tuple[Report, bytes]:
    """Return what every check says of a document, and the XML that was judged; b"" where there is none.

    :raises EngineUnavailable: the official rules cannot be run in this process.
    """
    ours = preflight.check(document)
    profile = PROFILES.get(document.profile)
    if profile is None or profile.syntax is None:
        return Report((), ours), b""  # an unknown profile is a finding; on paper alone no rules are asked
    if not preflight.is_writable(document):
        return unasked(profile, *ours), b""
    official, xml = judged(document, pdf=pdf, pdf_name=pdf_name, files=files)
    return Report(official.layers, merge(ours, official.findings)), xml


def judged(
    document: Document,
    *,
    pdf: bytes | None = None,
    pdf_name: str = "",
    files: Mapping[str, bytes] | None = None,
) -> tuple[Report, bytes]:
    """Return what the schema and the official rules say of a document that has an e-invoice, and its XML.

    :raises EngineUnavailable: the official rules cannot be run in this process.
    """
    xml = write(document, pdf=pdf, pdf_name=pdf_name, files=files)
    report = validate(
        xml,
        PROFILES[document.profile],
        twin=lambda: ubl.serialize(document, pdf=pdf, pdf_name=pdf_name, files=files),
    )
    if any(finding.id == RULES_FAILED for finding in report.findings):
        raise EngineUnavailable("The official rules did not run to their end. Try again in a moment.")
    return report, xml
