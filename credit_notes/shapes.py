"""How a part of an invoice's line is written on a credit note, and the invoice it comes from: values only."""

from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace

from billing.documents.inclusive import price_for
from billing.documents.snapshot import AllowanceCharge, Document, Line
from billing.money import ZERO, round_amount, split

from .portion import Taken

SLACK = Decimal("0.02")
"""How far a line's net may be from quantity times price (Peppol R120)."""


class Source(NamedTuple):
    """An invoice, the ids of its lines in order, and what live notes have taken of it."""

    document: Document
    line_ids: tuple[str, ...]
    taken: Taken

    @property
    def currency(self) -> str:
        return self.document.currency

    def net_of(self, place: int | None) -> Decimal:
        """Return the net amount of a line; a free line has none here."""
        return ZERO if place is None else self.document.lines[place].net_amount

    def left_of(self, place: int | None) -> Decimal:
        """Return the net amount that is left of a line."""
        return ZERO if place is None else self.net_of(place) - self.taken.of_line(place)


def by_amount(line: Line, net: Decimal) -> Line:
    """Return a line that stands for a net amount: one piece at that price."""
    return replace(
        line,
        quantity=Decimal(1) if net >= ZERO else Decimal(-1),
        unit="C62",
        unit_price=abs(net),
        net_amount=net,
        allowances_charges=(),
        price_discount=None,
        gross_price=None,
        base_quantity=None,
        base_quantity_unit="",
        tax_inclusive_price=None,
    )


def by_quantity(line: Line, quantity: Decimal, net: Decimal, currency: str) -> Line:
    """Return so many pieces of a line at its price, its own allowances and charges shared to fit the net.

    Where that is off by more than the e-invoice's rules allow, the price is one that fits.
    """
    exact = quantity * line.unit_price / (line.base_quantity or 1)
    items = shared_items(line, net - round_amount(exact, currency), currency)
    if abs(exact + sum((signed(item) for item in items), ZERO) - net) <= SLACK:
        return replace(line, quantity=quantity, net_amount=net, allowances_charges=items)
    if net * quantity < ZERO:
        return by_amount(line, net)
    return replace(
        line,
        quantity=quantity,
        net_amount=net,
        unit_price=price_for(net, quantity, line.base_quantity, currency),
        allowances_charges=(),
        price_discount=None,
        gross_price=None,
    )


def shared_items(line: Line, difference: Decimal, currency: str) -> tuple[AllowanceCharge, ...]:
    """Return a line's allowances and charges so that together they make up the difference exactly."""
    weights = [signed(item) for item in line.allowances_charges]
    if not sum(weights, ZERO):
        return ()
    shares = split(difference, weights, currency)
    return tuple(
        replace(item, amount=share if item.is_charge else -share, base_amount=None, percent=None)
        for item, share in zip(line.allowances_charges, shares, strict=True)
        if share
    )


def signed(item: AllowanceCharge) -> Decimal:
    return item.amount if item.is_charge else -item.amount


def plain(value: Decimal) -> str:
    """Return a number without trailing zeros: 1.5000 is 1.5."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
