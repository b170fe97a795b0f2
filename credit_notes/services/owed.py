"""What an invoice still owes, and what settled the rest of it."""

from decimal import Decimal
from typing import Any

from billing.errors import BillingError
from billing.money import ZERO
from invoices.balances import limits
from invoices.models import Invoice, Payment
from invoices.settlement import settlement_of

from .limits import money_of, plain


class NothingDue(BillingError):
    code = "nothing_due"
    title = "The invoice owes nothing that credit could clear"


class AmountExceedsDue(BillingError):
    code = "amount_exceeds_due"
    title = "More credit would be given than the invoice still owes"


def adjustable_of(invoice: Invoice) -> Decimal:
    """Return what credit may clear: what is due and no payment in progress is to settle."""
    return limits(settlement_of(invoice)).adjustable


def require_due(invoice: Invoice, amount: Decimal | None = None) -> None:
    """Refuse an invoice that owes nothing, or less than `amount`.

    :raises NothingDue, AmountExceedsDue: with the limit, its terms and what settled the rest.
    """
    adjustable = adjustable_of(invoice)
    money, waiting = money_of(invoice), on_their_way(invoice)
    if adjustable <= ZERO:
        raise NothingDue(
            f"{invoice} owes nothing that credit could clear{waiting}.", **settled_facts(invoice)
        )
    if amount is not None and amount > adjustable:
        raise AmountExceedsDue(
            f"{money(amount)} is more than the {money(adjustable)} that {invoice} still owes{waiting}.",
            field="amount",
            requested=plain(invoice, amount),
            **settled_facts(invoice),
        )


def on_their_way(invoice: Invoice) -> str:
    in_progress = settlement_of(invoice).in_progress
    return f": payments of {money_of(invoice)(in_progress)} are still in progress" if in_progress else ""


def settled_facts(invoice: Invoice) -> dict[str, Any]:
    """Return the limit, its terms and what settled the invoice, for a refusal."""
    settlement = settlement_of(invoice)
    terms = {
        "total": invoice.total,
        "amount_paid": invoice.amount_paid,
        "amount_withheld": invoice.amount_withheld,
        "amount_credited": invoice.amount_credited,
        "amount_due": settlement.amount_due,
        "payments_in_progress": settlement.in_progress,
        "adjustable": adjustable_of(invoice),
    }
    return {
        "limit": plain(invoice, adjustable_of(invoice)),
        "currency": invoice.currency,
        "terms": {name: plain(invoice, value) for name, value in terms.items()},
        "used_by": [{**use, "amount": plain(invoice, use["amount"])} for use in settled_by(invoice)],
    }


def settled_by(invoice: Invoice) -> list[dict[str, Any]]:
    """Return what settled an invoice, or is on its way to: payments, withheld tax, credit notes."""
    given: dict[str, dict[str, Any]] = {}
    for row in invoice.allocations.select_related("credit_note"):
        note = row.credit_note
        use = {"object": "credit_note", "id": note.pk, "number": note.number, "amount": ZERO}
        given.setdefault(note.pk, use)["amount"] += row.amount
    payments = [
        {"object": "payment", "id": row.pk, "status": row.status, "amount": row.amount}
        for row in invoice.payments.all()
        if row.status != Payment.Status.FAILED
    ]
    withheld = [
        {"object": "tax_withheld", "id": row.pk, "amount": row.amount} for row in invoice.taxes_withheld.all()
    ]
    return [use for use in (*payments, *withheld, *given.values()) if use["amount"]]
