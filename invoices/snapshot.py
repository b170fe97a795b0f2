"""An invoice as a Document value."""

from datetime import date

from billing.documents.snapshot import Document, Reference, from_json
from billing.documents.values import allowance_of, header_of, line_of, totals_of

from .models import Invoice


def document_of(invoice: Invoice, *, number: str = "", on: date | None = None) -> Document:
    """Return what the invoice says; a final one says what was frozen. `number` and `on` fill in a draft's."""
    if invoice.snapshot is not None:
        return invoice.snapshot
    fields = header_of(invoice) | {"number": number or invoice.number, "date": on or invoice.date}
    return Document(
        kind="invoice",
        **fields,
        due_date=invoice.due_date,
        payment_terms=invoice.payment_terms,
        references=from_json(invoice.preceding, tuple[Reference, ...]),
        allowances_charges=tuple(
            allowance_of(row, invoice.currency) for row in invoice.allowances_charges.all()
        ),
        totals=totals_of(invoice, prepaid_amount=invoice.prepaid_amount),
        lines=tuple(line_of(row, invoice.currency) for row in invoice.lines.all()),
    )
