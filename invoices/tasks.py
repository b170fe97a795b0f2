"""What follows an invoice's events. Each is one call and may run twice."""

from datetime import datetime

from billing.events.models import Event

from .services import einvoice, files, send


def render_invoice_pdf(*, event: Event, at: datetime) -> None:
    files.attach_papers(invoice_id=event.object_id, notify=event.data.get("notify", False), at=at)


def write_invoice_xml(*, event: Event, at: datetime) -> None:
    files.attach_xml(invoice_id=event.object_id, notify=False, at=at)


def schedule_invoice_einvoice(*, event: Event, at: datetime) -> None:
    einvoice.schedule_einvoice(platform=event.platform, invoice_id=event.object_id, at=at)


def send_invoice_einvoice(*, event: Event, at: datetime) -> None:
    einvoice.deliver_einvoice(event=event, at=at)


def email_invoice(*, event: Event, at: datetime) -> None:
    if event.data.get("notify", False):
        send.send_by_email(invoice_id=event.object_id, event=event, at=at)
