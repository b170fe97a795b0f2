"""VAT per category and rate on the sum of net lines, rounded once (EN 16931 BT-116, BT-117)."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from .money import HUNDRED, ZERO, round_amount


class Taxable(NamedTuple):
    """An amount that is taxed: a line's net, a charge, or an allowance with its minus."""

    category: str
    rate: Decimal | None
    amount: Decimal


class Tax(NamedTuple):
    """The base and the VAT of one category and rate."""

    category: str
    rate: Decimal | None
    base: Decimal
    amount: Decimal


def tax_breakdown(items: Iterable[Taxable], currency: str) -> list[Tax]:
    """Return one tax group for each category and rate, in the order they first appear.

    >>> tax_breakdown([Taxable("S", Decimal(20), Decimal("279.16"))], "EUR")
    [Tax(category='S', rate=Decimal('20'), base=Decimal('279.16'), amount=Decimal('55.83'))]
    """
    bases: dict[tuple[str, Decimal | None], Decimal] = {}
    for item in items:
        group = (item.category, item.rate)
        bases[group] = bases.get(group, ZERO) + item.amount
    return [
        Tax(category, rate, base, round_amount(base * (rate or ZERO) / HUNDRED, currency))
        for (category, rate), base in bases.items()
    ]
