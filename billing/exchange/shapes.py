"""An e-invoice in the few fields that its events carry, and what its state asks of a person."""

from typing import Any

from .models import EInvoice

RESEND, ANSWER_THE_QUERY = "resend", "answer_the_query"
REVERSE_AND_REISSUE, CREDIT_AND_REISSUE = "reverse_and_reissue", "credit_and_reissue"
FOLLOW_UPS = (RESEND, ANSWER_THE_QUERY, REVERSE_AND_REISSUE, CREDIT_AND_REISSUE)

DOCUMENT_VOID = "document_void"
TOLD = ("status", "response", "round", "transport", "receiver", "reference", "reason_code", "message")


def shape_of(einvoice: EInvoice) -> dict[str, Any]:
    """Return what a listener needs to know of an e-invoice without asking back."""
    told = {name: getattr(einvoice, name) for name in TOLD}
    about = {"id": einvoice.document_id, "kind": einvoice.document_kind}
    return {"object": "einvoice", "id": einvoice.pk, "document": about, **told}


def what_follows(einvoice: EInvoice) -> str:
    """Return what a person can do now, one of FOLLOW_UPS; "" for nothing.

    A receiver who rejects a document does not have it in the books: a rejected credit note is reversed and
    issued anew, a rejected invoice credited and issued anew.
    """
    if einvoice.response == EInvoice.Response.REJECTED:
        return REVERSE_AND_REISSUE if einvoice.document_kind == "credit_note" else CREDIT_AND_REISSUE
    if einvoice.response == EInvoice.Response.UNDER_QUERY:
        return ANSWER_THE_QUERY
    has_failed = einvoice.status in {EInvoice.Status.FAILED, EInvoice.Status.SKIPPED}
    return RESEND if has_failed and einvoice.reason_code != DOCUMENT_VOID else ""
