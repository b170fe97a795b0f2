"""Give a note's credit to an invoice."""

from datetime import datetime
from decimal import Decimal

from billing.documents.values import whole
from billing.events import names
from billing.events.record import record
from billing.money import ZERO
from billing.transactions import step
from credit_notes.models import Allocation, CreditNote
from invoices.models import Invoice


@step
def clear_own_invoice(
    note: CreditNote, invoice: Invoice, *, most: Decimal, actor: str, at: datetime
) -> Decimal:
    """Clear what the credited invoice still owes, up to `most`, and return how much that was.

    The caller holds the invoice and the note, and saves the note.
    """
    amount = min(note.total, most)
    if amount <= ZERO:
        return ZERO
    Allocation.objects.create(
        platform=note.platform, credit_note=note, invoice=invoice, amount=amount, allocated_at=at
    )
    before = invoice.total - invoice.amount_paid - invoice.amount_withheld - invoice.amount_credited
    invoice.amount_credited += amount
    invoice.updated_at = at
    invoice.save(update_fields=["amount_credited", "updated_at"])
    currency = invoice.currency
    data = {
        "object": {
            "id": invoice.pk,
            "number": invoice.number,
            "amount_due": f"{whole(before - amount, currency):f}",
        },
        "previous": {"amount_due": f"{whole(before, currency):f}"},
        "credit_note": note.pk,
        "amount": f"{whole(amount, currency):f}",
    }
    record(names.INVOICE_CREDITED, platform=note.platform, about=invoice, actor=actor, at=at, data=data)
    return amount
