"""A sum with VAT, spread over the lines: a note of exactly that much."""

from decimal import Decimal

import pytest

from billing.documents.snapshot import AllowanceCharge
from credit_notes.models import CreditNote
from credit_notes.selection import Selection
from tests.factories import a_final_invoice, a_line, a_payment

from .stories import (
    balance_of,
    credit,
    due,
    finalize,
    four_lines,
    issue,
    lump_sum,
    nets_of,
    pick,
    refusal,
    refused,
    sums_of,
    void,
)


@pytest.mark.parametrize("amount", ["0.01", "0.02", "1.00", "33.33", "100.00", "334.98"])
def test_a_lump_sum_is_a_note_of_exactly_that_much(platform, amount):
    invoice = four_lines(platform)

    note = issue(invoice, lump_sum(amount))
    rest = issue(invoice, Selection())

    assert f"{note.total:.2f}" == amount
    assert (note.total + rest.total, note.tax_total + rest.tax_total) == (
        Decimal("334.99"),
        Decimal("55.83"),
    )


def test_it_is_spread_over_the_lines_by_what_is_left_of_them(platform):
    invoice = four_lines(platform)
    issue(invoice, pick(invoice, 4))

    note = issue(invoice, lump_sum("100.00"))

    assert nets_of(note) == ["29.33", "29.32", "24.68"]
    assert sums_of(note) == ("83.33", "16.67", "100.00")
    assert {line.quantity_taken for line in note.lines.all()} == {None}


def test_over_several_rates_each_gets_its_part(platform):
    invoice = a_final_invoice(
        platform,
        lines=[a_line("100.00"), a_line("200.00", rate="9"), a_line("50.00", rate="0", category="Z")],
    )

    note = issue(invoice, lump_sum("97.25"))

    assert [(f"{tax.rate:f}", f"{tax.base:f}", f"{tax.amount:f}") for tax in note.taxes] == [
        ("21", "25.00", "5.25"),
        ("9", "50.00", "4.50"),
        ("0", "12.50", "0.00"),
    ]


def test_all_that_is_left_is_everything(platform):
    invoice = four_lines(platform)

    note = issue(invoice, lump_sum("334.99"))

    assert nets_of(note) == ["68.33", "68.33", "57.50", "85.00"]
    assert [line.quantity for line in note.lines.all()] == [1, 1, 1, 1]
    assert due(invoice) == "0.00"


def test_many_of_them_with_voids_between_come_to_the_invoice(platform):
    # given
    discount = AllowanceCharge(
        is_charge=False, amount=Decimal("7.77"), reason="Loyal", tax_category="S", tax_rate=Decimal(9)
    )
    lines = [a_line("33.33"), a_line("66.67", rate="9"), a_line("12.34")]
    invoice = a_final_invoice(platform, lines=lines, allowances_charges=[discount])

    # when
    for amount in ("11.11", "0.07", "29.99", "3.33", "17.17", "0.01"):
        note = issue(invoice, lump_sum(amount))
        if amount in ("0.07", "17.17"):
            void(note)
    issue(invoice, Selection())

    # then
    live = CreditNote.objects.live()
    assert sum(note.total for note in live) == invoice.total
    assert sum(note.tax_total for note in live) == invoice.tax_total
    assert sum(note.allowance_total for note in live) == Decimal("7.77")
    assert due(invoice) == "0.00"


def test_it_clears_what_is_due_and_owes_the_rest(platform):
    invoice = four_lines(platform)
    a_payment(invoice, "300.00")

    assert balance_of(issue(invoice, lump_sum("100.00"))) == ("refundable", "34.99", "0.00", "65.01")


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("335.00", "amount_exceeds_creditable"),
        ("1e12", "amount_exceeds_creditable"),
        ("-0.01", "wrong_sign"),
        ("0.001", "amount_too_fine"),
        ("0", "note_required"),
    ],
)
def test_what_is_no_sum_or_too_much_is_refused(platform, amount, code):
    assert refusal(four_lines(platform), selection=lump_sum(amount)).code == code


def test_too_much_says_how_much_is_left_and_where_the_rest_went(platform):
    invoice = four_lines(platform)
    first = issue(invoice, lump_sum("300.00"))

    refused = refusal(invoice, selection=lump_sum("35.00"))

    assert (refused.facts["limit"], refused.facts["requested"]) == ("34.99", "35.00")
    assert refused.facts["used_by"] == [{"id": first.pk, "number": "CR-2026-000001", "total": "300.00"}]


def test_a_note_over_nothing_corrects_data_and_says_what(platform):
    # given
    invoice = four_lines(platform)

    # when
    note = issue(invoice, lump_sum("0"), note="The order number is PO-78.")

    # then
    assert sums_of(note) == ("0.00", "0.00", "0.00")
    assert (balance_of(note), note.settlement) == (("adjustment", "0.00", "0.00", "0.00"), "adjusted")
    assert (note.number, note.snapshot.reason) == ("CR-2026-000001", "The order number is PO-78.")
    assert not note.allocations.exists()
    assert due(invoice) == "334.99"


def test_a_note_over_nothing_may_follow_a_full_credit(platform):
    invoice = four_lines(platform)
    issue(invoice, Selection())

    assert issue(invoice, lump_sum("0"), note="Wrong order number").total == 0


def test_a_drafted_sum_stays_that_sum_when_another_note_comes_first(platform):
    # given
    invoice = four_lines(platform)
    draft = credit(invoice, selection=lump_sum("100.00"))
    issue(invoice, pick(invoice, 4))

    # when
    note = finalize(draft)

    # then
    assert f"{note.total:.2f}" == "100.00"
    assert nets_of(note) == ["29.33", "29.32", "24.68"]


def test_a_drafted_sum_that_no_longer_fits_is_refused(platform):
    invoice = four_lines(platform)
    draft = credit(invoice, selection=lump_sum("300.00"))
    issue(invoice, pick(invoice, 4))

    refusal = refused(lambda: finalize(draft))

    assert (refusal.code, refusal.facts["limit"]) == ("amount_exceeds_creditable", "232.99")


def test_cash_rounding_alone_is_no_line_to_take_from(platform):
    invoice = a_final_invoice(platform, lines=[a_line("9.99")], rounding_amount=Decimal("0.02"))
    assert f"{invoice.total:.2f}" == "12.11"

    refused = refusal(invoice, selection=lump_sum("12.10"))

    assert (refused.code, refused.field, refused.facts["limit"]) == (
        "amount_exceeds_lines",
        "amount",
        "12.09",
    )
    assert f"{issue(invoice, lump_sum('12.11')).total:.2f}" == "12.11"
