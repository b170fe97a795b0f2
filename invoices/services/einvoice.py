"""An invoice's e-invoice on its way: sent, sent again, answered."""

from datetime import datetime

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from billing.events import names
from billing.events.models import Event
from billing.exchange import deliver, hear, send
from billing.exchange.hear import News
from billing.exchange.models import EInvoice
from billing.exchange.route import Route
from billing.money import ZERO
from billing.platforms.models import Platform
from invoices.models import Invoice

from .summary import summary_of


def credited_invoices() -> QuerySet[Invoice]:
    """Return the invoices of which nothing is left to credit, and those that stand for a reversed note."""
    note = "credit_note_references__credit_note__"
    is_live = Q(**{f"{note}status": "FINAL", f"{note}reversed_by": None})
    credited = Coalesce(Sum("credit_note_references__total", filter=is_live), ZERO)
    rows = Invoice.objects.annotate(credited=credited)
    found: QuerySet[Invoice] = rows.filter(Q(credited__gte=F("total")) | Q(reverses__isnull=False))
    return found


ROUTE = Route(
    model=Invoice,
    updated=names.INVOICE_EINVOICE_UPDATED,
    summary_of=summary_of,
    undone=credited_invoices,
)


def send_einvoice(*, platform: Platform, invoice_id: str, actor: str, at: datetime) -> EInvoice:
    """Have a final invoice's e-invoice sent for the first time.

    :raises BillingError: see `exchange.send.send_einvoice`.
    """
    return send.send_einvoice(ROUTE, platform=platform, document_id=invoice_id, actor=actor, at=at)


def resend_einvoice(*, platform: Platform, invoice_id: str, actor: str, at: datetime) -> EInvoice:
    """Have an invoice's e-invoice sent once more that failed or was skipped.

    :raises BillingError: see `exchange.send.resend_einvoice`.
    """
    return send.resend_einvoice(ROUTE, platform=platform, document_id=invoice_id, actor=actor, at=at)


def record_response(*, platform: Platform, invoice_id: str, news: News, actor: str, at: datetime) -> EInvoice:
    """Write down what a person knows of an invoice's e-invoice.

    :raises BillingError: see `exchange.hear.record_response`.
    """
    return hear.record_response(
        ROUTE, platform=platform, document_id=invoice_id, news=news, actor=actor, at=at
    )


def schedule_einvoice(*, platform: Platform, invoice_id: str, at: datetime) -> None:
    """Schedule the e-invoice of an invoice whose files are there, if its seller's are sent by themselves."""
    send.schedule_einvoice(ROUTE, platform=platform, document_id=invoice_id, at=at)


def deliver_einvoice(*, event: Event, at: datetime) -> None:
    """Deliver the e-invoice that an event says is SCHEDULED."""
    deliver.deliver_einvoice(ROUTE, event=event, at=at)
