"""The one gate that a document passes before it may become final, and its XML before it leaves the house."""

from collections.abc import Mapping

from billing.documents.snapshot import Document
from billing.einvoice import preflight
from billing.einvoice.findings import Report, merge
from billing.einvoice.profiles import PROFILES
from billing.einvoice.refusals import EInvoiceInvalid, EngineUnavailable
from billing.einvoice.rules.validation import RULES_FAILED, unasked, validate
from billing.einvoice.ubl import writer as ubl
from billing.einvoice.writing import write

__all__ = ["EInvoiceInvalid", "check", "require_valid"]


def check(
    document: Document,
    *,
    standalone: bool = False,
    pdf: bytes | None = None,
    pdf_name: str = "",
    files: Mapping[str, bytes] | None = None,
) -> Report:
    """Run every check there is on a document: ours, its syntax's schema, and the official rules.

    `standalone` says that a credit note is meant to refer to no invoice; the rest is as in `writing.write`.

    :raises EngineUnavailable: the official rules cannot be run in this process.
    """
    return _pass(document, standalone, pdf, pdf_name, files)[0]


def require_valid(
    document: Document,
    *,
    standalone: bool = False,
    pdf: bytes | None = None,
    pdf_name: str = "",
    files: Mapping[str, bytes] | None = None,
) -> bytes:
    """Return the document as a valid e-invoice, or b"" if its profile has none.

    :raises EInvoiceInvalid: a check forbids it; fact `rules` lists all findings.
    :raises EngineUnavailable: the official rules cannot be run in this process.
    """
    report, xml = _pass(document, standalone, pdf, pdf_name, files)
    if not report.is_valid:
        raise EInvoiceInvalid.because(report.findings)
    return xml


def _pass(
    document: Document,
    standalone: bool,
    pdf: bytes | None,
    pdf_name: str,
    files: Mapping[str, bytes] | None,
) -> tuple[Report, bytes]:
    ours = preflight.check(document, standalone=standalone)
    profile = PROFILES.get(document.profile)
    if profile is None or profile.syntax is None:
        return Report((), ours), b""  # an unknown profile is a finding; on paper alone no rules are asked
    if not preflight.is_writable(document):
        return unasked(profile, *ours), b""
    xml = write(document, pdf=pdf, pdf_name=pdf_name, files=files)
    official = validate(xml, profile, twin=lambda: ubl.serialize(document))
    if any(finding.id == RULES_FAILED for finding in official.findings):
        raise EngineUnavailable("The official rules did not run to their end. Try again in a moment.")
    return Report(official.layers, merge(ours, official.findings)), xml
