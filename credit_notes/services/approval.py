"""Does a credit note need somebody else's yes before it is final, and has it got one?"""

from billing.documents.values import plain, whole
from billing.errors import BillingError
from billing.platforms.models import Platform
from credit_notes.models import CreditNote


class ApprovalRequired(BillingError):
    code = "approval_required"
    title = "Somebody else must approve a credit note of this amount first"


def needs_approval(note: CreditNote, platform: Platform) -> bool:
    """Tell whether a note's total, in its own currency, is above what a platform lets anybody finalise."""
    return platform.approval_above is not None and note.total > platform.approval_above


def require_approved(note: CreditNote, platform: Platform) -> None:
    """Refuse to finalise a note that needs an approval and has none.

    :raises ApprovalRequired: with the limit and the note's total.
    """
    if not needs_approval(note, platform) or note.approved_at:
        return
    limit, total = f"{plain(platform.approval_above):f}", f"{whole(note.total, note.currency):f}"
    raise ApprovalRequired(
        f"A credit note of {total} {note.currency} is above {limit}: somebody else than who wrote it must "
        "approve it before it is finalised.",
        limit=limit,
        requested=total,
        currency=note.currency,
    )


def forget_approval(note: CreditNote) -> None:
    """Take an approval back, because what was approved has changed. The caller saves the note."""
    note.approved_by, note.approved_by_name, note.approved_at = "", "", None
