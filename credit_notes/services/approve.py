"""Say yes to somebody else's draft."""

from datetime import datetime

from billing.access.origins import behind
from billing.errors import BillingError, Invalid
from billing.events import names
from billing.events.models import Event
from billing.events.record import record
from billing.issuing import require_seen
from billing.platforms.models import Platform
from billing.transactions import entrance
from credit_notes.models import CreditNote

from .draft import ALWAYS
from .finalize import require_draft
from .summary import summary_of


class OwnDraftNotApproved(BillingError):
    code = "own_draft_not_approved"
    title = "Nobody approves what they wrote themselves"


class AlreadyApproved(BillingError):
    code = "already_approved"
    title = "It has been approved as it stands"


class ApproverUnknown(Invalid):
    code = "approver_unknown"
    title = "An approval needs somebody who gives it"


@entrance
def approve_credit_note(
    *,
    platform: Platform,
    credit_note_id: str,
    approver_id: str,
    version: int | None = None,
    actor: str,
    at: datetime,
) -> CreditNote:
    """Let a draft be finalised. `approver_id` is the person's or key's; `version` the one that was looked at.

    :raises NoteNotDraft: it is final already.
    :raises OwnDraftNotApproved: the approver drafted it, or changed what it says. What a key does, those do
        who made it.
    :raises ChangedMeanwhile: it is no longer what was looked at.
    """
    if not approver_id:
        raise ApproverUnknown("It is not known who asks, so it is not known who approves.")
    note = CreditNote.objects.for_platform(platform).locked().find(credit_note_id)
    require_draft(note)
    require_seen(note, version)
    if behind([approver_id]) & behind(authors_of(note)):
        raise OwnDraftNotApproved(f"{actor} wrote {note}: somebody else must approve it.")
    if note.approved_at:
        raise AlreadyApproved(f"{note.approved_by_name} has approved {note}.", approved_by=note.approved_by)
    note.approved_by, note.approved_by_name, note.approved_at = approver_id, actor, at
    note.updated_at = at
    note.save()
    data = {
        "object": summary_of(note) | {"approved_by": approver_id, "approved_by_name": actor},
        "previous": {"approved_by": "", "approved_by_name": ""},
    }
    record(names.CREDIT_NOTE_APPROVED, platform=platform, about=note, actor=actor, at=at, data=data)
    return note


def authors_of(note: CreditNote) -> set[str]:
    """Return the ids of all who drafted a note or changed more of it than a remark that is not printed."""
    wrote = Event.objects.filter(
        object_id=note.pk, type__in=[names.CREDIT_NOTE_DRAFTED, names.CREDIT_NOTE_UPDATED]
    )
    return {note.drafted_by, note.edited_by} | {
        event.actor_id
        for event in wrote
        if event.type == names.CREDIT_NOTE_DRAFTED or set(event.data["previous"]) - {*ALWAYS}
    }
