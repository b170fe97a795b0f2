"""A credit note as a function of the invoice it corrects: Document in, Document out, no table in sight."""

from datetime import date

from msgspec.structs import replace

from billing.documents.snapshot import SELF_BILLED_INVOICES, SELF_BILLED_NOTE, Document, Reference

from .portion import Taken, portion

CREDIT_NOTE = "381"


def full_correction(
    invoice: Document, *, number: str, on: date, reason: str, language: str, logo: str
) -> Document:
    """Return the note that credits an entire invoice.

    Amounts keep their sense, for the document's kind turns it: what was positive stays positive, a negative
    line stays negative. Prices, rates and parties are those of the invoice, whatever they are today. What
    asked for payment (due date, terms, prepayment) is left out.
    """
    names_payment = is_within_germany(invoice)
    note = portion(invoice, Taken(), list(enumerate(invoice.lines)))
    return replace(
        invoice,
        kind="credit_note",
        type_code=SELF_BILLED_NOTE if invoice.type_code in SELF_BILLED_INVOICES else CREDIT_NOTE,
        number=number,
        date=on,
        due_date=None,
        tax_point_date=None,
        tax_point_code="",
        payment_terms="",
        payment_means=invoice.payment_means if names_payment else (),
        creditor_id=invoice.creditor_id if names_payment else "",
        notes=(),
        reason=reason,
        references=(Reference(number=invoice.number, date=invoice.date),),
        attachments=(),
        lines=tuple(line for _, line in note.lines),
        allowances_charges=tuple(item for _, item in note.allowances_charges),
        taxes=note.taxes,
        totals=note.totals,
        language=language,
        logo=logo,
    )


def is_within_germany(document: Document) -> bool:
    """Tell whether both parties are German: there every document names a way to pay (DE-R-001, -030)."""
    return document.seller.address.country == document.buyer.address.country == "DE"
