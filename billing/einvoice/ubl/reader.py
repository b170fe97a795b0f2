"""UBL 2.1 → Document, with nothing dropped silently."""

import base64
import re
from typing import Any

from billing.documents.snapshot import Attachment, Document, Identifier, Kind, Note, Reference
from billing.einvoice.attachments import attachment_keys
from billing.einvoice.cursor import Node, Reading
from billing.einvoice.profiles import EN16931
from billing.einvoice.read_profile import with_deserved_profile
from billing.einvoice.ubl import read_parties, read_settlement
from billing.einvoice.ubl.read_lines import line
from billing.einvoice.ubl.writer import NOT_AVAILABLE, OBJECT, PROJECT
from billing.einvoice.xml import INVOICE

SPECIFICATION, PROCESS = "cbc:CustomizationID", "cbc:ProfileID"

SUBJECT = re.compile(r"#([A-Z]{3})#(.*\S.*)", re.DOTALL)
"""A note with its subject code (BT-21), as UBL writes the two in one."""


def document_of(reading: Reading) -> tuple[Document, dict[str, bytes]]:
    """Return the Document that a valid UBL Invoice or CreditNote says, and the bytes of its attachments.

    A credit note's project reference (BT-11) and due date (BT-9) have places of their own.
    """
    root = Node(reading.root, reading)
    kind: Kind = "invoice" if reading.root.tag == f"{{{INVOICE}}}Invoice" else "credit_note"
    currency = root.text("cbc:DocumentCurrencyCode")
    accounting_currency = root.text("cbc:TaxCurrencyCode")
    if accounting_currency == currency:
        accounting_currency = ""
    attachments, files = _attachments(root)
    tax_total = read_settlement.tax_total(root, currency)
    lines, quantity = ("cac:InvoiceLine", "cbc:InvoicedQuantity")
    if kind == "credit_note":
        lines, quantity = ("cac:CreditNoteLine", "cbc:CreditedQuantity")
    document = Document(
        kind=kind,
        profile=EN16931,
        currency=currency,
        accounting_currency=accounting_currency,
        payment_means=read_settlement.all_payment_means(root),
        allowances_charges=tuple(
            read_settlement.allowance_charge(each, currency, on_line=False)
            for each in root.all("cac:AllowanceCharge")
        ),
        taxes=read_settlement.tax_groups(tax_total, currency),
        totals=read_settlement.totals(root, currency, accounting_currency),
        lines=tuple(line(each, quantity, currency) for each in root.all(lines)),
        attachments=attachments,
        **_opening(root, kind),
        **_references(root, kind),
        **_parties(root),
    )
    return with_deserved_profile(document, root, specification=SPECIFICATION, process=PROCESS), files


def _opening(root: Node, kind: Kind) -> dict[str, Any]:
    is_note = kind == "credit_note"
    period = root.one("cac:InvoicePeriod")
    return {
        "type_code": root.text("cbc:CreditNoteTypeCode" if is_note else "cbc:InvoiceTypeCode"),
        "number": root.text("cbc:ID"),
        "date": root.day("cbc:IssueDate"),
        "due_date": root.day("cac:PaymentMeans/cbc:PaymentDueDate" if is_note else "cbc:DueDate"),
        "tax_point_date": root.day("cbc:TaxPointDate"),
        "tax_point_code": period.text("cbc:DescriptionCode") if period else "",
        "period": read_settlement.period(period),
        "notes": tuple(_note(each.own_text) for each in root.all("cbc:Note") if each.own_text),
        "buyer_reference": root.text("cbc:BuyerReference"),
        "accounting_reference": root.text("cbc:AccountingCost"),
        "payment_terms": root.text("cac:PaymentTerms/cbc:Note"),
    }


def _note(text: str) -> Note:
    coded = SUBJECT.fullmatch(text)
    return Note(text=coded[2].strip(), subject_code=coded[1]) if coded else Note(text=text)


def _references(root: Node, kind: Kind) -> dict[str, Any]:
    order, sales_order = (
        root.text("cac:OrderReference/cbc:ID"),
        root.text("cac:OrderReference/cbc:SalesOrderID"),
    )
    is_placeholder = bool(sales_order) and order == NOT_AVAILABLE
    preceding = [each.one("cac:InvoiceDocumentReference") for each in root.all("cac:BillingReference")]
    return {
        "purchase_order_reference": "" if is_placeholder else order,
        "sales_order_reference": sales_order,
        "contract_reference": root.text("cac:ContractDocumentReference/cbc:ID"),
        "receiving_advice_reference": root.text("cac:ReceiptDocumentReference/cbc:ID"),
        "despatch_advice_reference": root.text("cac:DespatchDocumentReference/cbc:ID"),
        "tender_reference": root.text("cac:OriginatorDocumentReference/cbc:ID"),
        "project_reference": _project(root)
        if kind == "credit_note"
        else root.text("cac:ProjectReference/cbc:ID"),
        "object_id": _object(root),
        "references": tuple(
            Reference(number=each.text("cbc:ID"), date=each.day("cbc:IssueDate"))
            for each in preceding
            if each
        ),
    }


def _project(root: Node) -> str:
    reference = _supporting_document(root, PROJECT)
    return reference.text("cbc:ID") if reference else ""


def _object(root: Node) -> Identifier | None:
    reference = _supporting_document(root, OBJECT)
    return reference.identifier("cbc:ID") if reference else None


def _supporting_document(root: Node, type_code: str) -> Node | None:
    for each in root.candidates("cac:AdditionalDocumentReference"):
        if each.peek("cbc:DocumentTypeCode") == type_code:
            each.take().text("cbc:DocumentTypeCode")
            return each
    return None


def _attachments(root: Node) -> tuple[tuple[Attachment, ...], dict[str, bytes]]:
    found, contents = [], []
    for each in root.candidates("cac:AdditionalDocumentReference"):
        if each.peek("cbc:DocumentTypeCode") in (OBJECT, PROJECT):
            continue
        embedded = each.take().one("cac:Attachment/cbc:EmbeddedDocumentBinaryObject")
        found.append(
            Attachment(
                id=each.text("cbc:ID"),
                description=each.text("cbc:DocumentDescription"),
                uri=each.text("cac:Attachment/cac:ExternalReference/cbc:URI"),
                filename=embedded.attribute("filename") if embedded else "",
                mime_type=embedded.attribute("mimeCode") if embedded else "",
            )
        )
        contents.append(base64.b64decode(embedded.own_text) if embedded else b"")
    keys = attachment_keys(found)
    return tuple(found), {key: bytes_ for key, bytes_ in zip(keys, contents, strict=True) if bytes_}


def _parties(root: Node) -> dict[str, Any]:
    seller = root.required("cac:AccountingSupplierParty/cac:Party")
    buyer = root.required("cac:AccountingCustomerParty/cac:Party")
    payee = root.one("cac:PayeeParty")
    return {
        "seller": read_parties.seller(seller),
        "buyer": read_parties.buyer(buyer),
        "payee": read_parties.payee(payee),
        "creditor_id": read_parties.creditor_id(seller, payee),
        "tax_representative": read_parties.tax_representative(root.one("cac:TaxRepresentativeParty")),
        "delivery": read_parties.delivery(root.one("cac:Delivery")),
    }
