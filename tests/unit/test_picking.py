"""What is asked for of an invoice's lines, and what that comes to: values only, exact."""

from collections.abc import Sequence
from decimal import Decimal
from random import Random

import pytest
from msgspec.structs import replace

from billing.documents.arithmetic import line_net
from billing.documents.snapshot import AllowanceCharge, Document, Line
from billing.errors import BillingError
from billing.money import ZERO
from credit_notes.by_period import Node, selection_of, tree_of
from credit_notes.portion import Portion
from credit_notes.selecting import portion_of
from credit_notes.selection import FreeLine, Pick, Selection
from tests.unit.splits import Kind, put_together, source_of

HUNDRED = Decimal("100.00")


def a_line(price: str, quantity: str = "1", rate: str = "20", **fields: object) -> Line:
    priced = {"quantity": Decimal(quantity), "unit_price": Decimal(price)}
    net = line_net(
        currency=fields.pop("currency", "EUR"),
        base_quantity=fields.get("base_quantity"),
        allowances_charges=fields.get("allowances_charges", ()),
        **priced,
    )
    return Line(
        id="",
        name="Work",
        unit="HUR",
        net_amount=net,
        tax_category="S" if Decimal(rate) else "Z",
        tax_rate=Decimal(rate),
        **priced,
        **fields,
    )


def an_invoice(*lines: Line, items: Sequence[AllowanceCharge] = (), **kind: object) -> Document:
    numbered = [replace(line, id=str(place)) for place, line in enumerate(lines, start=1)]
    return put_together(Random(0), Kind(**kind), numbered, list(items))


def take(invoice: Document, selection: Selection, *before: Portion) -> Portion:
    return portion_of(source_of(invoice, before), selection)


def pick(line: str, **part: str) -> Selection:
    return Selection(picks=(a_pick(line, **part),))


def a_pick(line: str, **part: str) -> Pick:
    return Pick(invoice_line=line, **{name: Decimal(value) for name, value in part.items()})


def a_bonus(price: str, *, rate: str | None = None, category: str = "", quantity: str = "1") -> Selection:
    line = FreeLine(
        name="Bonus",
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        tax_category=category,
        tax_rate=None if rate is None else Decimal(rate),
    )
    return Selection(free=(line,))


def shown(note: Portion) -> list[tuple[str, str, str]]:
    """Return quantity, price and net of each line."""
    return [(str(line.quantity), str(line.unit_price), str(line.net_amount)) for _, line, _ in note.lines]


def refused(invoice: Document, selection: Selection, *before: Portion) -> BillingError:
    with pytest.raises(BillingError) as caught:
        take(invoice, selection, *before)
    return caught.value


# Quantities


def test_pieces_of_a_line_cost_what_they_cost_on_the_invoice():
    invoice = an_invoice(a_line("33.33", "3"))

    assert shown(take(invoice, pick("1", quantity="2"))) == [("2", "33.33", "66.66")]


def test_pieces_taken_one_by_one_come_to_the_line():
    invoice = an_invoice(a_line("100.00", "3", base_quantity=Decimal(3)), a_line("1.00"))  # 33.333… a piece
    notes: list[Portion] = []

    for _ in range(3):
        notes.append(take(invoice, pick("1", quantity="1"), *notes))

    assert [shown(note)[0][2] for note in notes] == ["33.33", "33.34", "33.33"]


def test_a_lines_own_allowance_is_shared_by_the_pieces():
    extra = AllowanceCharge(is_charge=False, amount=Decimal("10.00"), reason="Less")
    invoice = an_invoice(a_line("50.00", "4", allowances_charges=(extra,)))

    first = take(invoice, pick("1", quantity="1"))
    rest = take(invoice, Selection(), first)

    (_, line, quantity), (_, last, _) = first.lines[0], rest.lines[0]
    assert (quantity, line.net_amount, line.allowances_charges[0].amount) == (
        Decimal(1),
        Decimal("47.50"),
        Decimal("2.50"),
    )
    assert (last.quantity, last.net_amount, last.allowances_charges[0].amount) == (
        Decimal(3),
        Decimal("142.50"),
        Decimal("7.50"),
    )


def test_a_price_that_does_not_fit_in_whole_yen_is_one_that_does():
    invoice = an_invoice(a_line("33.5", "3", currency="JPY"), currency="JPY")

    first = take(invoice, pick("1", quantity="1"))
    rest = take(invoice, Selection(), first)

    assert shown(first) == [("1", "34", "34")]
    assert shown(rest) == [("2", "33.5", "67")]


