"""The invoice that takes a credit note's amounts back: Document in, Document out, no table in sight."""

from collections.abc import Sequence
from datetime import date, timedelta

from msgspec.structs import replace

from billing.documents.snapshot import (
    SELF_BILLED_INVOICES,
    SELF_BILLED_NOTE,
    Document,
    PaymentMeans,
    Reference,
)

INVOICE = "380"


def reversal(
    note: Document,
    original: Document | None,
    *,
    number: str,
    on: date,
    reason: str,
    payment_means: Sequence[PaymentMeans] = (),
) -> Document:
    """Return the invoice over the same amounts as a final note; it names the note, and why.

    Lines, VAT, sums and parties are the note's, to the last decimal. It asks for payment as the `original`
    did, the invoice that the note corrected; where that says nothing, or there is none, by `payment_means`,
    on its own date.
    """
    asks = original or note
    means = asks.payment_means or payment_means
    return replace(
        note,
        kind="invoice",
        type_code=SELF_BILLED_INVOICES[0] if note.type_code == SELF_BILLED_NOTE else INVOICE,
        number=number,
        date=on,
        due_date=due_date(asks, on),
        payment_terms=asks.payment_terms,
        payment_means=tuple(replace(each, remittance="") for each in means),
        creditor_id=asks.creditor_id,
        notes=(),
        reason=reason,
        references=(Reference(number=note.number, date=note.date, kind="credit_note"),),
        attachments=(),
    )


def due_date(original: Document, on: date) -> date:
    """Return when the amount is due: at once, or with terms of payment after as many days as the original."""
    if original.payment_terms and original.due_date:
        return on + max(original.due_date - original.date, timedelta(0))
    return on
