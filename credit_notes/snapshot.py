"""A credit note as a Document value."""

from datetime import date

from billing.documents.snapshot import Document, Reference
from billing.documents.values import allowance_of, header_of, line_of, totals_of

from .models import CreditNote


def document_of(note: CreditNote, *, number: str = "", on: date | None = None) -> Document:
    """Return what the note says; a final one says what was frozen. `number` and `on` fill in a draft's."""
    if note.snapshot is not None:
        return note.snapshot
    fields = header_of(note) | {"number": number or note.display_number, "date": on or note.date}
    return Document(
        kind="credit_note",
        **fields,
        reason=note.reason,
        references=tuple(Reference(number=row.number, date=row.date) for row in note.references.all()),
        allowances_charges=tuple(allowance_of(row, note.currency) for row in note.allowances_charges.all()),
        totals=totals_of(note),
        lines=tuple(line_of(row, note.currency) for row in note.lines.all()),
    )
