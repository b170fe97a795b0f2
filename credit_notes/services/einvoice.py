"""A credit note's e-invoice on its way: sent, sent again, answered."""

from datetime import datetime

from django.db.models import QuerySet

from billing.events import names
from billing.events.models import Event
from billing.exchange import deliver, hear, send
from billing.exchange.hear import News
from billing.exchange.models import EInvoice
from billing.exchange.route import Route
from billing.platforms.models import Platform
from billing.transactions import step
from credit_notes.models import CreditNote

from .summary import summary_of


def reversed_notes() -> QuerySet[CreditNote]:
    """Return the notes that an invoice has taken back."""
    notes: QuerySet[CreditNote] = CreditNote.objects.filter(reversed_by__isnull=False)
    return notes


ROUTE = Route(
    model=CreditNote,
    updated=names.CREDIT_NOTE_EINVOICE_UPDATED,
    summary_of=summary_of,
    undone=reversed_notes,
)


def send_einvoice(*, platform: Platform, credit_note_id: str, actor: str, at: datetime) -> EInvoice:
    """Have a final note's e-invoice sent for the first time.

    :raises BillingError: see `exchange.send.send_einvoice`.
    """
    return send.send_einvoice(ROUTE, platform=platform, document_id=credit_note_id, actor=actor, at=at)


def resend_einvoice(*, platform: Platform, credit_note_id: str, actor: str, at: datetime) -> EInvoice:
    """Have a note's e-invoice sent once more that failed or was skipped.

    :raises BillingError: see `exchange.send.resend_einvoice`.
    """
    return send.resend_einvoice(ROUTE, platform=platform, document_id=credit_note_id, actor=actor, at=at)


def record_response(
    *, platform: Platform, credit_note_id: str, news: News, actor: str, at: datetime
) -> EInvoice:
    """Write down what a person knows of a note's e-invoice.

    :raises BillingError: see `exchange.hear.record_response`.
    """
    return hear.record_response(
        ROUTE, platform=platform, document_id=credit_note_id, news=news, actor=actor, at=at
    )


def schedule_einvoice(*, platform: Platform, credit_note_id: str, at: datetime) -> None:
    """Schedule the e-invoice of a note whose files are there, if its seller's are sent by themselves."""
    send.schedule_einvoice(ROUTE, platform=platform, document_id=credit_note_id, at=at)


def deliver_einvoice(*, event: Event, at: datetime) -> None:
    """Deliver the e-invoice that an event says is SCHEDULED."""
    deliver.deliver_einvoice(ROUTE, event=event, at=at)


@step
def stay_at_home(note: CreditNote, *, actor: str, at: datetime) -> None:
    """Skip the e-invoice of a note that is being voided, if it has not left. The caller holds the note."""
    send.skip_einvoice_of_void(ROUTE, note, actor=actor, at=at)
