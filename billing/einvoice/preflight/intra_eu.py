"""Supplies of goods within the EU (category K), with Northern Ireland's own place in it.

Northern Ireland counts as EU territory for goods: its traders' numbers start with XI. Great Britain does not,
since 1 January 2021. The official rules take any VAT numbers; whether the two make sense is for us to ask.
"""

from collections.abc import Iterator
from datetime import date

from billing.documents.snapshot import Document
from billing.einvoice.findings import Finding, gap
from billing.einvoice.preflight.lines import says_something
from billing.einvoice.preflight.parties import EU_PREFIXES, NORTHERN_IRELAND, vat_prefix

LEFT_ON = date(2021, 1, 1)
"""From this day on Great Britain is outside; what corrects an older invoice may still be K."""

GREAT_BRITAIN = "GB"
TIME_UNITS = ("MIN", "HUR", "DAY", "WEE", "MON", "QAN", "ANN")

Findings = Iterator[Finding]


def intra_eu(document: Document) -> Findings:
    """Yield what an intra-Community supply lacks."""
    address = document.delivery.address if document.delivery else None
    if not document.buyer.vat_number:
        message = "An intra-Community supply needs the buyer's VAT number"
        yield gap("BR-IC-02", message, "buyer", "buyer.vat_number")
    if not _is_dated(document):
        message = "An intra-Community supply needs the day of delivery or a period"
        yield gap("BR-IC-11", message, "delivery", "delivery.date")
    if not (address and address.country):
        message = "An intra-Community supply needs the country of delivery"
        yield gap("BR-IC-12", message, "delivery", "delivery.address.country")
    yield from _numbers(document)
    yield from _goods_only(document)


def _is_dated(document: Document) -> bool:
    has_period = says_something(document.period) or bool(document.tax_point_code)
    return has_period or bool(document.delivery and document.delivery.date)


def seller_prefix(document: Document) -> str:
    """Return the prefix of the VAT number that the seller acts under, its own or its representative's."""
    representative = document.tax_representative.vat_number if document.tax_representative else ""
    return vat_prefix(document.seller.vat_number or representative)


def _numbers(document: Document) -> Findings:
    seller, buyer = seller_prefix(document), vat_prefix(document.buyer.vat_number)
    for role, prefix in (("seller", seller), ("buyer", buyer)):
        if prefix == GREAT_BRITAIN and _is_before_it_left(document):
            continue
        if prefix and prefix not in EU_PREFIXES:
            yield gap("BD-INTRA-EU", _outside_eu(prefix), role, f"{role}.vat_number")
    if seller == buyer == NORTHERN_IRELAND:
        message = "Between two traders of Northern Ireland a supply is domestic: its VAT is category S, not K"
        yield gap("BD-INTRA-EU", message, "buyer", "buyer.vat_number")
    elif seller and seller == buyer:
        message = f"Both VAT numbers are of {seller}: an intra-Community supply goes to another member state"
        yield Finding("BD-INTRA-EU", "warning", message, "buyer", "buyer.vat_number")


def _outside_eu(prefix: str) -> str:
    if prefix == GREAT_BRITAIN:
        return (
            "Great Britain (GB) is not in the EU, so this is no intra-Community supply: it is an export (G), "
            "or, for goods of a trader in Northern Ireland, the VAT number starts with XI"
        )
    return f"An intra-Community supply needs a VAT number of the EU or Northern Ireland (XI), not {prefix}"


def _is_before_it_left(document: Document) -> bool:
    days = [document.date, *(reference.date for reference in document.references if reference.date)]
    return min(days) < LEFT_ON


def _goods_only(document: Document) -> Findings:
    """Yield lines that look like services, which Northern Ireland's place in the EU does not cover."""
    if NORTHERN_IRELAND not in (seller_prefix(document), vat_prefix(document.buyer.vat_number)):
        return
    for index, line in enumerate(document.lines):
        if line.tax_category == "K" and line.unit in TIME_UNITS:
            message = "Northern Ireland is in the EU for goods only; this line looks like a service"
            yield Finding(
                "BD-XI-GOODS", "warning", message, f"line {index + 1}", f"lines.{index}.tax_category"
            )
