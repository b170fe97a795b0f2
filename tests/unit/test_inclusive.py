"""A price list with VAT: what the customer reads is what the customer pays, to the cent."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.documents.arithmetic import line_net, signed, totals
from billing.documents.inclusive import price_for, tax_within, without_tax
from billing.documents.snapshot import AllowanceCharge, Line
from billing.money import ZERO, is_whole

RATES = st.sampled_from([("S", Decimal(21)), ("S", Decimal("5.5")), ("S", Decimal(9)), ("Z", ZERO)])
CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD"])


def a_priced_line(
    price: str | Decimal,
    quantity: str | Decimal = "1",
    *,
    group: tuple[str, Decimal | None] = ("S", Decimal(21)),
    extras: tuple[AllowanceCharge, ...] = (),
    currency: str = "EUR",
) -> Line:
    """A line as its price list has it, with VAT."""
    price, quantity = Decimal(price), Decimal(quantity)
    net = line_net(quantity=quantity, unit_price=price, currency=currency, allowances_charges=extras)
    return Line(
        id="1",
        name="Ticket",
        quantity=quantity,
        unit="C62",
        unit_price=price,
        net_amount=net,
        allowances_charges=extras,
        tax_category=group[0],
        tax_rate=group[1],
    )


def an_extra(
    amount: str | Decimal, *, is_charge: bool = False, group: tuple[str, Decimal | None] | None = None
) -> AllowanceCharge:
    category, rate = group or ("", None)
    return AllowanceCharge(
        is_charge=is_charge,
        amount=Decimal(amount),
        reason="Discount",
        tax_category=category,
        tax_rate=rate,
    )


def test_the_vat_is_taken_out_of_the_group_and_not_out_of_each_line():
    # Line by line the VAT would be 1.67 three times: 5.01.
    parts = without_tax([a_priced_line("10.00", group=("S", Decimal(20)))] * 3, [], "EUR")

    assert [line.net_amount for line in parts.lines] == [Decimal("8.33"), Decimal("8.34"), Decimal("8.33")]
    assert [(tax.base, tax.amount) for tax in parts.taxes] == [(Decimal("25.00"), Decimal("5.00"))]
    assert {line.tax_inclusive_price for line in parts.lines} == {Decimal("10.00")}


def test_an_amount_contains_its_vat_to_the_cent():
    assert tax_within(Decimal("121.00"), Decimal(21), "EUR") == Decimal("21.00")
    assert tax_within(Decimal("-0.10"), Decimal(21), "EUR") == Decimal("-0.02")
    assert tax_within(Decimal(1100), Decimal(10), "JPY") == Decimal(100)
    assert tax_within(Decimal("50.00"), None, "EUR") == Decimal("0.00")


def test_discounts_and_charges_contain_vat_too():
    # given: twice 12.10 less 1.21, a delivery of 6.05, and 10.00 off the whole
    group = ("S", Decimal(21))
    line = a_priced_line("12.10", "2", extras=(an_extra("1.21"), an_extra("6.05", is_charge=True)))

    # when
    parts = without_tax([line], [an_extra("10.00", group=group)], "EUR")

    # then: 29.04 - 10.00 = 19.04, of which 3.30 is VAT
    (line,), (item,), (tax,) = parts
    assert [extra.amount for extra in line.allowances_charges] == [Decimal("1.00"), Decimal("5.00")]
    assert (line.unit_price, line.net_amount) == (Decimal("10.00"), Decimal("24.00"))
    assert item.amount == Decimal("8.26")
    assert (tax.base, tax.amount) == (Decimal("15.74"), Decimal("3.30"))


def test_a_return_that_cancels_the_sale_leaves_nothing():
    parts = without_tax([a_priced_line("9.99"), a_priced_line("9.99", "-1")], [], "EUR")

    assert [line.net_amount for line in parts.lines] == [Decimal("8.26"), Decimal("-8.26")]
    assert [(tax.base, tax.amount) for tax in parts.taxes] == [(Decimal("0.00"), Decimal("0.00"))]


@pytest.mark.parametrize(
    ("net", "quantity", "base", "currency", "price"),
    [
        ("10.00", "1", None, "EUR", "10.00"),
        ("24.77", "3", None, "EUR", "8.257"),
        ("-8.26", "-1", None, "EUR", "8.26"),
        ("0.00", "7", None, "EUR", "0.00"),
        ("3.91", "250", "1000", "EUR", "15.64"),
        ("100", "3", None, "JPY", "33.333"),
        ("1.235", "2", None, "KWD", "0.6175"),
        ("12345.67", "1000000", None, "EUR", "0.01234567"),
    ],
)
def test_a_price_is_as_short_as_its_line_allows(net, quantity, base, currency, price):
    found = price_for(Decimal(net), Decimal(quantity), base and Decimal(base), currency)

    assert f"{found:f}" == price


@st.composite
def price_lists(draw):
    """Lines, allowances and charges with VAT, returns included, in one currency."""
    currency = draw(CURRENCIES)
    unit = {"EUR": Decimal("0.01"), "JPY": Decimal(1), "KWD": Decimal("0.001")}[currency]
    amounts = st.integers(1, 10**7).map(lambda units: units * unit)
    quantities = st.integers(-500, 5000).filter(bool).map(lambda tenths: Decimal(tenths) / 10)
    extras = st.builds(an_extra, amounts, is_charge=st.booleans())
    lines = draw(
        st.lists(
            st.builds(
                a_priced_line,
                amounts,
                quantities,
                group=RATES,
                extras=st.lists(extras, max_size=2).map(tuple),
                currency=st.just(currency),
            ),
            min_size=1,
            max_size=12,
        )
    )
    items = draw(st.lists(st.builds(an_extra, amounts, is_charge=st.booleans(), group=RATES), max_size=3))
    return lines, items, currency


@given(price_lists())
def test_with_vat_it_always_comes_to_what_the_price_list_says(priced):
    lines, items, currency = priced

    parts = without_tax(lines, items, currency)

    sums = totals(*parts, currency=currency)
    assert sums.tax_inclusive_total == sum((line.net_amount for line in lines), ZERO) + sum(
        map(signed, items), ZERO
    )
    for tax in parts.taxes:
        nets = [line.net_amount for line in parts.lines if same(line, tax)]
        nets += [signed(item) for item in parts.allowances_charges if same(item, tax)]
        assert tax.base == sum(nets, ZERO)
        assert abs(tax.amount - tax.base * (tax.rate or 0) / 100) < 1


def same(part, tax) -> bool:
    return (part.tax_category, part.tax_rate) == (tax.category, tax.rate)


@given(price_lists())
def test_no_part_changes_its_sense_and_every_price_keeps_peppols_two_cents(priced):
    lines, items, currency = priced

    parts = without_tax(lines, items, currency)

    for gross, line in zip(lines, parts.lines, strict=True):
        extras = sum(map(signed, line.allowances_charges), ZERO)
        goods, goods_before = (
            line.net_amount - extras,
            gross.net_amount - sum(map(signed, gross.allowances_charges), ZERO),
        )
        assert goods * goods_before >= 0
        assert abs(goods) <= abs(goods_before)
        assert abs(line.quantity * line.unit_price - goods) <= Decimal("0.02")
        assert line.unit_price >= 0
        assert all(extra.amount >= 0 for extra in line.allowances_charges)
        assert is_whole(line.net_amount, currency)
    assert all(item.amount >= 0 for item in parts.allowances_charges)
