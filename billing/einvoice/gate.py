"""The one gate that a document passes before it may become final, and its XML before it leaves the house."""

from collections.abc import Mapping

from billing.documents.snapshot import Document
from billing.einvoice import preflight
from billing.einvoice.findings import Report, merge
from billing.einvoice.refusals import EInvoiceInvalid, EngineUnavailable
from billing.einvoice.rules import files as rulefiles
from billing.einvoice.rules.validation import RULES_FAILED, validate
from billing.einvoice.ubl.writer import serialize

__all__ = ["EInvoiceInvalid", "check", "require_valid"]


def check(
    document: Document,
    *,
    standalone: bool = False,
    pdf: bytes | None = None,
    pdf_name: str = "",
    files: Mapping[str, bytes] | None = None,
) -> Report:
    """Run every check there is on a document: ours, the UBL schema, and the official EN 16931 rules.

    `standalone` says that a credit note is meant to refer to no invoice; the rest is as in `ubl.serialize`.

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
    """Return the document as valid UBL.

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
    if not preflight.is_writable(document):
        return Report(rulefiles.RULESET, rulefiles.version(), rulefiles.digests(), ours, complete=False), b""
    xml = serialize(document, pdf=pdf, pdf_name=pdf_name, files=files)
    official = validate(xml)
    if any(finding.id == RULES_FAILED for finding in official.findings):
        raise EngineUnavailable("The official rules did not run to their end. Try again in a moment.")
    findings = merge(ours, official.findings)
    return Report(official.ruleset, official.version, official.sha256, findings, official.complete), xml
