"""What a credit note takes of an invoice: values in, values out, exact to the cent.

Whatever is spread over several notes (VAT, allowances, charges, the accounting currency's VAT) follows one
rule: the amount that all notes have taken so far, this one included, is computed and rounded as a whole, and
a note gets the difference to what the notes before it took. So the notes add up to the invoice exactly,
however it is split and in whatever order; the note that takes the last of it takes what is left. The worked
tables are in docs/rounding.md; EN 16931 BR-CO-17 leaves room for it.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace

from billing.documents.snapshot import AllowanceCharge, Document, Line, TaxGroup, Totals
from billing.money import ZERO, round_amount

Group = tuple[str, Decimal]
"""A VAT category and rate; no rate is 0. Rates compare as numbers."""


class Taken(NamedTuple):
    """What the live notes on an invoice have taken of it. Lines and allowances go by their index in it."""

    lines: Mapping[int, Decimal] = {}  # net amounts
    quantities: Mapping[int, Decimal] = {}
    allowances: Mapping[int, Decimal] = {}
    bases: Mapping[Group, Decimal] = {}
    taxes: Mapping[Group, Decimal] = {}
    rounding: Decimal = ZERO
    accounting_tax: Decimal = ZERO

    def of_line(self, index: int) -> Decimal:
        return self.lines.get(index, ZERO)


class Portion(NamedTuple):
    """What one note takes: the document's parts, and for each the index of the invoice's own."""

    lines: tuple[tuple[int, Line], ...]
    allowances_charges: tuple[tuple[int, AllowanceCharge], ...]
    taxes: tuple[TaxGroup, ...]
    totals: Totals


def portion(invoice: Document, taken: Taken, picked: Sequence[tuple[int, Line]]) -> Portion:
    """Return the note that takes `picked` lines of an invoice, after what has been `taken`.

    `picked` has each line of the invoice at most once, as it will stand on the note; its net amount is no
    more than is left of it.
    """
    reached = {index: taken.of_line(index) for index in range(len(invoice.lines))}
    for index, line in picked:
        reached[index] += line.net_amount
    is_last = all(reached[index] == line.net_amount for index, line in enumerate(invoice.lines))
    allowances = shared_allowances(invoice, taken, reached, is_last=is_last)
    taxes = shared_taxes(invoice, taken, picked, allowances, is_last=is_last)
    return Portion(
        tuple(picked), allowances, taxes, sums(invoice, taken, picked, allowances, taxes, is_last=is_last)
    )


def shared_allowances(
    invoice: Document, taken: Taken, reached: Mapping[int, Decimal], *, is_last: bool
) -> tuple[tuple[int, AllowanceCharge], ...]:
    """Return the document-level allowances and charges, in proportion to what their VAT group has reached."""
    shares = []
    for index, item in enumerate(invoice.allowances_charges):
        group = group_key(item.tax_category, item.tax_rate)
        mine = [place for place, line in enumerate(invoice.lines) if group_of(line) == group]
        whole = sum((invoice.lines[place].net_amount for place in mine), ZERO)
        part = sum((reached[place] for place in mine), ZERO)
        share = running(item.amount, part, whole, invoice.currency, is_last=is_last)
        amount = share - taken.allowances.get(index, ZERO)
        if amount == item.amount:
            shares.append((index, item))
        elif amount:
            shares.append((index, replace(item, amount=amount, base_amount=None, percent=None)))
    return tuple(shares)


def shared_taxes(
    invoice: Document,
    taken: Taken,
    picked: Sequence[tuple[int, Line]],
    allowances: Sequence[tuple[int, AllowanceCharge]],
    *,
    is_last: bool,
) -> tuple[TaxGroup, ...]:
    """Return the VAT of the note, one group for each category and rate that it touches."""
    bases: dict[Group, Decimal] = {}
    for _, line in picked:
        bases[group_of(line)] = bases.get(group_of(line), ZERO) + line.net_amount
    for _, item in allowances:
        group = group_key(item.tax_category, item.tax_rate)
        bases[group] = bases.get(group, ZERO) + (item.amount if item.is_charge else -item.amount)
    return tuple(
        share
        for tax in invoice.taxes
        if is_last or group_key(tax.category, tax.rate) in bases
        for share in [tax_share(tax, taken, bases, invoice.currency, is_last=is_last)]
        if share.base or share.amount or group_key(tax.category, tax.rate) in bases
    )


def tax_share(
    tax: TaxGroup, taken: Taken, bases: Mapping[Group, Decimal], currency: str, *, is_last: bool
) -> TaxGroup:
    """Return a note's share of one VAT group. Its VAT never has another sign than its base.

    The last note takes the rest of the base too: an invoice made elsewhere may have a base that is not quite
    the sum of its lines (EN 16931 BR-S-08 allows less than 1).
    """
    group = group_key(tax.category, tax.rate)
    base_before, tax_before = taken.bases.get(group, ZERO), taken.taxes.get(group, ZERO)
    if is_last:
        return replace(tax, base=tax.base - base_before, amount=tax.amount - tax_before)
    base = bases[group]
    reached = running(tax.amount, base_before + base, tax.base, currency)
    amount = reached - tax_before
    return replace(tax, base=base, amount=amount if base * amount >= 0 else ZERO)


def sums(
    invoice: Document,
    taken: Taken,
    picked: Sequence[tuple[int, Line]],
    allowances: Sequence[tuple[int, AllowanceCharge]],
    taxes: Sequence[TaxGroup],
    *,
    is_last: bool,
) -> Totals:
    """Return the note's sums. Cash rounding is taken back by the last note, which pays the rest."""
    nothing = round_amount(ZERO, invoice.currency)
    line_total = sum((line.net_amount for _, line in picked), nothing)
    allowance_total = sum((item.amount for _, item in allowances if not item.is_charge), nothing)
    charge_total = sum((item.amount for _, item in allowances if item.is_charge), nothing)
    net_total = line_total - allowance_total + charge_total
    tax_total = sum((tax.amount for tax in taxes), nothing)
    rounding = invoice.totals.rounding_amount - taken.rounding if is_last else nothing
    return Totals(
        line_total=line_total,
        allowance_total=allowance_total,
        charge_total=charge_total,
        net_total=net_total,
        tax_total=tax_total,
        tax_inclusive_total=net_total + tax_total,
        accounting_tax_total=accounting_share(invoice, taken, tax_total, is_last=is_last),
        rounding_amount=rounding,
        payable_amount=net_total + tax_total + rounding,
    )


def accounting_share(invoice: Document, taken: Taken, tax_total: Decimal, *, is_last: bool) -> Decimal | None:
    """Return the note's VAT in the accounting currency, at the rate of the original supply."""
    whole = invoice.totals.accounting_tax_total
    if whole is None:
        return None
    reached = sum(taken.taxes.values(), ZERO) + tax_total
    share = running(whole, reached, invoice.totals.tax_total, invoice.accounting_currency, is_last=is_last)
    return share - taken.accounting_tax


def running(
    total: Decimal, reached: Decimal, whole: Decimal, currency: str, *, is_last: bool = False
) -> Decimal:
    """Return how much of `total` is taken when `reached` of `whole` is.

    >>> running(Decimal("55.83"), Decimal("210.83"), Decimal("279.16"), "EUR")
    Decimal('42.16')
    """
    if is_last or reached == whole:
        return total
    if whole == 0:
        return round_amount(ZERO, currency)
    return round_amount(total * reached / whole, currency)


def group_of(line: Line) -> Group:
    return group_key(line.tax_category, line.tax_rate)


def group_key(category: str, rate: Decimal | None) -> Group:
    return category, rate or ZERO
