"""What follows an invoice's events. Each is one call and may run twice."""

from datetime import datetime

from billing.events.models import Event

from .services import files


def render_invoice_pdf(*, event: Event, at: datetime) -> None:
    files.attach_pdf(invoice_id=event.object_id, at=at)
