"""An invoice that somebody else made → Document: UBL, CII, or a PDF with CII inside.

Size, form, kind, schema, official rules, values, sums: each step has its refusal, and only a file that passes
them all becomes a Document.
"""

from lxml import etree
from msgspec import Struct

from billing.documents.snapshot import Document
from billing.einvoice import preflight
from billing.einvoice.cii import reader as cii
from billing.einvoice.cursor import Node, Reading, name_of
from billing.einvoice.findings import Report
from billing.einvoice.hybrid import invoice_in, is_pdf
from billing.einvoice.refusals import EInvoiceInvalid, NotAnInvoice
from billing.einvoice.rules.validation import validate_tree
from billing.einvoice.ubl import reader as ubl
from billing.einvoice.untrusted import MAX_BYTES, parse
from billing.einvoice.xml import INVOICE, NAMESPACES

__all__ = ["MAX_BYTES", "ReadInvoice", "read"]

UBL_INVOICE = f"{{{INVOICE}}}Invoice"
CII_DOCUMENT = f"{{{NAMESPACES['rsm']}}}CrossIndustryInvoice"

OTHER_KINDS = {
    "{urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2}CreditNote": (
        "a UBL credit note; only invoices can be imported"
    ),
    "{urn:ferd:CrossIndustryDocument:invoice:1p0}CrossIndustryDocument": (
        "a ZUGFeRD 1 invoice, which is older than EN 16931; ask for ZUGFeRD 2 or Factur-X"
    ),
    "{urn:un:unece:uncefact:data:standard:SCRDMCCBDACIOMessageStructure:100}SCRDMCCBDACIOMessageStructure": (
        "an order (Order-X), not an invoice"
    ),
    "{http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader}StandardBusinessDocument": (
        "a Peppol envelope (SBDH); import the invoice inside it"
    ),
}

NO_INVOICES = {"minimum": "MINIMUM", "basicwl": "BASIC WL"}
"""Factur-X profiles without lines, by the end of their specification (BT-24): booking aids, not invoices."""


class ReadInvoice(Struct, frozen=True):
    """An invoice that was read.

    `xml` is what was read: the file itself, or what was inside the PDF. `attachments` has the bytes of
    embedded files, by `attachment_keys`: their BT-122, or `id (2)` where an id comes again. `ignored` lists
    what the file says beyond EN 16931, as paths with line numbers, and what else is in the PDF. `report` is
    that of the official rules; it may hold warnings.
    """

    document: Document
    attachments: dict[str, bytes]
    ignored: tuple[str, ...]
    report: Report
    xml: bytes


def read(content: bytes) -> ReadInvoice:
    """Read an EN 16931 invoice in UBL 2.1, CII, or a hybrid PDF, whoever wrote it.

    Its syntax's EN 16931 rules judge it, whatever specification it names: a German or Peppol invoice that
    breaks a rule of Germany's or Peppol's only was issued all the same, and has to be booked.

    :raises EInvoiceTooLarge: more than MAX_BYTES, or one attachment larger than XML parsers take.
    :raises EInvoiceUnreadable: not well-formed XML.
    :raises DoctypeForbidden: it has a DOCTYPE.
    :raises PdfEncrypted, PdfUnreadable, PdfWithoutInvoice, PdfWithSeveralInvoices: see `hybrid.invoice_in`.
    :raises NotAnInvoice: it is something else, which the refusal names.
    :raises EInvoiceInvalid: it breaks the schema, an official rule, or its totals do not add up.
    :raises EngineUnavailable: the official rules cannot be run in this process.
    """
    xml, beside = invoice_in(content) if is_pdf(content) else (content, ())
    root = parse(xml)
    _refuse_other_kinds(root)
    report = validate_tree(root)
    if not report.is_valid:
        raise EInvoiceInvalid.because(report.findings)
    reading = Reading(root)
    document, attachments = _document_of(reading)
    problems = (*reading.problems, *preflight.sums(document))
    if any(problem.flag == "fatal" for problem in problems):
        raise EInvoiceInvalid.because(problems)
    ignored = (*reading.ignored(), *(f"PDF/{name}" for name in beside))
    return ReadInvoice(document, attachments, ignored, report, xml)


def _document_of(reading: Reading) -> tuple[Document, dict[str, bytes]]:
    if reading.root.tag == UBL_INVOICE:
        return ubl.document_of(reading)
    return cii.document_of(reading)


def _refuse_other_kinds(root: etree._Element) -> None:
    if root.tag == UBL_INVOICE:
        return
    found = _other_cii_kind(root) if root.tag == CII_DOCUMENT else OTHER_KINDS.get(str(root.tag))
    if found is None:
        name = etree.QName(root)
        found = f"{name_of(root)} of {name.namespace or 'no namespace'}"
    if found:
        raise NotAnInvoice(f"The file is {found}.", found=str(root.tag))


def _other_cii_kind(root: etree._Element) -> str:
    """Return what a CrossIndustryInvoice is if it is no invoice, else ""."""
    node = Node(root, Reading(root))
    booking_aid = NO_INVOICES.get(node.peek(cii.SPECIFICATION).lower().rpartition(":")[2])
    if booking_aid:
        return (
            f"of Factur-X's profile {booking_aid}, which has no lines and is no invoice by EN 16931; ask for "
            "BASIC, EN 16931 or XRechnung"
        )
    if cii.kind_of(node) == "credit_note":
        return "a CII credit note; only invoices can be imported"
    return ""
