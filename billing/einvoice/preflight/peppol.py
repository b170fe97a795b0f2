"""What Peppol BIS Billing 3.0 asks beyond EN 16931, as far as a Document can break it.

Peppol's own rule file may not be redistributed; these are our words for its rules of 3.0.21 (May 2026). What
the serializer settles by itself (no empty element, constants, one currency) is not asked again.
"""

from collections.abc import Iterator

from billing.documents.snapshot import AllowanceCharge, Document, Identifier
from billing.einvoice import check_digits
from billing.einvoice.codes import ListName, is_known
from billing.einvoice.findings import Finding, gap
from billing.einvoice.preflight.cius import shared_gaps
from billing.einvoice.preflight.national import is_german, national_gaps
from billing.einvoice.preflight.sums import name_of
from billing.einvoice.preflight.tax import CATEGORY_OF_REASON

GERMANY_ONLY = ("326", "384")

RULE_OF_REASON = {
    "VATEX-EU-G": "P0104",
    "VATEX-EU-O": "P0105",
    "VATEX-EU-IC": "P0106",
    "VATEX-EU-AE": "P0107",
    "VATEX-EU-D": "P0108",
    "VATEX-EU-F": "P0109",
    "VATEX-EU-I": "P0110",
    "VATEX-EU-J": "P0111",
}
"""The rules on exemption codes that belong to one tax category."""


def peppol_gaps(document: Document) -> tuple[Finding, ...]:
    """Return what keeps a document from being sent as Peppol BIS Billing 3.0; all of it is fatal there."""
    return tuple(finding for finding in peppol(document) if finding.flag == "fatal")


def peppol(document: Document) -> tuple[Finding, ...]:
    """Return what keeps a document from Peppol, and what its rules warn of."""
    return (
        *_head(document),
        *_endpoints(document),
        *_identifiers(document),
        *shared_gaps(document),
        *_codes(document),
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
    known = (document.buyer_reference, document.purchase_order_reference, document.sales_order_reference)
    if not any(reference.strip() for reference in known):
        message = "Peppol asks for the buyer's reference or the number of the purchase order"
        yield _gap("R003", message, "", "buyer_reference")
    for field, currency in (
        ("currency", document.currency),
        ("accounting_currency", document.accounting_currency),
    ):
        if currency and not is_known("peppol_currencies", currency):
            yield _gap("CL007", f"Peppol has no currency {currency}", "", field)


def _endpoints(document: Document) -> Iterator[Finding]:
    for role, endpoint in (("seller", document.seller.endpoint), ("buyer", document.buyer.endpoint)):
        if endpoint and endpoint.id.strip() and not is_known("peppol_endpoint_schemes", endpoint.scheme):
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


def _codes(document: Document) -> Iterator[Finding]:
    for index, group in enumerate(document.taxes):
        code = group.exemption_code.strip().upper()
        category = CATEGORY_OF_REASON.get(code, group.category)
        if category != group.category:
            message = f"The exemption code {code} belongs to category {category}"
            yield _gap(RULE_OF_REASON[code], message, name_of(group), f"taxes.{index}.exemption_code")
    for field, each in _allowances_charges(document):
        codes: ListName = "charge_reasons" if each.is_charge else "allowance_reasons"
        if each.reason_code and not is_known(codes, each.reason_code):
            rule, word = ("CL003", "charge") if each.is_charge else ("CL002", "allowance")
            message = f"{each.reason_code} is no code for the reason of the {word}"
            yield _gap(rule, message, "", f"{field}.reason_code")
    for index, attachment in enumerate(document.attachments):
        if attachment.mime_type and not is_known("mime_types", attachment.mime_type):
            message = "An attachment must be a PDF, PNG, JPEG, CSV, XLSX or ODS file"
            yield _gap("CL001", message, f"attachment {attachment.id}", f"attachments.{index}.mime_type")


def _allowances_charges(document: Document) -> Iterator[tuple[str, AllowanceCharge]]:
    for index, each in enumerate(document.allowances_charges):
        yield f"allowances_charges.{index}", each
    for place, line in enumerate(document.lines):
        for index, each in enumerate(line.allowances_charges):
            yield f"lines.{place}.allowances_charges.{index}", each


def _gap(rule: str, message: str, place: str, field: str) -> Finding:
    return gap(f"PEPPOL-EN16931-{rule}", message, place, field)
