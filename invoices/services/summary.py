"""An invoice in the few fields that its events carry."""

from decimal import Decimal
from typing import Any

from billing.documents.values import whole
from invoices.models import Invoice


def summary_of(invoice: Invoice) -> dict[str, Any]:
    """Return what a listener needs to know without asking back. Amounts are decimal strings."""

    def amount(value: Decimal) -> str:
        return f"{whole(value, invoice.currency):f}"

    return {
        "object": "invoice",
        "id": invoice.pk,
        "number": invoice.number,
        "display_number": invoice.display_number,
        "status": invoice.status,
        "on_hold": invoice.on_hold,
        "customer": invoice.customer_id,
        "currency": invoice.currency,
        "total": amount(invoice.total),
        "amount_paid": amount(invoice.amount_paid),
        "amount_withheld": amount(invoice.amount_withheld),
        "amount_credited": amount(invoice.amount_credited),
        "amount_due": amount(due(invoice)),
    }


def due(invoice: Invoice) -> Decimal:
    """Return what an invoice still asks for; the column that says so is only read anew from the database."""
    settled: Decimal = invoice.amount_paid + invoice.amount_withheld + invoice.amount_credited
    return invoice.total - settled


def change_of(invoice: Invoice, before: dict[str, Any]) -> dict[str, Any]:
    """Return an event's data: the invoice as it is, and what of it was otherwise before."""
    now = summary_of(invoice)
    return {
        "object": now,
        "previous": {name: before[name] for name in now if name in before and before[name] != now[name]},
    }
