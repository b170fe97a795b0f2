"""What an e-invoice in CII cannot say, and where the rules for CII are stricter than those for UBL.

Source: Factur-X 1.09 EN 16931, by probing its rules beside those for UBL.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from billing.documents.snapshot import Document
from billing.einvoice.cii.writer import unwritten
from billing.einvoice.findings import Finding, gap
from billing.einvoice.preflight.lines import says_something
from billing.einvoice.preflight.payment import CARD_DIGITS
from billing.einvoice.preflight.sums import added_up, name_of

CANARY_ISLANDS, SPLIT_PAYMENT, INTRA_EU = "L", "B", "K"


def lost_in_cii(document: Document) -> tuple[Finding, ...]:
    """Return what keeps a document from being CII, beyond what keeps it from being an e-invoice at all."""
    return (*_payment(document), *_groups(document), *_rates(document), *_dates(document))


def _payment(document: Document) -> Iterator[Finding]:
    for path in unwritten(document):
        if path.startswith("payment_means.") and path.endswith(".mandate"):
            yield gap("BD-CII-MANDATE", "In this syntax a document has one mandate only", "payment", path)
    for index, means in enumerate(document.payment_means):
        if len(means.card_number.strip()) > CARD_DIGITS:
            message = f"Of a card's number write the last digits only, at most {CARD_DIGITS}"
            yield gap("BR-51", message, "payment", f"payment_means.{index}.card_number")


def _groups(document: Document) -> Iterator[Finding]:
    """Yield groups that are near enough for UBL, and codes in small letters."""
    for finding in added_up(document):
        if finding.flag == "warning":
            yield replace(finding, flag="fatal")
    for index, group in enumerate(document.taxes):
        code = group.exemption_code.strip()
        if code != code.upper():
            message = f"In this syntax the exemption code is written {code.upper()}"
            yield gap("BR-CL-22", message, name_of(group), f"taxes.{index}.exemption_code")
        if group.category == SPLIT_PAYMENT:
            message = "This syntax has no split payment (B); a profile in UBL has"
            yield gap("BD-CII-CATEGORY", message, name_of(group), "profile")


def _rates(document: Document) -> Iterator[Finding]:
    for index, line in enumerate(document.lines):
        if line.tax_category == CANARY_ISLANDS and line.tax_rate == 0:
            message = "In this syntax the rate of category L must be more than 0"
            yield gap("BR-AF-05", message, f"line {index + 1}", f"lines.{index}.tax_rate")


def _dates(document: Document) -> Iterator[Finding]:
    has_day = bool(document.delivery and document.delivery.date) or says_something(document.period)
    if any(line.tax_category == INTRA_EU for line in document.lines) and not has_day:
        message = "An intra-Community supply needs the day of delivery or a period"
        yield gap("BR-IC-11", message, "delivery", "delivery.date")