def test_all_pieces_are_the_line_as_it_is():
    invoice = an_invoice(a_line("33.33", "3", description="As it was", buyer_item_id="B-1"))

    assert take(invoice, pick("1", quantity="3")).lines[0].line == invoice.lines[0]


@pytest.mark.parametrize("quantity", ["3.001", "4", "999999999999"])
def test_more_pieces_than_are_left_are_refused_with_what_is_left(quantity):
    invoice = an_invoice(a_line("33.33", "3"))

    refusal = refused(invoice, pick("1", quantity=quantity))

    assert refusal.code == "exceeds_line_remaining"
    assert refusal.field == "lines.0.quantity"
    assert refusal.facts == {
        "invoice_line": "1",
        "limit": "99.99",
        "limit_quantity": "3",
        "currency": "EUR",
    }


def test_pieces_that_were_taken_already_are_not_taken_again():
    invoice = an_invoice(a_line("33.33", "3"))
    first = take(invoice, pick("1", quantity="2"))

    refusal = refused(invoice, pick("1", quantity="1.5"), first)

    assert refusal.detail == "1.5 of line 1 cannot be credited: 1 of 3 are left, worth 33.33 EUR net."


def test_pieces_worth_more_than_an_amount_has_left_are_refused():
    invoice = an_invoice(a_line("33.33", "3"))
    first = take(invoice, pick("1", net_amount="90.00"))

    refusal = refused(invoice, pick("1", quantity="1"), first)

    assert (refusal.code, refusal.facts["limit"]) == ("exceeds_line_remaining", "9.99")


# Amounts


def test_an_amount_of_a_line_is_one_piece_at_that_price():
    invoice = an_invoice(a_line("33.33", "3"))

    note = take(invoice, pick("1", net_amount="50"))

    assert shown(note) == [("1", "50.00", "50.00")]
    assert (note.lines[0].line.unit, note.lines[0].quantity) == ("C62", None)


def test_the_rest_of_a_line_after_pieces_keeps_its_price():
    invoice = an_invoice(a_line("33.33", "3"))
    first = take(invoice, pick("1", quantity="2"))

    assert shown(take(invoice, pick("1"), first)) == [("1", "33.33", "33.33")]
    assert shown(take(invoice, pick("1", net_amount="33.33"), first)) == [("1", "33.33", "33.33")]


def test_the_rest_of_a_line_after_an_amount_is_an_amount():
    invoice = an_invoice(a_line("33.33", "3"))
    first = take(invoice, pick("1", net_amount="50.00"))

    assert shown(take(invoice, pick("1"), first)) == [("1", "49.99", "49.99")]


def test_more_than_is_left_of_a_line_is_refused_with_what_is_left():
    invoice = an_invoice(a_line("33.33", "3"))

    refusal = refused(invoice, pick("1", net_amount="100.00"))

    assert (refusal.code, refusal.field, refusal.facts["limit"]) == (
        "exceeds_line_remaining",
        "lines.0.net_amount",
        "99.99",
    )


def test_nothing_is_left_of_a_line_that_was_credited():
    invoice = an_invoice(a_line("33.33", "3"), a_line("1.00"))
    first = take(invoice, pick("1"))

    assert refused(invoice, pick("1"), first).detail == "Nothing is left of line 1."
    assert refused(invoice, pick("1", quantity="1"), first).facts["limit_quantity"] == "0"


@pytest.mark.parametrize(
    ("part", "code", "detail"),
    [
        ({"quantity": "0"}, "wrong_sign", "The quantity must be greater than zero."),
        ({"quantity": "-1"}, "wrong_sign", "The quantity must be greater than zero."),
        ({"net_amount": "0"}, "wrong_sign", "The net amount must be greater than zero."),
        ({"net_amount": "-0.01"}, "wrong_sign", "The net amount must be greater than zero."),
        ({"net_amount": "0.001"}, "amount_too_fine", "0.001 has more decimals than EUR has."),
    ],
)
def test_what_is_no_part_of_a_line_is_refused(part, code, detail):
    refusal = refused(an_invoice(a_line("33.33", "3")), pick("1", **part))

    assert (refusal.code, refusal.detail, refusal.field) == (
        code,
        detail,
        f"lines.0.{next(iter(part))}",
    )


def test_a_quantity_and_an_amount_are_one_too_many():
    refusal = refused(an_invoice(a_line("33.33", "3")), pick("1", quantity="1", net_amount="5"))

    assert refusal.detail == "Give a quantity or a net amount, not both."


