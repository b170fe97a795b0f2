"""Put together what is sent of an e-invoice."""

import hashlib

from billing.documents import files
from billing.documents.files import PDF, XML
from billing.documents.models import BillingDocument, StoredFile
from billing.einvoice.profiles import PROFILES

from .conditions import receiver_of
from .models import EInvoice
from .port import NotNow, Parcel


def parcel_of(paper: BillingDocument, einvoice: EInvoice) -> Parcel:
    """Return a final paper's parcel in this round. It reads files: hold no lock.

    :raises NotNow: a file is not there yet.
    """
    document = paper.snapshot
    xml, pdf = file_of(paper, XML), file_of(paper, PDF)
    content = files.read(xml)
    return Parcel(
        message_id=message_id_of(einvoice),
        document_id=paper.pk,
        kind=document.kind,
        number=document.number,
        profile=paper.profile,
        syntax=PROFILES[paper.profile].syntax or "",
        sender=document.seller.endpoint,
        receiver=receiver_of(paper),
        email=paper.customer.email,
        xml=content,
        xml_name=xml.name,
        pdf=files.read(pdf),
        pdf_name=pdf.name,
        document=document,
        content_sha256=hashlib.sha256(content).hexdigest(),
    )


def file_of(paper: BillingDocument, kind: str) -> StoredFile:
    file = files.find(document=paper, kind=kind)
    if file is None:
        raise NotNow(f"The {kind} file of {paper} is not there yet.")
    return file


def message_id_of(einvoice: EInvoice) -> str:
    """Return the id by which the other side knows that it has a parcel already: a new one each round."""
    return f"{einvoice.pk}-{einvoice.round}"


def read_message_id(message_id: str) -> tuple[str, int]:
    """Return the e-invoice's id and the round; ("", 0) if it is no id of ours."""
    einvoice_id, _, number = message_id.rpartition("-")
    is_ours = number.isascii() and number.isdigit() and len(number) < 10
    return (einvoice_id, int(number)) if is_ours else ("", 0)
