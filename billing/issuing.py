"""What every paper passes on its way from draft to final: the checks before any lock, and its number."""

from typing import Any

from django.db import IntegrityError
from msgspec import to_builtins

from billing.documents.models import BillingDocument
from billing.documents.snapshot import Document
from billing.documents.wanted import NumberInUse
from billing.einvoice import gate
from billing.einvoice.findings import Report
from billing.errors import BillingError
from billing.paper.limits import check_size


class ChangedMeanwhile(BillingError):
    code = "changed_meanwhile"
    title = "Somebody changed it at the same moment"


def require_seen(paper: BillingDocument, version: int | None) -> None:
    """Refuse a draft that is no longer the `version` somebody looked at; None did not look.

    :raises ChangedMeanwhile: it has been edited since.
    """
    if version not in (None, paper.version):
        raise ChangedMeanwhile(f"{paper} has changed since you looked at it. Look again.")


def require_same(paper: BillingDocument, seen: BillingDocument) -> None:
    """Refuse a draft, now locked, that is not the one that was checked.

    :raises ChangedMeanwhile: it was edited in between.
    """
    if paper.version != seen.version:
        raise ChangedMeanwhile(
            f"{paper} was edited while it was being finalised. Look at it, then try again."
        )


def checked(document: Document) -> Report:
    """Return the report on a document that passed every check.

    :raises EInvoiceInvalid: it did not; the rules it breaks are listed.
    :raises PaperTooLarge: no PDF can be drawn of it.
    """
    check_size(document)
    report = gate.dry_run(document)
    if not report.is_valid:
        raise gate.EInvoiceInvalid.because(report.findings)
    return report


def rules_of(report: Report) -> dict[str, Any]:
    """Return which rules a document passed, layer by layer, and their warnings, as its row keeps them.

    Above the layers stand the rules of EN 16931 themselves.
    """
    return {
        "ruleset": report.ruleset,
        "version": report.version,
        "sha256": report.sha256,
        "layers": [to_builtins(layer) for layer in report.layers],
        "warnings": [
            {"id": finding.id, "message": finding.message, "location": finding.location}
            for finding in report.findings
        ],
    }


def save_numbered(paper: BillingDocument) -> None:
    """Save a paper that has just taken its number.

    :raises NumberInUse: another document has it: one of another series, or one that was imported.
    """
    try:
        paper.save()
    except IntegrityError as error:
        if "number_once" in str(error):
            raise NumberInUse(
                f"{paper.number} is taken by another document of {paper.billing_entity}. "
                "Name a higher number, and its series goes on from there.",
                number=paper.number,
            ) from error
        raise
