"""From what somebody asks for to lines, allowances, charges and VAT groups, added up."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from billing.documents.arithmetic import REASONS, Reasons, line_net, percent_of, signed, tax_groups
from billing.documents.inclusive import Group, Parts, without_tax
from billing.documents.snapshot import AllowanceCharge, Line
from billing.einvoice.preflight.tax import NEEDS_REASON, RATE_IS_ZERO
from billing.errors import Invalid
from billing.money import LARGEST_AMOUNT, ZERO, is_whole, minor_unit

from .wish import AllowanceChargeWish, InvoiceWish, LineWish

SAME = tuple(
    name
    for name in LineWish.__struct_fields__
    if name in Line.__struct_fields__ and name not in ("allowances_charges", "tax_rate")
)
"""What a line says just as it was asked for."""


class LinesNeeded(Invalid):
    code = "lines_needed"
    title = "There must be a line at least"


class QuantityNotPossible(Invalid):
    code = "quantity_not_possible"
    title = "A line has a quantity"


class AmountTooFine(Invalid):
    code = "amount_too_fine"
    title = "An amount is finer than its currency"


class AmountTooLarge(Invalid):
    code = "amount_too_large"
    title = "An amount is larger than any that is taken in"


class AmountOrPercent(Invalid):
    code = "amount_or_percent"
    title = "An allowance or charge is an amount, or a percentage of one"


class TaxCategoryNeeded(Invalid):
    code = "tax_category_needed"
    title = "It is not clear which VAT this belongs to"


class ExemptionReasonNotPossible(Invalid):
    code = "exemption_reason_not_possible"
    title = "The exemption reason does not fit"


def parts_of(wish: InvoiceWish, currency: str) -> Parts:
    """Return the parts of an invoice, without VAT whatever its price list has, and its VAT groups.

    :raises Invalid: it has no lines, or one of its parts makes no sense; `field` is the path to it.
    """
    if not wish.lines:
        raise LinesNeeded("Give at least one line.", field="lines")
    lines = [line_of(line, place, currency) for place, line in enumerate(wish.lines)]
    items = [
        document_item(item, lines, currency, path=f"allowances_charges.{place}")
        for place, item in enumerate(wish.allowances_charges)
    ]
    reasons = REASONS | reasons_of(wish.lines)
    if wish.price_type == "tax_inclusive":
        return without_tax(lines, items, currency, reasons)
    return Parts(tuple(lines), tuple(items), tax_groups(lines, items, currency, reasons))


def line_of(wish: LineWish, place: int, currency: str) -> Line:
    """Return a line with its net amount, at the prices of its list."""
    path = f"lines.{place}"
    require_quantity(wish, path)
    goods = line_net(
        quantity=in_range(wish, path),
        unit_price=wish.unit_price,
        base_quantity=wish.base_quantity,
        currency=currency,
    )
    items = tuple(
        item_of(item, goods, currency, path=f"{path}.allowances_charges.{number}")
        for number, item in enumerate(wish.allowances_charges)
    )
    return Line(
        id=str(place + 1),
        **{name: getattr(wish, name) for name in SAME},
        tax_rate=rate_of(wish.tax_category, wish.tax_rate),
        allowances_charges=items,
        net_amount=goods + sum(map(signed, items), ZERO),
    )


def require_quantity(wish: LineWish, path: str) -> None:
    if not wish.quantity:
        message = "The quantity is 0. What is given away has a price of 0."
        raise QuantityNotPossible(message, field=f"{path}.quantity")
    if wish.base_quantity is not None and wish.base_quantity <= ZERO:
        message = "The quantity that the price is for must be more than 0."
        raise QuantityNotPossible(message, field=f"{path}.base_quantity")


def in_range(wish: LineWish, path: str) -> Decimal:
    """Return a line's quantity, unless it makes an amount that is beyond all reason."""
    gross = wish.quantity * wish.unit_price / (wish.base_quantity or 1)
    if not gross.is_finite() or abs(gross) > LARGEST_AMOUNT:
        message = f"Quantity times price is more than {LARGEST_AMOUNT}."
        raise AmountTooLarge(message, field=f"{path}.quantity")
    return wish.quantity


