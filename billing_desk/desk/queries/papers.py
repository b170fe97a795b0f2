"""What an invoice or a credit note says, for the screen: the same values that its paper prints."""

from dataclasses import dataclass
from decimal import Decimal

from msgspec.structs import replace

from billing.documents.snapshot import AllowanceCharge, Document, TaxGroup
from billing.paper.formats import Formats, formats_of
from billing.paper.parties import Block
from billing.paper.sheet import Sheet, sheet_of
from billing.paper.sums import adjustment, tax_label

LANGUAGE = "en"


@dataclass(frozen=True)
class LineRow:
    name: str
    details: list[str]
    quantity: str
    unit_price: Decimal
    per: str  # what the price is for, if not for one
    tax: str
    amount: Decimal


@dataclass(frozen=True)
class Sum:
    """A line under the amounts: those above a total add up to it."""

    label: str
    amount: Decimal
    is_total: bool = False


@dataclass(frozen=True)
class Paper:
    currency: str
    lines: list[LineRow]
    sums: list[Sum]
    seller: Block
    buyer: Block
    facts: list[tuple[str, str]]
    payment: list[tuple[str, str]]
    remarks: list[str]


def paper_of(document: Document, *, after_total: list[Sum] | None = None) -> Paper:
    """Return what a document says. `after_total` are the sums that follow its total: paid, credited, due."""
    sheet = sheet_of(replace(document, language=LANGUAGE))
    return Paper(
        currency=document.currency,
        lines=lines_of(document, sheet),
        sums=sums_of(document) + (after_total or []),
        seller=sheet.seller,
        buyer=sheet.buyer,
        facts=[*references_of(document), *sheet.facts],
        payment=sheet.payment,
        remarks=[*sheet.tax_remarks, *sheet.notes],
    )


def lines_of(document: Document, sheet: Sheet) -> list[LineRow]:
    return [
        LineRow(
            name=row.name,
            details=row.small,
            quantity=row.quantity,
            unit_price=line.unit_price,
            per=row.per,
            tax=row.tax,
            amount=line.net_amount,
        )
        for line, row in zip(document.lines, sheet.rows, strict=True)
    ]


def sums_of(document: Document) -> list[Sum]:
    """Return the sums from the lines to the total; each group of them can be added up again by hand."""
    totals, formats = document.totals, formats_of(LANGUAGE, document.currency)
    sums = []
    if document.allowances_charges:
        sums.append(Sum("Lines", totals.line_total))
        sums += [allowance_sum(item, formats) for item in document.allowances_charges]
    sums.append(Sum("Net", totals.net_total))
    sums += [Sum(tax_words(group, formats), group.amount) for group in document.taxes]
    if totals.rounding_amount:
        sums.append(Sum("Rounding", totals.rounding_amount))
    return [*sums, Sum("Total", totals.total, is_total=True)]


def allowance_sum(item: AllowanceCharge, formats: Formats) -> Sum:
    label, _ = adjustment(item, formats)
    return Sum(label, item.amount if item.is_charge else -item.amount)


def tax_words(group: TaxGroup, formats: Formats) -> str:
    """Say what a VAT group is and on what: VAT 23% on €2,534.85."""
    label = tax_label(group, formats)
    name = f"VAT {label}" if group.category == "S" else label
    return f"{name} on {formats.money(group.base)}"


def references_of(document: Document) -> list[tuple[str, str]]:
    """Return the invoices that an invoice itself refers to; a credit note's are links on its page."""
    if document.kind == "credit_note":
        return []
    return [("Refers to invoice", reference.number) for reference in document.references]
