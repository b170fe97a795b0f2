"""Minor units, rounding half up, and splitting without losing a cent."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.money import is_whole, minor_unit, round_amount, split

TINY = Decimal("0.000001")  # what a division of decimals may be off by
AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=6)
WEIGHTS = st.lists(st.integers(min_value=0, max_value=10**6).map(Decimal), min_size=1, max_size=30).filter(
    any
)


@pytest.mark.parametrize(
    ("currency", "unit"),
    [("JPY", "1"), ("EUR", "0.01"), ("HUF", "0.01"), ("KWD", "0.001"), ("CLF", "0.0001")],
)
def test_a_currency_has_its_own_minor_unit(currency, unit):
    assert minor_unit(currency) == Decimal(unit)


@pytest.mark.parametrize("code", ["EURO", "", "XAU", "eur ", "ZZZ"])
def test_what_is_no_currency_has_no_minor_unit(code):
    with pytest.raises(ValueError):  # noqa: PT011 - each has words of its own
        minor_unit(code)


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [
        ("0.005", "EUR", "0.01"),
        ("0.0049999", "EUR", "0.00"),
        ("2.675", "EUR", "2.68"),
        ("-2.675", "EUR", "-2.68"),
        ("-0.125", "EUR", "-0.13"),
        ("55.832", "EUR", "55.83"),
        ("0.5", "JPY", "1"),
        ("1.5", "JPY", "2"),
        ("2.5", "JPY", "3"),
        ("0.0005", "KWD", "0.001"),
    ],
)
def test_amounts_are_rounded_half_up_away_from_zero(amount, currency, rounded):
    assert str(round_amount(Decimal(amount), currency)) == rounded


@given(amount=AMOUNTS)
def test_rounding_is_symmetric_about_zero_and_done_once(amount):
    rounded = round_amount(amount, "EUR")

    assert round_amount(-amount, "EUR") == -rounded
    assert round_amount(rounded, "EUR") == rounded
    assert is_whole(rounded, "EUR")
    assert abs(rounded - amount) <= Decimal("0.005")


@pytest.mark.parametrize(("amount", "whole"), [("1.10", True), ("1.1000", True), ("1.105", False)])
def test_an_amount_is_whole_in_its_minor_unit(amount, whole):
    assert is_whole(Decimal(amount), "EUR") is whole


@given(cents=st.integers(-(10**9), 10**9), weights=WEIGHTS)
def test_split_loses_nothing(cents, weights):
    total = Decimal(cents) / 100
    assert sum(split(total, weights, "EUR")) == total


@given(cents=st.integers(-(10**9), 10**9), weights=WEIGHTS)
def test_no_share_is_further_than_a_cent_from_its_exact_value(cents, weights):
    total, whole = Decimal(cents) / 100, sum(weights)

    shares = split(total, weights, "EUR")

    assert all(
        abs(share - total * weight / whole) <= Decimal("0.01") + TINY
        for share, weight in zip(shares, weights, strict=True)
    )
    assert all(is_whole(share, "EUR") for share in shares)


def test_a_total_of_yen_is_split_into_whole_yen():
    assert split(Decimal(100), [Decimal(1)] * 3, "JPY") == [Decimal(34), Decimal(33), Decimal(33)]


def test_nothing_can_be_shared_out_by_weights_of_zero():
    with pytest.raises(ValueError, match="weights sum to zero"):
        split(Decimal(1), [Decimal(0)], "EUR")
