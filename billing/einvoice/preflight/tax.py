"""Do the VAT categories of a document make sense, and has it what each of them asks for?

Source: EN 16931-1 BR-S, BR-Z, BR-E, BR-AE, BR-IC, BR-G, BR-O, BR-AF, BR-AG, BR-B.
"""

from collections.abc import Iterator
from decimal import Decimal

from billing.documents.snapshot import Document, TaxGroup
from billing.einvoice.codes import is_known
from billing.einvoice.findings import Finding, gap
from billing.einvoice.preflight.intra_eu import intra_eu
from billing.einvoice.preflight.lines import place_of
from billing.einvoice.preflight.sums import name_of, rule_of

STANDARD, ZERO_RATED, EXEMPT, REVERSE_CHARGE, INTRA_EU, EXPORT, OUTSIDE = "S", "Z", "E", "AE", "K", "G", "O"
SPLIT_PAYMENT = "B"

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

CATEGORY_OF_REASON = {
    "VATEX-EU-G": EXPORT,
    "VATEX-EU-O": OUTSIDE,
    "VATEX-EU-IC": INTRA_EU,
    "VATEX-EU-AE": REVERSE_CHARGE,
    "VATEX-EU-D": EXEMPT,
    "VATEX-EU-F": EXEMPT,
    "VATEX-EU-I": EXEMPT,
    "VATEX-EU-J": EXEMPT,
}
"""Exemption codes that belong to one tax category."""


def taxes(document: Document) -> tuple[Finding, ...]:
    """Return what is wrong with the VAT categories, their rates, reasons and conditions."""
    return (*_rates(document), *_groups(document), *_conditions(document))


def _rates(document: Document) -> Iterator[Finding]:
    for index, line in enumerate(document.lines):
        place, field = f"line {index + 1}", f"lines.{index}"
        yield from _rate(line.tax_category, line.tax_rate, "05", place, field)
    for index, each in enumerate(document.allowances_charges):
        field, number = f"allowances_charges.{index}", "07" if each.is_charge else "06"
        yield from _rate(each.tax_category, each.tax_rate, number, place_of(each, field), field)


def _rate(category: str, rate: Decimal | None, number: str, place: str, field: str) -> Iterator[Finding]:
    message = ""
    if not is_known("tax_categories", category):
        message = f"{category or 'Nothing'} is not a VAT category; it is one of S, Z, E, AE, K, G, O, L, M, B"
        rule = "BR-CL-18" if field.startswith("lines.") else "BR-CL-17"
        yield gap(rule, message, place, f"{field}.tax_category")
        return
    if category == OUTSIDE and rate:
        message = "Category O has no VAT rate"
    elif category in RATE_IS_ZERO and rate != 0:
        message = f"The VAT rate of category {category} must be 0"
    elif category == STANDARD and (rate is None or rate <= 0):
        message = "The VAT rate of category S must be more than 0; for a rate of 0 there is category Z"
    elif rate is None and category != OUTSIDE:
        message = "The VAT rate is missing"
    elif rate is not None and rate < 0:
        message = "The VAT rate is negative"
    if message:
        rule = "BD-RATE" if category == SPLIT_PAYMENT else rule_of(category, number)
        yield gap(rule, message, place, f"{field}.tax_rate")


def _groups(document: Document) -> Iterator[Finding]:
    met: dict[str, TaxGroup] = {}
    for index, group in enumerate(document.taxes):
        place, field, category = name_of(group), f"taxes.{index}", group.category
        if not is_known("tax_categories", category):
            yield gap(
                "BR-CL-17", f"{category or 'Nothing'} is not a VAT category", place, f"{field}.category"
            )
        if group.rate is None and category != OUTSIDE:
            yield gap("BR-48", "The VAT group has no rate", place, f"{field}.rate")
        yield from _reason(group, place, field)
        if category in ONE_GROUP_ONLY and category in met:
            message = _two_groups(met[category], group)
            yield gap(rule_of(category, "01"), message, place, field)
        met.setdefault(category, group)


