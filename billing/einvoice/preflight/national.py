"""Peppol's rules for sellers of one country, as far as they are fatal and a Document can break them.

Peppol BIS Billing 3.0.21, in our words: Denmark, Germany (between two Germans), Iceland, Italy, the
Netherlands, Norway, Sweden. The Greek rules (MARK, six-part numbers, myDATA) are not supported: a Greek
seller is told so.
"""

import re
from collections.abc import Iterator

from billing.documents.snapshot import Address, Document, Identifier, Party
from billing.einvoice.check_digits import looks_right
from billing.einvoice.findings import Finding, gap
from billing.einvoice.preflight.denmark import danish
from billing.einvoice.preflight.germany import german, in_peppol

Gaps = Iterator[Finding]

DUTCH_MEANS = ("30", "48", "49", "57", "58", "59")
DUTCH_SCHEMES = ("0106", "0190")
ICELANDIC_SCHEME = "0196"
ICELANDIC_ACCOUNT = 12
SWEDISH_RATES = (6, 12, 25)
F_SKATT = "GODKÄND FÖR F-SKATT"


def national_gaps(document: Document) -> tuple[Finding, ...]:
    """Return what the rules of the seller's country ask for and the document has not."""
    address, tax = document.seller.address.country, tax_country(document)
    rules = [each for country, each in BY_ADDRESS.items() if country == address]
    rules += [each for country, each in BY_TAX_COUNTRY.items() if country == tax]
    found = [finding for each in rules for finding in each(document)]
    return (*found, *(german(document, in_peppol) if is_german(document) else ()))


def is_german(document: Document) -> bool:
    """Tell whether seller and buyer both have an address in Germany."""
    return document.seller.address.country == document.buyer.address.country == "DE"


def tax_country(document: Document) -> str:
    """Return the seller's country by its VAT number, its tax representative's, or its address."""
    representative = document.tax_representative.vat_number if document.tax_representative else ""
    number = document.seller.vat_number or representative
    return (number[:2] or document.seller.address.country).upper()


def whole_address(rule: str, address: Address, role: str, field: str) -> Gaps:
    """Yield that an address lacks street, city or postal code."""
    if not (address.line1 and address.city and address.postal_code):
        yield gap(rule, f"The address of the {role} needs street, city and postal code", role, field)


def _dutch(document: Document) -> Gaps:
    seller, buyer, is_note = document.seller, document.buyer, document.kind == "credit_note"
    if is_note and not document.references:
        yield gap("NL-R-001", "A Dutch credit note must name the invoice it corrects", "", "references")
    yield from whole_address("NL-R-002", seller.address, "seller", "seller.address")
    yield from _dutch_legal_id("NL-R-003", seller, "seller")
    if document.tax_representative and document.tax_representative.address.country == "NL":
        address = document.tax_representative.address
        yield from whole_address("NL-R-006", address, "tax representative", "tax_representative.address")
    owed = -document.totals.payable_amount if is_note else document.totals.payable_amount
    if owed > 0 and not document.payment_means:
        yield gap("NL-R-007", "A Dutch seller must say how it is to be paid", "payment", "payment_means")
    for index, line in enumerate(document.lines):
        if line.order_line and not (document.purchase_order_reference or document.sales_order_reference):
            message = "A line names an order line, so the document must name the order"
            yield gap("NL-R-009", message, f"line {index + 1}", "purchase_order_reference")
    if buyer.address.country == "NL":
        yield from whole_address("NL-R-004", buyer.address, "buyer", "buyer.address")
        yield from _dutch_legal_id("NL-R-005", buyer, "buyer")
        yield from _dutch_means(document)


def _dutch_legal_id(rule: str, party: Party, role: str) -> Gaps:
    if party.legal_id and party.legal_id.scheme not in DUTCH_SCHEMES:
        message = f"The registration number of the {role} must be a KVK (scheme 0106) or OIN (0190) number"
        yield gap(rule, message, role, f"{role}.legal_id.scheme")


def _dutch_means(document: Document) -> Gaps:
    for index, means in enumerate(document.payment_means):
        if means.code not in DUTCH_MEANS:
            message = f"Within the Netherlands the means of payment is one of {', '.join(DUTCH_MEANS)}"
            yield gap("NL-R-008", message, "payment", f"payment_means.{index}.code")


