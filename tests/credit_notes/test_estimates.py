"""What a note would come to: the same sums, the same refusals, and nothing stored."""

from decimal import Decimal
from typing import Any

import pytest

from credit_notes.selection import Selection
from credit_notes.services import credit, estimate
from credit_notes.services.estimate import Estimate
from credit_notes.wish import Wish
from invoices.models import Invoice
from tests.books import digest_of_rows
from tests.factories import CLERK, NOON, a_customer, a_draft_invoice, a_final_invoice, a_line, a_payment

from .stories import a_free_line, four_lines, issue, lump_sum, pick, refused


def guess(platform, wish: Wish) -> Estimate:
    """Return an estimate. Nothing has happened."""
    before = digest_of_rows()
    found = estimate(platform=platform, wish=wish, at=NOON)
    assert digest_of_rows() == before
    return found


def on(invoice: Invoice, selection: Selection = Selection(), **said: Any) -> Wish:  # noqa: B008 - frozen
    return Wish(selections=((invoice.pk, selection),), **said)


WAYS = {
    "everything": lambda invoice: Selection(),
    "a lump sum": lambda invoice: lump_sum("99.99"),
    "pieces": lambda invoice: pick(invoice, 1, quantity="0.5"),
    "an amount": lambda invoice: pick(invoice, 2, net_amount="10.01"),
    "a free line": lambda invoice: Selection(free=(a_free_line("3.33", rate="20"),)),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_an_estimate_is_what_the_note_comes_to(platform, way):
    # given
    invoice = four_lines(platform)
    a_payment(invoice, "200.00")
    issue(invoice, lump_sum("20.00"))
    wish = on(invoice, way(invoice))

    # when
    expected = guess(platform, wish)
    note = credit(platform=platform, wish=wish, finalize=True, actor=CLERK, at=NOON)

    # then
    assert expected.plan.document.totals == note.snapshot.totals
    assert expected.plan.document.taxes == note.snapshot.taxes
    assert expected.plan.document.lines == note.snapshot.lines
    assert (expected.type, expected.cleared) == (note.type, note.amount_allocated)
    assert expected.available == note.total - note.amount_allocated


def test_it_says_where_each_invoice_stands(platform):
    first, second = four_lines(platform), a_final_invoice(platform)
    a_payment(second, "121.00")
    wish = Wish(selections=((first.pk, lump_sum("100")), (second.pk, Selection())))

    found = guess(platform, wish)

    assert (found.type, found.cleared, found.available) == (
        "refundable",
        Decimal("100.00"),
        Decimal("121.00"),
    )
    assert [(part.total, part.cleared, part.standing.limits.most) for part in found.plan.parts] == [
        (Decimal("100.00"), Decimal("100.00"), Decimal("334.99")),
        (Decimal("121.00"), Decimal("0"), Decimal("121.00")),
    ]


def test_a_bonus_is_estimated_too(platform):
    a_final_invoice(platform)  # there is a seller
    customer = a_customer(platform, name="Other", vat_number="", currency="EUR")

    found = guess(platform, Wish(customer_id=customer.pk, free=(a_free_line("10.00", rate="21"),)))

    assert (found.plan.total, found.type, found.cleared) == (Decimal("12.10"), "refundable", Decimal("0.00"))


def test_an_unknown_series_is_not_made_by_asking(platform):
    assert guess(platform, on(four_lines(platform), series="BONUS")).plan.total == Decimal("334.99")


@pytest.mark.parametrize(
    ("selection", "said", "code"),
    [
        (lump_sum("400.00"), {}, "amount_exceeds_creditable"),
        (lump_sum("0"), {}, "note_required"),
        (Selection(), {"type": "adjustment"}, "amount_exceeds_adjustable"),
    ],
)
def test_it_is_refused_as_the_note_would_be(platform, selection, said, code):
    invoice = four_lines(platform)
    a_payment(invoice, "100.00")
    wish = on(invoice, selection, **said)

    by_estimate = refused(lambda: estimate(platform=platform, wish=wish, at=NOON))
    by_credit = refused(lambda: credit(platform=platform, wish=wish, actor=CLERK, at=NOON))

    assert by_estimate.code == by_credit.code == code
    assert by_estimate.facts == by_credit.facts


def test_a_draft_invoice_has_nothing_to_estimate(platform):
    invoice = a_draft_invoice(platform, lines=[a_line("1.00")])

    assert refused(lambda: estimate(platform=platform, wish=on(invoice), at=NOON)).code == "invoice_not_final"
