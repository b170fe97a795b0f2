"""A credit note as a function of the invoice it corrects: Document in, Document out, no table in sight."""

from datetime import date

from msgspec.structs import replace

from billing.documents.snapshot import Document, Reference
from billing.money import ZERO

SELF_BILLED_INVOICE, SELF_BILLED_NOTE, CREDIT_NOTE = "389", "261", "381"


def full_correction(
    invoice: Document, *, number: str, on: date, reason: str, language: str, logo: str
) -> Document:
    """Return the note that credits an entire invoice.

    Amounts keep their sense, for the document's kind turns it: what was positive stays positive, a negative
    line stays negative. Prices, rates and parties are those of the invoice, whatever they are today. What
    asked for payment (due date, terms, prepayment) is left out.
    """
    totals = replace(invoice.totals, prepaid_amount=ZERO, payable_amount=invoice.totals.total)
    return replace(
        invoice,
        kind="credit_note",
        type_code=SELF_BILLED_NOTE if invoice.type_code == SELF_BILLED_INVOICE else CREDIT_NOTE,
        number=number,
        date=on,
        due_date=None,
        tax_point_date=None,
        tax_point_code="",
        payment_terms="",
        payment_means=invoice.payment_means if is_within_germany(invoice) else (),
        creditor_id="",
        notes=(),
        reason=reason,
        references=(Reference(number=invoice.number, date=invoice.date),),
        attachments=(),
        totals=totals,
        language=language,
        logo=logo,
    )


def is_within_germany(document: Document) -> bool:
    """Tell whether both parties are German: there every document names a way to pay (Peppol DE-R-001)."""
    return document.seller.address.country == document.buyer.address.country == "DE"
