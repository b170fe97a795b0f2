"""Prices that contain their VAT: from what a price list says to what an invoice must say, exact to the cent.

With VAT the amounts are given, and their sum is what is paid. So each VAT group is taken as a whole: its VAT
is computed from what it comes to with VAT, once, and its net is the rest. The net is shared over the group's
parts by running totals, so that the shares add up to it. The worked table is in docs/rounding.md.
"""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from msgspec.structs import replace

from billing.money import HUNDRED, ZERO, minor_unit, round_amount

from .arithmetic import REASONS, Reasons, signed
from .snapshot import AllowanceCharge, Line, TaxGroup

Group = tuple[str, Decimal | None]
"""A VAT category and rate."""

CENT = Decimal("0.01")
MOST_PLACES = 20
"""Decimals that a price may have."""


class Parts(NamedTuple):
    """What the sums of a document are made of."""

    lines: tuple[Line, ...]
    allowances_charges: tuple[AllowanceCharge, ...]
    taxes: tuple[TaxGroup, ...]


def tax_within(gross: Decimal, rate: Decimal | None, currency: str) -> Decimal:
    """Return the VAT that an amount contains. `rate` is percent; no rate is 0.

    >>> tax_within(Decimal("29.97"), Decimal(21), "EUR")
    Decimal('5.20')
    """
    rate = rate or ZERO
    return round_amount(gross * rate / (HUNDRED + rate), currency)


class Untaxing:
    """Takes the VAT out of amounts, one after another, by running totals of each VAT group."""

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.reached: dict[Group, Decimal] = {}

    def net(self, group: Group, gross: Decimal) -> Decimal:
        """Return the net of one more amount with VAT: how far the group's net moves on with it."""
        before = self.reached.get(group, ZERO)
        self.reached[group] = before + gross
        return self.net_at(group, before + gross) - self.net_at(group, before)

    def net_at(self, group: Group, gross: Decimal) -> Decimal:
        return gross - tax_within(gross, group[1], self.currency)

    def taxes(self, reasons: Reasons) -> tuple[TaxGroup, ...]:
        """Return the VAT groups that were met."""
        return tuple(
            TaxGroup(
                category=category,
                rate=rate,
                base=self.net_at((category, rate), gross),
                amount=tax_within(gross, rate, self.currency),
                exemption_reason=reasons.get(category, ("", ""))[0],
                exemption_code=reasons.get(category, ("", ""))[1],
            )
            for (category, rate), gross in self.reached.items()
        )


def without_tax(
    lines: Sequence[Line],
    allowances_charges: Sequence[AllowanceCharge],
    currency: str,
    reasons: Reasons = REASONS,
) -> Parts:
    """Return a document's parts without the VAT that their prices and amounts contain, and its VAT groups.

    `lines` are as their price list has them: unit price, net amount, allowances and charges with VAT. What is
    returned, VAT included, comes to exactly what was given.
    """
    untaxing = Untaxing(currency)
    net_lines = tuple(line_without_tax(line, untaxing) for line in lines)
    net_items = tuple(
        item_without_tax(item, (item.tax_category, item.tax_rate), untaxing) for item in allowances_charges
    )
    return Parts(net_lines, net_items, untaxing.taxes(reasons))


def line_without_tax(line: Line, untaxing: Untaxing) -> Line:
    group = (line.tax_category, line.tax_rate)
    extras = total(line.allowances_charges)
    goods = untaxing.net(group, line.net_amount - extras)
    items = tuple(item_without_tax(item, group, untaxing) for item in line.allowances_charges)
    return replace(
        line,
        unit_price=price_for(goods, line.quantity, line.base_quantity, untaxing.currency),
        tax_inclusive_price=line.unit_price,
        allowances_charges=items,
        net_amount=goods + total(items),
    )


def item_without_tax(item: AllowanceCharge, group: Group, untaxing: Untaxing) -> AllowanceCharge:
    """Return an allowance or charge without VAT. Its percentage, which is of a gross amount, is left out."""
    net = untaxing.net(group, signed(item))
    return replace(item, amount=net if item.is_charge else -net, base_amount=None, percent=None)


def price_for(net: Decimal, quantity: Decimal, base_quantity: Decimal | None, currency: str) -> Decimal:
    """Return the shortest price that comes to the net amount, times the quantity, to within half a cent.

    Peppol's R120 allows two cents, in any currency.

    >>> price_for(Decimal("24.77"), Decimal(3), None, "EUR")
    Decimal('8.257')
    """
    unit = minor_unit(currency)
    near = min(unit, CENT) / 2
    exact = net * (base_quantity or 1) / quantity
    price = exact
    for places in range(-int(unit.as_tuple().exponent), MOST_PLACES + 1):
        price = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
        if abs(quantity * price / (base_quantity or 1) - net) < near:
            break
    return price


def total(items: Iterable[AllowanceCharge]) -> Decimal:
    return sum((signed(item) for item in items), ZERO)
