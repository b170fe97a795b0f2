"""Undo a note that can no longer be voided: a new invoice takes its amounts back."""

from collections.abc import Sequence
from datetime import datetime

from billing.documents.snapshot import Document
from billing.errors import BillingError
from billing.events import names
from billing.events.record import record
from billing.ids import new_id
from billing.issuing import checked
from billing.money import ZERO
from billing.platforms.models import Platform
from billing.transactions import entrance, step
from credit_notes.models import CreditNote, Refund
from credit_notes.reversal import reversal
from invoices.composition import account_of
from invoices.models import Invoice
from invoices.services.draft import create_draft
from invoices.services.finalize import finalize_locked

from .allocate import give
from .available import change_of
from .hindrances import what_hinders_voiding
from .live import require_live
from .summary import summary_of
from .void import own_invoices, stated


class HasPendingRefunds(BillingError):
    code = "has_pending_refunds"
    title = "A refund of the credit note is still on its way"


class VoidInstead(BillingError):
    code = "void_instead"
    title = "The credit note can still be voided"


@entrance
def reverse_credit_note(
    *, platform: Platform, credit_note_id: str, reason: str, actor: str, at: datetime
) -> Invoice:
    """Return a final invoice over the amounts of a note. The note stays, and no longer counts.

    What the note still has available clears the invoice at once.

    :raises ReasonMissing: no reason is given.
    :raises NoteNotFinal, AlreadyVoided, AlreadyReversed: it does not count.
    :raises HasPendingRefunds: it is not known yet where its money will be.
    :raises VoidInstead: nothing hinders voiding it.
    :raises EInvoiceInvalid: the invoice would break a rule of its e-invoice; no number is used.
    """
    reason = stated(reason)
    notes = CreditNote.objects.for_platform(platform).select_related("platform", "billing_entity")
    seen = notes.with_snapshot().find(credit_note_id)
    require_reversible(seen, own_invoices(seen), at=at)
    invoice = Invoice(id=new_id("inv"))
    document = reversal(
        seen.snapshot,
        original_of(seen),
        number=invoice.display_number,
        on=seen.day(at),
        reason=reason,
        payment_means=account_of(seen.billing_entity),
    )
    report = checked(document)

    invoices = list(own_invoices(seen).locked())
    note = notes.locked().find(credit_note_id)
    require_reversible(note, invoices, at=at)
    invoice = create_draft(
        invoice_id=invoice.pk,
        billing_entity=note.billing_entity,
        customer_id=note.customer_id,
        document=document,
        number="",
        exchange_rate=note.exchange_rate,
        time_zone=note.time_zone,
        at=at,
    )
    finalize_locked(invoice, document, report, notify=False, actor=actor, at=at)
    take_over_credit(note, invoice, reason=reason, actor=actor, at=at)
    return invoice


def require_reversible(note: CreditNote, invoices: Sequence[Invoice], *, at: datetime) -> None:
    """Refuse a note that does not count, whose refunds are under way, or that can be voided."""
    require_live(note)
    pending = note.refunds.filter(status=Refund.Status.PENDING)
    if pending:
        refunds = [{"id": row.pk, "status": row.status} for row in pending]
        why = f"A refund of {note} is still pending. Wait until it has succeeded or failed."
        raise HasPendingRefunds(why, refunds=refunds)
    if what_hinders_voiding(note, invoices, at=at) is None:
        raise VoidInstead(f"{note} has not left the house and its money is not elsewhere: void it.")


def original_of(note: CreditNote) -> Document | None:
    """Return what the first invoice that a note corrects says, if it corrects one that is here."""
    reference = note.references.select_related("invoice").first()
    return reference.invoice.snapshot if reference and reference.invoice else None


@step
def take_over_credit(note: CreditNote, invoice: Invoice, *, reason: str, actor: str, at: datetime) -> None:
    """Let the invoice stand for the note, and have what the note has left. The caller holds the note."""
    before = summary_of(note)
    left = note.left
    if left > ZERO:
        give(note, invoice, left, actor=actor, at=at)
    note.reversed_by, note.reversed_at = invoice, at
    note.version += 1
    note.updated_at = at
    note.save()
    change = change_of(note, before)
    data = {
        "object": change["object"] | {"reversed_by": {"id": invoice.pk, "number": invoice.number}},
        "previous": change["previous"] | {"reversed_by": None},
        "reason": reason,
    }
    record(names.CREDIT_NOTE_REVERSED, platform=note.platform, about=note, actor=actor, at=at, data=data)
