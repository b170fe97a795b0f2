"""Document → UBL 2.1 Invoice or CreditNote.

Every field of the value is written at its place and nothing else: no sum, no default, no second opinion.
Equal documents give equal bytes. Binding of BT and BG numbers: EN 16931-3-2, Peppol BIS Billing 3.0.
"""

import base64
from collections.abc import Iterator, Mapping
from typing import cast

from lxml import etree

from billing.documents.snapshot import Attachment, Document, Note
from billing.einvoice.attachments import attachment_keys
from billing.einvoice.cash_discount import payment_terms
from billing.einvoice.profiles import PROFILES
from billing.einvoice.remarks import written_notes
from billing.einvoice.ubl.lines import line
from billing.einvoice.ubl.parties import buyer, delivery, payee, seller, tax_representative
from billing.einvoice.ubl.settlement import allowance_charge, payment_means, period, tax_totals, totals
from billing.einvoice.xml import CREDIT_NOTE, INVOICE, NAMESPACES, Part, day, group, leaf, present

NOT_AVAILABLE = "NA"
"""Stands in UBL where its schema wants an element that EN 16931 does not know."""

OBJECT, PROJECT = "130", "50"
"""Document type codes of an AdditionalDocumentReference that is no attachment."""


def serialize(
    document: Document,
    *,
    pdf: bytes | None = None,
    pdf_name: str = "",
    files: Mapping[str, bytes] | None = None,
) -> bytes:
    """Return the document as UBL 2.1, in UTF-8.

    `pdf` is embedded as one more attachment, named `pdf_name` (default: the document's number), with the
    number as its reference. `files` has the bytes of the document's own attachments, by `attachment_keys`;
    an attachment without bytes is written as a mere reference.

    A credit note has no place for a due date but beside a means of payment (UBL PaymentMeans/PaymentDueDate).

    :raises ValueError: a text has a character that XML cannot carry; `preflight.check` finds it first.
    """
    root = _root(document)
    root.extend(
        present(
            [
                *_opening(document),
                *_references(document),
                _supporting_documents(document, files or {}),
                _embedded_pdf(document, pdf, pdf_name),
                *_closing_references(document),
                *_parties(document),
                *_settlement(document),
                [line(each, document.kind, document.currency) for each in document.lines],
            ]
        )
    )
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _note(note: Note) -> str:
    """Return a note as UBL has it: with its subject code (BT-21) in front, `#AAI#text`."""
    code, text = note.subject_code.strip(), note.text.strip()
    return f"#{code}#{text}" if code else text


def _is_note(document: Document) -> bool:
    return document.kind == "credit_note"


def _root(document: Document) -> etree._Element:
    namespace, name = (CREDIT_NOTE, "CreditNote") if _is_note(document) else (INVOICE, "Invoice")
    nsmap = cast("dict[str, str]", {None: namespace, "cac": NAMESPACES["cac"], "cbc": NAMESPACES["cbc"]})
    return etree.Element(f"{{{namespace}}}{name}", nsmap=nsmap)


def _opening(document: Document) -> Iterator[Part]:
    yield leaf("cbc:CustomizationID", PROFILES[document.profile].specification)
    yield leaf("cbc:ProfileID", PROFILES[document.profile].process)
    yield leaf("cbc:ID", document.number)
    yield day("cbc:IssueDate", document.date)
    notes = [leaf("cbc:Note", _note(each)) for each in written_notes(document)]
    if _is_note(document):
        yield day("cbc:TaxPointDate", document.tax_point_date)
        yield leaf("cbc:CreditNoteTypeCode", document.type_code)
        yield notes
    else:
        yield day("cbc:DueDate", document.due_date)
        yield leaf("cbc:InvoiceTypeCode", document.type_code)
        yield notes
        yield day("cbc:TaxPointDate", document.tax_point_date)
    yield leaf("cbc:DocumentCurrencyCode", document.currency)
    yield leaf("cbc:TaxCurrencyCode", document.accounting_currency)
    yield leaf("cbc:AccountingCost", document.accounting_reference)
    yield leaf("cbc:BuyerReference", document.buyer_reference)
    yield period(document.period, document.tax_point_code)


