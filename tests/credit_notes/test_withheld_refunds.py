"""Returning tax that a customer withheld, and taking that return away."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing.errors import NotFound
from billing.events.models import Event
from billing.platforms.models import Platform
from credit_notes.models import CreditNote, TaxWithheldRefund
from credit_notes.services import remove_tax_withheld_refund, return_tax_withheld
from invoices.models import Invoice, TaxWithheld
from tests.factories import NOON, a_draft_note, a_payment, a_platform

from .credits import BY, an_invoice_of, credited, given, left, refused, withheld_from

D = Decimal
TODAY = NOON.date()


def returned(note: CreditNote, amount: str | None = None, **fields: Any) -> TaxWithheldRefund:
    defaults = {"platform": note.platform, "date": TODAY}
    money = None if amount is None else D(amount)
    return return_tax_withheld(credit_note_id=note.pk, amount=money, **BY, **defaults | fields)


def removed(row: TaxWithheldRefund) -> TaxWithheldRefund:
    return remove_tax_withheld_refund(platform=row.platform, refund_id=row.pk, **BY)


def a_credit_with_tax(platform: Platform, withheld: str, **wish: Any) -> tuple[CreditNote, TaxWithheld]:
    """A note of 100.00 on an invoice that was settled by money and by tax withheld."""
    invoice = an_invoice_of(platform, "100.00")
    row = withheld_from(invoice, withheld)
    a_payment(invoice, str(D(100) - D(withheld)))
    return credited(invoice, **wish), row


def test_withheld_tax_is_returned_and_the_return_taken_away(platform):
    # given
    note, row = a_credit_with_tax(platform, "15.00")
    assert left(note) == D("100.00")

    # when
    refund = returned(note, reference="Form 16A")

    # then
    assert (refund.tax_withheld, refund.amount, refund.date) == (row, D("15.00"), TODAY)
    after = CreditNote.objects.get(pk=note.pk)
    assert (after.amount_refunded, after.amount_available) == (D("15.00"), D("85.00"))
    assert Invoice.objects.get(pk=row.invoice_id).amount_withheld == D("15.00")

    # when
    back = removed(refund)

    # then
    assert (back.amount, back.reverses, back.reference) == (D("-15.00"), refund, "Form 16A")
    after = CreditNote.objects.get(pk=note.pk)
    assert (after.amount_refunded, after.amount_available) == (D(0), D("100.00"))
    assert Invoice.objects.get(pk=row.invoice_id).amount_withheld == D("15.00")
    assert returned(note).amount == D("15.00")


def test_a_part_is_returned_and_then_only_the_rest(platform):
    note, row = a_credit_with_tax(platform, "15.00")

    first = returned(note, "10.00", tax_withheld_id=row.pk)
    refusal = refused(lambda: returned(note, "5.01"))

    assert (refusal.code, refusal.field) == ("amount_exceeds_withheld", "amount")
    assert refusal.detail == (
        "5.01 EUR is more than the 5.00 EUR that is left of the tax withheld on 2026-11-20."
    )
    assert refusal.facts == {
        "requested": "5.01",
        "limit": "5.00",
        "currency": "EUR",
        "terms": {"withheld": "15.00", "returned": "10.00"},
        "used_by": [
            {
                "object": "tax_withheld_refund",
                "id": first.pk,
                "credit_note": {"id": note.pk, "number": note.number},
                "amount": "10.00",
            }
        ],
    }
    assert returned(note).amount == D("5.00")
    assert refused(lambda: returned(note)).code == "nothing_withheld"


def test_what_was_withheld_last_is_returned_first(platform):
    # given
    invoice = an_invoice_of(platform, "100.00")
    newer = withheld_from(invoice, "5.00", date=date(2026, 11, 19))
    older = withheld_from(invoice, "7.00", date=date(2026, 11, 18))
    a_payment(invoice, "88.00")
    note = credited(invoice)

    # then
    assert [(returned(note).tax_withheld, returned(note).tax_withheld)] == [(newer, older)]
    assert left(note) == D("88.00")


def test_no_more_is_returned_than_the_note_has(platform):
    note, _ = a_credit_with_tax(platform, "15.00")
    given(note, an_invoice_of(platform, "90.00"))

    refusal = refused(lambda: returned(note, "15.00"))
    assert (refusal.code, refusal.facts["limit"]) == ("amount_exceeds_available", "10.00")
    assert returned(note).amount == D("10.00")
    assert refused(lambda: returned(note)).code == "nothing_available"


def test_both_are_told_with_before_and_after(platform):
    note, row = a_credit_with_tax(platform, "15.00")

    refund = returned(note)
    back = removed(refund)

    told = list(Event.objects.filter(type__contains="tax_withheld_refund").order_by("id"))
    assert [event.type for event in told] == [
        "billing.credit_note.tax_withheld_refunded",
        "billing.credit_note.tax_withheld_refund_removed",
    ]
    assert [event.data["tax_withheld_refund"] for event in told] == [refund.pk, back.pk]
    assert {(event.data["tax_withheld"], event.data["amount"]) for event in told} == {(row.pk, "15.00")}
    before = {"amount_refunded": "0.00", "amount_available": "100.00"}
    after = {"amount_refunded": "15.00", "amount_available": "85.00"}
    assert [event.data["previous"] for event in told] == [before, after]
    assert [event.data["object"]["amount_available"] for event in told] == ["85.00", "100.00"]


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "NaN", "1e30"])
def test_what_is_no_amount_is_refused(platform, amount):
    note, _ = a_credit_with_tax(platform, "15.00")

    assert refused(lambda: returned(note, amount)).code == "amount_not_possible"


def test_a_day_before_the_note_or_in_the_future_is_refused(platform):
    note, _ = a_credit_with_tax(platform, "15.00")

    early = refused(lambda: returned(note, date=TODAY - timedelta(days=1)))
    late = refused(lambda: returned(note, date=TODAY + timedelta(days=1)))

    assert (early.code, early.field) == ("date_before_note", "date")
    assert (late.code, late.field) == ("date_in_future", "date")


def test_store_credit_a_draft_and_an_adjustment_return_nothing(platform):
    store, _ = a_credit_with_tax(platform, "15.00", type="store")
    draft = a_draft_note(an_invoice_of(platform, "10.00"))
    adjustment = credited(an_invoice_of(platform, "10.00"))

    assert refused(lambda: returned(store)).code == "store_is_not_paid_out"
    assert refused(lambda: returned(draft)).code == "note_not_final"
    assert refused(lambda: returned(adjustment)).code == "nothing_available"


def test_tax_of_another_invoice_or_platform_is_refused(platform):
    note, _ = a_credit_with_tax(platform, "15.00")
    other = withheld_from(an_invoice_of(platform, "50.00"), "5.00")
    foreign = withheld_from(an_invoice_of(a_platform("Other"), "50.00"), "5.00")

    refusal = refused(lambda: returned(note, tax_withheld_id=other.pk))

    assert (refusal.code, refusal.facts) == ("tax_withheld_mismatch", {"invoice": other.invoice_id})
    assert isinstance(refused(lambda: returned(note, tax_withheld_id=foreign.pk)), NotFound)
    assert isinstance(refused(lambda: returned(note, platform=foreign.platform)), NotFound)


def test_a_return_is_taken_away_once(platform):
    note, _ = a_credit_with_tax(platform, "15.00")
    refund = returned(note)
    back = removed(refund)

    again, of_removal = refused(lambda: removed(refund)), refused(lambda: removed(back))

    assert (again.code, again.facts) == ("return_already_removed", {"other": back.pk})
    assert (of_removal.code, of_removal.facts) == ("return_already_removed", {"other": refund.pk})
