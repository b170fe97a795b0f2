"""UN/CEFACT Cross Industry Invoice → Document, with nothing dropped silently.

All releases from D16B to D22B share one namespace; what is beyond EN 16931 in any of them is told as ignored.
Binding of BT and BG numbers: EN 16931-3-3, Factur-X 1.09.
"""

import base64
from typing import Any

from billing.documents.snapshot import Attachment, Document, Kind, Note, Reference
from billing.einvoice.attachments import attachment_keys
from billing.einvoice.cii import read_parties, read_settlement
from billing.einvoice.cii.read_lines import line, object_id
from billing.einvoice.cii.read_words import day
from billing.einvoice.cii.writer import PROJECT, SUPPORTING, TENDER
from billing.einvoice.codes import is_known
from billing.einvoice.cursor import Node, Reading
from billing.einvoice.profiles import EN16931
from billing.einvoice.read_profile import with_deserved_profile

CONTEXT = "rsm:ExchangedDocumentContext"
SPECIFICATION = f"{CONTEXT}/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID"
PROCESS = f"{CONTEXT}/ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID"
TRANSACTION = "rsm:SupplyChainTradeTransaction"


def kind_of(root: Node) -> Kind:
    """Tell an invoice from a credit note by its type code (BT-3)."""
    code = root.peek("rsm:ExchangedDocument/ram:TypeCode")
    return "credit_note" if is_known("credit_note_types", code) else "invoice"


def document_of(reading: Reading) -> tuple[Document, dict[str, bytes]]:
    """Return the Document that a valid CrossIndustryInvoice says, and the bytes of its attachments."""
    root = Node(reading.root, reading)
    transaction = root.required(TRANSACTION)
    agreement = transaction.required("ram:ApplicableHeaderTradeAgreement")
    delivery = transaction.required("ram:ApplicableHeaderTradeDelivery")
    settlement = transaction.required("ram:ApplicableHeaderTradeSettlement")
    currency = settlement.text("ram:InvoiceCurrencyCode")
    attachments, files = _attachments(agreement)
    document = Document(
        kind=kind_of(root),
        profile=EN16931,
        seller=read_parties.seller(agreement.required("ram:SellerTradeParty")),
        buyer=read_parties.buyer(agreement.required("ram:BuyerTradeParty")),
        tax_representative=read_parties.tax_representative(
            agreement.one("ram:SellerTaxRepresentativeTradeParty")
        ),
        delivery=read_parties.delivery(delivery),
        lines=tuple(line(each, currency) for each in transaction.all("ram:IncludedSupplyChainTradeLineItem")),
        attachments=attachments,
        **_header(root.required("rsm:ExchangedDocument")),
        **_references(agreement, delivery),
        **_settlement(settlement, currency),
    )
    return with_deserved_profile(document, root, specification=SPECIFICATION, process=PROCESS), files


def _header(node: Node) -> dict[str, Any]:
    notes = [
        Note(each.text("ram:Content"), each.text("ram:SubjectCode"))
        for each in node.candidates("ram:IncludedNote")
        if each.peek("ram:Content") and each.take()
    ]
    return {
        "type_code": node.text("ram:TypeCode"),
        "number": node.text("ram:ID"),
        "date": day(node, "ram:IssueDateTime"),
        "notes": tuple(notes),
    }


def _references(agreement: Node, delivery: Node) -> dict[str, Any]:
    number = "ram:IssuerAssignedID"
    if agreement.peek("ram:SpecifiedProcuringProject/ram:Name") == PROJECT:
        agreement.text("ram:SpecifiedProcuringProject/ram:Name")
    return {
        "buyer_reference": agreement.text("ram:BuyerReference"),
        "project_reference": agreement.text("ram:SpecifiedProcuringProject/ram:ID"),
        "contract_reference": agreement.text(f"ram:ContractReferencedDocument/{number}"),
        "purchase_order_reference": agreement.text(f"ram:BuyerOrderReferencedDocument/{number}"),
        "sales_order_reference": agreement.text(f"ram:SellerOrderReferencedDocument/{number}"),
        "receiving_advice_reference": delivery.text(f"ram:ReceivingAdviceReferencedDocument/{number}"),
        "despatch_advice_reference": delivery.text(f"ram:DespatchAdviceReferencedDocument/{number}"),
        "tender_reference": _tender(agreement),
        "object_id": object_id(agreement),
    }


def _tender(agreement: Node) -> str:
    for each in agreement.candidates("ram:AdditionalReferencedDocument"):
        if each.peek("ram:TypeCode") == TENDER:
            each.take().text("ram:TypeCode")
            return each.text("ram:IssuerAssignedID")
    return ""


def _attachments(agreement: Node) -> tuple[tuple[Attachment, ...], dict[str, bytes]]:
    found, contents = [], []
    for each in agreement.candidates("ram:AdditionalReferencedDocument"):
        if each.peek("ram:TypeCode") != SUPPORTING:
            continue
        each.take().text("ram:TypeCode")
        embedded = each.one("ram:AttachmentBinaryObject")
        found.append(
            Attachment(
                id=each.text("ram:IssuerAssignedID"),
                description=each.text("ram:Name"),
                uri=each.text("ram:URIID"),
                filename=embedded.attribute("filename") if embedded else "",
                mime_type=embedded.attribute("mimeCode") if embedded else "",
            )
        )
        contents.append(base64.b64decode(embedded.own_text) if embedded else b"")
    keys = attachment_keys(found)
    return tuple(found), {key: bytes_ for key, bytes_ in zip(keys, contents, strict=True) if bytes_}


def _settlement(node: Node, currency: str) -> dict[str, Any]:
    accounting_currency = node.text("ram:TaxCurrencyCode")
    if accounting_currency == currency:
        accounting_currency = ""
    tax_point_date, tax_point_code = read_settlement.tax_point(node)
    terms = read_settlement.TERMS
    return {
        "currency": currency,
        "accounting_currency": accounting_currency,
        "tax_point_date": tax_point_date,
        "tax_point_code": tax_point_code,
        "due_date": day(node, f"{terms}/ram:DueDateDateTime"),
        "payment_terms": node.text(f"{terms}/ram:Description"),
        "payee": read_parties.payee(node.one("ram:PayeeTradeParty")),
        "creditor_id": node.text("ram:CreditorReferenceID"),
        "payment_means": read_settlement.all_payment_means(node),
        "period": read_settlement.period(node.one("ram:BillingSpecifiedPeriod")),
        "accounting_reference": node.text("ram:ReceivableSpecifiedTradeAccountingAccount/ram:ID"),
        "references": tuple(
            Reference(
                number=each.text("ram:IssuerAssignedID"),
                date=day(each, "ram:FormattedIssueDateTime", "qdt:DateTimeString"),
            )
            for each in node.all("ram:InvoiceReferencedDocument")
        ),
        "allowances_charges": tuple(
            read_settlement.allowance_charge(each, currency, on_line=False)
            for each in node.all("ram:SpecifiedTradeAllowanceCharge")
        ),
        "taxes": tuple(
            read_settlement.tax_group(each, currency) for each in node.all("ram:ApplicableTradeTax")
        ),
        "totals": read_settlement.totals(node, currency, accounting_currency),
    }
