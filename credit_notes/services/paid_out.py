"""Which notes may be paid out, and on which day that can have happened."""

from datetime import date, datetime

from billing.errors import BillingError
from credit_notes.models import CreditNote
from invoices.services.dates import require_past_day


class StoreIsNotPaidOut(BillingError):
    code = "store_is_not_paid_out"
    title = "Store credit is used on invoices and never paid out"


class DateBeforeNote(BillingError):
    code = "date_before_note"
    title = "Money cannot have been returned before the credit note was issued"


def require_paid_out(note: CreditNote) -> None:
    """Refuse a note whose credit is for invoices only."""
    if note.type == CreditNote.Type.STORE:
        raise StoreIsNotPaidOut(f"{note} is store credit: give it to an invoice.", number=note.number)


def require_day(note: CreditNote, on: date, *, at: datetime) -> None:
    """Refuse a day before the note's date, or after today.

    :raises DateBeforeNote, DateInFuture: it is one of these.
    """
    if note.date is not None and on < note.date:
        raise DateBeforeNote(
            f"{on} is before {note.date}, the date of {note}.",
            field="date",
            requested=on.isoformat(),
            limit=note.date.isoformat(),
        )
    require_past_day(on, today=note.day(at))
