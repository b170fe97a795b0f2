"""Numbers and days as each language writes them. Decimals are ISO 4217's, not Babel's."""

from datetime import date
from decimal import Decimal as D  # noqa: N817 - amounts are many

import pytest

from billing.documents.snapshot import Period
from billing.paper.formats import formats_of


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("language", "money", "day", "rate"),
    [
        ("en", "€1,234.50", "3 November 2026", "19%"),
        ("en-US", "€1,234.50", "November 3, 2026", "19%"),
        ("de", "1.234,50 €", "3. November 2026", "19 %"),
        ("de-CH", "EUR 1’234.50", "3. November 2026", "19%"),
        ("fr", "1 234,50 €", "3 novembre 2026", "19 %"),
        ("nl", "€ 1.234,50", "3 november 2026", "19%"),
        ("es", "1.234,50 €", "3 de noviembre de 2026", "19 %"),
        ("it", "1.234,50 €", "3 novembre 2026", "19%"),
        ("pl", "1 234,50 €", "3 listopada 2026", "19%"),
        ("xx-YY", "€1,234.50", "3 November 2026", "19%"),
        ("de-XX", "1.234,50 €", "3. November 2026", "19 %"),
    ],
)
def test_each_language_writes_its_own_way(language, money, day, rate):
    formats = formats_of(language, "EUR")

    assert plain(formats.money(D("1234.5"))) == money
    assert formats.day(date(2026, 11, 3)) == day
    assert plain(formats.rate(D(19))) == rate


@pytest.mark.parametrize(
    ("currency", "amount", "text"),
    [
        ("JPY", "1250", "1,250"),
        ("EUR", "1250", "1,250.00"),
        ("KWD", "1250", "1,250.000"),
        ("RSD", "1250", "1,250.00"),
        ("EUR", "-0.5", "-0.50"),
        ("EUR", "999999999999.99", "999,999,999,999.99"),
    ],
)
def test_an_amount_has_the_places_of_its_currency(currency, amount, text):
    assert formats_of("en", currency).amount(D(amount)) == text


def test_a_price_shows_all_its_places():
    formats = formats_of("de", "EUR")

    assert formats.price(D("0.001010")) == "0,00101"
    assert formats.price(D("12")) == "12,00"


@pytest.mark.parametrize(
    ("language", "quantity", "unit", "text"),
    [
        ("en", "1", "MON", "1 month"),
        ("en", "-2.5", "DAY", "-2.5 days"),
        ("en", "3", "C62", "3"),
        ("en", "3", "ZZ9", "3 ZZ9"),
        ("de", "1500", "H87", "1.500 Stk."),
        ("fr", "0.5", "HUR", "0,5 h"),
        ("pl", "5", "MON", "5 miesięcy"),
        ("pl", "2", "MON", "2 miesiące"),
    ],
)
def test_a_quantity_names_its_unit(language, quantity, unit, text):
    assert plain(formats_of(language, "EUR").quantity(D(quantity), unit)) == text


def test_a_rate_shows_its_fraction():
    assert formats_of("en", "EUR").rate(D("5.5")) == "5.5%"
    assert formats_of("en", "EUR").rate(D("19.00")) == "19%"


def test_a_period_may_be_open():
    formats = formats_of("en", "EUR")

    assert plain(formats.period(Period(date(2026, 11, 1), date(2026, 11, 30)))) == "1–30 Nov 2026"
    assert formats.period(Period(start=date(2026, 11, 1))) == "1 November 2026 –"
    assert formats.period(Period(end=date(2026, 11, 30))) == "– 30 November 2026"


def test_northern_ireland_has_a_name():
    assert formats_of("en", "EUR").country("XI") == "United Kingdom (Northern Ireland)"
    assert formats_of("de", "EUR").country("NL") == "Niederlande"
    assert formats_of("de", "EUR").country("") == ""
