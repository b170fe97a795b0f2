"""Change a draft, or throw it away."""

from datetime import datetime
from typing import Any

from billing.events import names
from billing.events.record import record
from billing.platforms.models import Platform
from billing.transactions import entrance
from credit_notes.models import CreditNote

from .finalize import NoteNotDraft, require_draft
from .summary import summary_of

EDITABLE = ("note", "reason_code", "internal_comment")


@entrance
def update_draft(
    *, platform: Platform, credit_note_id: str, changes: dict[str, Any], actor: str, at: datetime
) -> CreditNote:
    """Change a draft's note, reason code or internal comment; of a final note only the internal comment.

    :raises NoteNotDraft: it is final, and something printed was to change.
    """
    note = CreditNote.objects.for_platform(platform).locked().find(credit_note_id)
    assert set(changes) <= set(EDITABLE)
    previous = {name: getattr(note, name) for name, value in changes.items() if getattr(note, name) != value}
    if not previous:
        return note
    if not note.is_draft and set(previous) != {"internal_comment"}:
        raise NoteNotDraft(
            f"{note} is {note.status}: only its internal comment can change.", number=note.number
        )
    for name in previous:
        setattr(note, name, changes[name])
    note.version += 1
    note.updated_at = at
    note.save()
    data = {
        "object": summary_of(note) | {name: changes[name] for name in previous},
        "previous": previous,
    }
    record(names.CREDIT_NOTE_UPDATED, platform=platform, about=note, actor=actor, at=at, data=data)
    return note


@entrance
def delete_draft(*, platform: Platform, credit_note_id: str, actor: str, at: datetime) -> None:
    """Delete a draft. Its events stay.

    :raises NoteNotDraft: it is final; void or reverse it instead.
    """
    note = CreditNote.objects.for_platform(platform).locked().find(credit_note_id)
    require_draft(note)
    data = {"object": summary_of(note)}
    record(names.CREDIT_NOTE_DELETED, platform=platform, about=note, actor=actor, at=at, data=data)
    note.delete()
