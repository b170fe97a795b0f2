"""Say yes to somebody else's draft."""

from datetime import datetime

from billing.errors import BillingError, Invalid
from billing.events import names
from billing.events.record import record
from billing.issuing import ChangedMeanwhile
from billing.platforms.models import Platform
from billing.transactions import entrance
from credit_notes.models import CreditNote

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
    :raises OwnDraftNotApproved: the approver drafted it, or was the last to change it.
    :raises ChangedMeanwhile: it is no longer what was looked at.
    """
    if not approver_id:
        raise ApproverUnknown("It is not known who asks, so it is not known who approves.")
    note = CreditNote.objects.for_platform(platform).locked().find(credit_note_id)
    require_draft(note)
    if version not in (None, note.version):
        raise ChangedMeanwhile(f"{note} has changed since you looked at it. Look again, then approve it.")
    if approver_id in (note.drafted_by, note.edited_by):
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
