"""What a credit note takes of an invoice: values in, values out, exact to the cent.

Whatever is spread over several notes (VAT, allowances, charges, the accounting currency's VAT) follows one
rule: the amount that all notes have taken so far, this one included, is computed and rounded as a whole, and
a note gets the difference to what the notes before it took. So the notes add up to the invoice exactly,
however it is split and in whatever order; the note that takes the last of a VAT group takes what is left of
it. The worked tables are in docs/rounding.md; EN 16931 BR-CO-17 leaves room for it.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace

from billing.documents.snapshot import AllowanceCharge, Document, Line, TaxGroup, Totals
from billing.money import HUNDRED, ZERO, round_amount, split

Group = tuple[str, Decimal]
"""A VAT category and rate; no rate is 0. Rates compare as numbers."""


class Taken(NamedTuple):
    """What the live notes on an invoice have taken of it. Lines and allowances go by their index in it."""

    lines: Mapping[int, Decimal] = {}  # net amounts
    quantities: Mapping[int, Decimal] = {}
    by_amount: Mapping[int, Decimal] = {}  # the part of `lines` that was taken without a quantity
    free: Mapping[Group, Decimal] = {}  # net amounts of lines that the invoice does not have
    allowances: Mapping[int, Decimal] = {}
    bases: Mapping[Group, Decimal] = {}
    taxes: Mapping[Group, Decimal] = {}
    rounding: Decimal = ZERO
    accounting_tax: Decimal = ZERO

    def of_line(self, index: int) -> Decimal:
        return self.lines.get(index, ZERO)


class Picked(NamedTuple):
    """A line as it will stand on the note: the place of the invoice's line it takes from, and how many.

    A free line has no `place`. A line taken by amount has no `quantity`.
    """

    place: int | None
    line: Line
    quantity: Decimal | None = None


class Portion(NamedTuple):
    """What one note takes: the document's parts, and for each the index of the invoice's own."""

    lines: tuple[Picked, ...]
    allowances_charges: tuple[tuple[int, AllowanceCharge], ...]
    taxes: tuple[TaxGroup, ...]
    totals: Totals


class Reach(NamedTuple):
    """How far the net lines of one VAT group have been taken, once this note has been counted.

    Free lines take their part of the group as it is: allowances and charges go with the invoice's own lines.
    """

    whole: Decimal
    lines: Decimal
    free: Decimal
    is_complete: bool


UNTOUCHED = Reach(ZERO, ZERO, ZERO, is_complete=True)
"""A VAT group that only an allowance or a charge names."""


class Fixed(NamedTuple):
    """What a VAT group comes to on a note that was asked for with VAT."""

    base: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        return self.base + self.tax


def portion(
    invoice: Document,
    taken: Taken,
    picked: Sequence[Picked],
    fixed: Mapping[Group, Fixed] | None = None,
    *,
    closing: bool = False,
) -> Portion:
    """Return the note that takes `picked` of an invoice, after what has been `taken`.

    `picked` has each line of the invoice at most once; its net amount is no more than is left of it. Some VAT
    groups may be `fixed`: allowances and charges make up what the picked nets leave open of their base.
    `closing` says that all that is left is taken, down to the cash rounding; so does taking all lines.
    """
    fixed = fixed or {}
    reach = reached(invoice, taken, picked, closing=closing)
    is_last = not fixed and all(group.is_complete for group in reach.values())
    allowances = shared_allowances(invoice, taken, reach, picked, fixed, is_last=is_last)
    taxes = shared_taxes(invoice, taken, reach, bases_of(picked, allowances), fixed, is_last=is_last)
    totals = sums(invoice, taken, picked, allowances, taxes, is_last=is_last)
    return Portion(tuple(picked), allowances, taxes, totals)


def reached(
    invoice: Document, taken: Taken, picked: Sequence[Picked], *, closing: bool = False
) -> dict[Group, Reach]:
    """Return how far each VAT group of an invoice is taken with this note.

    A group is complete when each of its lines is; where free lines took a part of it, when its sum is.
    """
    nets, free = dict(taken.lines), dict(taken.free)
    for place, line, _ in picked:
        if place is None:
            free[group_of(line)] = free.get(group_of(line), ZERO) + line.net_amount
        else:
            nets[place] = nets.get(place, ZERO) + line.net_amount
    whole: dict[Group, Decimal] = {group_key(tax.category, tax.rate): ZERO for tax in invoice.taxes}
    lines = dict(whole)
    unfinished: set[Group] = set()
    for place, line in enumerate(invoice.lines):
        group, net = group_of(line), nets.get(place, ZERO)
        whole[group] = whole.get(group, ZERO) + line.net_amount
        lines[group] = lines.get(group, ZERO) + net
        if net != line.net_amount:
            unfinished.add(group)
    return {
        group: Reach(
            total,
            lines[group],
            free.get(group, ZERO),
            closing or (lines[group] + free[group] == total if free.get(group) else group not in unfinished),
        )
        for group, total in whole.items()
    }


def bases_of(
    picked: Sequence[Picked], allowances: Sequence[tuple[int, AllowanceCharge]]
) -> dict[Group, Decimal]:
    """Return the taxable amount of each VAT group that a note touches."""
    bases: dict[Group, Decimal] = {}
    for _, line, _ in picked:
        bases[group_of(line)] = bases.get(group_of(line), ZERO) + line.net_amount
    for _, item in allowances:
        group = group_key(item.tax_category, item.tax_rate)
        bases[group] = bases.get(group, ZERO) + (item.amount if item.is_charge else -item.amount)
    return bases


def shared_allowances(
    invoice: Document,
    taken: Taken,
    reach: Mapping[Group, Reach],
    picked: Sequence[Picked],
    fixed: Mapping[Group, Fixed],
    *,
    is_last: bool,
) -> tuple[tuple[int, AllowanceCharge], ...]:
    """Return the document-level allowances and charges, in proportion to what their VAT group has reached.

    A group of which the note takes no line waits for the last note.
    """
    nets = bases_of(picked, ())
    shares: dict[int, Decimal] = {}
    for index, item in enumerate(invoice.allowances_charges):
        group = group_key(item.tax_category, item.tax_rate)
        shares[index] = ZERO
        if is_last or group in nets:
            share = allowance_share(invoice, taken, index, reach.get(group, UNTOUCHED), is_last=is_last)
            shares[index] = share - taken.allowances.get(index, ZERO)
    for group, want in fixed.items():
        shares |= made_up(invoice, taken, group, want.base - nets.get(group, ZERO))
    if is_last:
        for group, mine in reach.items():
            surplus = mine.lines + mine.free - mine.whole
            if mine.free and surplus > ZERO:  # free lines took a part of the charges too
                left = sum(left_of_items(invoice, taken, group).values(), ZERO)
                shares |= made_up(invoice, taken, group, left - surplus)
    return tuple(
        (index, with_amount(item, shares[index]))
        for index, item in enumerate(invoice.allowances_charges)
        if shares[index] or (is_last and not item.amount)
    )


def allowance_share(invoice: Document, taken: Taken, index: int, reach: Reach, *, is_last: bool) -> Decimal:
    """Return how much of an allowance or charge is taken with this note, the notes before it included.

    It stays between what was taken and all of it, however far lines of both signs go in between.
    """
    item, before = invoice.allowances_charges[index], taken.allowances.get(index, ZERO)
    if reach.is_complete and (reach.whole or is_last):
        return item.amount
    share = running(item.amount, reach.lines, reach.whole, invoice.currency)
    low, high = sorted([before, item.amount])
    return min(max(share, low), high)


def made_up(invoice: Document, taken: Taken, group: Group, sum_wanted: Decimal) -> dict[int, Decimal]:
    """Return shares of the allowances and charges of a VAT group that come to a sum, by what is left of them.

    Where they cancel out nothing is taken of them before the last note.
    """
    left = left_of_items(invoice, taken, group)
    if not sum(left.values(), ZERO):
        return dict.fromkeys(left, ZERO)
    shares = split(sum_wanted, list(left.values()), invoice.currency)
    items = invoice.allowances_charges
    return {
        index: share if items[index].is_charge else -share for index, share in zip(left, shares, strict=True)
    }


def left_of_items(invoice: Document, taken: Taken, group: Group) -> dict[int, Decimal]:
    """Return what is left of the allowances, as negative amounts, and charges of a VAT group."""
    left = {}
    for index, item in enumerate(invoice.allowances_charges):
        if group_key(item.tax_category, item.tax_rate) == group:
            amount = item.amount - taken.allowances.get(index, ZERO)
            left[index] = amount if item.is_charge else -amount
    return left


def with_amount(item: AllowanceCharge, amount: Decimal) -> AllowanceCharge:
    return item if amount == item.amount else replace(item, amount=amount, base_amount=None, percent=None)


def shared_taxes(
    invoice: Document,
    taken: Taken,
    reach: Mapping[Group, Reach],
    bases: Mapping[Group, Decimal],
    fixed: Mapping[Group, Fixed],
    *,
    is_last: bool,
) -> tuple[TaxGroup, ...]:
    """Return the VAT of the note, one group for each category and rate that it touches."""
    shares = []
    for tax in invoice.taxes:
        group = group_key(tax.category, tax.rate)
        if group not in bases and not is_last:
            continue
        if group in fixed:
            share = replace(tax, base=fixed[group].base, amount=fixed[group].tax)
        else:
            closes = is_last or (reach[group].is_complete and bool(reach[group].whole))
            share = tax_share(tax, taken, bases.get(group, ZERO), invoice.currency, closes=closes)
        if share.base or share.amount or group in bases:
            shares.append(share)
    return tuple(shares)


def tax_share(tax: TaxGroup, taken: Taken, base: Decimal, currency: str, *, closes: bool) -> TaxGroup:
    """Return a note's share of one VAT group. Its VAT never has another sign than its base.

    The note that closes the group takes the rest of the base too: an invoice made elsewhere may have a base
    that is not quite the sum of its lines (EN 16931 BR-S-08 allows less than 1).
    """
    group = group_key(tax.category, tax.rate)
    base_before, tax_before = taken.bases.get(group, ZERO), taken.taxes.get(group, ZERO)
    if closes:
        return replace(tax, base=tax.base - base_before, amount=tax.amount - tax_before)
    amount = running(tax.amount, base_before + base, tax.base, currency) - tax_before
    plain = base * (tax.rate or ZERO) / HUNDRED
    if abs(amount - plain) >= 1:  # a base that nearly cancels out says nothing; BR-CO-17 allows less than 1
        amount = round_amount(plain, currency)
    return replace(tax, base=base, amount=amount if base * amount > ZERO else round_amount(ZERO, currency))


def sums(
    invoice: Document,
    taken: Taken,
    picked: Sequence[Picked],
    allowances: Sequence[tuple[int, AllowanceCharge]],
    taxes: Sequence[TaxGroup],
    *,
    is_last: bool,
) -> Totals:
    """Return the note's sums. Cash rounding is taken back by the last note, which pays the rest."""
    nothing = round_amount(ZERO, invoice.currency)
    line_total = sum((line.net_amount for _, line, _ in picked), nothing)
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
    if is_last:
        return whole - taken.accounting_tax
    so_far = sum(taken.taxes.values(), ZERO) + tax_total
    share = running(whole, so_far, invoice.totals.tax_total, invoice.accounting_currency)
    return share - taken.accounting_tax


def running(total: Decimal, reached: Decimal, whole: Decimal, currency: str) -> Decimal:
    """Return how much of `total` is taken when `reached` of `whole` is.

    >>> running(Decimal("55.83"), Decimal("210.83"), Decimal("279.16"), "EUR")
    Decimal('42.16')
    """
    if whole == 0:
        return round_amount(ZERO, currency)
    if reached == whole:
        return total
    return round_amount(total * reached / whole, currency)


def left_of_group(invoice: Document, taken: Taken, group: Group) -> Fixed:
    """Return what is left of a VAT group of an invoice."""
    whole = next(
        (tax for tax in invoice.taxes if group_key(tax.category, tax.rate) == group),
        TaxGroup(*group, ZERO, ZERO),
    )
    return Fixed(
        whole.base - taken.bases.get(group, ZERO),
        whole.amount - taken.taxes.get(group, ZERO),
    )


def group_of(line: Line) -> Group:
    return group_key(line.tax_category, line.tax_rate)


def group_key(category: str, rate: Decimal | None) -> Group:
    return category, rate or ZERO
