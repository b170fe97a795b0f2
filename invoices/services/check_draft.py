"""Ask what an invoice's e-invoice would be told by the rules, and change nothing."""

from datetime import datetime

from billing.documents.snapshot import Document
from billing.einvoice import gate
from billing.einvoice.findings import Report
from billing.platforms.models import Platform
from invoices.models import Invoice

from .finalize import final_document


def check_draft(*, platform: Platform, invoice_id: str, at: datetime) -> tuple[Document, Report]:
    """Return what a draft would say if it were final now, and the report on it; of a final one, its own.

    :raises NotFound: the platform has no such invoice.
    :raises EngineUnavailable: the official rules cannot be run in this process.
    """
    invoices = Invoice.objects.for_platform(platform).select_related("platform", "billing_entity", "customer")
    invoice = invoices.with_snapshot().find(invoice_id)
    document = final_document(invoice, at=at) if invoice.is_draft else invoice.snapshot
    return document, gate.dry_run(document)
