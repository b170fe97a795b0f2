"""An amount that somebody asks for."""

from decimal import Decimal

from billing.documents.values import plain
from billing.errors import BillingError
from billing.money import LARGEST_AMOUNT, ZERO, is_whole, minor_unit


class AmountNotPossible(BillingError):
    code = "amount_not_possible"
    title = "That is not an amount that can be given"


def require_amount(amount: Decimal, currency: str, *, field: str = "amount") -> None:
    """Refuse what is not a positive whole number of the currency's minor units.

    :raises AmountNotPossible: saying which of these it is not.
    """
    if not amount.is_finite() or abs(amount) > LARGEST_AMOUNT:
        raise AmountNotPossible(f"An amount is a number of at most {LARGEST_AMOUNT}.", field=field)
    if amount <= ZERO:
        why = f"{plain(amount):f} {currency} is not more than zero."
    elif not is_whole(amount, currency):
        why = f"{plain(amount):f} is finer than {currency}, whose smallest unit is {minor_unit(currency)}."
    else:
        return
    raise AmountNotPossible(why, field=field, requested=f"{plain(amount):f}", currency=currency)
