"""Our own checks of a document, in a clerk's words, each with the field to mend.

They come before the official rules: quicker, kinder, and about things the rules leave open. Where a check
says the same as an official rule it has that rule's id; ids that start with `BD-` are ours alone. Pure
functions.
"""

from collections.abc import Iterator

from billing.documents.snapshot import Document, to_json
from billing.einvoice.codes import is_known
from billing.einvoice.findings import Finding
from billing.einvoice.preflight.parties import parties
from billing.einvoice.preflight.peppol import peppol_gaps
from billing.einvoice.preflight.sums import sums
from billing.einvoice.preflight.tax import taxes
from billing.einvoice.profiles import PEPPOL, PROFILES

__all__ = ["check", "peppol_gaps", "sums"]

FORBIDDEN = frozenset(map(chr, (*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0xFFFE, 0xFFFF)))
"""Characters that no XML may have, not even escaped; surrogates come on top."""


def check(document: Document, *, standalone: bool = False) -> tuple[Finding, ...]:
    """Return what is wrong with a document, and what looks wrong.

    `standalone` says that a credit note is meant to refer to no invoice.
    """
    return (
        *_texts(document),
        *_kind(document, standalone),
        *_currency(document),
        *_lines(document),
        *parties(document),
        *taxes(document),
        *sums(document),
        *(peppol_gaps(document) if document.profile == PEPPOL else ()),
    )


def is_writable(document: Document) -> bool:
    """Tell whether XML can carry all texts of the document."""
    return not _texts(document)


def _texts(document: Document) -> tuple[Finding, ...]:
    return tuple(
        Finding("BD-TEXT", "fatal", "The text has a character that no XML can carry", field=field)
        for field, text in _strings("", to_json(document))
        if any(letter in FORBIDDEN or "\ud800" <= letter <= "\udfff" for letter in text)
    )


def _strings(path: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _strings(f"{path}.{name}".lstrip("."), inner)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _strings(f"{path}.{index}", inner)


def _kind(document: Document, standalone: bool) -> Iterator[Finding]:
    is_note = document.kind == "credit_note"
    paper = "a credit note" if is_note else "an invoice"
    if document.profile not in PROFILES:
        message = f"{document.profile} is not an e-invoice profile; it is one of {', '.join(PROFILES)}"
        yield Finding("BD-PROFILE", "fatal", message, field="profile")
    if not is_known("credit_note_types" if is_note else "invoice_types", document.type_code):
        message = f"{document.type_code} is not the type code of {paper}"
        yield Finding("BR-CL-01", "fatal", message, field="type_code")
    if not is_note:
        return
    if document.totals.total < 0:
        message = (
            "A credit note must not have a negative total: that would be a claim. Issue an invoice instead"
        )
        yield Finding("BD-NEGATIVE", "fatal", message, "totals", "totals")
    if not document.references and not standalone:
        message = "A credit note must name the invoice it corrects, by number and date"
        yield Finding("BD-REFERENCE", "fatal", message, field="references")
    if document.due_date and not document.payment_means:
        message = "The due date is not written: a credit note carries one only with a means of payment"
        yield Finding("BD-DUE-DATE", "warning", message, field="due_date")


def _currency(document: Document) -> Iterator[Finding]:
    yield from _known(document.currency)
    accounting, tax = document.accounting_currency, document.totals.accounting_tax_total
    if not accounting:
        return
    if not is_known("currencies", accounting):
        message = f"{accounting} is not an ISO 4217 currency"
        yield Finding("BR-CL-05", "fatal", message, field="accounting_currency")
    if tax is None:
        message = f"The VAT total in {accounting} is missing"
        yield Finding("BR-53", "fatal", message, "totals", "totals.accounting_tax_total")


def _known(currency: str) -> Iterator[Finding]:
    if not is_known("currencies", currency):
        message = f"{currency or 'Nothing'} is not an ISO 4217 currency"
        yield Finding("BR-CL-04", "fatal", message, field="currency")


def _lines(document: Document) -> Iterator[Finding]:
    if not document.lines:
        yield Finding("BR-16", "fatal", "The document has no lines", field="lines")
    ids: set[str] = set()
    for index, line in enumerate(document.lines):
        place, field = f"line {index + 1}", f"lines.{index}"
        if not line.name.strip():
            yield Finding("BR-25", "fatal", "The line does not say what was sold", place, f"{field}.name")
        if line.unit_price < 0:
            message = "The price is negative; make the quantity negative instead"
            yield Finding("BR-27", "fatal", message, place, f"{field}.unit_price")
        if not is_known("units", line.unit):
            unit = line.unit or "(none)"
            message = f"The unit {unit} is not in UNECE Recommendation 20: pieces are C62, hours HUR"
            yield Finding("BR-CL-23", "fatal", message, place, f"{field}.unit")
        if line.id in ids:
            message = f"Another line has the id {line.id} too"
            yield Finding("BD-LINE-ID", "warning", message, place, f"{field}.id")
        ids.add(line.id)
