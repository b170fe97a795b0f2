"""Lines that the invoice does not have: a bonus, a difference in price; within its VAT groups."""

from decimal import Decimal

import pytest

from billing.documents.snapshot import Period
from credit_notes.selection import Selection
from tests.factories import NOON, a_final_invoice, a_line

from .stories import (
    a_free_line,
    a_pick,
    credit,
    due,
    finalize,
    issue,
    lump_sum,
    nets_of,
    pick,
    refusal,
    sums_of,
    void,
)


def two_rates(platform):
    return a_final_invoice(platform, lines=[a_line("100.00"), a_line("50.00", rate="9")])


def free(*lines) -> Selection:
    return Selection(free=lines)


def test_a_free_line_is_taxed_like_its_vat_group(platform):
    # given
    period = Period(start=NOON.date())
    line = a_free_line("12.50", quantity="3", rate="9", name="Late delivery", unit="DAY", period=period)

    # when
    note = issue(two_rates(platform), free(line))

    # then
    row = note.lines.get()
    assert (row.name, row.quantity, row.unit, row.unit_price, row.period) == (
        "Late delivery",
        Decimal(3),
        "DAY",
        Decimal("12.50"),
        period,
    )
    assert (row.invoice_line, row.quantity_taken, row.reference.invoice_id) == (
        None,
        None,
        note.invoice_id,
    )
    assert sums_of(note) == ("37.50", "3.38", "40.88")


def test_free_lines_and_lines_of_the_invoice_stand_on_one_note(platform):
    invoice = two_rates(platform)

    note = issue(
        invoice, Selection(picks=(a_pick(invoice, 1, net_amount="60"),), free=(a_free_line("5", rate="21"),))
    )

    assert nets_of(note) == ["60.00", "5.00"]
    assert [line.line_id for line in note.lines.all()] == ["1", "3"]
    assert sums_of(note) == ("65.00", "13.65", "78.65")


def test_the_rest_is_smaller_by_it_and_comes_to_the_invoice(platform):
    invoice = two_rates(platform)
    issue(invoice, free(a_free_line("10", rate="21")))

    rest = issue(invoice, Selection())

    assert nets_of(rest) == ["90.00", "50.00"]
    assert sums_of(rest) == ("140.00", "23.40", "163.40")
    assert due(invoice) == "0.00"


def test_a_void_gives_its_part_back(platform):
    invoice = two_rates(platform)
    void(issue(invoice, free(a_free_line("100", rate="21"))))

    assert nets_of(issue(invoice, pick(invoice, 1))) == ["100.00"]


def test_a_free_line_is_no_more_than_its_group_has_left(platform):
    invoice = two_rates(platform)
    issue(invoice, free(a_free_line("30", rate="9")))

    refused = refusal(invoice, selection=free(a_free_line("20.01", rate="9")))

    assert (refused.code, refused.status, refused.facts["limit"], refused.facts["requested"]) == (
        "exceeds_tax_group",
        409,
        "20.00",
        "20.01",
    )


def test_a_line_of_the_invoice_is_no_more_than_free_lines_have_left_of_its_group(platform):
    invoice = two_rates(platform)
    issue(invoice, free(a_free_line("30", rate="9")))

    assert refusal(invoice, selection=pick(invoice, 2)).code == "exceeds_tax_group"
    assert nets_of(issue(invoice, pick(invoice, 2, net_amount="20"))) == ["20.00"]
    assert nets_of(issue(invoice, Selection())) == ["100.00"]
    assert due(invoice) == "0.00"


def test_a_lump_sum_after_a_free_line_is_exact_too(platform):
    invoice = two_rates(platform)
    issue(invoice, free(a_free_line("30", rate="9")))

    assert sums_of(issue(invoice, lump_sum("71.40")))[2] == "71.40"
    assert sums_of(issue(invoice, Selection()))[2] == "71.40"
    assert due(invoice) == "0.00"


@pytest.mark.parametrize(
    "line", [a_free_line("5", rate="20"), a_free_line("5"), a_free_line("5", rate="0", tax_category="AE")]
)
def test_a_rate_that_the_invoice_lacks_is_refused_with_those_it_has(platform, line):
    refused = refusal(two_rates(platform), selection=free(line))

    assert (refused.code, refused.field) == ("tax_group_not_on_invoice", "lines.0.tax_rate")
    assert refused.detail.endswith("it has S 21 %, S 9 %.")


def test_a_free_line_over_nothing_corrects_data_only(platform):
    invoice = two_rates(platform)

    note = issue(invoice, free(a_free_line("0", rate="21", name="It was delivered to Gent")), note="Place")

    assert sums_of(note) == ("0.00", "0.00", "0.00")
    assert due(invoice) == "175.50"


def test_a_draft_with_a_free_line_is_finalised_as_it_was_drafted(platform):
    draft = credit(two_rates(platform), selection=free(a_free_line("33.335", rate="21")))

    note = finalize(draft)

    assert nets_of(note) == ["33.34"]
    assert sums_of(note) == ("33.34", "7.00", "40.34")
