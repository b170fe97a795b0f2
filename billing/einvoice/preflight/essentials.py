"""What any paper needs, be it an e-invoice or a sheet only: texts, a currency, lines, sums that add up."""

from collections.abc import Iterator

from billing.documents.snapshot import FINANCIAL_ADJUSTMENT, Document, to_json
from billing.einvoice.codes import is_known
from billing.einvoice.findings import Finding
from billing.einvoice.preflight.sums import added_up

FORBIDDEN = frozenset(map(chr, (*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0xFFFE, 0xFFFF)))
"""Characters that no XML may have, not even escaped; surrogates come on top."""


def essentials(document: Document) -> tuple[Finding, ...]:
    """Return what keeps a document from being any paper at all, an e-invoice or not."""
    return (
        *_texts(document),
        *_credit_note(document),
        *_currency(document),
        *_lines(document),
        *added_up(document),
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


def _credit_note(document: Document) -> Iterator[Finding]:
    if document.kind != "credit_note":
        return
    if document.totals.total < 0:
        message = (
            "A credit note must not have a negative total: that would be a claim. Issue an invoice instead"
        )
        yield Finding("BD-NEGATIVE", "fatal", message, "totals", "totals")
    if not document.references and document.type_code != FINANCIAL_ADJUSTMENT:
        message = "A credit note must name the invoice it corrects, by number and date"
        yield Finding("BD-REFERENCE", "fatal", message, field="references")


def _currency(document: Document) -> Iterator[Finding]:
    if not is_known("currencies", document.currency):
        message = f"{document.currency or 'Nothing'} is not an ISO 4217 currency"
        yield Finding("BR-CL-04", "fatal", message, field="currency")


def _lines(document: Document) -> Iterator[Finding]:
    if not document.lines:
        yield Finding("BR-16", "fatal", "The document has no lines", field="lines")
    for index, line in enumerate(document.lines):
        if not line.name.strip():
            message = "The line does not say what was sold"
            yield Finding("BR-25", "fatal", message, f"line {index + 1}", f"lines.{index}.name")
