"""Giving a note's credit to other invoices, and taking it back."""

from datetime import date
from decimal import Decimal
from functools import partial

import pytest

from billing.errors import NotFound
from billing.events.models import Event
from credit_notes.models import Allocation, CreditNote
from credit_notes.selection import Selection
from credit_notes.services import allocate, allocate_oldest_first, deallocate, remove_credit_note
from credit_notes.services.reverse import reverse_credit_note
from credit_notes.services.void import void_credit_note
from invoices.models import Invoice
from invoices.services import settle_payment
from tests.factories import (
    a_customer,
    a_draft_invoice,
    a_draft_note,
    a_final_invoice,
    a_payment,
    a_platform,
    an_entity,
)

from .credits import BY, a_credit_of, an_invoice_of, credited, due, given, left, refused

D = Decimal


def oldest_first(note: CreditNote) -> list[Allocation]:
    return allocate_oldest_first(platform=note.platform, credit_note_id=note.pk, **BY)


def taken_back(row: Allocation) -> Allocation:
    return deallocate(platform=row.platform, allocation_id=row.pk, **BY)


def removed(note: CreditNote, invoice: Invoice) -> list[Allocation]:
    return remove_credit_note(platform=note.platform, invoice_id=invoice.pk, credit_note_id=note.pk, **BY)


def test_credit_of_500_clears_300_and_half_of_400_oldest_first_and_one_is_taken_back(platform):
    # given
    note = a_credit_of(platform, "500.00")
    later = an_invoice_of(platform, "400.00", due_date=date(2026, 12, 20))
    sooner = an_invoice_of(platform, "300.00", due_date=date(2026, 12, 10))

    # when
    rows = oldest_first(note)

    # then
    assert [(row.invoice, row.amount) for row in rows] == [(sooner, D("300.00")), (later, D("200.00"))]
    assert (due(sooner), due(later), left(note)) == (D(0), D("200.00"), D(0))
    assert CreditNote.objects.get(pk=note.pk).settlement == "refunded"

    # when
    back = taken_back(rows[0])

    # then
    assert (back.amount, back.reverses) == (D("-300.00"), rows[0])
    assert (due(sooner), due(later), left(note)) == (D("300.00"), D("200.00"), D("300.00"))
    assert CreditNote.objects.get(pk=note.pk).settlement == "refund_due"
    assert Allocation.objects.filter(credit_note=note).count() == 3


def test_without_an_amount_as_much_as_fits_is_given(platform):
    note = a_credit_of(platform, "500.00")
    small, large = an_invoice_of(platform, "120.00"), an_invoice_of(platform, "900.00")

    assert given(note, small).amount == D("120.00")
    assert given(note, large).amount == D("380.00")
    assert (due(small), due(large), left(note)) == (D(0), D("520.00"), D(0))


def test_an_amount_is_given_to_the_cent(platform):
    note, invoice = a_credit_of(platform, "500.00"), an_invoice_of(platform, "300.00")

    given(note, invoice, "0.01")
    given(note, invoice, "120.50")

    assert (due(invoice), left(note)) == (D("179.49"), D("379.49"))


def test_store_credit_is_given_like_any_other(platform):
    note, invoice = a_credit_of(platform, "500.00", type="store"), an_invoice_of(platform, "300.00")

    given(note, invoice)

    assert (due(invoice), left(note)) == (D(0), D("200.00"))


def test_a_payment_on_its_way_is_left_to_arrive(platform):
    note, invoice = a_credit_of(platform, "500.00"), an_invoice_of(platform, "300.00")
    a_payment(invoice, "100.00", status="IN_PROGRESS")

    assert given(note, invoice).amount == D("200.00")

    refusal = refused(lambda: given(note, invoice))
    assert refusal.code == "nothing_due"
    assert refusal.detail == (
        f"{invoice.number} owes nothing that credit could clear: "
        "payments of 100.00 EUR are still in progress."
    )


