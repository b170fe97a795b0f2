"""Read a Peppol Invoice Response: what a receiver says of a document, as a UBL ApplicationResponse."""

from dataclasses import dataclass

from lxml.etree import _Element

from billing.einvoice import untrusted
from billing.einvoice.xml import NAMESPACES
from billing.errors import Invalid

from .responses import OF_PEPPOL

ROOT = "{urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2}ApplicationResponse"
NOTES = {"381", "396", "261", "81", "83", "532"}
"""Type codes of credit notes (UNTDID 1001)."""


@dataclass(frozen=True)
class InvoiceResponse:
    """The document that was answered, by number and kind, and the answer: one of `EInvoice.Response`."""

    id: str
    number: str
    is_note: bool
    response: str
    message: str


def read_invoice_response(xml: bytes) -> InvoiceResponse:
    """Return what an Invoice Response says.

    :raises BillingError: it is not to be read as XML (see `untrusted.parse`).
    :raises Invalid: it is another document, or has no answer that Peppol knows.
    """
    root = untrusted.parse(xml)
    if root.tag != ROOT:
        raise Invalid("The XML is not a UBL ApplicationResponse.", field="")
    code = text_at(root, "cac:DocumentResponse/cac:Response/cbc:ResponseCode")
    if code not in OF_PEPPOL:
        allowed = ", ".join(OF_PEPPOL)
        raise Invalid(f"{code[:20]!r} is no answer of an Invoice Response: {allowed}.", field="ResponseCode")
    reference = "cac:DocumentResponse/cac:DocumentReference"
    number = text_at(root, f"{reference}/cbc:ID")
    if not number:
        raise Invalid(
            "The Invoice Response does not say which document it answers.", field="DocumentReference"
        )
    return InvoiceResponse(
        id=text_at(root, "cbc:ID"),
        number=number,
        is_note=text_at(root, f"{reference}/cbc:DocumentTypeCode") in NOTES,
        response=OF_PEPPOL[code],
        message=reasons_in(root),
    )


def reasons_in(root: _Element) -> str:
    """Return the clarifications and what is asked for, in one line: `REF: The order number is missing`."""
    found = []
    for status in root.iterfind("cac:DocumentResponse/cac:Response/cac:Status", NAMESPACES):
        said = [text_at(status, "cbc:StatusReasonCode"), text_at(status, "cbc:StatusReason")]
        said += [text_at(status, "cac:Condition/cbc:Description")]
        found.append(": ".join(part for part in said if part))
    return "; ".join(part for part in found if part)


def text_at(element: _Element, path: str) -> str:
    return " ".join((element.findtext(path, default="", namespaces=NAMESPACES) or "").split())
