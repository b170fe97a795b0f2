"""Where an invoice stands, read from its rows and from what points at it."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from billing.money import ZERO

from .balances import Settlement
from .models import Invoice, Payment


def settlement_of(invoice: Invoice) -> Settlement:
    """Return an invoice's sums. Hold its lock if you mean to act on them.

    What notes take of it and give to it is read through its relations (`with_settlement` prefetches them).
    """
    taken = [row for row in invoice.credit_note_references.all() if row.credit_note.is_live]
    own = {row.credit_note_id for row in taken}
    cleared = total(row for row in invoice.allocations.all() if row.credit_note_id in own)
    in_progress = total(row for row in invoice.payments.all() if row.status == Payment.Status.IN_PROGRESS)
    settled = invoice.amount_paid + invoice.amount_withheld + invoice.amount_credited
    return Settlement(
        total=invoice.total,
        amount_due=invoice.total - settled,
        received=settled - cleared,
        in_progress=in_progress,
        credited=sum((row.total for row in taken), ZERO),
        cleared_by_notes=cleared,
    )


def total(rows: Iterable[Any]) -> Decimal:
    return sum((row.amount for row in rows), ZERO)