def test_a_note_may_clear_its_own_invoice_when_a_payment_on_its_way_has_failed(platform):
    # given: half was paid and half on its way, so that the note had nothing to clear
    invoice = an_invoice_of(platform, "100.00")
    a_payment(invoice, "50.00")
    waiting = a_payment(invoice, "50.00", status="IN_PROGRESS")
    note = credited(invoice, selection=Selection(amount=D("50.00")))
    assert left(note) == D("50.00")
    settle_payment(platform=platform, payment_id=waiting.pk, succeeded=False, **BY)

    # when
    row = given(note, invoice)

    # then
    assert (due(invoice), left(note)) == (D(0), D(0))
    assert refused(lambda: taken_back(row)).code == "own_invoice_leg"


def test_undated_invoices_come_last_and_equal_ones_by_date(platform):
    note = a_credit_of(platform, "60.00")
    undated = an_invoice_of(platform, "20.00", due_date=None, payment_terms="Soon")
    newer = an_invoice_of(platform, "20.00", due_date=date(2026, 12, 10), date=date(2026, 11, 5))
    older = an_invoice_of(platform, "20.00", due_date=date(2026, 12, 10), date=date(2026, 11, 4))

    assert [row.invoice for row in oldest_first(note)] == [older, newer, undated]


def test_oldest_first_passes_by_what_is_not_the_customers_own_debt(platform):
    # given
    note = a_credit_of(platform, "500.00")
    seller, buyer = note.billing_entity, note.customer
    other_buyer = a_customer(platform, name="Autre SA", vat_number="BE0999999922", endpoint_id="0999999922")
    other_seller = an_entity(platform, name="Acme Hardware B.V.", vat_number="NL999999990B90")
    strangers = [
        an_invoice_of(platform, "10.00", buyer=other_buyer, seller=seller),
        an_invoice_of(platform, "10.00", buyer=buyer, seller=other_seller),
        an_invoice_of(platform, "10.00", buyer=buyer, seller=seller, currency="USD"),
    ]

    # then
    refusal = refused(lambda: oldest_first(note))
    assert refusal.code == "nothing_due"
    assert refusal.detail == (
        "Bières du Nord SA owes Acme Software B.V. nothing in EUR that credit could clear."
    )
    assert [due(row) for row in strangers] == [D("10.00")] * 3


# What happened is told


def test_giving_and_taking_back_are_told_of_both_papers_with_before_and_after(platform):
    # given
    note, invoice = a_credit_of(platform, "500.00"), an_invoice_of(platform, "300.00")

    # when
    row = given(note, invoice, "120.00")
    back = taken_back(row)

    # then
    told = Event.objects.filter(type__contains="allocated") | Event.objects.filter(
        type__startswith="billing.invoice.credit", object_id=invoice.pk
    )
    assert [
        (event.type.removeprefix("billing."), event.actor, event.data["allocation"], event.data["amount"])
        for event in told.order_by("id")
    ] == [
        ("invoice.credited", "Clara Clerk", row.pk, "120.00"),
        ("credit_note.allocated", "Clara Clerk", row.pk, "120.00"),
        ("invoice.credit_removed", "Clara Clerk", back.pk, "120.00"),
        ("credit_note.deallocated", "Clara Clerk", back.pk, "120.00"),
    ]
    credit, given_, removal, taken = (event.data for event in told.order_by("id"))
    assert credit["previous"] == {"amount_credited": "0.00", "amount_due": "300.00"}
    assert credit["object"] | {"amount_credited": "120.00", "amount_due": "180.00"} == credit["object"]
    assert removal["previous"] == {"amount_credited": "120.00", "amount_due": "180.00"}
    assert removal["object"] | credit["previous"] == removal["object"]
    before = {"amount_allocated": "0.00", "amount_available": "500.00"}
    after = {"amount_allocated": "120.00", "amount_available": "380.00"}
    assert given_["previous"] == before
    assert given_["object"] | after == given_["object"]
    assert taken["previous"] == after
    assert taken["object"] | before == taken["object"]


