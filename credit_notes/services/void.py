"""Take a final note back as if it had not been issued. Its number stays used; its paper says it is void."""

from datetime import datetime
from typing import Any

from billing.errors import Invalid
from billing.events import names
from billing.events.record import record
from billing.platforms.models import Platform
from billing.transactions import entrance
from credit_notes.models import LONGEST_NOTE, CreditNote
from invoices.models import Invoice

from .allocate import settle
from .available import change_of
from .einvoice import stay_at_home
from .hindrances import live_legs, what_hinders_voiding
from .live import require_live
from .summary import summary_of


class ReasonMissing(Invalid):
    code = "reason_required"
    title = "Voiding or reversing a credit note needs a reason"


@entrance
def void_credit_note(
    *, platform: Platform, credit_note_id: str, reason: str, actor: str, at: datetime
) -> CreditNote:
    """Void a final note whose money has gone nowhere but to the invoices it corrects: they owe it again.

    :raises ReasonMissing: no reason is given.
    :raises NoteNotFinal, AlreadyVoided, AlreadyReversed: it does not count.
    :raises EInvoiceAlreadySent: it was e-mailed, or is being e-mailed now, or its e-invoice may have left.
    :raises HasRefunds, HasTaxWithheldRefunds, HasAllocations: its money is elsewhere; the rows are named.
    """
    reason = stated(reason)
    seen = CreditNote.objects.for_platform(platform).find(credit_note_id)
    invoices = list(own_invoices(seen).locked())
    note = CreditNote.objects.for_platform(platform).select_related("platform").locked().find(credit_note_id)
    require_live(note)
    hindrance = what_hinders_voiding(note, invoices, at=at)
    if hindrance is not None:
        raise hindrance
    before = summary_of(note)
    held = {invoice.pk: invoice for invoice in invoices}
    for leg in live_legs(note).filter(invoice__in=invoices):
        settle(note, held[leg.invoice_id], -leg.amount, reverses=leg, actor=actor, at=at)
    note.void(reason=reason, at=at)
    note.version += 1
    note.updated_at = at
    note.save()
    data = change_of(note, before) | {"reason": reason}
    record(names.CREDIT_NOTE_VOIDED, platform=platform, about=note, actor=actor, at=at, data=data)
    stay_at_home(note, actor=actor, at=at)
    return note


def stated(reason: str) -> str:
    """Return a reason without blanks around it.

    :raises ReasonMissing: nothing is left of it, or it is too long to be kept.
    """
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_NOTE or "\0" in reason:
        raise ReasonMissing(f"Say why, in at most {LONGEST_NOTE} characters.", field="reason")
    return reason


def own_invoices(note: CreditNote) -> Any:
    """Return the invoices that a note corrects. Lock them before the note."""
    own = note.references.values("invoice_id")
    return Invoice.objects.for_platform(note.platform).filter(pk__in=own).order_by("pk")
