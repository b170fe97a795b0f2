"""The words that CII has of its own: numbers without a currency, days with a format, yes and no."""

from datetime import date
from decimal import Decimal

from lxml import etree

from billing.einvoice.xml import Part, amount_text, decimals, group, leaf, plain

DAY = "102"
"""UNTDID 2379: how a day is written, YYYYMMDD."""

YES, NO = "true", "false"


def amount(name: str, value: Decimal | None, currency: str) -> etree._Element | None:
    """Return an amount as text; CII says its currency once, for the whole document."""
    return None if value is None else leaf(name, amount_text(value, currency))


def price(name: str, value: Decimal | None, currency: str) -> etree._Element | None:
    """Return a price, with all the decimals it has."""
    return None if value is None else leaf(name, plain(value, places=decimals(currency)))


def moment(name: str, value: date | None, text: str = "udt:DateTimeString") -> etree._Element | None:
    """Return a day inside the element that CII wraps around it."""
    return None if value is None else group(name, leaf(text, value.isoformat().replace("-", ""), format=DAY))


def is_charge(value: bool) -> Part:
    """Return the indicator that tells a charge from an allowance."""
    return group("ram:ChargeIndicator", leaf("udt:Indicator", YES if value else NO))