# Refusals: nothing happens


def test_a_draft_gives_nothing(platform):
    draft = a_draft_note(a_final_invoice(platform))
    invoice = an_invoice_of(platform, "300.00")

    assert refused(lambda: given(draft, invoice)).code == "note_not_final"
    assert refused(lambda: oldest_first(draft)).code == "note_not_final"


def test_a_void_note_gives_nothing(platform):
    note = a_credit_of(platform, "100.00")
    void_credit_note(platform=platform, credit_note_id=note.pk, reason="Wrong customer", **BY)
    invoice = an_invoice_of(platform, "300.00")

    assert refused(lambda: given(note, invoice)).code == "already_voided"
    assert refused(lambda: oldest_first(note)).code == "already_voided"


def test_a_reversed_note_gives_nothing_and_what_it_gave_stays(platform):
    note, invoice = a_credit_of(platform, "100.00"), an_invoice_of(platform, "300.00")
    row = given(note, invoice, "40.00")
    reverse_credit_note(platform=platform, credit_note_id=note.pk, reason="Credited twice", **BY)

    assert refused(lambda: given(note, invoice)).code == "already_reversed"
    assert refused(lambda: taken_back(row)).code == "already_reversed"
    assert refused(lambda: removed(note, invoice)).code == "already_reversed"
    assert due(invoice) == D("260.00")


def test_a_note_is_void_only_when_all_it_gave_was_taken_back(platform):
    note, invoice = a_credit_of(platform, "100.00"), an_invoice_of(platform, "300.00")
    row = given(note, invoice, "40.00")
    void = partial(void_credit_note, platform=platform, credit_note_id=note.pk, reason="Error", **BY)

    assert refused(void).code == "has_allocations"
    taken_back(row)

    assert void().status == "VOID"
    assert (due(invoice), left(note)) == (D("300.00"), D("0.00"))


def test_an_adjustment_has_nothing_to_give_and_says_what_it_cleared(platform):
    cleared = an_invoice_of(platform, "100.00")
    note = credited(cleared)
    invoice = an_invoice_of(platform, "300.00")

    refusal = refused(lambda: given(note, invoice))

    assert refusal.code == "nothing_available"
    assert refusal.detail == (
        f"{note.number} is an adjustment: all of it cleared the debt of the invoice it corrects."
    )
    assert refusal.facts == {
        "limit": "0.00",
        "currency": "EUR",
        "terms": {
            "total": "100.00",
            "amount_allocated": "100.00",
            "amount_refunded": "0.00",
            "amount_available": "0.00",
        },
        "used_by": [{"object": "invoice", "id": cleared.pk, "number": cleared.number, "amount": "100.00"}],
    }


def test_more_than_the_note_has_is_refused_with_where_its_money_went(platform):
    # given: 60 went away, and 10 to another invoice and back
    note = a_credit_of(platform, "100.00")
    first, second, third = (an_invoice_of(platform, "300.00") for _ in range(3))
    given(note, first, "60.00")
    taken_back(given(note, second, "10.00"))

    # then
    refusal = refused(lambda: given(note, third, "40.01"))
    assert (refusal.code, refusal.field) == ("amount_exceeds_available", "amount")
    assert refusal.detail == f"40.01 EUR is more than the 40.00 EUR that {note.number} has available."
    assert (refusal.facts["requested"], refusal.facts["limit"]) == ("40.01", "40.00")
    assert refusal.facts["terms"]["amount_allocated"] == "60.00"
    assert refusal.facts["used_by"] == [
        {"object": "invoice", "id": first.pk, "number": first.number, "amount": "60.00"}
    ]