def rate_of(category: str, rate: Decimal | None) -> Decimal | None:
    """Return a VAT rate; categories that have no other need not say that it is 0."""
    return ZERO if rate is None and category in RATE_IS_ZERO else rate


def document_item(
    wish: AllowanceChargeWish, lines: Sequence[Line], currency: str, *, path: str
) -> AllowanceCharge:
    """Return an allowance or charge on the whole, in the VAT group that it names or that all lines share."""
    category, rate = group_for(wish, lines, path=path)
    base = sum((line.net_amount for line in lines if group_of(line) == (category, rate)), ZERO)
    return item_of(wish, base, currency, path=path, category=category, rate=rate)


def group_for(wish: AllowanceChargeWish, lines: Sequence[Line], *, path: str) -> Group:
    """Return the VAT group of an allowance or charge.

    :raises TaxCategoryNeeded: it names none, and the lines have several.
    """
    if wish.tax_category:
        return wish.tax_category, rate_of(wish.tax_category, wish.tax_rate)
    groups = {group_of(line) for line in lines}
    if len(groups) > 1:
        message = "The lines have several VAT rates: say to which of them this belongs."
        raise TaxCategoryNeeded(message, field=f"{path}.tax_category")
    return groups.pop()


def group_of(line: Line) -> Group:
    return line.tax_category, line.tax_rate


def item_of(
    wish: AllowanceChargeWish,
    base: Decimal,
    currency: str,
    *,
    path: str,
    category: str = "",
    rate: Decimal | None = None,
) -> AllowanceCharge:
    """Return an allowance or charge; a percentage is of its own base, or else of `base`."""
    if (wish.amount is None) == (wish.percent is None):
        raise AmountOrPercent("Give either an amount or a percentage.", field=f"{path}.amount")
    base = (
        base if wish.base_amount is None else require_whole(wish.base_amount, currency, f"{path}.base_amount")
    )
    if wish.percent is not None:
        amount = percent_of(base, wish.percent, currency)
    else:
        amount = require_whole(wish.amount or ZERO, currency, f"{path}.amount")
    return AllowanceCharge(
        is_charge=wish.is_charge,
        amount=amount,
        base_amount=None if wish.percent is None else base,
        percent=wish.percent,
        reason=wish.reason,
        reason_code=wish.reason_code,
        tax_category=category,
        tax_rate=rate,
    )


def require_whole(amount: Decimal, currency: str, field: str) -> Decimal:
    """Return an amount that the currency can pay.

    :raises AmountTooLarge, AmountTooFine: it cannot.
    """
    if not amount.is_finite() or abs(amount) > LARGEST_AMOUNT:
        raise AmountTooLarge(f"An amount is at most {LARGEST_AMOUNT}.", field=field)
    if not is_whole(amount, currency):
        message = f"{amount:f} is finer than {currency}, whose smallest unit is {minor_unit(currency)}."
        raise AmountTooFine(message, field=field)
    return amount


class Reasoned(Protocol):
    """A line that may say why it is not taxed."""

    @property
    def tax_category(self) -> str: ...
    @property
    def exemption_reason(self) -> str: ...
    @property
    def exemption_code(self) -> str: ...


def reasons_of(lines: Sequence[Reasoned]) -> Reasons:
    """Return why each category is not taxed, as far as the lines say so.

    :raises ExemptionReasonNotPossible: two lines of one category disagree, or one is taxed.
    """
    reasons: Reasons = {}
    for place, line in enumerate(lines):
        said = (line.exemption_reason, line.exemption_code)
        if not any(said):
            continue
        field = f"lines.{place}.exemption_{'reason' if said[0] else 'code'}"
        if line.tax_category not in NEEDS_REASON:
            message = f"Category {line.tax_category} is taxed and has no exemption reason."
            raise ExemptionReasonNotPossible(message, field=field)
        if reasons.setdefault(line.tax_category, said) != said:
            message = (
                f"Another line of category {line.tax_category} gives another reason: an invoice has one."
            )
            raise ExemptionReasonNotPossible(message, field=field)
    return reasons
