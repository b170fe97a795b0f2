"""Where an invoice stands, read from its rows and from what points at it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from billing.money import ZERO

from .balances import Settlement
from .models import Invoice, Payment


def settlement_of(invoice: Invoice) -> Settlement:
    """Return an invoice's sums. Hold its lock if you mean to act on them.

    Credit notes and allocations are read through their relations (`with_settlement` prefetches them).
    """
    notes = [note for note in invoice.credit_notes.all() if note.is_final]
    own = {note.pk for note in notes}
    cleared = total(row for row in invoice.allocations.all() if row.credit_note_id in own)
    in_progress = total(row for row in invoice.payments.all() if row.status == Payment.Status.IN_PROGRESS)
    settled = invoice.amount_paid + invoice.amount_withheld + invoice.amount_credited
    return Settlement(
        total=invoice.total,
        amount_due=invoice.total - settled,
        received=settled - cleared,
        in_progress=in_progress,
        credited=sum((note.total for note in notes), ZERO),
        cleared_by_notes=cleared,
    )


def total(rows: Iterable[Any]) -> Decimal:
    return sum((row.amount for row in rows), ZERO)
