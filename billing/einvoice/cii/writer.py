"""Document → UN/CEFACT Cross Industry Invoice, in the subset of Factur-X 1.09 EN 16931 (D16B and D22B alike).

Every field of the value that EN 16931 knows is written at its place and nothing else: no sum, no default, no
second opinion. Equal documents give equal bytes. One root serves invoices and credit notes; the type code
(BT-3) tells them apart. Binding of BT and BG numbers: EN 16931-3-3, Factur-X 1.09.

CII has a price discount (BT-147) only beside a gross price; where a Document says none, the price and the
discount are added up, which is what the norm means by BT-148. Of a party's identifiers those without a scheme
come first.

What a Document may say and this syntax has no place for (`unwritten` names it):

* a price with VAT, a buyer's local tax number and legal form, and that a reference is to a credit note:
  EN 16931 has none of them, UBL drops them too;
* the holder of a card (BT-88) without the card's number;
* a second remittance text (BT-83) or mandate (BT-89): CII has one of each for all means of payment.

Language and logo are the paper's alone.
"""

import base64
from collections.abc import Iterator, Mapping

from lxml import etree

from billing.documents.snapshot import Attachment, Document, Note, Reference
from billing.einvoice.attachments import attachment_keys
from billing.einvoice.cash_discount import payment_terms
from billing.einvoice.cii.lines import OBJECT, line
from billing.einvoice.cii.parties import buyer, payee, seller, ship_to, tax_representative
from billing.einvoice.cii.settlement import allowance_charge, payment_means, period, tax_groups, totals
from billing.einvoice.cii.words import moment
from billing.einvoice.profiles import PROFILES
from billing.einvoice.remarks import written_notes
from billing.einvoice.xml import NAMESPACES, Part, element, group, leaf, present, qualified

ROOT = "rsm:CrossIndustryInvoice"

SUPPORTING, TENDER = "916", "50"
"""Type codes of an additional document: one that supports the invoice (BG-24), the tender or lot (BT-17)."""

PROJECT = "Project reference"
"""Stands in CII where its schema wants a project's name, which EN 16931 does not know."""


def serialize(
    document: Document,
    *,
    pdf: bytes | None = None,
    pdf_name: str = "",
    files: Mapping[str, bytes] | None = None,
) -> bytes:
    """Return the document as CII, in UTF-8.

    `pdf` is embedded as one more attachment, named `pdf_name` (default: the document's number), with the
    number as its reference. `files` has the bytes of the document's own attachments, by `attachment_keys`;
    an attachment without bytes is written as a mere reference.

    :raises ValueError: a text has a character that XML cannot carry; `preflight.check` finds it first.
    """
    root = etree.Element(
        qualified(ROOT), nsmap={prefix: NAMESPACES[prefix] for prefix in ("rsm", "ram", "qdt", "udt")}
    )
    root.extend(
        present(
            [
                _context(document),
                _header(document),
                group(
                    "rsm:SupplyChainTradeTransaction",
                    [line(each, document.currency) for each in document.lines],
                    _agreement(document, pdf, pdf_name, files or {}),
                    _delivery(document),
                    _settlement(document),
                ),
            ]
        )
    )
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def unwritten(document: Document) -> tuple[str, ...]:
    """Return the paths of what a document says and CII has no place for (`lines.0.tax_inclusive_price`)."""
    return tuple(_unwritten(document))


def _context(document: Document) -> Part:
    profile = PROFILES[document.profile]
    return group(
        "rsm:ExchangedDocumentContext",
        group("ram:BusinessProcessSpecifiedDocumentContextParameter", leaf("ram:ID", profile.process)),
        group("ram:GuidelineSpecifiedDocumentContextParameter", leaf("ram:ID", profile.specification)),
    )


def _header(document: Document) -> Part:
    return group(
        "rsm:ExchangedDocument",
        leaf("ram:ID", document.number),
        leaf("ram:TypeCode", document.type_code),
        moment("ram:IssueDateTime", document.date),
        [_note(each) for each in written_notes(document)],
    )


def _note(note: Note) -> etree._Element | None:
    if not note.text.strip():
        return None
    return group(
        "ram:IncludedNote", leaf("ram:Content", note.text), leaf("ram:SubjectCode", note.subject_code)
    )


def _agreement(
    document: Document, pdf: bytes | None, pdf_name: str, files: Mapping[str, bytes]
) -> etree._Element | None:
    return group(
        "ram:ApplicableHeaderTradeAgreement",
        leaf("ram:BuyerReference", document.buyer_reference),
        seller(document.seller),
        buyer(document.buyer),
        tax_representative(document.tax_representative),
        _reference("ram:SellerOrderReferencedDocument", document.sales_order_reference),
        _reference("ram:BuyerOrderReferencedDocument", document.purchase_order_reference),
        _reference("ram:ContractReferencedDocument", document.contract_reference),
        _supporting_documents(document, files),
        _embedded_pdf(document, pdf, pdf_name),
        _object_and_tender(document),
        _project(document.project_reference),
    )


def _reference(name: str, number: str) -> Part:
    return group(name, leaf("ram:IssuerAssignedID", number))