def test_an_unknown_line_is_named():
    refusal = refused(an_invoice(a_line("33.33", "3")), pick("7"))

    assert (refusal.code, refusal.field, refusal.detail) == (
        "unknown_line",
        "lines.0.invoice_line",
        "Invoice INV-1 has no line '7'.",
    )


def test_a_line_is_given_once():
    invoice = an_invoice(a_line("33.33", "3"))

    refusal = refused(invoice, Selection(picks=(a_pick("1", quantity="1"), a_pick("1", quantity="1"))))

    assert (refusal.code, refusal.field) == ("line_twice", "lines.1.invoice_line")


def test_lines_come_in_the_order_of_the_invoice():
    invoice = an_invoice(a_line("1.00"), a_line("2.00"), a_line("3.00"))

    note = take(invoice, Selection(picks=(a_pick("3"), a_pick("1"))))

    assert [line.id for _, line, _ in note.lines] == ["1", "3"]


# Negative lines, and lines over nothing


def test_a_negative_line_is_credited_negatively():
    invoice = an_invoice(a_line("100.00"), a_line("10.00", "-3"))

    note = take(invoice, Selection(picks=(a_pick("1"), a_pick("2", quantity="-2"))))

    assert shown(note) == [("1", "100.00", "100.00"), ("-2", "10.00", "-20.00")]
    assert note.totals.total == Decimal("96.00")


@pytest.mark.parametrize("part", [{"quantity": "2"}, {"net_amount": "20"}, {"quantity": "0"}])
def test_a_negative_line_is_not_credited_positively(part):
    invoice = an_invoice(a_line("100.00"), a_line("10.00", "-3"))

    assert "must be negative, as the line is" in refused(invoice, pick("2", **part)).detail


def test_more_of_a_negative_line_than_is_left_is_refused():
    invoice = an_invoice(a_line("100.00"), a_line("10.00", "-3"))

    assert refused(invoice, pick("2", quantity="-4")).facts["limit"] == "-30.00"
    assert refused(invoice, pick("2", net_amount="-30.01")).facts["limit_quantity"] == "-3"


def test_everything_takes_negative_lines_and_lines_over_nothing_along():
    invoice = an_invoice(a_line("100.00"), a_line("10.00", "-3"), a_line("0.00", "5"))
    first = take(invoice, pick("1", net_amount="60.00"))

    rest = take(invoice, Selection(), first)

    assert shown(rest) == [("1", "40.00", "40.00"), ("-3", "10.00", "-30.00"), ("5", "0.00", "0.00")]
    assert rest.totals.total == Decimal("12.00")


# Free lines


def test_a_free_line_has_the_rate_of_its_vat_group():
    note = take(an_invoice(a_line("100.00"), a_line("50.00", rate="9")), a_bonus("10", rate="9"))

    assert shown(note) == [("1", "10", "10.00")]
    assert [(tax.rate, tax.base, tax.amount) for tax in note.taxes] == [
        (Decimal(9), Decimal("10.00"), Decimal("0.90"))
    ]
    assert (note.lines[0].place, note.lines[0].line.id) == (None, "3")


def test_where_there_is_one_vat_group_a_free_line_is_of_it():
    note = take(an_invoice(a_line("100.00")), a_bonus("10"))

    assert (note.taxes[0].category, note.taxes[0].rate, note.totals.total) == (
        "S",
        Decimal(20),
        Decimal("12.00"),
    )


@pytest.mark.parametrize(
    "bonus", [a_bonus("10", rate="19"), a_bonus("10", category="E", rate="0"), a_bonus("10")]
)
def test_a_free_line_at_a_rate_that_the_invoice_lacks_is_refused_with_those_it_has(bonus):
    refusal = refused(an_invoice(a_line("100.00"), a_line("50.00", rate="9")), bonus)

    assert (refusal.code, refusal.field) == ("tax_group_not_on_invoice", "lines.0.tax_rate")
    assert refusal.detail.endswith("it has S 20 %, S 9 %.")


def test_free_lines_are_no_more_than_their_vat_group_has_left():
    invoice = an_invoice(a_line("100.00"), a_line("50.00", rate="9"))
    first = take(invoice, pick("2", net_amount="20.00"))

    refusal = refused(invoice, a_bonus("30.01", rate="9"), first)

    assert (refusal.code, refusal.field) == ("exceeds_tax_group", "lines")
    assert refusal.facts == {"limit": "30.00", "requested": "30.01", "currency": "EUR"}
    assert take(invoice, a_bonus("30.00", rate="9"), first).totals.total == Decimal("32.70")


