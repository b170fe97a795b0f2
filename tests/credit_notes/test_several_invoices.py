"""One note on several invoices of a customer: each referenced, each with its own part, limits and leg."""

from decimal import Decimal
from typing import Any

import pytest

from billing.platforms.models import Platform
from credit_notes.models import CreditNote
from credit_notes.selection import Selection
from credit_notes.services import credit, update_draft
from credit_notes.wish import Wish
from invoices.models import Invoice
from tests.factories import (
    CLERK,
    NOON,
    a_customer,
    a_final_invoice,
    a_line,
    a_payment,
    a_platform,
    an_entity,
)

from .stories import (
    again,
    balance_of,
    due,
    finalize,
    issue,
    lump_sum,
    nets_of,
    pick,
    refused,
    sums_of,
    void,
)


def on(
    platform: Platform, *parts: tuple[Invoice, Selection], finalize: bool = True, **said: Any
) -> CreditNote:
    """A note on several invoices, each with what is taken of it."""
    wish = Wish(selections=tuple((invoice.pk, selection) for invoice, selection in parts), **said)
    note = credit(platform=platform, wish=wish, finalize=finalize, actor=CLERK, at=NOON)
    return CreditNote.objects.get(pk=note.pk)


def test_it_names_each_invoice_and_says_what_it_takes_of_it(platform):
    # given
    first = a_final_invoice(platform, lines=[a_line("100.00"), a_line("50.00", rate="9")])
    second = a_final_invoice(platform, lines=[a_line("80.00")])

    # when
    note = on(platform, (first, pick(first, 2)), (second, pick(second, 1, net_amount="20")))

    # then
    assert note.invoice is None
    assert [ref.number for ref in note.snapshot.references] == [first.number, second.number]
    assert [
        (row.invoice, f"{row.net_total:.2f}", f"{row.tax_total:.2f}", f"{row.total:.2f}")
        for row in note.references.order_by("id")
    ] == [(first, "50.00", "4.50", "54.50"), (second, "20.00", "4.20", "24.20")]
    assert [(line.line_id, line.reference.invoice) for line in note.lines.all()] == [
        ("2", first),
        ("1", second),
    ]
    assert sums_of(note) == ("70.00", "8.70", "78.70")


def test_it_clears_the_debt_of_each(platform):
    # given
    unpaid, half, paid = (a_final_invoice(platform) for _ in range(3))
    a_payment(half, "100.00")
    a_payment(paid, "121.00")

    # when
    note = on(platform, *[(invoice, Selection()) for invoice in (unpaid, half, paid)])

    # then
    assert balance_of(note) == ("refundable", "142.00", "0.00", "221.00")
    assert [(row.invoice, f"{row.amount:.2f}") for row in note.allocations.order_by("id")] == [
        (unpaid, "121.00"),
        (half, "21.00"),
    ]
    assert [due(invoice) for invoice in (unpaid, half, paid)] == ["0.00", "0.00", "0.00"]


def test_it_is_an_adjustment_where_it_clears_debt_only(platform):
    first, second = a_final_invoice(platform), a_final_invoice(platform)

    note = on(platform, (first, lump_sum("20")), (second, lump_sum("30")))

    assert balance_of(note) == ("adjustment", "50.00", "0.00", "0.00")


def test_groups_of_one_rate_are_added_up_and_each_invoice_is_exact(platform):
    # given
    first, second = (a_final_invoice(platform, lines=[a_line("68.33", rate="20")] * 2) for _ in range(2))
    assert first.tax_total == Decimal("27.33")

    # when
    notes = [on(platform, (first, pick(first, place)), (second, pick(second, place))) for place in (1, 2)]

    # then
    assert [len(note.taxes) for note in notes] == [1, 1]
    assert [sums_of(note) for note in notes] == [
        ("136.66", "27.34", "164.00"),
        ("136.66", "27.32", "163.98"),
    ]
    assert [due(invoice) for invoice in (first, second)] == ["0.00", "0.00"]


