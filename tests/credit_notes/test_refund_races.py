"""Refunds at the same moment as everything else that takes a note's money."""

from collections import Counter
from decimal import Decimal
from functools import partial

import pytest

from billing.errors import BillingError
from credit_notes.models import CreditNote, Refund
from credit_notes.services import (
    allocate,
    record_refund,
    refund,
    return_tax_withheld,
    settle_refund,
    void_credit_note,
)
from invoices.models import Invoice, Payment
from tests.factories import CLERK, NOON, a_final_invoice, a_final_note, a_paid_invoice, a_payment, a_platform
from tests.threads import at_once

from .credits import withheld_from

pytestmark = pytest.mark.django_db(transaction=True)
BY = {"actor": CLERK, "at": NOON}


def codes(outcomes: list) -> Counter:
    """Count what came of calls: how often it was done, and each refusal. Nothing else may come."""
    strange = [
        each for each in outcomes if isinstance(each, Exception) and not isinstance(each, BillingError)
    ]
    assert not strange
    return Counter(each.code if isinstance(each, BillingError) else "done" for each in outcomes)


def the_books_are_right(note: CreditNote) -> None:
    note = CreditNote.objects.get(pk=note.pk)
    refunds = sum(row.amount for row in note.refunds.all() if row.counts)
    returned = sum(row.amount for row in note.tax_withheld_refunds.all())
    assert refunds + returned == note.amount_refunded
    assert sum(row.amount for row in note.allocations.all()) == note.amount_allocated
    for payment in Payment.objects.all():
        assert sum(row.amount for row in payment.refunds.all() if row.counts) <= payment.amount
    for invoice in Invoice.objects.all():
        assert sum(row.amount for row in invoice.allocations.all()) == invoice.amount_credited


def test_refunding_recording_returning_and_allocating_at_once_share_the_note():
    # given
    platform = a_platform()
    paid = a_final_invoice(platform)
    withheld_from(paid, "20.00")
    a_payment(paid, "101.00")
    note = a_final_note(paid)
    others = [a_final_invoice(platform) for _ in range(4)]
    wish = {"platform": platform, "credit_note_id": note.pk, "amount": Decimal("15.00"), **BY}

    # when
    outcomes = at_once(
        [
            *[partial(refund, **wish)] * 4,
            *[partial(record_refund, **wish, date=NOON.date(), method="cash")] * 4,
            *[partial(return_tax_withheld, **wish, date=NOON.date())] * 4,
            *[partial(allocate, **wish, invoice_id=invoice.pk) for invoice in others],
        ]
    )

    # then
    done = codes(outcomes)
    assert set(done) <= {
        "done",
        "refund_exceeds_available",
        "refund_exceeds_payments",
        "amount_exceeds_available",
        "amount_exceeds_withheld",
        "nothing_withheld",
        "nothing_available",
    }
    assert 1 <= done["done"] <= 8
    the_books_are_right(note)


@pytest.mark.parametrize("round_", range(3))
def test_a_note_is_refunded_or_voided_and_never_both(round_):
    # given
    platform = a_platform()
    note = a_final_note(a_paid_invoice(platform))
    wish = {"platform": platform, "credit_note_id": note.pk, **BY}

    # when
    outcomes = at_once(
        [*[partial(refund, **wish)] * 8, *[partial(void_credit_note, **wish, reason="A mistake")] * 8]
    )

    # then
    note = CreditNote.objects.get()
    if note.status == "VOID":
        assert codes(outcomes) == {"done": 1, "already_voided": 15}
        assert not Refund.objects.exists()
    else:
        assert codes(outcomes) == {"done": 1, "nothing_available": 7, "has_refunds": 8}
        assert note.amount_refunded == Decimal("121.00")
    the_books_are_right(note)


def test_two_people_who_settle_one_refund_at_once_settle_it_once():
    platform = a_platform()
    note = a_final_note(a_paid_invoice(platform))
    (row,) = refund(platform=platform, credit_note_id=note.pk, **BY)
    wish = {"platform": platform, "refund_id": row.pk, "failure": "No.", **BY}

    outcomes = at_once([partial(settle_refund, **wish, succeeded=bool(place % 2)) for place in range(16)])

    assert codes(outcomes) == {"done": 1, "refund_is_settled": 15}
    the_books_are_right(note)
