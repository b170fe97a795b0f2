"""How the desk writes money, prices, days and icons."""

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from babel.dates import format_date
from babel.numbers import NumberPattern, parse_pattern
from django import template
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from lucide.templatetags.lucide import lucide

from billing.einvoice.codes import ListName
from billing.money import minor_unit
from billing.paper.formats import Formats, formats_of, spaced
from billing_desk.code_fields import suggested

register = template.Library()

COMPONENTS = (
    "sidebar",
    "breadcrumb",
    "badge",
    "button",
    "menu",
    "card",
    "strip",
    "table",
    "lines",
    "facts",
    "sums",
    "timeline",
    "linked",
    "field",
    "codes",
    "sheet",
    "choices",
    "bulk",
    "flash",
    "einvoice",
    "list",
    "filter",
    "reference",
    "keys",
)
STYLES = ("tokens", "base", "layout", *(f"components/{name}" for name in COMPONENTS))
MINUS = "−"
PLACES_OF_A_PRICE = 10


@register.filter
def amount(value: Decimal, currency: str) -> str:
    """Write an amount with its currency: €1,125.28."""
    return with_minus(english(currency).money(value, currency))


@register.filter
def taken_off(value: Decimal, currency: str) -> str:
    """Write an amount that is taken off: −€1,125.28; nothing taken off is €0.00."""
    return amount(-value if value else value, currency)


@register.filter
def price(value: Decimal, currency: str) -> str:
    """Write a price with its currency, with as many places as it has: €0.0125."""
    pattern = _prices(currency)
    text = pattern.apply(value, english(currency).locale, currency=currency, currency_digits=False)
    return with_minus(spaced(text))


@register.filter
def day(value: date | None) -> str:
    """Write a day: 3 November 2026."""
    return english().day(value) if value else "–"


@register.filter
def short_day(value: date | None) -> str:
    """Write a day for a column of a table: 3 Nov 2026."""
    return format_date(value, "d MMM yyyy", locale=english().locale) if value else "–"


@register.filter
def moment(value: datetime) -> str:
    """Write a moment in the zone it carries: 3 November 2026, 14:05."""
    return f"{english().day(value.date())}, {value:%H:%M}"


@register.simple_tag
def stylesheets() -> SafeString:
    """Link the desk's styles. The layers' order is said in the first."""
    return format_html_join(
        "\n", '<link rel="stylesheet" href="{}">', ((static(f"css/{name}.css"),) for name in STYLES)
    )


@register.simple_tag
def suggested_codes(*lists: ListName) -> SafeString:
    """Bring the list from which a browser without JavaScript suggests codes for the fields of a page."""
    return suggested(lists)


@register.simple_tag
@cache
def icon(name: str, size: int = 18) -> SafeString:
    """Draw a lucide icon. It says nothing to a screen reader: words stand beside it."""
    return lucide(str(name), size=size, **{"class": "icon", "aria_hidden": "true", "focusable": "false"})


def english(currency: str = "EUR") -> Formats:
    """Return the formats of the desk, which speaks English."""
    return formats_of("en", currency)


def with_minus(text: str) -> str:
    """Write a true minus, which is as wide as the figures."""
    return text.replace("-", MINUS)


@cache
def _prices(currency: str) -> NumberPattern:
    places = -minor_unit(currency).as_tuple().exponent
    fraction = "0" * places + "#" * (PLACES_OF_A_PRICE - places)
    pattern: str = english(currency).locale.currency_formats["standard"].pattern
    return parse_pattern(pattern.replace("0.00", f"0.{fraction}"))


@register.filter
def credit_notes_among(used_by: Any) -> list[dict[str, Any]]:
    """Return the credit notes among what a refusal says has used something up; not payments or refunds."""
    return [use for use in used_by or () if use.get("number") and str(use.get("id", "")).startswith("cn_")]