def test_what_it_takes_counts_on_each_invoice(platform):
    # given
    first, second = a_final_invoice(platform), a_final_invoice(platform)
    note = on(platform, (first, lump_sum("100")), (second, lump_sum("1")))

    # when
    refusal = refused(lambda: issue(first, lump_sum("21.01")))

    # then
    assert (refusal.facts["limit"], refusal.facts["used_by"]) == (
        "21.00",
        [{"id": note.pk, "number": note.number, "total": "100.00"}],
    )
    assert refused(
        lambda: on(platform, (second, lump_sum("1")), (first, Selection(amount=Decimal("22"))))
    ).code == ("amount_exceeds_creditable")


def test_a_void_gives_it_back_to_each(platform):
    first, second = a_final_invoice(platform), a_final_invoice(platform)
    a_payment(second, "21.00")

    void(on(platform, (first, Selection()), (second, lump_sum("100"))))

    assert (due(first), due(second)) == ("121.00", "100.00")
    assert balance_of(on(platform, (first, Selection()), (second, Selection())))[3] == "21.00"


@pytest.mark.parametrize("other", ["customer", "billing_entity", "currency"])
def test_invoices_that_differ_are_not_credited_together(platform, other):
    # given
    first = a_final_invoice(platform)
    second = a_final_invoice(
        platform,
        buyer=a_customer(platform, name="Other", vat_number="", endpoint_id="")
        if other == "customer"
        else None,
        seller=an_entity(platform, vat_number="NL123456782B02") if other == "billing_entity" else None,
        currency="USD" if other == "currency" else "EUR",
    )

    # when
    refusal = refused(lambda: on(platform, (first, Selection()), (second, Selection())))

    # then
    assert (refusal.code, refusal.field, refusal.facts["differs"]) == ("invoices_differ", "invoices", other)


def test_an_invoice_is_given_once(platform):
    invoice = a_final_invoice(platform)

    refusal = refused(lambda: on(platform, (invoice, lump_sum("1")), (invoice, lump_sum("2"))))

    assert (refusal.code, refusal.field) == ("invoice_twice", "invoices")


def test_an_invoice_of_another_platform_does_not_exist(platform):
    mine, theirs = a_final_invoice(platform), a_final_invoice(a_platform("Other Group"))

    assert refused(lambda: on(platform, (mine, Selection()), (theirs, Selection()))).code == "not_found"


def test_a_draft_is_refused_when_one_of_them_has_less_left(platform):
    # given
    first, second = a_final_invoice(platform), a_final_invoice(platform)
    draft = on(platform, (first, Selection()), (second, Selection()), finalize=False)
    issue(second, lump_sum("21.00"))

    # when
    refusal = refused(lambda: finalize(draft))

    # then
    assert (refusal.code, refusal.facts) == ("draft_outdated", {"drafted": "242.00", "now": "100.00"})
    assert second.number in refusal.detail


def test_a_draft_on_several_is_worked_out_anew_with_other_lines(platform):
    # given
    first, second, third = (a_final_invoice(platform) for _ in range(3))
    draft = on(platform, (first, Selection()), (second, Selection()), finalize=False)

    # when
    update_draft(
        platform=platform,
        credit_note_id=draft.pk,
        changes={"selections": ((second.pk, lump_sum("10")), (third.pk, lump_sum("20")))},
        actor=CLERK,
        at=NOON,
    )
    note = finalize(again(draft))

    # then
    assert [row.invoice for row in note.references.order_by("id")] == [second, third]
    assert (nets_of(note), sums_of(note)[2]) == (["8.26", "16.53"], "30.00")
    assert [due(invoice) for invoice in (first, second, third)] == ["121.00", "111.00", "101.00"]


def test_a_draft_on_several_may_become_one_on_one(platform):
    first, second = a_final_invoice(platform), a_final_invoice(platform)
    draft = on(platform, (first, Selection()), (second, Selection()), finalize=False)

    update_draft(
        platform=platform,
        credit_note_id=draft.pk,
        changes={"selections": ((second.pk, lump_sum("10")),)},
        actor=CLERK,
        at=NOON,
    )

    assert again(draft).invoice == second
    assert finalize(again(draft)).total == Decimal("10.00")
