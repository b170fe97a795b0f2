"""Draw an invoice's PDF."""

from datetime import datetime

from billing.documents import files
from billing.events import names
from billing.events.record import record
from billing.paper import render_pdf
from billing.transactions import entrance
from invoices.models import Invoice

from .summary import summary_of

PDF, PDF_TYPE = "pdf", "application/pdf"


def attach_pdf(*, invoice_id: str, notify: bool, at: datetime) -> None:
    """Draw a final invoice's PDF and store it, unless that has been done."""
    invoice = Invoice.objects.select_related("platform").get(pk=invoice_id)
    if files.find(document=invoice, kind=PDF):
        return
    content = render_pdf(invoice.snapshot, logo=files.read_key(invoice.logo) if invoice.logo else None)
    name = f"{files.safe_name(invoice.number)}.{PDF}"
    key = files.upload(
        platform=invoice.platform, owner=invoice.pk, name=name, content=content, content_type=PDF_TYPE
    )
    keep(invoice, key=key, content=content, notify=notify, at=at)


@entrance
def keep(invoice: Invoice, *, key: str, content: bytes, notify: bool, at: datetime) -> None:
    stored, is_new = files.keep(
        document=invoice, kind=PDF, key=key, content=content, content_type=PDF_TYPE, at=at
    )
    if is_new:
        data = {
            "object": summary_of(invoice),
            "file": {"kind": PDF, "name": stored.name, "sha256": stored.sha256, "size": stored.size},
            "notify": notify,
        }
        record(names.INVOICE_PDF_GENERATED, platform=invoice.platform, about=invoice, at=at, data=data)
