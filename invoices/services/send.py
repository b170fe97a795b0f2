"""Send a final invoice by e-mail, with its PDF."""

from collections.abc import Sequence
from datetime import datetime

from billing import mailing
from billing.documents.files import PDF
from billing.errors import BillingError
from billing.events import names
from billing.events.models import Event
from billing.mailing import Message, Post
from billing.platforms.models import Platform
from billing.transactions import entrance
from invoices.models import Invoice

from .summary import summary_of

POST = Post(
    model=Invoice,
    requested=names.INVOICE_EMAIL_REQUESTED,
    sent=names.INVOICE_EMAILED,
    failed=names.INVOICE_EMAIL_FAILED,
    enclosed=(PDF,),
    summary_of=summary_of,
)


class InvoiceNotIssued(BillingError):
    code = "invoice_not_issued"
    title = "Only a final invoice is sent"


def require_final(invoice: Invoice) -> None:
    """Refuse a draft.

    :raises InvoiceNotIssued: it is one.
    """
    if invoice.is_draft:
        raise InvoiceNotIssued(f"{invoice} is a draft: finalise it first.", invoice_status=invoice.status)


@entrance
def request_email(
    *,
    platform: Platform,
    invoice_id: str,
    to: Sequence[str] = (),
    cc: Sequence[str] = (),
    subject: str = "",
    message: str = "",
    actor: str,
    at: datetime,
) -> Message:
    """Have a final invoice e-mailed, by default to its customer and in the usual words.

    :raises InvoiceNotIssued: it is a draft.
    :raises BillingError: see `mailing.ask`.
    """
    invoices = Invoice.objects.for_platform(platform).select_related("platform", "customer")
    invoice = invoices.with_snapshot().locked().find(invoice_id)
    require_final(invoice)
    return mailing.ask(
        POST, invoice, platform=platform, to=to, cc=cc, subject=subject, message=message, actor=actor, at=at
    )


def send_by_email(*, invoice_id: str, event: Event, at: datetime) -> None:
    """Send an invoice once for each event that asks for it."""
    mailing.deliver(POST, paper_id=invoice_id, event=event, at=at)
