"""What stands in the way of voiding a note: a message that left, money that is elsewhere."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from billing.errors import BillingError
from billing.events.models import Reaction
from billing.exchange.route import einvoice_of
from credit_notes.models import CreditNote, Refund
from invoices.models import Invoice
from invoices.settlement import total

from .limits import money_of, plain


class EInvoiceAlreadySent(BillingError):
    code = "einvoice_already_sent"
    title = "The credit note has left the house and cannot be voided"


class HasRefunds(BillingError):
    code = "has_refunds"
    title = "Money of the credit note has been refunded, or is on its way"


class HasTaxWithheldRefunds(BillingError):
    code = "has_tax_withheld_refunds"
    title = "Withheld tax has been returned from the credit note"


class HasAllocations(BillingError):
    code = "has_allocations"
    title = "Credit of the credit note has gone to other invoices"


def what_hinders_voiding(
    note: CreditNote, invoices: Sequence[Invoice], *, at: datetime
) -> BillingError | None:
    """Return the refusal to void a live note, or nothing. The caller holds the note and its own invoices.

    What cannot be undone comes first: an e-mail, an e-invoice, then a refund.
    """
    return (
        refusal_for_messages(note, at=at)
        or refusal_for_einvoice(note)
        or refusal_for_refunds(note)
        or refusal_for_withheld(note)
        or refusal_for_allocations(note, invoices)
    )


def refusal_for_messages(note: CreditNote, *, at: datetime) -> BillingError | None:
    sent = [
        {"id": message.pk, "to": message.to, "sent_at": message.sent_at.isoformat()}
        for message in note.messages.all()
    ]
    if sent:
        to = ", ".join(sent[0]["to"])
        return EInvoiceAlreadySent(f"{note} was e-mailed to {to}. Reverse it instead.", messages=sent)
    if is_being_sent(note, at=at):
        why = f"{note} is being e-mailed at this moment. Wait until it is known whether it went out."
        return EInvoiceAlreadySent(why, messages=[])
    return None


def refusal_for_einvoice(note: CreditNote) -> BillingError | None:
    """Refuse where the receiver may have the e-invoice; one that is scheduled stays at home instead."""
    einvoice = einvoice_of(note.pk)
    if einvoice is None or not einvoice.may_have_left:
        return None
    why = f"The e-invoice of {note} is {einvoice.status}: its receiver may have it. Reverse the note instead."
    return EInvoiceAlreadySent(why, einvoice={"id": einvoice.pk, "status": einvoice.status})


def is_being_sent(note: CreditNote, *, at: datetime) -> bool:
    """Tell whether a worker has the note's e-mail in hand. Before sending, it looks at the note once more."""
    asked = Reaction.objects.filter(event__object_id=note.pk, event__data__notify=True)
    return asked.pending().filter(name__startswith="email_credit_note", leased_until__gt=at).exists()


def refusal_for_refunds(note: CreditNote) -> BillingError | None:
    rows = list(note.refunds.exclude(status=Refund.Status.FAILED))
    if not rows:
        return None
    why = f"{money_of(note)(total(rows))} of {note} has been refunded. Reverse it instead."
    if any(row.status == Refund.Status.PENDING for row in rows):
        why = f"A refund of {note} is still pending. Wait until it has succeeded or failed."
    refunds = [
        {"id": row.pk, "amount": plain(note, row.amount), "status": row.status, "method": row.method}
        for row in rows
    ]
    return HasRefunds(why, refunds=refunds)


def refusal_for_withheld(note: CreditNote) -> BillingError | None:
    rows = list(note.tax_withheld_refunds.filter(reverses=None, reversed_by=None))
    if not rows:
        return None
    returned = [
        {"id": row.pk, "amount": plain(note, row.amount), "date": row.date.isoformat()} for row in rows
    ]
    why = f"{money_of(note)(total(rows))} of withheld tax was returned from {note}. Remove that return first."
    return HasTaxWithheldRefunds(why, tax_withheld_refunds=returned)


def refusal_for_allocations(note: CreditNote, invoices: Sequence[Invoice]) -> BillingError | None:
    rows = list(live_legs(note).exclude(invoice__in=invoices).select_related("invoice"))
    if not rows:
        return None
    given = [
        {
            "id": row.pk,
            "amount": plain(note, row.amount),
            "invoice": {"id": row.invoice_id, "number": row.invoice.number},
        }
        for row in rows
    ]
    where = ", ".join(dict.fromkeys(row.invoice.number for row in rows))
    why = f"{money_of(note)(total(rows))} of {note} was given to {where}. Take that back first."
    return HasAllocations(why, allocations=given)


def live_legs(note: CreditNote) -> Any:
    """Return the note's allocations that have not been taken back, oldest first."""
    return note.allocations.filter(reverses=None, reversed_by=None).order_by("pk")
