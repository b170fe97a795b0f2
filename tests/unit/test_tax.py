"""VAT is taken once for each category and rate, and a document's sums follow from its groups."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.documents.arithmetic import line_net, percent_of, tax_groups, totals
from billing.documents.snapshot import AllowanceCharge, Line
from billing.money import ZERO
from billing.tax import Tax, Taxable, tax_breakdown

CENTS = st.integers(-(10**7), 10**7).map(lambda cents: Decimal(cents) / 100)
GROUPS = st.sampled_from([("S", Decimal(21)), ("S", Decimal(9)), ("Z", ZERO), ("AE", ZERO), ("O", None)])
ITEMS = st.lists(st.builds(lambda group, amount: Taxable(*group, amount), GROUPS, CENTS), max_size=20)


def of(category: str, rate: str | None, amount: str) -> Taxable:
    return Taxable(category, None if rate is None else Decimal(rate), Decimal(amount))


def line(net: str, *, category: str = "S", rate: str | None = "21") -> Line:
    return Line(
        id="1",
        name="Licence",
        quantity=Decimal(1),
        unit="C62",
        unit_price=Decimal(net),
        net_amount=Decimal(net),
        tax_category=category,
        tax_rate=None if rate is None else Decimal(rate),
    )


def test_the_sum_of_the_lines_is_taxed_and_not_each_line():
    # Line by line it would be 13.67 + 13.67 + 11.50 + 17.00 = 55.84, a cent more.
    items = [of("S", "20", net) for net in ("68.33", "68.33", "57.50", "85.00")]

    assert tax_breakdown(items, "EUR") == [Tax("S", Decimal(20), Decimal("279.16"), Decimal("55.83"))]


def test_there_is_a_group_for_each_category_and_rate_in_order_of_appearance():
    items = [of("S", "9", "10.00"), of("AE", "0", "5.00"), of("S", "21", "1.00"), of("S", "9.00", "0.50")]

    assert tax_breakdown(items, "EUR") == [
        Tax("S", Decimal(9), Decimal("10.50"), Decimal("0.95")),
        Tax("AE", ZERO, Decimal("5.00"), Decimal("0.00")),
        Tax("S", Decimal(21), Decimal("1.00"), Decimal("0.21")),
    ]


def test_a_group_outside_the_scope_of_vat_has_no_rate_and_no_tax():
    assert tax_breakdown([of("O", None, "99.99")], "EUR") == [
        Tax("O", None, Decimal("99.99"), Decimal("0.00"))
    ]


def test_a_returned_item_lowers_the_base_of_its_group():
    items = [of("S", "21", "567.00"), of("S", "21", "-189.00")]

    assert tax_breakdown(items, "EUR") == [Tax("S", Decimal(21), Decimal("378.00"), Decimal("79.38"))]


def test_tax_in_yen_is_whole_yen():
    assert tax_breakdown([of("S", "10", "105")], "JPY")[0].amount == Decimal(11)


@given(items=ITEMS)
def test_no_amount_is_lost_between_the_groups(items):
    groups = tax_breakdown(items, "EUR")

    assert sum(group.base for group in groups) == sum(item.amount for item in items)
    assert len({(group.category, group.rate) for group in groups}) == len(groups)


@given(items=ITEMS)
def test_the_order_of_the_lines_does_not_change_the_tax(items):
    def amounts(rows: list[Taxable]) -> dict[tuple[str, Decimal | None], Decimal]:
        return {(group.category, group.rate): group.amount for group in tax_breakdown(rows, "EUR")}

    assert amounts(items) == amounts(list(reversed(items)))


@given(items=ITEMS)
def test_what_is_turned_round_is_taxed_the_same_with_a_minus(items):
    turned = [item._replace(amount=-item.amount) for item in items]

    assert [-group.amount for group in tax_breakdown(turned, "EUR")] == [
        group.amount for group in tax_breakdown(items, "EUR")
    ]


def test_a_line_is_worth_its_quantity_times_its_price_with_what_is_put_on_and_taken_off():
    items = (
        AllowanceCharge(is_charge=False, amount=Decimal("1.50")),
        AllowanceCharge(is_charge=True, amount=Decimal("0.25")),
    )
    net = line_net(
        quantity=Decimal("9.5"),
        unit_price=Decimal("96.305"),
        base_quantity=Decimal(10),
        currency="EUR",
        allowances_charges=items,
    )

    assert net == Decimal("91.49") - Decimal("1.50") + Decimal("0.25")


def test_the_sums_of_a_document_add_up():
    # given
    lines = [line("100.00"), line("-20.00"), line("50.00", rate="9")]
    items = [
        AllowanceCharge(is_charge=False, amount=Decimal("8.00"), tax_category="S", tax_rate=Decimal(21)),
        AllowanceCharge(is_charge=True, amount=Decimal("5.00"), tax_category="S", tax_rate=Decimal(9)),
    ]

    # when
    taxes = tax_groups(lines, items, "EUR")
    sums = totals(
        lines,
        items,
        taxes,
        currency="EUR",
        prepaid_amount=Decimal("10.00"),
        rounding_amount=Decimal("-0.07"),
    )

    # then
    assert [(group.base, group.amount) for group in taxes] == [
        (Decimal("72.00"), Decimal("15.12")),
        (Decimal("55.00"), Decimal("4.95")),
    ]
    assert sums.line_total == Decimal("130.00")
    assert sums.allowance_total == Decimal("8.00")
    assert sums.charge_total == Decimal("5.00")
    assert sums.net_total == Decimal("127.00")
    assert sums.tax_total == Decimal("20.07")
    assert sums.tax_inclusive_total == Decimal("147.07")
    assert sums.total == Decimal("147.00")
    assert sums.payable_amount == Decimal("137.00")


def test_a_group_without_tax_says_why():
    reverse = tax_groups([line("10.00", category="AE", rate="0")], (), "EUR")[0]

    assert (reverse.exemption_reason, reverse.exemption_code) == ("Reverse charge", "VATEX-EU-AE")


@pytest.mark.parametrize(("percent", "amount"), [("10", "12.35"), ("2.5", "3.09"), ("0", "0.00")])
def test_a_discount_in_percent_is_rounded_once(percent, amount):
    assert percent_of(Decimal("123.45"), Decimal(percent), "EUR") == Decimal(amount)
