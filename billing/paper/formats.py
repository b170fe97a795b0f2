"""Amounts, prices, quantities, rates and days as a reader of one language writes them.

Separators and patterns are Babel's; how many places an amount has is ISO 4217's (money.minor_unit), for CLDR
disagrees on a dozen currencies.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, cached_property, lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_interval
from babel.lists import format_list
from babel.numbers import NumberPattern, parse_pattern

from billing.documents.snapshot import Period
from billing.money import minor_unit
from billing.paper.words import FALLBACK, LANGUAGES, Words, words_of

NO_BREAK = "\u00a0"
DEFAULT_REGION = {"en": "en_GB"}
"""Bare English is that of European trade: day before month, no guessing which is which."""

SYMBOLS = {
    "HUR": "h", "MIN": "min", "SEC": "s",
    "KGM": "kg", "GRM": "g", "MGM": "mg", "TNE": "t",
    "LTR": "l", "MLT": "ml", "MTQ": "m³", "MTK": "m²",
    "MTR": "m", "CMT": "cm", "MMT": "mm", "KMT": "km",
    "KWH": "kWh", "MWH": "MWh", "WTT": "W", "KWT": "kW", "JOU": "J", "4L": "MB", "E34": "GB", "E35": "TB",
    "P1": "%", "C62": "",
}  # fmt: skip
"""Units (UNECE Rec 20) that are written alike everywhere. C62 is "one" and says nothing."""


@dataclass(frozen=True)
class Formats:
    """How one language writes the values of a document in one currency."""

    locale: Locale
    words: Words
    currency: str

    def amount(self, amount: Decimal) -> str:
        """An amount of the document's currency, without the currency: `1.234,50`."""
        return _amounts(self.currency).apply(amount, self.locale)

    def money(self, amount: Decimal, currency: str = "") -> str:
        """An amount with its currency: `1.234,50 €`."""
        currency = currency or self.currency
        pattern = _money(self.locale, currency)
        text = pattern.apply(amount, self.locale, currency=currency, currency_digits=False)
        return spaced(text)

    def price(self, price: Decimal) -> str:
        """A price with all its places, and at least those of the currency: `0,0125`."""
        return _prices(self.currency).apply(price, self.locale)

    def quantity(self, quantity: Decimal, unit: str) -> str:
        """A quantity with its unit: `2,5 kg`, `1 Monat`; an unknown unit shows its code."""
        number = _QUANTITY.apply(quantity, self.locale)
        return f"{number} {self._unit(quantity, unit)}".rstrip()

    def rate(self, rate: Decimal) -> str:
        """A rate in percent: `19 %`."""
        return self._percent.apply(rate / 100, self.locale)

    def day(self, day: date) -> str:
        """A day with its month in letters, so that no one mistakes it: `3. November 2026`."""
        return format_date(day, "long", locale=self.locale)

    def period(self, period: Period) -> str:
        """A period: `1.–30. Nov. 2026`; an open end is a dash."""
        if period.start and period.end:
            return format_interval(period.start, period.end, "yMMMd", locale=self.locale)
        start, end = (self.day(day) if day else "" for day in (period.start, period.end))
        return f"{start} – {end}".strip()

    def listing(self, items: list[str]) -> str:
        """Items as a sentence lists them: `A, B und C`."""
        return format_list(items, locale=self.locale)

    def country(self, code: str) -> str:
        """A country's name; XI is Northern Ireland."""
        if code == "XI":
            return self.words.sentences.northern_ireland
        return self.locale.territories.get(code, code)

    def _unit(self, quantity: Decimal, unit: str) -> str:
        if unit in SYMBOLS:
            return SYMBOLS[unit]
        forms = self.words.units.get(unit)
        return forms.get(self.locale.plural_form(abs(quantity)), forms["other"]) if forms else unit

    @cached_property
    def _percent(self) -> NumberPattern:
        return parse_pattern(self.locale.percent_formats[None].pattern.replace("0", "0.###"))


@lru_cache(maxsize=1000)
def formats_of(language: str, currency: str) -> Formats:
    """Return how a language tag writes: an unknown language as English, an unknown region as its language."""
    return Formats(locale=_locale(language.replace("-", "_")), words=words_of(language), currency=currency)


def _locale(tag: str) -> Locale:
    base = tag.split("_")[0].lower()
    if base not in LANGUAGES:
        base = tag = FALLBACK
    try:
        return Locale.parse(DEFAULT_REGION.get(tag.lower(), tag))
    except (UnknownLocaleError, ValueError):
        return Locale.parse(DEFAULT_REGION.get(base, base))


def _places(currency: str) -> int:
    return -minor_unit(currency).as_tuple().exponent


@cache
def _amounts(currency: str) -> NumberPattern:
    return parse_pattern(f"#,##0{_fraction(currency, 4)}")


@cache
def _prices(currency: str) -> NumberPattern:
    return parse_pattern(f"#,##0{_fraction(currency, 10)}")


@cache
def _money(locale: Locale, currency: str) -> NumberPattern:
    pattern = locale.currency_formats["standard"].pattern
    return parse_pattern(pattern.replace("0.00", f"0{_fraction(currency, 4)}"))


def spaced(text: str) -> str:
    """Put a space between a currency's letters and the number: CHF100.00 wants one, €100.00 none."""
    return re.sub(r"(?<=[^\W\d_])(?=\d)", NO_BREAK, text)


def _fraction(currency: str, most: int) -> str:
    """The part of a number pattern after the zero: the currency's places, more only where there are more."""
    return "." + "0" * _places(currency) + "#" * (most - _places(currency))


_QUANTITY = parse_pattern("#,##0.##########")
