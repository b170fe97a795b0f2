"""What Peppol BIS Billing 3.0 asks beyond EN 16931, as far as a Document can break it.

Peppol's own rule file may not be redistributed; these are our words for its rules of 3.0.21 (May 2026). What
the serializer settles by itself (no empty element, constants, one currency) is not asked again.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from billing.documents.snapshot import AllowanceCharge, Document, Identifier, Line
from billing.einvoice import check_digits
from billing.einvoice.codes import ListName, is_known
from billing.einvoice.findings import Finding, gap
from billing.einvoice.preflight.national import is_german, national_gaps
from billing.einvoice.preflight.sums import name_of
from billing.money import HUNDRED, ZERO

TWO_CENTS = Decimal("0.02")
DIRECT_DEBIT = ("49", "59")
GERMANY_ONLY = ("326", "384")

CATEGORY_OF_REASON = {
    "VATEX-EU-G": ("P0104", "G"),
    "VATEX-EU-O": ("P0105", "O"),
    "VATEX-EU-IC": ("P0106", "K"),
    "VATEX-EU-AE": ("P0107", "AE"),
    "VATEX-EU-D": ("P0108", "E"),
    "VATEX-EU-F": ("P0109", "E"),
    "VATEX-EU-I": ("P0110", "E"),
    "VATEX-EU-J": ("P0111", "E"),
}
"""Exemption codes that belong to one tax category, and the rule that says so."""


def peppol_gaps(document: Document) -> tuple[Finding, ...]:
    """Return what keeps a document from being sent as Peppol BIS Billing 3.0; all of it is fatal there."""
    return (
        *_head(document),
        *_endpoints(document),
        *_identifiers(document),
        *_money(document),
        *_payment(document),
        *_lines(document),
        *national_gaps(document),
    )


def _head(document: Document) -> Iterator[Finding]:
    is_note = document.kind == "credit_note"
    types: ListName = "peppol_credit_note_types" if is_note else "peppol_invoice_types"
    if not is_known(types, document.type_code):
        rule = "P0101" if is_note else "P0100"
        yield _gap(rule, f"Peppol has no type code {document.type_code} for such a document", "", "type_code")
    if document.type_code in GERMANY_ONLY and not is_german(document):
        yield _gap("P0112", f"Type code {document.type_code} is used within Germany only", "", "type_code")
    if len(document.notes) > 1 and not is_german(document):
        yield _gap("R002", "Peppol takes one note only; put them together", "", "notes")
    if not (document.buyer_reference or document.purchase_order_reference or document.sales_order_reference):
        message = "Peppol asks for the buyer's reference or the number of the purchase order"
        yield _gap("R003", message, "", "buyer_reference")
    for field, currency in (
        ("currency", document.currency),
        ("accounting_currency", document.accounting_currency),
    ):
        if currency and not is_known("peppol_currencies", currency):
            yield _gap("CL007", f"Peppol has no currency {currency}", "", field)


def _endpoints(document: Document) -> Iterator[Finding]:
    for role, rule, endpoint in (
        ("seller", "R020", document.seller.endpoint),
        ("buyer", "R010", document.buyer.endpoint),
    ):
        if endpoint is None or not endpoint.id.strip():
            yield _gap(rule, f"The {role} has no electronic address to send to", role, f"{role}.endpoint")
        elif not is_known("peppol_endpoint_schemes", endpoint.scheme):
            scheme = endpoint.scheme or "(none)"
            message = f"The scheme {scheme} of the electronic address is not one that Peppol can deliver to"
            yield _gap("CL008", message, role, f"{role}.endpoint.scheme")


def _identifiers(document: Document) -> Iterator[Finding]:
    for role, field, identifier in _party_identifiers(document):
        if identifier and not check_digits.looks_right(identifier.id, identifier.scheme):
            message = f"{identifier.id} is not {check_digits.shape_of(identifier.scheme)}"
            yield Finding(check_digits.rule_of(identifier.scheme), "fatal", message, role, field)


def _party_identifiers(document: Document) -> Iterator[tuple[str, str, Identifier | None]]:
    for role, party in (("seller", document.seller), ("buyer", document.buyer)):
        yield role, f"{role}.endpoint.id", party.endpoint
        yield role, f"{role}.legal_id.id", party.legal_id
        for index, identifier in enumerate(party.ids):
            yield role, f"{role}.ids.{index}.id", identifier
    if document.payee:
        yield "payee", "payee.id.id", document.payee.id
        yield "payee", "payee.legal_id.id", document.payee.legal_id


def _money(document: Document) -> Iterator[Finding]:
    accounting = document.totals.accounting_tax_total
    if document.accounting_currency == document.currency:
        message = "The accounting currency is the document's own; leave it empty"
        yield _gap("R005", message, "", "accounting_currency")
    elif accounting is not None and accounting * document.totals.tax_total < 0:
        message = "The VAT total in the accounting currency has another sign than the VAT total"
        yield _gap("R055", message, "totals", "totals.accounting_tax_total")
    for index, each in enumerate(document.allowances_charges):
        yield from _allowance_charge(each, f"allowances_charges.{index}", "")
    for index, group in enumerate(document.taxes):
        rule, category = CATEGORY_OF_REASON.get(group.exemption_code.upper(), ("", group.category))
        if category != group.category:
            message = f"The exemption code {group.exemption_code} belongs to category {category}"
            yield _gap(rule, message, name_of(group), f"taxes.{index}.exemption_code")


def _allowance_charge(each: AllowanceCharge, field: str, place: str) -> Iterator[Finding]:
    word = "charge" if each.is_charge else "allowance"
    place = place or f"{word} {each.reason or int(field.rpartition('.')[2]) + 1}"
    base, percent = each.base_amount, each.percent
    if percent is not None and base is None:
        message = f"A percentage needs the amount that the {word} is taken of"
        yield _gap("R041", message, place, f"{field}.base_amount")
    elif percent is None and base is not None:
        yield _gap("R042", f"With a base amount the {word} needs its percentage", place, f"{field}.percent")
    elif percent and base and abs(each.amount - base * percent / HUNDRED) > TWO_CENTS:
        yield _gap("R040", f"The {word} is not its percentage of its base amount", place, f"{field}.amount")
    codes: ListName = "charge_reasons" if each.is_charge else "allowance_reasons"
    if each.reason_code and not is_known(codes, each.reason_code):
        rule = "CL003" if each.is_charge else "CL002"
        yield _gap(
            rule, f"{each.reason_code} is not a reason code of a {word}", place, f"{field}.reason_code"
        )


def _payment(document: Document) -> Iterator[Finding]:
    for index, means in enumerate(document.payment_means):
        if means.code in DIRECT_DEBIT and not means.mandate.strip():
            message = "A direct debit needs the reference of its mandate"
            yield _gap("R061", message, "payment", f"payment_means.{index}.mandate")
    for index, attachment in enumerate(document.attachments):
        if attachment.mime_type and not is_known("mime_types", attachment.mime_type):
            message = "An attachment must be a PDF, PNG, JPEG, CSV, XLSX or ODS file"
            yield _gap("CL001", message, f"attachment {attachment.id}", f"attachments.{index}.mime_type")


def _lines(document: Document) -> Iterator[Finding]:
    for index, line in enumerate(document.lines):
        place, field = f"line {index + 1}", f"lines.{index}"
        yield from _net_amount(line, place, field)
        yield from _base_quantity(line, place, field)
        yield from _line_period(document, line, place, field)
        for number, each in enumerate(line.allowances_charges):
            yield from _allowance_charge(each, f"{field}.allowances_charges.{number}", place)


def _net_amount(line: Line, place: str, field: str) -> Iterator[Finding]:
    extra = sum(((each.amount if each.is_charge else -each.amount) for each in line.allowances_charges), ZERO)
    expected = line.quantity * line.unit_price / (line.base_quantity or 1) + extra
    if abs(line.net_amount - expected) > TWO_CENTS:
        shown = expected.quantize(TWO_CENTS)
        message = f"Quantity times price comes to {shown}, but the line says {line.net_amount:f}"
        yield _gap("R120", message, place, f"{field}.net_amount")
    if line.gross_price is not None and line.unit_price != line.gross_price - (line.price_discount or ZERO):
        yield _gap("R046", "The price is not the gross price less its discount", place, f"{field}.unit_price")


def _base_quantity(line: Line, place: str, field: str) -> Iterator[Finding]:
    if line.base_quantity is not None and line.base_quantity <= 0:
        message = "The quantity that the price is for must be more than 0"
        yield _gap("R121", message, place, f"{field}.base_quantity")
    if line.base_quantity is not None and line.base_quantity_unit not in ("", line.unit):
        message = "The quantity that the price is for must have the line's own unit"
        yield _gap("R130", message, place, f"{field}.base_quantity_unit")


def _line_period(document: Document, line: Line, place: str, field: str) -> Iterator[Finding]:
    whole, own = document.period, line.period
    if whole is None or own is None:
        return
    if _is_before(own.start, whole.start):
        yield _gap("R110", "The line's period starts before the document's", place, f"{field}.period.start")
    if _is_before(whole.end, own.end):
        yield _gap("R111", "The line's period ends after the document's", place, f"{field}.period.end")


def _is_before(one: date | None, other: date | None) -> bool:
    return one is not None and other is not None and one < other


def _gap(rule: str, message: str, place: str, field: str) -> Finding:
    return gap(f"PEPPOL-EN16931-{rule}", message, place, field)
