"""A credit note in the few fields that its events carry."""

from typing import Any

from billing.documents.values import whole
from credit_notes.models import CreditNote


def summary_of(note: CreditNote) -> dict[str, Any]:
    """Return what a listener needs to know without asking back. Amounts are decimal strings."""

    def amount(value: Any) -> str:
        return f"{whole(value, note.currency):f}"

    return {
        "object": "credit_note",
        "id": note.pk,
        "number": note.number,
        "display_number": note.display_number,
        "status": note.status,
        "type": note.type,
        "invoice": note.invoice_id,
        "customer": note.customer_id,
        "currency": note.currency,
        "total": amount(note.total),
        "amount_allocated": amount(note.amount_allocated),
        "amount_refunded": amount(note.amount_refunded),
        "amount_available": amount(note.left),
    }
