"""Which type a note is, and where its money goes."""

from decimal import Decimal

import pytest

from billing.events.models import Event
from credit_notes.models import CreditNote
from credit_notes.services import finalize_credit_note
from invoices.models import Invoice
from tests.factories import (
    CLERK,
    NOON,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_paid_invoice,
    a_payment,
)

from .stories import credit


def test_crediting_an_unpaid_invoice_clears_its_debt(platform):
    # given
    invoice = a_final_invoice(platform)

    # when
    note = a_final_note(invoice)

    # then
    assert (note.type, note.settlement) == ("adjustment", "adjusted")
    assert (note.amount_allocated, note.amount_available) == (Decimal("121.00"), Decimal("0.00"))
    assert [(row.invoice_id, row.amount) for row in note.allocations.all()] == [
        (invoice.pk, Decimal("121.00"))
    ]
    invoice = Invoice.objects.get(pk=invoice.pk)
    assert (invoice.status, invoice.amount_due, invoice.amount_credited) == (
        "FINAL",
        Decimal("0.00"),
        Decimal("121.00"),
    )


def test_crediting_a_paid_invoice_makes_a_refund_due(platform):
    note = a_final_note(a_paid_invoice(platform))

    assert (note.type, note.settlement) == ("refundable", "refund_due")
    assert (note.amount_allocated, note.amount_available) == (Decimal("0.00"), Decimal("121.00"))
    assert not note.allocations.exists()


def test_crediting_a_half_paid_invoice_clears_the_debt_and_owes_the_rest(platform):
    # given
    invoice = a_final_invoice(platform)
    a_payment(invoice, "50.00")

    # when
    note = a_final_note(invoice)

    # then
    assert (note.type, note.settlement) == ("refundable", "refund_due")
    assert [row.amount for row in note.allocations.all()] == [Decimal("71.00")]
    assert (note.amount_allocated, note.amount_available) == (Decimal("71.00"), Decimal("50.00"))
    assert Invoice.objects.get(pk=invoice.pk).amount_due == Decimal("0.00")


def test_a_type_that_nobody_chose_is_chosen_again_when_the_draft_becomes_final(platform):
    # given
    invoice = a_final_invoice(platform)
    draft = a_draft_note(invoice)
    assert draft.type == "adjustment"
    a_payment(invoice, "121.00")

    # when
    note = finalize_credit_note(platform=platform, credit_note_id=draft.pk, actor=CLERK, at=NOON)

    # then
    assert CreditNote.objects.get(pk=note.pk).type == "refundable"


@pytest.mark.parametrize("type", ["refundable", "store"])
def test_a_chosen_type_stays_and_still_clears_the_debt_first(platform, type):
    note = credit(a_final_invoice(platform), finalize=True, type=type)

    assert (note.type, note.is_type_automatic, note.settlement) == (type, False, "refunded")
    assert note.amount_allocated == Decimal("121.00")


def test_prepaid_money_is_owed_back(platform):
    note = a_final_note(a_final_invoice(platform, prepaid_amount=Decimal("21.00")))

    assert (note.amount_allocated, note.amount_available) == (Decimal("100.00"), Decimal("21.00"))


def test_crediting_records_what_happened_in_order(platform):
    invoice = a_final_invoice(platform)
    start = Event.objects.count()

    note = credit(invoice, finalize=True)

    events = list(Event.objects.order_by("id")[start:])
    assert [(event.type, event.object_id) for event in events] == [
        ("billing.invoice.credited", invoice.pk),
        ("billing.credit_note.created", note.pk),
        ("billing.credit_note.finalized", note.pk),
        ("billing.credit_note.allocated", note.pk),
    ]
    assert {event.actor for event in events} == {CLERK}
