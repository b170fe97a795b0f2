"""The small words of both syntaxes: leaves and groups left out when empty, numbers and days as text.

Names are written with their prefix (`cbc:ID`, `ram:Name`), as people write them.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cache

from lxml import etree

from billing.money import minor_unit

INVOICE = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
CREDIT_NOTE = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
NAMESPACES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
}
"""Those of UBL 2.1 and of UN/CEFACT CII, by the prefix people know them by."""
MOST_PLACES = 2
"""EN 16931 writes no amount with more decimals, whatever the currency (BR-DEC-*)."""

Part = etree._Element | None | Iterable["etree._Element | None"]


@cache
def qualified(name: str) -> str:
    """Return `{namespace}local` for `cbc:ID`."""
    prefix, _, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


@cache
def _making(name: str) -> tuple[str, dict[str, str]]:
    """Return what an element of a name is made with: its qualified name and its one namespace."""
    prefix = name.partition(":")[0]
    return qualified(name), {prefix: NAMESPACES[prefix]}


def element(name: str) -> etree._Element:
    """Return an element with nothing in it."""
    tag, nsmap = _making(name)
    return etree.Element(tag, nsmap=nsmap)


def leaf(name: str, text: str, /, **attributes: str) -> etree._Element | None:
    """Return an element with text, or None if the text is blank; blank attributes are left out."""
    text = text.strip()
    if not text:
        return None
    made = element(name)
    made.text = text
    for key, value in attributes.items():
        if value:
            made.set(key, value)
    return made


def group(name: str, *parts: Part) -> etree._Element | None:
    """Return an element around those of its parts that are there, or None if none is."""
    children = list(present(parts))
    if not children:
        return None
    made = element(name)
    made.extend(children)
    return made


def present(parts: Iterable[Part]) -> Iterable[etree._Element]:
    """Yield the elements among the parts, one level of lists unrolled."""
    for part in parts:
        if isinstance(part, etree._Element):
            yield part
        elif part is not None:
            yield from (each for each in part if each is not None)


def amount(name: str, value: Decimal | None, currency: str) -> etree._Element | None:
    """Return an amount in a currency, with as many decimals as the currency has, two at most."""
    return None if value is None else leaf(name, amount_text(value, currency), currencyID=currency)


def price(name: str, value: Decimal | None, currency: str) -> etree._Element | None:
    """Return a price, with all the decimals it has."""
    if value is None:
        return None
    return leaf(name, plain(value, places=decimals(currency)), currencyID=currency)


def number(name: str, value: Decimal | None, **attributes: str) -> etree._Element | None:
    """Return a quantity or a percentage."""
    return None if value is None else leaf(name, plain(value), **attributes)


def day(name: str, value: date | None) -> etree._Element | None:
    """Return a day as YYYY-MM-DD."""
    return None if value is None else leaf(name, value.isoformat())


def amount_text(value: Decimal, currency: str) -> str:
    """Return an amount as text. Decimals the currency does not have are kept, for the rules to find."""
    return plain(value, places=decimals(currency))


def plain(value: Decimal, *, places: int = 0) -> str:
    """Return a number without exponent, with at least `places` decimals and no other trailing zero.

    Equal numbers give equal text.

    >>> plain(Decimal("1E+3")), plain(Decimal("2.500"), places=2), plain(Decimal("-0.0"))
    ('1000', '2.50', '0')
    """
    whole, _, fraction = format(value.copy_abs(), "f").partition(".")
    fraction = fraction.rstrip("0").ljust(places, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


@cache
def decimals(currency: str) -> int:
    """Return how many decimals amounts in the currency are written with: 2 for EUR and KWD, 0 for JPY."""
    try:
        exponent = minor_unit(currency).as_tuple().exponent
    except ValueError:
        return MOST_PLACES
    return min(-int(exponent), MOST_PLACES)
