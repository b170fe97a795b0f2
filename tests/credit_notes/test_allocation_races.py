"""Many at the same moment on one note's credit: nothing is given twice, and nobody waits for ever."""

from collections import Counter
from decimal import Decimal
from functools import partial

import pytest
from django.db.models import Sum

from billing.errors import BillingError
from credit_notes.models import Allocation, CreditNote, TaxWithheldRefund
from credit_notes.services import (
    allocate,
    allocate_oldest_first,
    apply_credits,
    deallocate,
    remove_credit_note,
    return_tax_withheld,
)
from invoices.models import Invoice
from tests.factories import NOON, a_payment, a_platform
from tests.threads import at_once

from .credits import BY, a_credit_of, an_invoice_of, credited, due, given, left, withheld_from

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 16
D = Decimal


@pytest.fixture
def platform(transactional_db):
    return a_platform()


def outcomes_of(calls) -> Counter[str]:
    """Return what came of calls at the same moment: `done`, or the code of each refusal. Nothing else may."""
    found = at_once(calls)
    strange = [each for each in found if isinstance(each, Exception) and not isinstance(each, BillingError)]
    assert not strange, strange
    return Counter(getattr(each, "code", "done") for each in found)


def the_books_agree() -> None:
    for invoice in Invoice.objects.all():
        given_ = invoice.allocations.aggregate(sum=Sum("amount", default=0))["sum"]
        assert given_ == invoice.amount_credited
        assert invoice.amount_due >= 0
    for note in CreditNote.objects.all():
        assert note.allocations.aggregate(sum=Sum("amount", default=0))["sum"] == note.amount_allocated
        assert note.amount_available >= 0


def test_sixteen_give_one_notes_credit_to_four_invoices_and_it_is_given_once(platform):
    # given: sixteen times 10.00 are asked of 100.00
    note = a_credit_of(platform, "100.00")
    invoices = [an_invoice_of(platform, "300.00") for _ in range(4)]

    # when
    found = outcomes_of([partial(given, note, invoices[place % 4], "10.00") for place in range(CROWD)])

    # then
    assert (found["done"], sum(found.values())) == (10, CROWD)
    assert set(found) == {"done", "nothing_available"}
    assert left(note) == D(0)
    assert sum(invoice.amount_credited for invoice in Invoice.objects.filter(amount_paid=0)) == D("100.00")
    the_books_agree()


def test_sixteen_notes_are_given_to_one_invoice_and_it_is_paid_once(platform):
    notes = [a_credit_of(platform, "10.00") for _ in range(CROWD)]
    invoice = an_invoice_of(platform, "95.00")

    found = outcomes_of([partial(given, note, invoice) for note in notes])

    assert found == {"done": 10, "nothing_due": 6}
    assert sorted(left(note) for note in notes) == [D(0)] * 9 + [D("5.00")] + [D("10.00")] * 6
    assert due(invoice) == D(0)
    the_books_agree()


def test_one_allocation_is_taken_back_once_by_sixteen(platform):
    note, invoice = a_credit_of(platform, "10.00"), an_invoice_of(platform, "10.00")
    row = given(note, invoice)
    take_back = partial(deallocate, platform=platform, allocation_id=row.pk, **BY)

    assert outcomes_of([take_back] * CROWD) == {"done": 1, "already_deallocated": 15}
    assert (due(invoice), left(note)) == (D("10.00"), D("10.00"))
    the_books_agree()


@pytest.mark.parametrize("round_", range(3))
def test_giving_taking_back_applying_paying_and_crediting_at_once_end_with_books_that_agree(platform, round_):
    # given
    notes = [a_credit_of(platform, "100.00"), a_credit_of(platform, "50.00", type="store")]
    invoices = [an_invoice_of(platform, "40.00") for _ in range(4)]
    rows = [given(note, invoice, "10.00") for note in notes for invoice in invoices[:2]]
    of = {"platform": platform, **BY}

    # when
    outcomes_of(
        [
            partial(allocate_oldest_first, credit_note_id=notes[0].pk, **of),
            partial(allocate_oldest_first, credit_note_id=notes[1].pk, **of),
            *[partial(apply_credits, invoice_id=invoice.pk, **of) for invoice in reversed(invoices)],
            *[partial(deallocate, allocation_id=row.pk, **of) for row in rows],
            partial(remove_credit_note, invoice_id=invoices[0].pk, credit_note_id=notes[0].pk, **of),
            partial(allocate, invoice_id=invoices[3].pk, credit_note_id=notes[1].pk, **of),
            partial(a_payment, invoices[1], "5.00"),
            partial(a_payment, invoices[2], "5.00", status="IN_PROGRESS"),
            partial(credited, invoices[3]),
            partial(credited, invoices[0]),
        ]
    )

    # then
    the_books_agree()
    assert len(Allocation.objects.filter(reverses__in=rows)) <= len(rows)


def test_sixteen_return_the_same_withheld_tax_from_one_note_and_it_is_returned_once(platform):
    invoice = an_invoice_of(platform, "100.00")
    row = withheld_from(invoice, "10.00")
    a_payment(invoice, "90.00")
    note = credited(invoice)
    wish = {"platform": platform, "credit_note_id": note.pk, "date": NOON.date(), **BY}

    found = outcomes_of([partial(return_tax_withheld, amount=D("3.00"), **wish)] * CROWD)

    assert found == {"done": 3, "amount_exceeds_withheld": 13}
    assert TaxWithheldRefund.objects.filter(tax_withheld=row).aggregate(sum=Sum("amount"))["sum"] == D("9.00")
    assert left(note) == D("91.00")
