"""Minor units, rounding half up, and splitting an amount without losing a cent.

An *amount* is whole in its currency's minor unit; a *price* may be finer; a *rate* is percent.
Exponents come from ISO 4217 (the `iso4217` package); docs/rounding.md lists every place that rounds.
"""

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import cache

from iso4217 import Currency

ZERO = Decimal(0)
HUNDRED = Decimal(100)
LARGEST_AMOUNT = Decimal("999999999999.9999")
"""The largest amount that is taken in; a larger one is refused by name."""


@cache
def minor_unit(currency: str) -> Decimal:
    """Return the smallest amount of a currency: 0.01 for EUR, 1 for JPY, 0.001 for KWD.

    :raises ValueError: the code is not in ISO 4217, or names something that has no minor unit (gold).
    """
    exponent = Currency(currency).exponent
    if exponent is None:
        raise ValueError(f"{currency} has no minor unit")
    return Decimal(1).scaleb(-exponent)


def has_minor_unit(currency: str) -> bool:
    """Tell whether amounts can be kept in a currency: not in gold, nor in a code that ISO 4217 lacks."""
    try:
        minor_unit(currency)
    except ValueError:
        return False
    return True


def round_amount(amount: Decimal, currency: str) -> Decimal:
    """Return the amount rounded half up (away from zero) to the currency's minor unit.

    >>> round_amount(Decimal("-0.125"), "EUR")
    Decimal('-0.13')
    """
    return amount.quantize(minor_unit(currency), rounding=ROUND_HALF_UP)


def is_whole(amount: Decimal, currency: str) -> bool:
    """Tell whether the amount is a whole number of the currency's minor units."""
    return amount == round_amount(amount, currency)


def split(total: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Share `total` out in proportion to `weights`, by largest remainder; the shares sum to it exactly.

    Each share is its exact value rounded down or up: the units that rounding all of them down leaves over go
    to those that lost most, the first of equals first. `weights` do not sum to zero; some may be negative.

    >>> split(Decimal("0.05"), [Decimal(1), Decimal(1), Decimal(1)], "EUR")
    [Decimal('0.02'), Decimal('0.02'), Decimal('0.01')]
    """
    whole = sum(weights, ZERO)
    if whole == 0:
        raise ValueError("weights sum to zero")
    unit = minor_unit(currency)
    exact = [total * weight / whole for weight in weights]
    shares = [share.quantize(unit, rounding=ROUND_FLOOR) for share in exact]
    left = int((total - sum(shares, ZERO)) / unit)
    by_loss = sorted(range(len(shares)), key=lambda place: shares[place] - exact[place])
    for place in by_loss[:left]:
        shares[place] += unit
    return shares
