"""What EN 16931 asks of references, of what is attached, and of who is paid."""

from collections.abc import Iterator

from billing.documents.snapshot import Document
from billing.einvoice.codes import is_known
from billing.einvoice.findings import Finding, gap
from billing.einvoice.preflight.schemes import scheme


def supporting(document: Document) -> Iterator[Finding]:
    """Yield what is wrong with references, attachments and the payee."""
    yield from scheme("", "BR-CL-07", document.object_id, "", "object_id", known="object_schemes")
    yield from _references(document)
    yield from _attachments(document)
    yield from _payee(document)


def _references(document: Document) -> Iterator[Finding]:
    met: set[str] = set()
    for index, reference in enumerate(document.references):
        number, field = reference.number.strip(), f"references.{index}"
        if not number:
            yield gap("BR-55", "An invoice is referred to without its number", "", f"{field}.number")
        elif number in met:
            message = f"Invoice {number} is referred to twice"
            yield Finding("BD-REFERENCE-TWICE", "warning", message, "", field)
        met.add(number)


def _attachments(document: Document) -> Iterator[Finding]:
    for index, each in enumerate(document.attachments):
        place, field = f"attachment {each.id or index + 1}", f"attachments.{index}"
        if not each.id.strip():
            yield gap("BR-52", "The attachment needs a reference of its own", place, f"{field}.id")
        if each.mime_type and not is_known("mime_types", each.mime_type):
            message = "An attachment must be a PDF, PNG, JPEG, CSV, XLSX or ODS file"
            yield gap("BR-CL-24", message, place, f"{field}.mime_type")
        if each.filename.strip() and not each.mime_type:
            message = "The attachment does not say what kind of file it is"
            yield gap("UBL-DT-06", message, place, f"{field}.mime_type")
        if each.mime_type and not each.filename.strip():
            yield gap("UBL-DT-07", "The attachment needs a file name", place, f"{field}.filename")


def _payee(document: Document) -> Iterator[Finding]:
    payee, seller = document.payee, document.seller
    if payee is None:
        return
    if not payee.name.strip():
        if payee.id or payee.legal_id:
            yield gap("BR-17", "Who is paid has no name", "payee", "payee.name")
    elif payee.name.strip() == seller.trading_name.strip():
        message = "Who is paid is the seller; leave the payee empty"
        yield gap("BR-17", message, "payee", "payee.name")
    elif payee.id and payee.id.id in {identifier.id for identifier in seller.ids}:
        yield gap("BR-17", "Who is paid has an identifier of the seller", "payee", "payee.id")
    yield from scheme("", "BR-CL-10", payee.id, "payee", "payee.id")
    yield from scheme("", "BR-CL-11", payee.legal_id, "payee", "payee.legal_id")