def _icelandic(document: Document) -> Gaps:
    seller, buyer = document.seller, document.buyer
    yield from _kennitala("IS-R-002", seller.legal_id, "seller")
    yield from _street_and_code("IS-R-003", seller.address, "seller")
    for index, means in enumerate(document.payment_means):
        rule = {"9": "IS-R-006", "42": "IS-R-007"}.get(means.code)
        if rule and len(means.account.strip()) != ICELANDIC_ACCOUNT:
            message = f"An Icelandic account number has {ICELANDIC_ACCOUNT} characters"
            yield gap(rule, message, "payment", f"payment_means.{index}.account")
    if any(attachment.description == "EINDAGI" for attachment in document.attachments):
        yield gap("IS-R-008", "Icelandic final due dates (EINDAGI) are not supported", "", "attachments")
    if buyer.address.country == "IS":
        yield from _kennitala("IS-R-004", buyer.legal_id, "buyer")
        yield from _street_and_code("IS-R-005", buyer.address, "buyer")


def _kennitala(rule: str, legal_id: Identifier | None, role: str) -> Gaps:
    if legal_id is None or legal_id.scheme != ICELANDIC_SCHEME:
        message = f"The {role} needs its kennitala as registration number, under scheme {ICELANDIC_SCHEME}"
        yield gap(rule, message, role, f"{role}.legal_id")


def _street_and_code(rule: str, address: Address, role: str) -> Gaps:
    if not (address.line1 and address.postal_code):
        yield gap(rule, f"The address of the {role} needs street and postal code", role, f"{role}.address")


def _italian(document: Document) -> Gaps:
    seller = document.seller
    if seller.tax_number and not re.fullmatch(r"[A-Z0-9]{11,16}", seller.tax_number):
        message = "An Italian tax number has 11 to 16 capital letters and digits"
        yield gap("IT-R-001", message, "seller", "seller.tax_number")
    for rule, field, words in (
        ("IT-R-002", "line1", "street"),
        ("IT-R-003", "city", "city"),
        ("IT-R-004", "postal_code", "postal code"),
    ):
        if not getattr(seller.address, field):
            message = f"The address of an Italian seller needs a {words}"
            yield gap(rule, message, "seller", f"seller.address.{field}")


def _norwegian(document: Document) -> Gaps:
    number = document.seller.vat_number
    is_right = re.fullmatch(r"NO\d{9}MVA", number) and looks_right(number[2:11], "0192")
    if number.startswith("NO") and not is_right:
        message = "A Norwegian VAT number is NO, a valid organisation number of 9 digits, and MVA"
        yield gap("NO-R-001", message, "seller", "seller.vat_number")


def _swedish(document: Document) -> Gaps:
    seller = document.seller
    has_vat_number = seller.vat_number.startswith("SE")
    if has_vat_number and not re.fullmatch(r"SE\d{12}", seller.vat_number):
        yield gap("SE-R-001", "A Swedish VAT number is SE and 12 digits", "seller", "seller.vat_number")
    if seller.legal_id and not looks_right(seller.legal_id.id, "0007"):
        message = "A Swedish organisation number has 10 digits, the last of them a check digit"
        yield gap("SE-R-013", message, "seller", "seller.legal_id.id")
    if seller.legal_id and seller.tax_number and seller.tax_number.strip().upper() != F_SKATT:
        message = "The local tax number of a Swedish seller must say “Godkänd för F-skatt”"
        yield gap("SE-R-005", message, "seller", "seller.tax_number")
    if has_vat_number:
        yield from _swedish_rates(document)


def _swedish_rates(document: Document) -> Gaps:
    for index, group in enumerate(document.taxes):
        if group.category == "S" and group.rate not in SWEDISH_RATES:
            message = "The Swedish standard rates are 6, 12 and 25 %"
            yield gap("SE-R-006", message, f"VAT group {index + 1}", f"taxes.{index}.rate")


def _greek(document: Document) -> Gaps:
    message = "The Greek rules of Peppol (MARK, number in six parts) are not supported yet"
    yield gap("GR-R-001-1", message, "seller", "profile")


BY_ADDRESS = {"DK": danish, "IS": _icelandic, "NL": _dutch, "SE": _swedish}
BY_TAX_COUNTRY = {"IT": _italian, "NO": _norwegian, "GR": _greek, "EL": _greek}
"""The rules differ in what they take for the seller's country."""