def test_after_a_free_line_everything_is_smaller_by_it():
    invoice = an_invoice(a_line("60.00"), a_line("40.00"))
    first = take(invoice, a_bonus("10.00"))

    rest = take(invoice, Selection(), first)

    assert [net for _, _, net in shown(rest)] == ["54.00", "36.00"]
    assert (rest.taxes[0].base, rest.taxes[0].amount, rest.totals.total) == (
        Decimal("90.00"),
        Decimal("18.00"),
        Decimal("108.00"),
    )


def test_a_free_line_may_take_of_a_charge_and_the_charge_is_smaller_at_last():
    freight = AllowanceCharge(
        is_charge=True, amount=Decimal("50.00"), reason="Freight", tax_category="S", tax_rate=Decimal(9)
    )
    invoice = an_invoice(a_line("100.00"), items=[freight])
    first = take(invoice, a_bonus("20.00", rate="9"))

    rest = take(invoice, Selection(), first)

    assert first.totals.total == Decimal("21.80")
    assert [item.amount for _, item in rest.allowances_charges] == [Decimal("30.00")]
    assert first.totals.total + rest.totals.total == invoice.totals.total == Decimal("174.50")


# Lump sums


def test_a_lump_sum_is_spread_by_what_is_left_of_each_line():
    invoice = an_invoice(a_line("68.33"), a_line("68.33"), a_line("57.50"), a_line("85.00"))

    note = take(invoice, Selection(amount=HUNDRED))

    assert [net for _, _, net in shown(note)] == ["20.40", "20.40", "17.16", "25.37"]
    assert (note.totals.net_total, note.totals.tax_total, note.totals.total) == (
        Decimal("83.33"),
        Decimal("16.67"),
        HUNDRED,
    )


def test_a_lump_sum_over_all_that_is_left_is_everything():
    invoice = an_invoice(a_line("68.33"), a_line("85.00"))

    assert take(invoice, Selection(amount=invoice.totals.total)) == take(invoice, Selection())


def test_lump_sums_of_a_cent_come_to_the_invoice():
    invoice = an_invoice(a_line("0.07"), a_line("0.05", rate="9"))
    notes: list[Portion] = []

    for _ in range(int(invoice.totals.total * 100)):
        notes.append(take(invoice, Selection(amount=Decimal("0.01")), *notes))

    assert invoice.totals.total == Decimal("0.13")
    assert {note.totals.total for note in notes} == {Decimal("0.01")}
    taken = source_of(invoice, notes).taken
    assert (sum(taken.bases.values()), sum(taken.taxes.values())) == (Decimal("0.12"), Decimal("0.01"))


def test_a_lump_sum_takes_its_part_of_allowances_and_charges():
    less = AllowanceCharge(
        is_charge=False, amount=Decimal("20.00"), reason="Less", tax_category="S", tax_rate=Decimal(20)
    )
    invoice = an_invoice(a_line("100.00"), items=[less])

    note = take(invoice, Selection(amount=Decimal("48.00")))

    assert [net for _, _, net in shown(note)] == ["50.00"]
    assert [item.amount for _, item in note.allowances_charges] == [Decimal("10.00")]
    assert (note.taxes[0].base, note.taxes[0].amount) == (Decimal("40.00"), Decimal("8.00"))


def test_a_lump_sum_takes_no_charge_that_no_line_shares_its_rate_with():
    freight = AllowanceCharge(
        is_charge=True, amount=Decimal("50.00"), reason="Freight", tax_category="S", tax_rate=Decimal(9)
    )
    invoice = an_invoice(a_line("100.00"), items=[freight])

    assert refused(invoice, Selection(amount=Decimal("120.01"))).code == "amount_exceeds_lines"
    first = take(invoice, Selection(amount=Decimal("120.00")))
    rest = take(invoice, Selection(), first)
    assert (first.totals.total, first.allowances_charges) == (Decimal("120.00"), ())
    assert (rest.totals.total, rest.allowances_charges) == (Decimal("54.50"), ((0, freight),))
    assert shown(rest) == [("1", "0.00", "0.00")]


@pytest.mark.parametrize(
    ("amount", "code", "detail"),
    [
        ("-0.01", "wrong_sign", "The amount must not be negative."),
        ("0.001", "amount_too_fine", "0.001 has more decimals than EUR has."),
    ],
)
def test_what_is_no_amount_is_refused(amount, code, detail):
    refusal = refused(an_invoice(a_line("100.00")), Selection(amount=Decimal(amount)))

    assert (refusal.code, refusal.field, refusal.detail) == (code, "amount", detail)


