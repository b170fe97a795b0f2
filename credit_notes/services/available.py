"""What a note still has to give, and where the rest of it went."""

from decimal import Decimal
from typing import Any

from billing.errors import BillingError
from billing.money import ZERO
from credit_notes.models import CreditNote, Refund
from invoices.settlement import total

from .limits import money_of, plain
from .summary import summary_of


class NothingAvailable(BillingError):
    code = "nothing_available"
    title = "Nothing of the credit note is left to give"


class AmountExceedsAvailable(BillingError):
    code = "amount_exceeds_available"
    title = "More would be given than the credit note has available"


def require_available(note: CreditNote, amount: Decimal | None = None) -> None:
    """Refuse a note that has nothing left, or less than `amount`. Hold its lock if you mean to act on it.

    :raises NothingAvailable, AmountExceedsAvailable: with the limit, its terms and where the money went.
    """
    available = note.left
    if available <= ZERO:
        raise NothingAvailable(why_nothing_is_available(note), **used_facts(note))
    if amount is not None and amount > available:
        money = money_of(note)
        raise AmountExceedsAvailable(
            f"{money(amount)} is more than the {money(available)} that {note} has available.",
            field="amount",
            requested=plain(note, amount),
            **used_facts(note),
        )


def why_nothing_is_available(note: CreditNote) -> str:
    if note.type == CreditNote.Type.ADJUSTMENT:
        return f"{note} is an adjustment: all of it cleared the debt of the invoice it corrects."
    return f"All of {note} has been given to invoices or returned to the customer."


def used_facts(note: CreditNote) -> dict[str, Any]:
    """Return the limit, its terms and what used the note up, for a refusal."""
    terms = {
        "total": note.total,
        "amount_allocated": note.amount_allocated,
        "amount_refunded": note.amount_refunded,
        "amount_available": note.left,
    }
    return {
        "limit": plain(note, note.left),
        "currency": note.currency,
        "terms": {name: plain(note, value) for name, value in terms.items()},
        "used_by": [{**use, "amount": plain(note, use["amount"])} for use in uses_of(note)],
    }


def change_of(note: CreditNote, before: dict[str, Any]) -> dict[str, Any]:
    """Return a note and what of it was otherwise in an earlier `summary_of`, as its events tell it."""
    after = summary_of(note)
    previous = {name: value for name, value in before.items() if value != after[name]}
    return {"object": after, "previous": previous}


def uses_of(note: CreditNote) -> list[dict[str, Any]]:
    """Return what has money of this note: invoices, refunds, returned tax. What was undone has none."""
    given: dict[str, dict[str, Any]] = {}
    for row in note.allocations.select_related("invoice"):
        use = {"object": "invoice", "id": row.invoice_id, "number": row.invoice.number, "amount": ZERO}
        given.setdefault(row.invoice_id, use)["amount"] += row.amount
    refunds = [
        {"object": "refund", "id": row.pk, "status": row.status, "amount": row.amount}
        for row in note.refunds.exclude(status=Refund.Status.FAILED)
    ]
    returned = total(note.tax_withheld_refunds.all())
    withheld = [{"object": "tax_withheld_refunds", "id": note.pk, "amount": returned}]
    return [use for use in (*given.values(), *refunds, *withheld) if use["amount"]]
