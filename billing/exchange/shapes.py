"""An e-invoice in the few fields that its events carry, and what its state asks of a person."""

from datetime import datetime, timedelta
from typing import Any

from .models import EInvoice

RESEND, ASK_THE_ACCESS_POINT = "resend", "ask_the_access_point"
ANSWER_THE_QUERY = "answer_the_query"
REVERSE_AND_REISSUE, CREDIT_AND_REISSUE = "reverse_and_reissue", "credit_and_reissue"
FOLLOW_UPS = (RESEND, ASK_THE_ACCESS_POINT, ANSWER_THE_QUERY, REVERSE_AND_REISSUE, CREDIT_AND_REISSUE)

DOCUMENT_VOID, PROFILE_NONE = "document_void", "profile_none"
FOR_GOOD = {DOCUMENT_VOID, PROFILE_NONE}
"""Why an e-invoice stays at home for ever."""
SILENT_AFTER = timedelta(days=1)
"""How long somebody who has an e-invoice may say nothing of it."""
TOLD = ("status", "response", "round", "transport", "receiver", "reference", "reason_code", "message")


def shape_of(einvoice: EInvoice) -> dict[str, Any]:
    """Return what a listener needs to know of an e-invoice without asking back."""
    told = {name: getattr(einvoice, name) for name in TOLD}
    about = {"id": einvoice.document_id, "kind": einvoice.document_kind}
    return {"object": "einvoice", "id": einvoice.pk, "document": about, **told}


def what_follows(einvoice: EInvoice, *, is_undone: bool = False, at: datetime | None = None) -> str:
    """Return what a person can do, one of FOLLOW_UPS; "" for nothing. `at` is now.

    A receiver who rejects a document does not have it in the books: a rejected credit note is reversed and
    issued anew, a rejected invoice credited and issued anew, unless the document `is_undone` already.
    """
    if einvoice.response == EInvoice.Response.REJECTED:
        undo = REVERSE_AND_REISSUE if einvoice.document_kind == "credit_note" else CREDIT_AND_REISSUE
        return "" if is_undone else undo
    if einvoice.response == EInvoice.Response.UNDER_QUERY:
        return ANSWER_THE_QUERY
    if at and is_kept_waiting(einvoice, at):
        return ASK_THE_ACCESS_POINT
    has_failed = einvoice.status in {EInvoice.Status.FAILED, EInvoice.Status.SKIPPED}
    return RESEND if has_failed and einvoice.reason_code not in FOR_GOOD else ""


def is_kept_waiting(einvoice: EInvoice, at: datetime) -> bool:
    """Tell whether somebody has had an e-invoice for a day and said nothing more of it."""
    is_theirs = einvoice.status == EInvoice.Status.IN_PROGRESS and einvoice.sent_at is not None
    return is_theirs and at - einvoice.updated_at >= SILENT_AFTER
