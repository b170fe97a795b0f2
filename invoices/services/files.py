"""Make the files of an invoice: for good once it is final, and to look at before."""

from datetime import datetime

from billing import printing
from billing.documents import files
from billing.documents.files import SOURCE, XML
from billing.events import names
from billing.platforms.models import Platform
from billing.printing import Drawn
from invoices.models import Invoice

from .finalize import final_document
from .summary import summary_of


def attach_papers(*, invoice_id: str, notify: bool, at: datetime) -> None:
    """Draw a final invoice and store its papers, unless that has been done."""
    invoice = Invoice.objects.with_snapshot().select_related("platform").get(pk=invoice_id)
    event = names.INVOICE_PDF_GENERATED
    printing.attach_papers(invoice, event=event, summary_of=summary_of, notify=notify, at=at)


def attach_xml(*, invoice_id: str, notify: bool, at: datetime) -> None:
    """Write a final invoice's e-invoice and store it, unless that has been done or it has none."""
    invoice = Invoice.objects.with_snapshot().select_related("platform").get(pk=invoice_id)
    event = names.INVOICE_XML_GENERATED
    printing.attach_einvoice(invoice, event=event, summary_of=summary_of, notify=notify, at=at)


def xml_kind(invoice: Invoice) -> str:
    """Return which file is an invoice's e-invoice: ours, or the one that it was imported from."""
    is_received = files.find(document=invoice, kind=SOURCE) is not None
    return SOURCE if is_received else XML


def preview(*, platform: Platform, invoice_id: str, kind: str, at: datetime) -> Drawn:
    """Return a draft as it would be printed now.

    :raises PreviewTooLong: a PDF of it would take too long.
    """
    invoices = Invoice.objects.for_platform(platform)
    invoice = invoices.select_related("platform", "billing_entity", "customer", "template").find(invoice_id)
    document = final_document(invoice, at=at)
    return printing.preview(invoice, document, kind)
