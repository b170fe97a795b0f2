"""What XRechnung 3.0 asks beyond EN 16931, as far as a Document can break it, whatever the countries.

Its rules are those of Germany and some that it takes over from Peppol. Several notes are allowed, and so is
any electronic address of the EAS list, an e-mail address too.
"""

from collections.abc import Iterator

from billing.documents.snapshot import Document
from billing.einvoice.findings import Finding
from billing.einvoice.preflight.cius import shared_gaps
from billing.einvoice.preflight.germany import german, in_xrechnung
from billing.einvoice.preflight.lines import says_something


def xrechnung(document: Document) -> tuple[Finding, ...]:
    """Return what keeps a document from being an XRechnung, and what its rules warn of."""
    return (
        *shared_gaps(document, net_amount="warning"),
        *german(document, in_xrechnung),
        *_seller_number(document),
        *_delivered(document),
    )


def _seller_number(document: Document) -> Iterator[Finding]:
    seller = document.seller
    has_number = bool(seller.vat_number or seller.tax_number or document.tax_representative)
    if not has_number and any(line.tax_category not in ("O", "B") for line in document.lines):
        message = "An XRechnung needs the seller's VAT number or local tax number"
        yield Finding("BR-DE-16", "fatal", message, "seller", "seller.vat_number")


def _delivered(document: Document) -> Iterator[Finding]:
    has_period = says_something(document.period) or bool(document.tax_point_code)
    is_dated = has_period or bool(document.delivery and document.delivery.date)
    if not is_dated and not all(says_something(line.period) for line in document.lines):
        message = "It does not say when it was delivered: German law asks for a day or a period"
        yield Finding("BR-DE-TMP-32", "warning", message, "delivery", "delivery.date")
