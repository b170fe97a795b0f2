"""Refuse to use a credit note that is not issued, or does not count: a draft, a void one, a reversed one."""

from billing.errors import BillingError
from credit_notes.models import CreditNote


class NoteNotFinal(BillingError):
    code = "note_not_final"
    title = "Only a final credit note can be used, sent, voided or reversed"


class AlreadyVoided(BillingError):
    code = "already_voided"
    title = "The credit note is void"


class AlreadyReversed(BillingError):
    code = "already_reversed"
    title = "The credit note has been reversed by an invoice"


def require_issued(note: CreditNote) -> None:
    """Refuse a draft, and a note that was taken back as if it had not been issued.

    :raises NoteNotFinal, AlreadyVoided: facts say since when.
    """
    if note.is_draft:
        raise NoteNotFinal(f"{note} is a draft: finalise it first, or edit or delete it.")
    if note.status == CreditNote.Status.VOID:
        voided_at = note.voided_at.isoformat() if note.voided_at else None
        raise AlreadyVoided(f"{note} is void.", number=note.number, voided_at=voided_at)


def require_live(note: CreditNote) -> None:
    """Refuse a note that does not count. Hold its lock if you mean to act on it.

    :raises NoteNotFinal, AlreadyVoided, AlreadyReversed: it does not; facts say since when, and by what.
    """
    require_issued(note)
    if note.reversed_by is not None:
        raise AlreadyReversed(
            f"{note} was reversed by invoice {note.reversed_by}.",
            number=note.number,
            invoice={"id": note.reversed_by.pk, "number": note.reversed_by.number},
        )
