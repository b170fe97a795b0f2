"""A credit note as a Document value."""

from datetime import date

from billing.documents.snapshot import Document, Reference
from billing.documents.values import allowance_of, header_of, line_of, totals_of
from invoices.snapshot import document_of as invoice_document_of

from .correction import full_correction
from .models import CreditNote


def document_of(note: CreditNote, *, number: str = "", on: date | None = None) -> Document:
    """Return what the note says; a final one says what was frozen. `number` and `on` fill in a draft's.

    A draft that credits an entire invoice says what the invoice's own snapshot says, to the last decimal.
    """
    if note.snapshot is not None:
        return note.snapshot
    number, on = number or note.display_number, on or note.date
    if note.is_full:
        return full_correction(
            invoice_document_of(note.invoice),
            number=number,
            on=on,
            reason=note.reason,
            language=note.language,
            logo=note.logo,
        )
    fields = header_of(note) | {"number": number, "date": on}
    return Document(
        kind="credit_note",
        **fields,
        reason=note.reason,
        references=tuple(Reference(number=row.number, date=row.date) for row in note.references.all()),
        allowances_charges=tuple(allowance_of(row, note.currency) for row in note.allowances_charges.all()),
        totals=totals_of(note),
        lines=tuple(line_of(row, note.currency) for row in note.lines.all()),
    )
