"""What Peppol BIS Billing and XRechnung both ask beyond EN 16931, in our words.

XRechnung 3.0 takes these rules over from Peppol, with Peppol's ids.
"""

from collections.abc import Iterator
from datetime import date

from billing.documents.snapshot import AllowanceCharge, Document, Line
from billing.einvoice.findings import Finding, Flag, gap
from billing.einvoice.preflight.lines import place_of
from billing.einvoice.preflight.payment import DIRECT_DEBIT
from billing.einvoice.preflight.sums import CENT
from billing.money import HUNDRED, ZERO

TWO_CENTS = 2 * CENT


def shared_gaps(document: Document, *, net_amount: Flag = "fatal") -> tuple[Finding, ...]:
    """Return what keeps a document from both. `net_amount` says how bad a line that is not its product is."""
    return (
        *_endpoints(document),
        *_money(document),
        *_mandates(document),
        *_lines(document, net_amount),
    )


def _endpoints(document: Document) -> Iterator[Finding]:
    for role, rule, endpoint in (
        ("seller", "R020", document.seller.endpoint),
        ("buyer", "R010", document.buyer.endpoint),
    ):
        if endpoint is None or not endpoint.id.strip():
            yield _gap(rule, f"The {role} has no electronic address to send to", role, f"{role}.endpoint")


def _money(document: Document) -> Iterator[Finding]:
    accounting = document.totals.accounting_tax_total
    if document.accounting_currency == document.currency:
        message = "The accounting currency is the document's own; leave it empty"
        yield _gap("R005", message, "", "accounting_currency")
    elif accounting is not None and accounting * document.totals.tax_total < 0:
        message = "The VAT total in the accounting currency has another sign than the VAT total"
        yield _gap("R055", message, "totals", "totals.accounting_tax_total")
    for index, each in enumerate(document.allowances_charges):
        yield from _allowance_charge(each, f"allowances_charges.{index}", "")


def _allowance_charge(each: AllowanceCharge, field: str, place: str) -> Iterator[Finding]:
    word = "charge" if each.is_charge else "allowance"
    place = place or place_of(each, field)
    base, percent = each.base_amount, each.percent
    if percent is not None and base is None:
        message = f"A percentage needs the amount that the {word} is taken of"
        yield _gap("R041", message, place, f"{field}.base_amount")
    elif percent is None and base is not None:
        yield _gap("R042", f"With a base amount the {word} needs its percentage", place, f"{field}.percent")
    elif percent and base and abs(each.amount - base * percent / HUNDRED) > TWO_CENTS:
        yield _gap("R040", f"The {word} is not its percentage of its base amount", place, f"{field}.amount")


def _mandates(document: Document) -> Iterator[Finding]:
    for index, means in enumerate(document.payment_means):
        if means.code in DIRECT_DEBIT and not means.mandate.strip():
            message = "A direct debit needs the reference of its mandate"
            yield _gap("R061", message, "payment", f"payment_means.{index}.mandate")


def _lines(document: Document, net_amount: Flag) -> Iterator[Finding]:
    for index, line in enumerate(document.lines):
        place, field = f"line {index + 1}", f"lines.{index}"
        yield from _net_amount(line, place, field, net_amount)
        yield from _base_quantity(line, place, field)
        yield from _line_period(document, line, place, field)
        for number, each in enumerate(line.allowances_charges):
            yield from _allowance_charge(each, f"{field}.allowances_charges.{number}", place)


def _net_amount(line: Line, place: str, field: str, flag: Flag) -> Iterator[Finding]:
    extra = sum(((each.amount if each.is_charge else -each.amount) for each in line.allowances_charges), ZERO)
    expected = line.quantity * line.unit_price / (line.base_quantity or 1) + extra
    if abs(line.net_amount - expected) > TWO_CENTS:
        shown = expected.quantize(TWO_CENTS)
        message = f"Quantity times price comes to {shown}, but the line says {line.net_amount:f}"
        yield Finding("PEPPOL-EN16931-R120", flag, message, place, f"{field}.net_amount")
    if line.gross_price is not None and line.unit_price != line.gross_price - (line.price_discount or ZERO):
        yield _gap("R046", "The price is not the gross price less its discount", place, f"{field}.unit_price")


def _base_quantity(line: Line, place: str, field: str) -> Iterator[Finding]:
    if line.base_quantity is not None and line.base_quantity <= 0:
        message = "The quantity that the price is for must be more than 0"
        yield _gap("R121", message, place, f"{field}.base_quantity")
    if line.base_quantity is not None and line.base_quantity_unit not in ("", line.unit):
        message = "The quantity that the price is for must have the line's own unit"
        yield _gap("R130", message, place, f"{field}.base_quantity_unit")


def _line_period(document: Document, line: Line, place: str, field: str) -> Iterator[Finding]:
    whole, own = document.period, line.period
    if whole is None or own is None:
        return
    if _is_before(own.start, whole.start):
        yield _gap("R110", "The line's period starts before the document's", place, f"{field}.period.start")
    if _is_before(whole.end, own.end):
        yield _gap("R111", "The line's period ends after the document's", place, f"{field}.period.end")


def _is_before(one: date | None, other: date | None) -> bool:
    return one is not None and other is not None and one < other


def _gap(rule: str, message: str, place: str, field: str) -> Finding:
    return gap(f"PEPPOL-EN16931-{rule}", message, place, field)