def _supporting_documents(document: Document, files: Mapping[str, bytes]) -> Iterator[etree._Element | None]:
    for key, attachment in zip(attachment_keys(document.attachments), document.attachments, strict=True):
        yield _attachment(attachment, files.get(key))


def _attachment(attachment: Attachment, content: bytes | None) -> etree._Element | None:
    return group(
        "ram:AdditionalReferencedDocument",
        leaf("ram:IssuerAssignedID", attachment.id),
        leaf("ram:URIID", attachment.uri),
        leaf("ram:TypeCode", SUPPORTING),
        leaf("ram:Name", attachment.description),
        leaf(
            "ram:AttachmentBinaryObject",
            base64.b64encode(content or b"").decode("ascii"),
            mimeCode=attachment.mime_type,
            filename=attachment.filename,
        ),
    )


def _embedded_pdf(document: Document, pdf: bytes | None, name: str) -> Part:
    if not pdf:
        return None
    filename = name or f"{document.number}.pdf"
    return _attachment(Attachment(id=document.number, filename=filename, mime_type="application/pdf"), pdf)


def _object_and_tender(document: Document) -> Iterator[etree._Element | None]:
    if document.object_id is not None and document.object_id.id.strip():
        yield group(
            "ram:AdditionalReferencedDocument",
            leaf("ram:IssuerAssignedID", document.object_id.id),
            leaf("ram:TypeCode", OBJECT),
            leaf("ram:ReferenceTypeCode", document.object_id.scheme),
        )
    if document.tender_reference.strip():
        yield group(
            "ram:AdditionalReferencedDocument",
            leaf("ram:IssuerAssignedID", document.tender_reference),
            leaf("ram:TypeCode", TENDER),
        )


def _project(number: str) -> Part:
    if not number.strip():
        return None
    return group("ram:SpecifiedProcuringProject", leaf("ram:ID", number), leaf("ram:Name", PROJECT))


def _delivery(document: Document) -> etree._Element:
    """Return the one element that the schema wants even if it is empty."""
    where = document.delivery
    made = group(
        "ram:ApplicableHeaderTradeDelivery",
        ship_to(where),
        group(
            "ram:ActualDeliverySupplyChainEvent",
            moment("ram:OccurrenceDateTime", where.date if where else None),
        ),
        _reference("ram:DespatchAdviceReferencedDocument", document.despatch_advice_reference),
        _reference("ram:ReceivingAdviceReferencedDocument", document.receiving_advice_reference),
    )
    return element("ram:ApplicableHeaderTradeDelivery") if made is None else made


def _settlement(document: Document) -> etree._Element | None:
    means, currency = document.payment_means, document.currency
    return group(
        "ram:ApplicableHeaderTradeSettlement",
        leaf("ram:CreditorReferenceID", document.creditor_id),
        leaf("ram:PaymentReference", _first(each.remittance for each in means)),
        leaf("ram:TaxCurrencyCode", document.accounting_currency),
        leaf("ram:InvoiceCurrencyCode", currency),
        payee(document.payee),
        [payment_means(each) for each in means],
        tax_groups(document),
        period(document.period),
        [allowance_charge(each, currency, on_line=False) for each in document.allowances_charges],
        group(
            "ram:SpecifiedTradePaymentTerms",
            payment_terms("ram:Description", document.payment_terms),
            moment("ram:DueDateDateTime", document.due_date),
            leaf("ram:DirectDebitMandateID", _first(each.mandate for each in means)),
        ),
        totals(document),
        [_preceding(each) for each in document.references],
        group("ram:ReceivableSpecifiedTradeAccountingAccount", leaf("ram:ID", document.accounting_reference)),
    )


def _preceding(reference: Reference) -> etree._Element | None:
    return group(
        "ram:InvoiceReferencedDocument",
        leaf("ram:IssuerAssignedID", reference.number),
        moment("ram:FormattedIssueDateTime", reference.date, "qdt:DateTimeString"),
    )


def _first(texts: Iterator[str]) -> str:
    return next((text for text in texts if text.strip()), "")


def _unwritten(document: Document) -> Iterator[str]:
    for name in ("tax_number", "legal_info"):
        if getattr(document.buyer, name).strip():
            yield f"buyer.{name}"
    for index, reference in enumerate(document.references):
        if reference.kind != "invoice":
            yield f"references.{index}.kind"
    yield from _unwritten_of_payment(document)
    for index, each in enumerate(document.lines):
        if each.tax_inclusive_price is not None:
            yield f"lines.{index}.tax_inclusive_price"


def _unwritten_of_payment(document: Document) -> Iterator[str]:
    means = document.payment_means
    remittance, mandate = _first(each.remittance for each in means), _first(each.mandate for each in means)
    for index, each in enumerate(means):
        if each.remittance.strip() not in ("", remittance.strip()):
            yield f"payment_means.{index}.remittance"
        if each.card_holder.strip() and not each.card_number.strip():
            yield f"payment_means.{index}.card_holder"
        if each.mandate.strip() not in ("", mandate.strip()):
            yield f"payment_means.{index}.mandate"
