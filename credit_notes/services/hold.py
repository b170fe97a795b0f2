"""Keep a draft from being finalised automatically, and let it go again. A person may finalise it even so."""

from datetime import datetime

from billing.events import names
from billing.events.record import record
from billing.platforms.models import Platform
from billing.transactions import entrance, step
from credit_notes.models import CreditNote
from invoices.services.hold import AlreadyOnHold, NotOnHold

from .finalize import require_draft
from .summary import summary_of


@entrance
def hold_credit_note(*, platform: Platform, credit_note_id: str, actor: str, at: datetime) -> CreditNote:
    """Put a draft on hold.

    :raises NoteNotDraft: it is final.
    :raises AlreadyOnHold: it is on hold.
    """
    note = CreditNote.objects.for_platform(platform).select_related("platform").locked().find(credit_note_id)
    require_draft(note)
    if note.on_hold:
        raise AlreadyOnHold(f"{note} is on hold already.")
    hold_locked(note, actor=actor, at=at)
    return note


@step
def hold_locked(note: CreditNote, *, actor: str, at: datetime, **why: object) -> None:
    """Do it. The caller holds the note, a draft that is not on hold; `why` goes into the event."""
    note.on_hold = True
    note.version += 1
    note.updated_at = at
    note.save()
    data = {"object": summary_of(note) | {"on_hold": True}, "previous": {"on_hold": False}, **why}
    record(names.CREDIT_NOTE_HELD, platform=note.platform, about=note, actor=actor, at=at, data=data)


@entrance
def release_credit_note(*, platform: Platform, credit_note_id: str, actor: str, at: datetime) -> CreditNote:
    """Take a draft off hold. The time until it is finalised automatically begins anew.

    :raises NoteNotDraft: it is final.
    :raises NotOnHold: it is not on hold.
    """
    note = CreditNote.objects.for_platform(platform).locked().find(credit_note_id)
    require_draft(note)
    if not note.on_hold:
        raise NotOnHold(f"{note} is not on hold.")
    note.on_hold = False
    note.released_at = at
    note.version += 1
    note.updated_at = at
    note.save()
    data = {"object": summary_of(note) | {"on_hold": False}, "previous": {"on_hold": True}}
    record(names.CREDIT_NOTE_RELEASED, platform=platform, about=note, actor=actor, at=at, data=data)
    return note
