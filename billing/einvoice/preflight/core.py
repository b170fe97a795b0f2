"""What EN 16931 asks of every e-invoice, whatever its profile and syntax."""

from collections.abc import Iterator

from billing.documents.snapshot import Document
from billing.einvoice.codes import is_known
from billing.einvoice.findings import Finding, gap
from billing.einvoice.preflight.lines import backwards, lines
from billing.einvoice.preflight.parties import parties
from billing.einvoice.preflight.payment import payment
from billing.einvoice.preflight.sums import places
from billing.einvoice.preflight.supporting import supporting
from billing.einvoice.preflight.tax import taxes


def core(document: Document) -> tuple[Finding, ...]:
    """Return what keeps a document from being an EN 16931 e-invoice, beside the essentials of any paper."""
    return (
        *_kind(document),
        *places(document),
        *_accounting_currency(document),
        *_dates(document),
        *lines(document),
        *parties(document),
        *taxes(document),
        *payment(document),
        *supporting(document),
    )


def _kind(document: Document) -> Iterator[Finding]:
    is_note = document.kind == "credit_note"
    paper = "a credit note" if is_note else "an invoice"
    if not document.number.strip():
        yield gap("BR-02", "The document has no number", "", "number")
    if not is_known("credit_note_types" if is_note else "invoice_types", document.type_code):
        message = f"{document.type_code} is not the type code of {paper}"
        yield gap("BR-CL-01", message, "", "type_code")
    if is_note and document.due_date and not document.payment_means:
        message = "The due date is not written: a credit note carries one only with a means of payment"
        yield Finding("BD-DUE-DATE", "warning", message, field="due_date")


def _accounting_currency(document: Document) -> Iterator[Finding]:
    accounting, tax = document.accounting_currency, document.totals.accounting_tax_total
    if not accounting:
        return
    if not is_known("currencies", accounting):
        yield gap("BR-CL-05", f"{accounting} is not an ISO 4217 currency", "", "accounting_currency")
    if accounting == document.currency:
        message = "The accounting currency is the document's own; leave it empty"
        yield gap("BR-CO-15", message, "", "accounting_currency")
    if tax is None:
        message = f"The VAT total in {accounting} is missing"
        yield gap("BR-53", message, "totals", "totals.accounting_tax_total")


def _dates(document: Document) -> Iterator[Finding]:
    if document.tax_point_date and document.tax_point_code:
        message = "The tax point is a date or a code for one, not both"
        yield gap("BR-CO-03", message, "", "tax_point_code")
    if document.tax_point_code and not is_known("tax_point_codes", document.tax_point_code):
        message = f"{document.tax_point_code} is not a code for the tax point: 3, 35 or 432 is"
        yield gap("BR-CL-06", message, "", "tax_point_code")
    yield from backwards("BR-29", document.period, "", "period")
