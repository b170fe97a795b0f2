"""Replace all that a draft says."""

from datetime import datetime
from typing import Any

from billing.platforms.models import Platform
from billing.transactions import entrance
from credit_notes.models import CreditNote
from credit_notes.selection import Selection
from credit_notes.wish import blank
from invoices.parts import LinesNeeded

from .draft import ALWAYS, update_draft

KEPT = ("number", "series")
"""What stays unless another is given."""
KEPT_FROM_CLIENTS = (*ALWAYS, "custom_fields", "date", "time_zone")
"""What stays when a client rewrites a note: clients do not write it."""


@entrance
def rewrite_draft(
    *,
    platform: Platform,
    credit_note_id: str,
    says: dict[str, Any],
    version: int | None = None,
    actor: str,
    at: datetime,
) -> CreditNote:
    """Let a draft say what `says` has, by the names of `Wish`, and of the rest what a new note would.

    Its invoices, its number and its series stay unless others are given; without a selection it takes all
    that is left. Of a final note this replaces the internal comment and the metadata. What clients do not
    write stays as it is when a client asks.

    :raises LinesNeeded: it has no invoice, and no lines were given.
    :raises BillingError: as `update_draft`.
    """
    note = CreditNote.objects.for_platform(platform).find(credit_note_id)
    kept = (*KEPT, *KEPT_FROM_CLIENTS) if platform.seen_by else KEPT
    silent = {name: value for name, value in blank().items() if name not in kept}
    if note.is_draft:
        changes = silent | everything_of(note)
        if not (changes | says).keys() & {"selections", "free"}:
            raise LinesNeeded("A note without an invoice needs at least one line.", field="lines")
    else:
        changes = {name: silent[name] for name in ALWAYS if name in silent}
    return update_draft(
        platform=platform,
        credit_note_id=credit_note_id,
        changes=changes | says,
        version=version,
        actor=actor,
        at=at,
    )


def everything_of(note: CreditNote) -> dict[str, Any]:
    """Return all that is left of a draft's invoices, as a selection; a bonus has none."""
    invoice_ids = list(note.references.order_by("id").values_list("invoice_id", flat=True))
    return {"selections": tuple((one, Selection()) for one in invoice_ids)} if invoice_ids else {}
