"""Do the VAT categories of a document make sense, and has it what each of them asks for?

Source: EN 16931-1 BR-S, BR-Z, BR-E, BR-AE, BR-IC, BR-G, BR-O, BR-AF, BR-AG.
"""

from collections.abc import Iterator
from decimal import Decimal

from billing.documents.snapshot import Document, Party
from billing.einvoice.codes import is_known
from billing.einvoice.findings import Finding
from billing.einvoice.preflight.parties import EU_PREFIXES, vat_prefix
from billing.einvoice.preflight.sums import name_of, rule_of

STANDARD, ZERO_RATED, EXEMPT, REVERSE_CHARGE, INTRA_EU, EXPORT, OUTSIDE = "S", "Z", "E", "AE", "K", "G", "O"

NEEDS_REASON = {
    EXEMPT: "exempt supplies",
    REVERSE_CHARGE: "a reverse charge",
    INTRA_EU: "an intra-Community supply",
    EXPORT: "an export",
    OUTSIDE: "supplies outside the scope of VAT",
}
"""Categories that must say why there is no VAT, in words."""

RATE_IS_ZERO = (ZERO_RATED, EXEMPT, REVERSE_CHARGE, INTRA_EU, EXPORT)
ONE_GROUP_ONLY = (ZERO_RATED, *NEEDS_REASON)


def taxes(document: Document) -> tuple[Finding, ...]:
    """Return what is wrong with the VAT categories, their rates, reasons and conditions."""
    return (*_rates(document), *_groups(document), *_conditions(document))


def _rates(document: Document) -> Iterator[Finding]:
    for index, line in enumerate(document.lines):
        place, field = f"line {index + 1}", f"lines.{index}"
        yield from _rate(line.tax_category, line.tax_rate, "05", place, field)
    for index, each in enumerate(document.allowances_charges):
        place = f"{'charge' if each.is_charge else 'allowance'} {each.reason or index + 1}"
        field, number = f"allowances_charges.{index}", "07" if each.is_charge else "06"
        yield from _rate(each.tax_category, each.tax_rate, number, place, field)


def _rate(category: str, rate: Decimal | None, number: str, place: str, field: str) -> Iterator[Finding]:
    rule, message = rule_of(category, number), ""
    if not is_known("tax_categories", category):
        message = f"{category or 'Nothing'} is not a VAT category; it is one of S, Z, E, AE, K, G, O, L, M, B"
        yield Finding("BR-CL-18", "fatal", message, place, f"{field}.tax_category")
        return
    if category == OUTSIDE and rate:
        message = "Category O has no VAT rate"
    elif category in RATE_IS_ZERO and rate != 0:
        message = f"The VAT rate of category {category} must be 0"
    elif category == STANDARD and (rate is None or rate <= 0):
        message = "The VAT rate of category S must be more than 0; for a rate of 0 there is category Z"
    elif rate is None and category != OUTSIDE:
        message = "The VAT rate is missing"
    if message:
        yield Finding(rule, "fatal", message, place, f"{field}.tax_rate")


def _groups(document: Document) -> Iterator[Finding]:
    met: set[str] = set()
    for index, group in enumerate(document.taxes):
        place, field, category = name_of(group), f"taxes.{index}", group.category
        has_reason = bool(group.exemption_reason.strip() or group.exemption_code.strip())
        if category in NEEDS_REASON and not has_reason:
            message = (
                f"For {NEEDS_REASON[category]} the document must say why there is no VAT, in words or by code"
            )
            yield Finding(rule_of(category, "10"), "fatal", message, place, f"{field}.exemption_reason")
        if category not in NEEDS_REASON and has_reason:
            message = f"Category {category} must not have an exemption reason"
            yield Finding(rule_of(category, "10"), "fatal", message, place, f"{field}.exemption_reason")
        if group.exemption_code and not is_known("exemption_codes", group.exemption_code.upper()):
            message = f"{group.exemption_code} is not a VATEX code"
            yield Finding("BR-CL-22", "fatal", message, place, f"{field}.exemption_code")
        if category in ONE_GROUP_ONLY and category in met:
            message = f"Category {category} may have one VAT group only, and so one exemption reason"
            yield Finding(rule_of(category, "01"), "fatal", message, place, field)
        met.add(category)


def _conditions(document: Document) -> Iterator[Finding]:
    used = {group.category for group in document.taxes} | {line.tax_category for line in document.lines}
    if OUTSIDE in used:
        yield from _outside(document, used)
    if used - {OUTSIDE}:
        yield from _seller_number(document, used)
    if REVERSE_CHARGE in used and not (document.buyer.vat_number or document.buyer.legal_id):
        message = "A reverse charge needs the buyer's VAT number or registration number"
        yield Finding("BR-AE-02", "fatal", message, "buyer", "buyer.vat_number")
    if INTRA_EU in used:
        yield from _intra_eu(document)


def _outside(document: Document, used: set[str]) -> Iterator[Finding]:
    if used != {OUTSIDE}:
        message = "Category O cannot share a document with other VAT categories"
        yield Finding("BR-O-11", "fatal", message, field="taxes")
    for role, number in (
        ("seller", document.seller.vat_number),
        ("buyer", document.buyer.vat_number),
        ("tax_representative", document.tax_representative and document.tax_representative.vat_number),
    ):
        if number:
            message = f"Outside the scope of VAT the {role.replace('_', ' ')} must not have a VAT number"
            yield Finding("BR-O-02", "fatal", message, role.replace("_", " "), f"{role}.vat_number")


def _seller_number(document: Document, used: set[str]) -> Iterator[Finding]:
    has_vat_number = bool(document.seller.vat_number or document.tax_representative)
    strict = sorted(used & {INTRA_EU, EXPORT})
    if strict and not has_vat_number:
        message = f"Category {strict[0]} needs the seller's VAT number"
        yield Finding(rule_of(strict[0], "02"), "fatal", message, "seller", "seller.vat_number")
    elif not has_vat_number and not document.seller.tax_number:
        category = min(used - {OUTSIDE})
        message = "The seller needs a VAT number or a local tax number"
        yield Finding(rule_of(category, "02"), "fatal", message, "seller", "seller.vat_number")


def _intra_eu(document: Document) -> Iterator[Finding]:
    address = document.delivery.address if document.delivery else None
    if not document.buyer.vat_number:
        message = "An intra-Community supply needs the buyer's VAT number"
        yield Finding("BR-IC-02", "fatal", message, "buyer", "buyer.vat_number")
    if not (document.period or (document.delivery and document.delivery.date)):
        message = "An intra-Community supply needs the day of delivery or a period"
        yield Finding("BR-IC-11", "fatal", message, "delivery", "delivery.date")
    if not (address and address.country):
        message = "An intra-Community supply needs the country of delivery"
        yield Finding("BR-IC-12", "fatal", message, "delivery", "delivery.address.country")
    yield from _outside_eu(document.seller, "seller")
    yield from _outside_eu(document.buyer, "buyer")


def _outside_eu(party: Party, role: str) -> Iterator[Finding]:
    prefix = vat_prefix(party.vat_number)
    if prefix and prefix not in EU_PREFIXES:
        message = (
            f"An intra-Community supply needs a VAT number of the EU or Northern Ireland (XI), not {prefix}"
        )
        yield Finding("BD-INTRA-EU", "warning", message, role, f"{role}.vat_number")