def test_a_sum_of_nothing_is_a_line_over_nothing():
    note = take(an_invoice(a_line("100.00")), Selection(amount=ZERO))

    assert shown(note) == [("1", "0.00", "0.00")]
    assert [(tax.base, tax.amount) for tax in note.taxes] == [(Decimal("0.00"), Decimal("0.00"))]


# Prices with VAT


def test_pieces_of_a_price_list_with_vat_give_back_the_price_that_was_paid():
    invoice = an_invoice(a_line("9.99", "3", rate="21"), a_line("4.99", rate="21"), is_inclusive=True)
    notes: list[Portion] = []

    for _ in range(3):
        notes.append(take(invoice, pick("1", quantity="1"), *notes))
    notes.append(take(invoice, Selection(), *notes))

    assert [note.totals.total for note in notes] == [Decimal("9.99")] * 3 + [Decimal("4.99")]
    assert sum(note.totals.tax_total for note in notes) == invoice.totals.tax_total == Decimal("6.07")


def test_a_free_sample_on_a_price_list_with_vat_is_credited_over_nothing():
    invoice = an_invoice(a_line("0.00", rate="21"), a_line("4.99", rate="21"), is_inclusive=True)

    assert take(invoice, pick("1", quantity="1")).totals.total == ZERO


# Periods, groups and lines by their order

KEYS = [("Jan", "A"), ("Jan", "A"), ("Jan", "B"), ("Feb", "A"), ("Jan", "A")]


def by_period(*periods: Node) -> Selection:
    invoice = an_invoice(*[a_line(price) for price in ("10.00", "30.00", "60.00", "50.00", "20.00")])
    return selection_of(source_of(invoice, ()), tree_of(KEYS), periods)


def picks(selection: Selection) -> list[tuple[str, str]]:
    return [(each.invoice_line, str(each.net_amount)) for each in selection.picks]


def test_a_period_without_an_amount_is_all_of_its_lines():
    assert picks(by_period(Node(order=1))) == [("1", "None"), ("2", "None"), ("5", "None"), ("3", "None")]


def test_the_amount_of_a_period_is_spread_over_its_lines():
    amounts = picks(by_period(Node(order=1, amount=Decimal("12.00"))))

    assert amounts == [("1", "1.00"), ("2", "3.00"), ("5", "2.00"), ("3", "6.00")]


def test_the_lowest_amount_counts():
    line = Node(order=2, amount=Decimal("5.00"))
    group = Node(order=1, amount=Decimal("7.00"), children=(line,))

    assert picks(by_period(Node(order=1, amount=Decimal("9.00"), children=(group,)))) == [("2", "5.00")]


def test_a_group_has_its_own_amount():
    group = Node(order=1, amount=Decimal("6.00"))

    assert picks(by_period(Node(order=1, children=(group,)), Node(order=2))) == [
        ("1", "1.00"),
        ("2", "3.00"),
        ("5", "2.00"),
        ("4", "None"),
    ]


@pytest.mark.parametrize(
    ("node", "field", "detail"),
    [
        (Node(order=3), "periods.0.period_order", "There is no period 3 here: its periods are 1 to 2."),
        (
            Node(order=2, children=(Node(order=2),)),
            "periods.0.groups.0.group_order",
            "There is no group 2 here: its groups are 1 to 1.",
        ),
        (
            Node(order=1, children=(Node(order=2, children=(Node(order=0),)),)),
            "periods.0.groups.0.lines.0.line_order",
            "There is no line 0 here: its lines are 1 to 1.",
        ),
    ],
)
def test_an_unknown_period_group_or_line_is_named(node, field, detail):
    with pytest.raises(BillingError) as caught:
        by_period(node)

    assert (caught.value.code, caught.value.field, caught.value.detail) == ("unknown_period", field, detail)


@pytest.mark.parametrize("amount", ["120.01", "0", "-1"])
def test_a_period_gives_more_than_nothing_and_no_more_than_it_has(amount):
    with pytest.raises(BillingError) as caught:
        by_period(Node(order=1, amount=Decimal(amount)))

    assert (caught.value.code, caught.value.field) == ("exceeds_line_remaining", "periods.0.amount")
    assert caught.value.facts["limit"] == "120.00"


def test_a_period_gives_an_amount_that_its_currency_has():
    with pytest.raises(BillingError) as caught:
        by_period(Node(order=1, amount=Decimal("1.005")))

    assert (caught.value.field, caught.value.detail) == (
        "periods.0.amount",
        "1.005 has more decimals than EUR has.",
    )