def _reason(group: TaxGroup, place: str, field: str) -> Iterator[Finding]:
    category, code = group.category, group.exemption_code.strip()
    has_reason = bool(group.exemption_reason.strip() or code)
    if category in NEEDS_REASON and not has_reason:
        message = (
            f"For {NEEDS_REASON[category]} the document must say why there is no VAT, in words or by code"
        )
        yield gap(rule_of(category, "10"), message, place, f"{field}.exemption_reason")
    if category not in (*NEEDS_REASON, SPLIT_PAYMENT) and has_reason:
        message = f"Category {category} must not have an exemption reason"
        yield gap(rule_of(category, "10"), message, place, f"{field}.exemption_reason")
    if code and not is_known("exemption_codes", code.upper()):
        yield gap("BR-CL-22", f"{code} is not a VATEX code", place, f"{field}.exemption_code")
    elif CATEGORY_OF_REASON.get(code.upper(), category) != category:
        message = f"The exemption code {code} belongs to category {CATEGORY_OF_REASON[code.upper()]}"
        yield Finding("BD-VATEX", "warning", message, place, f"{field}.exemption_code")


def _two_groups(one: TaxGroup, other: TaxGroup) -> str:
    reasons = [each.exemption_reason or each.exemption_code for each in (one, other)]
    if reasons[0] == reasons[1]:
        return f"Category {one.category} may have one VAT group only"
    return (
        f"Category {one.category} has two exemption reasons, “{reasons[0]}” and “{reasons[1]}”, but may have "
        "one on a document. Write two documents, one for each reason"
    )


def _conditions(document: Document) -> Iterator[Finding]:
    used = {group.category for group in document.taxes} | {line.tax_category for line in document.lines}
    used |= {each.tax_category for each in document.allowances_charges}
    if OUTSIDE in used:
        yield from _outside(document, used)
    if used - {OUTSIDE}:
        yield from _seller_number(document, used)
    if REVERSE_CHARGE in used and not (document.buyer.vat_number or document.buyer.legal_id):
        message = "A reverse charge needs the buyer's VAT number or registration number"
        yield gap("BR-AE-02", message, "buyer", "buyer.vat_number")
    if INTRA_EU in used:
        yield from intra_eu(document)
    if SPLIT_PAYMENT in used:
        yield from _split_payment(document, used)


def _outside(document: Document, used: set[str]) -> Iterator[Finding]:
    if used != {OUTSIDE}:
        message = "Category O cannot share a document with other VAT categories"
        yield gap("BR-O-11", message, "", "taxes")
    for role, number in (
        ("seller", document.seller.vat_number),
        ("buyer", document.buyer.vat_number),
        ("tax_representative", document.tax_representative and document.tax_representative.vat_number),
    ):
        if number:
            message = f"Outside the scope of VAT the {role.replace('_', ' ')} must not have a VAT number"
            yield gap("BR-O-02", message, role.replace("_", " "), f"{role}.vat_number")


def _seller_number(document: Document, used: set[str]) -> Iterator[Finding]:
    has_vat_number = bool(document.seller.vat_number or document.tax_representative)
    strict = sorted(used & {INTRA_EU, EXPORT})
    others = sorted(used - {OUTSIDE, SPLIT_PAYMENT})
    if strict and not has_vat_number:
        message = f"Category {strict[0]} needs the seller's VAT number"
        yield gap(rule_of(strict[0], "02"), message, "seller", "seller.vat_number")
    elif others and not has_vat_number and not document.seller.tax_number:
        message = "The seller needs a VAT number or a local tax number"
        yield gap(rule_of(others[0], "02"), message, "seller", "seller.vat_number")


def _split_payment(document: Document, used: set[str]) -> Iterator[Finding]:
    """Yield what keeps a document from being Italy's split payment, which no other country has."""
    if STANDARD in used:
        message = "Split payment (B) cannot share a document with category S"
        yield gap("BR-B-02", message, "", "taxes")
    countries = {
        "seller.address.country": document.seller.address.country,
        "buyer.address.country": document.buyer.address.country,
    }
    if document.tax_representative:
        countries["tax_representative.address.country"] = document.tax_representative.address.country
    if document.delivery and document.delivery.address:
        countries["delivery.address.country"] = document.delivery.address.country
    countries |= {
        f"lines.{index}.origin_country": line.origin_country for index, line in enumerate(document.lines)
    }
    for field, country in countries.items():
        if country not in ("", "IT"):
            message = f"Split payment (B) is within Italy only; {country} is another country"
            yield gap("BR-B-01", message, field.partition(".")[0].replace("_", " "), field)
            return