def test_more_than_the_invoice_owes_is_refused_with_what_settled_it(platform):
    # given
    note, other = a_credit_of(platform, "100.00"), a_credit_of(platform, "20.00")
    invoice = an_invoice_of(platform, "120.00")
    paid = a_payment(invoice, "30.00")
    waiting = a_payment(invoice, "25.00", status="IN_PROGRESS")
    given(other, invoice)

    # then
    refusal = refused(lambda: given(note, invoice, "45.01"))
    assert (refusal.code, refusal.field) == ("amount_exceeds_due", "amount")
    assert refusal.detail == (
        f"45.01 EUR is more than the 45.00 EUR that {invoice.number} still owes: "
        "payments of 25.00 EUR are still in progress."
    )
    assert refusal.facts == {
        "requested": "45.01",
        "limit": "45.00",
        "currency": "EUR",
        "terms": {
            "total": "120.00",
            "amount_paid": "30.00",
            "amount_withheld": "0.00",
            "amount_credited": "20.00",
            "amount_due": "70.00",
            "payments_in_progress": "25.00",
            "adjustable": "45.00",
        },
        "used_by": [
            {"object": "payment", "id": paid.pk, "status": "SUCCEEDED", "amount": "30.00"},
            {"object": "payment", "id": waiting.pk, "status": "IN_PROGRESS", "amount": "25.00"},
            {"object": "credit_note", "id": other.pk, "number": other.number, "amount": "20.00"},
        ],
    }


@pytest.mark.parametrize(
    "amount", ["0", "-1", "0.001", "1e30", "1e-30", "NaN", "Infinity", "-Infinity", "9" * 400]
)
def test_what_is_no_amount_is_refused(platform, amount):
    note, invoice = a_credit_of(platform, "100.00"), an_invoice_of(platform, "100.00")

    refusal = refused(lambda: given(note, invoice, amount))

    assert (refusal.code, refusal.field) == ("amount_not_possible", "amount")


def test_half_a_yen_is_refused(platform):
    note = a_credit_of(platform, "100", currency="JPY")
    invoice = an_invoice_of(platform, "100", currency="JPY")

    assert refused(lambda: given(note, invoice, "0.5")).detail == (
        "0.5 is finer than JPY, whose smallest unit is 1."
    )
    given(note, invoice, "1")
    assert (due(invoice), left(note)) == (D(99), D(99))


def test_a_draft_invoice_takes_nothing(platform):
    note = a_credit_of(platform, "100.00")

    draft = a_draft_invoice(platform)
    refusal = refused(lambda: given(note, draft))

    assert (refusal.code, refusal.field) == ("invoice_not_final", "invoice")


def test_a_paid_invoice_takes_nothing(platform):
    note, invoice = a_credit_of(platform, "100.00"), an_invoice_of(platform, "50.00")
    payment = a_payment(invoice, "50.00")

    refusal = refused(lambda: given(note, invoice, "1.00"))

    assert refusal.code == "nothing_due"
    assert refusal.facts["used_by"] == [
        {"object": "payment", "id": payment.pk, "status": "SUCCEEDED", "amount": "50.00"}
    ]


def test_another_currency_customer_or_billing_entity_each_has_its_refusal(platform):
    # given
    note = a_credit_of(platform, "100.00")
    seller, buyer = note.billing_entity, note.customer
    other_buyer = a_customer(platform, name="Autre SA", vat_number="BE0999999922", endpoint_id="0999999922")
    other_seller = an_entity(platform, name="Acme Hardware B.V.", vat_number="NL999999990B90")

    # then
    for code, fields in {
        "currency_mismatch": {"currency": "USD"},
        "customer_mismatch": {"buyer": other_buyer},
        "billing_entity_mismatch": {"seller": other_seller},
    }.items():
        invoice = an_invoice_of(platform, "100.00", **{"seller": seller, "buyer": buyer} | fields)
        refusal = refused(lambda invoice=invoice: given(note, invoice))
        assert (refusal.code, refusal.field) == (code, "invoice")


