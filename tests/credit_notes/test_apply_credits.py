"""Giving an invoice its customer's available credit: asked for, or by itself when it is finalised."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction

from billing.events.models import Event
from billing.events.record import record
from billing.platforms.models import Platform
from credit_notes.models import Allocation
from credit_notes.selection import Selection
from credit_notes.services import apply_credits
from credit_notes.tasks import apply_available_credits
from invoices.models import Invoice
from invoices.services import settle_payment
from tests.factories import NOON, a_customer, a_draft_invoice, a_draft_note, a_payment, a_platform

from .credits import BY, a_credit_of, an_invoice_of, credited, due, given, left, refused

D = Decimal


def applied(invoice: Invoice, *notes: object) -> list[Allocation]:
    ids = [getattr(note, "pk", note) for note in notes]
    return apply_credits(platform=invoice.platform, invoice_id=invoice.pk, credit_note_ids=ids, **BY)


def test_store_credit_goes_first_then_refundable_the_oldest_number_first_until_nothing_is_due(platform):
    # given
    second = a_credit_of(platform, "30.00")
    third = a_credit_of(platform, "40.00")
    first = a_credit_of(platform, "20.00", type="store")
    invoice = an_invoice_of(platform, "60.00")

    # when
    rows = applied(invoice)

    # then
    assert [(row.credit_note, row.amount) for row in rows] == [
        (first, D("20.00")),
        (second, D("30.00")),
        (third, D("10.00")),
    ]
    assert (due(invoice), left(third)) == (D(0), D("30.00"))


def test_what_was_overpaid_is_used_after_the_notes(platform):
    # given
    Platform.objects.filter(pk=platform.pk).update(keeps_overpayments=True)
    a_payment(an_invoice_of(platform, "10.00"), "35.00")
    note = a_credit_of(platform, "30.00")
    first, second = an_invoice_of(platform, "40.00"), an_invoice_of(platform, "40.00")

    # when
    allocation, payment = applied(first)
    (another,) = applied(second)

    # then
    assert (allocation.credit_note, allocation.amount) == (note, D("30.00"))
    assert (payment.method, payment.amount, another.amount) == ("overpayment", D("10.00"), D("15.00"))
    assert (due(first), due(second)) == (D(0), D("25.00"))
    assert refused(lambda: applied(second)).code == "nothing_available"


def test_only_named_notes_are_used(platform):
    other, note = a_credit_of(platform, "30.00"), a_credit_of(platform, "40.00")
    invoice = an_invoice_of(platform, "60.00")

    applied(invoice, note, note)

    assert (due(invoice), left(other), left(note)) == (D("20.00"), D("30.00"), D(0))


def test_the_invoices_own_notes_give_only_when_they_are_named(platform):
    # given: the invoice owes again, for a payment on its way has failed
    invoice = an_invoice_of(platform, "100.00")
    a_payment(invoice, "50.00")
    waiting = a_payment(invoice, "50.00", status="IN_PROGRESS")
    own = credited(invoice, selection=Selection(amount=D("50.00")))
    settle_payment(platform=platform, payment_id=waiting.pk, succeeded=False, **BY)

    # then
    refusal = refused(lambda: applied(invoice))
    assert refusal.code == "nothing_available"
    assert refusal.detail == "From Acme Software B.V., Bières du Nord SA has no credit in EUR."
    assert [row.amount for row in applied(invoice, own)] == [D("50.00")]


def test_drafts_spent_notes_and_others_credit_are_passed_by(platform):
    # given
    invoice = an_invoice_of(platform, "100.00")
    a_draft_note(an_invoice_of(platform, "10.00"))
    credited(an_invoice_of(platform, "10.00"))
    given(a_credit_of(platform, "10.00"), an_invoice_of(platform, "10.00"))
    a_credit_of(platform, "10.00", currency="USD")
    buyer = a_customer(platform, name="Autre SA", vat_number="BE0999999922", endpoint_id="0999999922")
    a_credit_of(platform, "10.00", buyer=buyer)

    # then
    assert refused(lambda: applied(invoice)).code == "nothing_available"


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda platform: a_draft_invoice(platform), "invoice_not_final"),
        (lambda platform: paid(platform), "nothing_due"),
    ],
)
def test_an_invoice_that_owes_nothing_takes_no_credit(platform, make, code):
    a_credit_of(platform, "30.00")
    invoice = make(platform)

    assert refused(lambda: applied(invoice)).code == code


def paid(platform: Platform) -> Invoice:
    invoice = an_invoice_of(platform, "60.00")
    a_payment(invoice, "60.00")
    return invoice


def test_a_named_note_that_cannot_give_is_refused_and_none_of_the_others_gives(platform):
    # given
    note, invoice = a_credit_of(platform, "30.00"), an_invoice_of(platform, "60.00")
    draft = a_draft_note(an_invoice_of(platform, "10.00"))
    spent = credited(an_invoice_of(platform, "10.00"))
    dollars = a_credit_of(platform, "10.00", currency="USD")
    buyer = a_customer(platform, name="Autre SA", vat_number="BE0999999922", endpoint_id="0999999922")
    anothers = a_credit_of(platform, "10.00", buyer=buyer)
    foreign = a_credit_of(a_platform("Other"), "10.00")

    # then
    for bad, code in (
        (draft, "note_not_final"),
        (spent, "nothing_available"),
        (dollars, "currency_mismatch"),
        (anothers, "customer_mismatch"),
        (foreign, "not_found"),
        ("cn_nothing", "not_found"),
    ):
        assert refused(lambda bad=bad: applied(invoice, note, bad)).code == code


# By itself, when an invoice is finalised


def finalized(invoice: Invoice) -> Event:
    """The event that an invoice has become final, as the relay hands it to the reaction."""
    with transaction.atomic():
        record("billing.invoice.finalized", platform=invoice.platform, about=invoice, at=NOON)
    return Event.objects.filter(type="billing.invoice.finalized").latest("id")


@pytest.fixture
def willing(platform):
    Platform.objects.filter(pk=platform.pk).update(applies_credits=True)
    return Platform.objects.get(pk=platform.pk)


def test_a_new_invoice_is_given_available_credit_once(willing):
    # given
    note = a_credit_of(willing, "30.00")
    event = finalized(an_invoice_of(willing, "100.00"))

    # when: the worker does it, more credit comes, and the worker does it again
    apply_available_credits(event=event, at=NOON)
    later = a_credit_of(willing, "50.00")
    apply_available_credits(event=event, at=NOON)

    # then
    assert (left(note), left(later)) == (D(0), D("50.00"))
    row = Allocation.objects.get()
    assert (row.credit_note, row.amount, due(row.invoice)) == (note, D("30.00"), D("70.00"))
    assert Event.objects.get(type="billing.credit_note.allocated").actor == ""


def test_finalising_an_invoice_asks_for_it(willing):
    event = finalized(an_invoice_of(willing, "100.00"))

    assert "apply_available_credits" in event.reactions.values_list("name", flat=True)


def test_it_happens_by_itself_only_where_the_platform_and_the_customer_let_it(platform, willing):
    # given
    note = a_credit_of(willing, "30.00")
    unwilling = a_customer(
        willing, name="Autre SA", vat_number="BE0999999922", endpoint_id="0999999922", applies_credits=False
    )
    theirs = a_credit_of(willing, "30.00", buyer=unwilling)
    event = finalized(an_invoice_of(willing, "100.00", buyer=unwilling))

    # when
    apply_available_credits(event=event, at=NOON)
    Platform.objects.filter(pk=willing.pk).update(applies_credits=False)
    event = finalized(an_invoice_of(willing, "100.00", buyer=note.customer))
    apply_available_credits(event=Event.objects.get(pk=event.pk), at=NOON)

    # then
    assert not Allocation.objects.exists()
    assert (left(note), left(theirs)) == (D("30.00"), D("30.00"))


def test_nothing_to_give_is_no_failure(willing):
    event = finalized(an_invoice_of(willing, "100.00", due_date=date(2026, 12, 24)))

    apply_available_credits(event=event, at=NOON)

    assert not Allocation.objects.exists()
