"""The refusals of this room: what cannot be read, what breaks the rules, what cannot be checked."""

from collections.abc import Iterable
from typing import Any

from billing.einvoice.findings import Finding
from billing.errors import BillingError

SENTENCES = 3
"""How many findings the sentence of a refusal names."""

MOST_RULES = 100
"""How many findings the facts of a refusal list: a file may break a rule on each of its lines."""


class EInvoiceTooLarge(BillingError):
    """The file, or one attachment in it, is larger than we read."""

    code = "einvoice_too_large"
    status = 413
    title = "The e-invoice is too large"


class EInvoiceUnreadable(BillingError):
    """The bytes are not well-formed XML. Facts: `line` and `column` of the first fault, if it has a place."""

    code = "einvoice_unreadable"
    status = 400
    title = "The file is not well-formed XML"


class DoctypeForbidden(BillingError):
    """The XML brings a DOCTYPE: no e-invoice needs one, and an attacker does."""

    code = "doctype_forbidden"
    status = 400
    title = "An e-invoice must not have a DOCTYPE"


class NotAnInvoice(BillingError):
    """The file is something else than an EN 16931 invoice. Fact: `found`."""

    code = "not_an_invoice"
    status = 400
    title = "The file is not an EN 16931 invoice"


class PdfUnreadable(BillingError):
    """The PDF is broken, or takes too long or too much memory to read."""

    code = "pdf_unreadable"
    status = 400
    title = "The PDF cannot be read"


class PdfEncrypted(BillingError):
    """The PDF is encrypted, be it with an empty password."""

    code = "pdf_encrypted"
    status = 400
    title = "The PDF is encrypted"


class PdfWithoutInvoice(BillingError):
    """The PDF has no invoice inside. Fact: `files`, the names of the first ten files that it has."""

    code = "pdf_without_invoice"
    status = 400
    title = "There is no e-invoice inside the PDF"


class PdfWithSeveralInvoices(BillingError):
    """The PDF has different invoices inside. Fact: `count`."""

    code = "pdf_with_several_invoices"
    status = 400
    title = "There is more than one e-invoice inside the PDF"


class EInvoiceInvalid(BillingError):
    """A document breaks rules.

    Facts: `rules`, the first hundred as `{id, message, location, flag, field}`, and `rules_count`, of all.
    """

    code = "einvoice_invalid"
    status = 422
    title = "The e-invoice breaks the rules of EN 16931"

    @classmethod
    def because(cls, findings: Iterable[Finding]) -> "EInvoiceInvalid":
        """Return the refusal for the findings, the fatal ones among them in its sentence."""
        findings = tuple(findings)
        fatal = [finding for finding in findings if finding.flag == "fatal"] or list(findings)
        sentences = [_sentence(finding) for finding in fatal[:SENTENCES]]
        if len(fatal) > SENTENCES:
            sentences.append(f"And {len(fatal) - SENTENCES} more.")
        return cls(
            " ".join(sentences),
            rules=[as_fact(finding) for finding in findings[:MOST_RULES]],
            rules_count=len(findings),
        )


class EngineUnavailable(BillingError):
    """The official rules cannot be run in this process; nothing is valid until they can."""

    code = "einvoice_engine_unavailable"
    status = 503
    title = "The official e-invoice rules cannot be run"


def as_fact(finding: Finding) -> dict[str, Any]:
    """Return a finding as the JSON of a refusal."""
    return {
        "id": finding.id,
        "message": finding.message,
        "location": finding.location,
        "flag": finding.flag,
        "field": finding.field,
    }


def _sentence(finding: Finding) -> str:
    place = f" ({finding.location})" if finding.location else ""
    return f"{finding.message.rstrip('.')}{place} [{finding.id}]."