def test_what_belongs_to_another_platform_does_not_exist(platform):
    note, invoice = a_credit_of(platform, "100.00"), an_invoice_of(platform, "100.00")
    row = given(note, invoice, "10.00")
    stranger = a_platform("Other")
    foreign = an_invoice_of(stranger, "100.00")

    ids = {"credit_note_id": note.pk, "invoice_id": invoice.pk}
    for call in (
        lambda: given(note, foreign),
        lambda: allocate(platform=stranger, credit_note_id=note.pk, invoice_id=foreign.pk, **BY),
        lambda: allocate_oldest_first(platform=stranger, credit_note_id=note.pk, **BY),
        lambda: deallocate(platform=stranger, allocation_id=row.pk, **BY),
        lambda: remove_credit_note(platform=stranger, **ids, **BY),
        lambda: deallocate(platform=platform, allocation_id="al_\0", **BY),
    ):
        assert isinstance(refused(call), NotFound)


# Taking back


def test_credit_is_taken_back_once(platform):
    note, invoice = a_credit_of(platform, "100.00"), an_invoice_of(platform, "300.00")
    row = given(note, invoice)
    back = taken_back(row)

    again, of_reversal = refused(lambda: taken_back(row)), refused(lambda: taken_back(back))

    assert (again.code, again.facts["reversed_by"]) == ("already_deallocated", back.pk)
    assert (of_reversal.code, of_reversal.facts["reverses"]) == ("already_deallocated", row.pk)
    assert given(note, invoice).amount == D("100.00")


def test_what_a_note_cleared_of_its_own_invoice_stays(platform):
    invoice = an_invoice_of(platform, "100.00")
    a_payment(invoice, "40.00")
    note = credited(invoice)
    leg = Allocation.objects.get()

    refusal = refused(lambda: taken_back(leg))

    assert leg.amount == D("60.00")
    assert (refusal.code, refusal.facts) == (
        "own_invoice_leg",
        {"credit_note": note.pk, "invoice": invoice.pk},
    )
    assert refused(lambda: removed(note, invoice)).code == "own_invoice_leg"


def test_credit_that_was_credited_in_turn_is_not_taken_back(platform):
    # given: the invoice was settled by credit, then credited itself
    note, invoice = a_credit_of(platform, "100.00"), an_invoice_of(platform, "100.00")
    row = given(note, invoice)
    since = credited(invoice)
    assert left(since) == D("100.00")

    # then
    for call in (lambda: taken_back(row), lambda: removed(note, invoice)):
        refusal = refused(call)
        assert refusal.code == "amount_exceeds_refundable"
        assert refusal.detail == (
            f"{note.number} gave {invoice.number} 100.00 EUR, and {since.number} credited {invoice.number} "
            "since: 0.00 EUR of what it received is left to take back."
        )
        assert (refusal.facts["requested"], refusal.facts["limit"]) == ("100.00", "0.00")
        assert refusal.facts["used_by"] == [{"id": since.pk, "number": since.number, "total": "100.00"}]


def test_removing_a_note_takes_back_all_that_it_gave_to_the_invoice(platform):
    # given
    note, invoice = a_credit_of(platform, "100.00"), an_invoice_of(platform, "300.00")
    other, elsewhere = a_credit_of(platform, "50.00"), an_invoice_of(platform, "300.00")
    taken_back(given(note, invoice, "5.00"))
    first, second = given(note, invoice, "10.00"), given(note, invoice, "20.00")
    given(note, elsewhere, "30.00")
    given(other, invoice)

    # when
    rows = removed(note, invoice)

    # then
    assert [(row.reverses, row.amount) for row in rows] == [(first, D("-10.00")), (second, D("-20.00"))]
    assert (due(invoice), due(elsewhere)) == (D("250.00"), D("270.00"))
    assert (left(note), left(other)) == (D("70.00"), D(0))
    refusal = refused(lambda: removed(note, invoice))
    assert (refusal.code, refusal.field) == ("nothing_allocated", "credit_note")