def _references(document: Document) -> Iterator[Part]:
    order = document.purchase_order_reference
    if document.sales_order_reference:
        order = order or NOT_AVAILABLE
    yield group(
        "cac:OrderReference", leaf("cbc:ID", order), leaf("cbc:SalesOrderID", document.sales_order_reference)
    )
    for reference in document.references:
        yield group(
            "cac:BillingReference",
            group(
                "cac:InvoiceDocumentReference",
                leaf("cbc:ID", reference.number),
                day("cbc:IssueDate", reference.date),
            ),
        )
    yield _reference("cac:DespatchDocumentReference", document.despatch_advice_reference)
    yield _reference("cac:ReceiptDocumentReference", document.receiving_advice_reference)
    if not _is_note(document):
        yield _reference("cac:OriginatorDocumentReference", document.tender_reference)
    yield _reference("cac:ContractDocumentReference", document.contract_reference)


def _reference(name: str, number: str) -> Part:
    return group(name, leaf("cbc:ID", number))


def _supporting_documents(document: Document, files: Mapping[str, bytes]) -> Iterator[etree._Element | None]:
    if document.object_id is not None and document.object_id.id.strip():
        yield group(
            "cac:AdditionalDocumentReference",
            leaf("cbc:ID", document.object_id.id, schemeID=document.object_id.scheme),
            leaf("cbc:DocumentTypeCode", OBJECT),
        )
    if _is_note(document) and document.project_reference.strip():
        yield group(
            "cac:AdditionalDocumentReference",
            leaf("cbc:ID", document.project_reference),
            leaf("cbc:DocumentTypeCode", PROJECT),
        )
    for key, attachment in zip(attachment_keys(document.attachments), document.attachments, strict=True):
        yield _attachment(attachment, files.get(key))


def _attachment(attachment: Attachment, content: bytes | None) -> etree._Element | None:
    return group(
        "cac:AdditionalDocumentReference",
        leaf("cbc:ID", attachment.id),
        leaf("cbc:DocumentDescription", attachment.description),
        group(
            "cac:Attachment",
            leaf(
                "cbc:EmbeddedDocumentBinaryObject",
                base64.b64encode(content or b"").decode("ascii"),
                mimeCode=attachment.mime_type,
                filename=attachment.filename,
            ),
            group("cac:ExternalReference", leaf("cbc:URI", attachment.uri)),
        ),
    )


def _embedded_pdf(document: Document, pdf: bytes | None, name: str) -> Part:
    if not pdf:
        return None
    filename = name or f"{document.number}.pdf"
    return _attachment(Attachment(id=document.number, filename=filename, mime_type="application/pdf"), pdf)


def _closing_references(document: Document) -> Iterator[Part]:
    if _is_note(document):
        yield _reference("cac:OriginatorDocumentReference", document.tender_reference)
    else:
        yield _reference("cac:ProjectReference", document.project_reference)


def _parties(document: Document) -> Iterator[Part]:
    yield group("cac:AccountingSupplierParty", seller(document.seller, document.creditor_id))
    yield group("cac:AccountingCustomerParty", buyer(document.buyer))
    yield payee(document.payee)
    yield tax_representative(document.tax_representative)
    yield delivery(document.delivery)


def _settlement(document: Document) -> Iterator[Part]:
    due = document.due_date if _is_note(document) else None
    for index, means in enumerate(document.payment_means):
        earlier = document.payment_means[:index]
        is_said = any(each.text == means.text for each in earlier)
        yield payment_means(means, text="" if is_said else means.text, due_date=None if earlier else due)
    yield group("cac:PaymentTerms", payment_terms("cbc:Note", document.payment_terms))
    yield [allowance_charge(each, document.currency, on_line=False) for each in document.allowances_charges]
    yield from tax_totals(document)
    yield totals(document)
