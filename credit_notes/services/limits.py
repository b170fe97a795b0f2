"""What an invoice can still be credited, and what used up the rest."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from billing.documents.values import whole
from billing.errors import BillingError
from billing.money import ZERO
from credit_notes.models import CreditNote, CreditNoteReference
from invoices.balances import Limits, Settlement, limits, terms
from invoices.models import Invoice, Payment
from invoices.settlement import settlement_of


class InvoiceNotFinal(BillingError):
    code = "invoice_not_final"
    title = "Only a final invoice can be credited"


class NothingLeftToCredit(BillingError):
    code = "nothing_left_to_credit"
    title = "Nothing of this invoice is left to credit"


class AmountExceedsCreditable(BillingError):
    code = "amount_exceeds_creditable"
    title = "More would be credited than the invoice allows now"


class AmountExceedsAdjustable(BillingError):
    code = "amount_exceeds_adjustable"
    title = "An adjustment only clears debt, and the invoice owes less than its total"


class ReversalNotCredited(BillingError):
    code = "reversal_not_credited"
    title = "An invoice that takes a credit note back is not credited itself"


class Standing(NamedTuple):
    """An invoice's limits, the terms they are made of, and what live notes took of it."""

    settlement: Settlement
    limits: Limits
    used_by: list[CreditNoteReference]


def standing_of(invoice: Invoice) -> Standing:
    """Return where an invoice stands. Hold its lock if you mean to act on it."""
    settlement = settlement_of(invoice)
    used_by = [row for row in invoice.credit_note_references.all() if row.credit_note.is_live]
    allowed = limits(settlement)
    if originals_of(invoice):
        allowed = allowed._replace(creditable=ZERO)
    return Standing(settlement, allowed, sorted(used_by, key=lambda row: row.credit_note_id))


def originals_of(invoice: Invoice) -> list[CreditNoteReference]:
    """Return what the note that an invoice takes back had taken of others; nothing for other invoices."""
    if not any(row.get("kind") == "credit_note" for row in invoice.preceding):
        return []
    return list(CreditNoteReference.objects.filter(credit_note__reversed_by=invoice).order_by("id"))


def require_claim(invoice: Invoice, *, data_only: bool = False) -> None:
    """Refuse to credit what claims no money: a draft, or a final invoice whose total is not positive.

    `data_only` corrects data and no amount, which any final invoice may need.

    :raises InvoiceNotFinal: it is a draft.
    :raises ReversalNotCredited: it stands for a note that was reversed.
    :raises NothingLeftToCredit: its total is zero or negative.
    """
    if not invoice.is_final:
        raise InvoiceNotFinal(f"{invoice} is a draft: edit or delete it instead.")
    refuse_reversal(invoice)
    if invoice.total <= ZERO and not data_only:
        require_creditable(invoice)


def refuse_reversal(invoice: Invoice) -> None:
    """Refuse to credit an invoice that took a note on another invoice back: that one can be credited again.

    Both together would give the same supply back twice. A new note on the original may clear this one.
    """
    originals = originals_of(invoice)
    numbers = [row.number for row in originals]
    if numbers:
        raise ReversalNotCredited(
            f"{invoice} takes a credit note on {', '.join(numbers)} back. Credit {' or '.join(numbers)} "
            f"again, and give that credit to {invoice}.",
            originals=[{"id": row.invoice_id, "number": row.number} for row in originals],
        )


def require_creditable(invoice: Invoice) -> Standing:
    """Return the standing of a final invoice of which something can be credited.

    :raises NothingLeftToCredit: it has been credited in full, or claims nothing.
    """
    standing = standing_of(invoice)
    if standing.limits.creditable <= ZERO:
        raise NothingLeftToCredit(why_nothing_is_left(invoice, standing), **facts_of(invoice, standing))
    return standing


def why_nothing_is_left(invoice: Invoice, standing: Standing) -> str:
    if invoice.total < ZERO:
        return f"{invoice} has a negative total: it is itself a credit, and is undone by another invoice."
    if not standing.used_by:
        return f"The total of {invoice} is zero: there is nothing to credit."
    numbers = ", ".join(row.credit_note.number for row in standing.used_by)
    return f"{invoice} has been credited in full by {numbers}."


def require_fits(total: Decimal, invoice: Invoice, standing: Standing) -> None:
    """Refuse a note of this total when it is more than the invoice allows now.

    :raises AmountExceedsCreditable: with the limit, its terms and the notes that used it up.
    """
    if total <= standing.limits.most or not total:
        return
    money = money_of(invoice)
    detail = f"{money(total)} is more than the {money(standing.limits.most)} that {invoice} allows now"
    if standing.settlement.in_progress:
        detail += f": payments of {money(standing.settlement.in_progress)} are still in progress"
    raise AmountExceedsCreditable(
        f"{detail}.", requested=plain(invoice, total), **facts_of(invoice, standing)
    )


def require_type_fits(type: str, total: Decimal, invoice: Invoice, standing: Standing) -> None:
    """Refuse a chosen adjustment that would leave something over: its whole total clears debt.

    :raises AmountExceedsAdjustable: the invoice owes less; another type gives the rest back.
    """
    adjustable = standing.limits.adjustable
    if type != CreditNote.Type.ADJUSTMENT or total <= adjustable or not total:
        return
    money = money_of(invoice)
    raise AmountExceedsAdjustable(
        f"An adjustment of {money(total)} is more than the {money(adjustable)} that {invoice} still owes. "
        "Choose refundable or store, or no type at all.",
        field="type",
        requested=plain(invoice, total),
        **facts_of(invoice, standing) | {"limit": plain(invoice, adjustable)},
    )


def facts_of(invoice: Invoice, standing: Standing) -> dict[str, Any]:
    """Return the limit, its terms and the documents that used it up, for a refusal."""
    return {
        "limit": plain(invoice, standing.limits.most),
        "currency": invoice.currency,
        "terms": {name: plain(invoice, value) for name, value in terms(standing.settlement).items()},
        "used_by": [
            {
                "id": row.credit_note_id,
                "number": row.credit_note.number,
                "total": plain(invoice, row.total),
            }
            for row in standing.used_by
        ]
        + [
            {"id": row.pk, "object": "payment", "status": row.status, "amount": plain(invoice, row.amount)}
            for row in invoice.payments.all()
            if row.status == Payment.Status.IN_PROGRESS
        ],
    }


def plain(invoice: Invoice, amount: Decimal) -> str:
    return f"{whole(amount, invoice.currency):f}"


def money_of(invoice: Invoice) -> Callable[[Decimal], str]:
    return lambda amount: f"{plain(invoice, amount)} {invoice.currency}"
