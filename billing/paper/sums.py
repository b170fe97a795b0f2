"""The sums under the table: allowances and charges, VAT by group, totals."""

from dataclasses import dataclass

from billing.documents.arithmetic import REASONS
from billing.documents.snapshot import (
    SELF_BILLED_INVOICES,
    SELF_BILLED_NOTE,
    AllowanceCharge,
    Document,
    TaxGroup,
)
from billing.paper.formats import Formats

STANDARD_REASONS = {reason for reason, _ in REASONS.values()}
"""English reasons that a document is given by default; the paper says them in its own language."""

SELF_BILLED = (SELF_BILLED_NOTE, *SELF_BILLED_INVOICES)
"""Type codes of papers that the customer issues (Art. 226 point 10a)."""

EXEMPT = ("E", "AE", "K", "G", "O")
"""VAT categories whose reason the law wants on the paper (Art. 226 points 11 and 11a)."""


@dataclass(frozen=True)
class TaxRow:
    """The VAT of one category and rate."""

    label: str
    base: str
    amount: str


def tax_rows(document: Document, formats: Formats) -> list[TaxRow]:
    """Return a row for each VAT group."""
    return [
        TaxRow(tax_label(group, formats), formats.amount(group.base), formats.amount(group.amount))
        for group in document.taxes
    ]


def tax_label(group: TaxGroup, formats: Formats) -> str:
    """Return what a VAT group is called: its rate, or its category where that says more."""
    if group.category == "S":
        return formats.rate(group.rate or 0)
    name = formats.words.categories.get(group.category, group.category)
    if group.category in EXEMPT or group.rate is None:
        return f"{name} ({group.category})"
    return f"{name} {formats.rate(group.rate)}"


def tax_remarks(document: Document, formats: Formats) -> list[str]:
    """Return the sentences that say why no VAT is charged, and what else the law wants said of it."""
    sentences = formats.words.sentences
    remarks = [_exemption(group, formats) for group in document.taxes if group.category in EXEMPT]
    if document.type_code in SELF_BILLED:
        remarks.append(sentences.self_billing)
    if _is_belgian_credit(document) and document.totals.tax_total:
        remarks.append(sentences.belgian_repayment)
    return list(dict.fromkeys(remarks))


def _is_belgian_credit(document: Document) -> bool:
    return document.kind == "credit_note" and document.seller.address.country == "BE"


def _exemption(group: TaxGroup, formats: Formats) -> str:
    """The legal phrase in the paper's language, and what the document says of its own."""
    phrase = formats.words.exemptions[group.category]
    reason = "" if group.exemption_reason in STANDARD_REASONS else group.exemption_reason
    if group.category == "E":
        return reason or " ".join(filter(None, [phrase, group.exemption_code]))
    return phrase if reason.casefold() in phrase.casefold() else f"{phrase} {reason}"


def sums_before_total(document: Document, formats: Formats) -> list[tuple[str, str]]:
    """Return label and amount of all that leads to the total."""
    labels, totals = formats.words.labels, document.totals
    sums = []
    if document.allowances_charges:
        sums.append((labels.line_total, formats.money(totals.line_total)))
        sums += [adjustment(item, formats) for item in document.allowances_charges]
    sums.append((labels.net_total, formats.money(totals.net_total)))
    sums.append((_tax_total_label(document, formats), formats.money(totals.tax_total)))
    if totals.rounding_amount:
        sums.append((labels.rounding, formats.money(totals.rounding_amount)))
    return sums


def sums_after_total(document: Document, formats: Formats) -> list[tuple[str, str]]:
    """Return what follows the total: VAT in the accounting currency; on an invoice what is left to pay."""
    labels, totals = formats.words.labels, document.totals
    sums = []
    if document.kind == "invoice" and totals.prepaid_amount:
        sums.append((labels.prepaid, formats.money(-totals.prepaid_amount)))
        sums.append((labels.amount_due, formats.money(totals.payable_amount)))
    if totals.accounting_tax_total is not None:
        currency = document.accounting_currency
        label = labels.accounting_tax.format(currency=currency)
        sums.append((label, formats.money(totals.accounting_tax_total, currency)))
    return sums


def adjustment(item: AllowanceCharge, formats: Formats) -> tuple[str, str]:
    """Return an allowance or a charge: what for, and by how much it changes the sum."""
    labels = formats.words.labels
    label = item.reason or (labels.charge if item.is_charge else labels.allowance)
    if item.percent is not None:
        label = f"{label} {formats.rate(item.percent)}"
    return label, formats.money(item.amount if item.is_charge else -item.amount)


def _tax_total_label(document: Document, formats: Formats) -> str:
    label = formats.words.labels.tax_total
    groups = document.taxes
    if len(groups) == 1 and groups[0].category == "S":
        return f"{label} {tax_label(groups[0], formats)}"
    return label
