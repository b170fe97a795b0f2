"""Money that was returned elsewhere: against which payments and taxes it counts."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing.errors import BillingError
from billing.events.models import Event
from credit_notes.models import CreditNote, Refund, TaxWithheldRefund
from credit_notes.services import allocate, record_refund, refund
from invoices.models import TaxWithheld
from tests.books import digest_of_rows
from tests.factories import (
    CLERK,
    NOON,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_paid_invoice,
    a_payment,
)

TODAY = NOON.date()


def recorded(note: CreditNote, amount: str, **wish: Any) -> list[Refund | TaxWithheldRefund]:
    defaults = {"date": TODAY, "method": "bank_transfer", "actor": CLERK, "at": NOON}
    return record_refund(
        platform=note.platform, credit_note_id=note.pk, amount=Decimal(amount), **defaults | wish
    )


def refusal(note: CreditNote, amount: str, **wish: Any) -> BillingError:
    """Return how a record was refused. Nothing has happened."""
    before = digest_of_rows()
    with pytest.raises(BillingError) as caught:
        recorded(note, amount, **wish)
    assert digest_of_rows() == before
    return caught.value


def withheld(invoice: Any, amount: str) -> TaxWithheld:
    """Tax of an invoice that its customer withheld, as the rows have it."""
    row = TaxWithheld.objects.create(
        platform=invoice.platform, invoice=invoice, amount=Decimal(amount), date=TODAY, created_at=NOON
    )
    type(invoice).objects.filter(pk=invoice.pk).update(amount_withheld=Decimal(amount))
    return row


def test_it_counts_against_offline_payments_then_withheld_tax_then_online_payments(platform):
    # given: Chargebee's example
    invoice = a_final_invoice(platform)
    offline = a_payment(invoice, "30.00", method="bank_transfer")
    online = a_payment(invoice, "20.00", method="stripe", reference="pi_1", date=date(2026, 11, 19))
    tax = withheld(invoice, "5.00")
    note = a_final_note(invoice)
    assert (note.amount_allocated, note.amount_available) == (Decimal("66.00"), Decimal("55.00"))

    # when
    rows = recorded(note, "40.00", reference="SEPA-9", date=TODAY)

    # then
    assert [row.amount for row in rows] == [Decimal("30.00"), Decimal("5.00"), Decimal("5.00")]
    first, second, third = rows
    assert (first.payment_id, second.tax_withheld_id, third.payment_id) == (offline.pk, tax.pk, online.pk)
    for row in (first, third):
        assert (row.status, row.gateway, row.method, row.reference, row.date) == (
            "SUCCEEDED",
            "",
            "bank_transfer",
            "SEPA-9",
            TODAY,
        )
    assert (second.date, second.reference) == (TODAY, "SEPA-9")
    note = CreditNote.objects.get(pk=note.pk)
    assert (note.amount_refunded, note.amount_available) == (Decimal("40.00"), Decimal("15.00"))
    told = Event.objects.filter(object_id=note.pk, type__contains="refund").order_by("id")
    assert [
        (
            event.type.removeprefix("billing.credit_note."),
            event.data["previous"]["amount_available"],
            event.data["object"]["amount_available"],
        )
        for event in told
    ] == [
        ("refund_succeeded", "55.00", "25.00"),
        ("tax_withheld_refunded", "25.00", "20.00"),
        ("refund_succeeded", "20.00", "15.00"),
    ]


def test_the_newest_offline_payment_comes_first(platform):
    invoice = a_final_invoice(platform)
    old = a_payment(invoice, "60.00", date=date(2026, 11, 5))
    new = a_payment(invoice, "61.00", date=date(2026, 11, 6), method="cash")
    note = a_final_note(invoice)

    rows = recorded(note, "100.00", method="other")

    assert [(row.payment_id, row.amount, row.method) for row in rows] == [
        (new.pk, Decimal("61.00"), "other"),
        (old.pk, Decimal("39.00"), "other"),
    ]


def test_what_no_payment_covers_counts_against_the_note_alone(platform):
    # given: of 121.00, the customer paid 50.00, and another note's credit settled the rest
    other = a_final_note(a_paid_invoice(platform))
    invoice = a_final_invoice(platform)
    paid = a_payment(invoice, "50.00", method="cash")
    allocate(platform=platform, credit_note_id=other.pk, invoice_id=invoice.pk, actor=CLERK, at=NOON)
    note = a_final_note(invoice)

    rows = recorded(note, "121.00")

    assert [(row.payment_id, row.amount) for row in rows] == [
        (paid.pk, Decimal("50.00")),
        (None, Decimal("71.00")),
    ]
    assert CreditNote.objects.get(pk=note.pk).settlement == "refunded"


def test_a_pending_refund_is_not_recorded_over(platform):
    note = a_final_note(a_paid_invoice(platform))
    refund(platform=platform, credit_note_id=note.pk, amount=Decimal("100.00"), actor=CLERK, at=NOON)

    refused = refusal(note, "21.01")

    assert (refused.code, refused.facts["limit"]) == ("refund_exceeds_available", "21.00")
    recorded(note, "21.00")


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (TODAY - timedelta(days=1), "date_before_note"),
        (TODAY + timedelta(days=1), "date_in_future"),
    ],
)
def test_a_day_before_the_note_or_in_the_future_is_refused(platform, day, code):
    refused = refusal(a_final_note(a_paid_invoice(platform)), "5.00", date=day)

    assert (refused.code, refused.field) == (code, "date")


def test_today_is_the_day_where_the_billing_entity_is(platform):
    note = a_final_note(a_paid_invoice(platform))
    late = NOON.replace(hour=23, minute=30)

    (row,) = recorded(note, "5.00", date=TODAY + timedelta(days=1), at=late)

    assert row.date == date(2026, 11, 21)


@pytest.mark.parametrize("amount", ["0", "-1.00", "0.001", "1E+30", "NaN"])
def test_an_amount_that_cannot_be_is_refused(platform, amount):
    refused = refusal(a_final_note(a_paid_invoice(platform)), amount)

    assert (refused.code, refused.field) == ("amount_not_possible", "amount")


def test_a_draft_an_adjustment_and_a_missing_reason_are_refused(platform):
    draft = a_draft_note(a_paid_invoice(platform))
    adjustment = a_final_note(a_final_invoice(platform))
    note = a_final_note(a_paid_invoice(platform))
    platform.requires_refund_reason = True
    platform.save()

    assert refusal(draft, "5.00").code == "note_not_final"
    assert refusal(adjustment, "5.00").code == "nothing_available"
    assert refusal(note, "5.00").code == "reason_code_required"
