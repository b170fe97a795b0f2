"""Send a final invoice by e-mail, with its PDF."""

from datetime import datetime

from django.conf import settings

from billing.documents import files
from billing.events import names
from billing.events.models import Event
from billing.events.record import record
from billing.issuing import require_recipient
from billing.paper import mail
from billing.transactions import entrance
from invoices.models import Invoice

from .files import PDF
from .summary import summary_of


def send_by_email(*, invoice_id: str, event_id: str, at: datetime) -> None:
    """Send an invoice to its customer once for each event that asks for it.

    The Message-ID is made of the event's id: should a worker die between the server's yes and our record of
    it, the second message carries the same id, by which mailboxes recognise it.

    :raises NoRecipient: the customer has lost the e-mail address meanwhile.
    """
    sent = Event.objects.filter(type=names.INVOICE_EMAILED, object_id=invoice_id, data__because_of=event_id)
    if sent.exists():
        return
    invoice = Invoice.objects.select_related("platform", "customer").with_snapshot().get(pk=invoice_id)
    require_recipient(invoice, notify=True)
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    message = mail.message(
        invoice.snapshot,
        to=[invoice.customer.email],
        pdf=files.read(files.get(document=invoice, kind=PDF)),
        message_id=f"<{event_id}@{domain}>",
        sender=settings.DEFAULT_FROM_EMAIL,
    )
    message.send()
    note_sent(invoice, event_id=event_id, to=message.to, subject=message.subject, at=at)


@entrance
def note_sent(invoice: Invoice, *, event_id: str, to: list[str], subject: str, at: datetime) -> None:
    data = {"object": summary_of(invoice), "to": to, "subject": subject, "because_of": event_id}
    record(names.INVOICE_EMAILED, platform=invoice.platform, about=invoice, at=at, data=data)
