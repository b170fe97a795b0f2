"""Money that came in lowers what is due, and never below nothing."""

from datetime import date
from decimal import Decimal
from functools import partial

import pytest
from django.db import transaction

from billing.errors import BillingError
from billing.events.models import Event
from invoices.models import Invoice, Payment
from invoices.services import settle_payment
from invoices.services.pay import add_payment
from tests.books import digest_of_rows
from tests.factories import (
    CLERK,
    NOON,
    a_draft_invoice,
    a_final_invoice,
    a_final_note,
    a_line,
    a_payment,
    a_platform,
)
from tests.threads import at_once


def test_a_payment_lowers_what_is_due(platform):
    # given
    invoice = a_final_invoice(platform)

    # when
    payment = a_payment(invoice, "50.00", date=date(2026, 11, 18), reference="Bank 7")

    # then
    invoice = Invoice.objects.get(pk=invoice.pk)
    assert (invoice.amount_paid, invoice.amount_due) == (Decimal("50.00"), Decimal("71.00"))
    payment = Payment.objects.get(pk=payment.pk)
    assert (payment.amount, payment.status, payment.method) == (
        Decimal("50.00"),
        "SUCCEEDED",
        "bank_transfer",
    )
    event = Event.objects.latest("id")
    assert (event.type, event.object_id, event.actor) == (
        "billing.invoice.payment_recorded",
        invoice.pk,
        CLERK,
    )
    assert event.data["object"]["amount"] == "50.00"


def test_a_payment_in_progress_lowers_nothing_yet(platform):
    invoice = a_final_invoice(platform)

    a_payment(invoice, "50.00", status="IN_PROGRESS")

    invoice = Invoice.objects.get(pk=invoice.pk)
    assert (invoice.amount_paid, invoice.amount_due) == (Decimal("0.00"), Decimal("121.00"))


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("121.01", "a payment of 121.01 does not fit"),
        ("0.00", "a payment of 0.00 does not fit"),
        ("-1.00", "a payment of -1.00 does not fit"),
        ("1.005", "a payment of 1.005 does not fit"),
    ],
)
def test_a_payment_that_does_not_fit_is_refused(platform, amount, words):
    invoice = a_final_invoice(platform)
    before = digest_of_rows()

    with pytest.raises(BillingError, match=words) as caught:
        a_payment(invoice, amount)

    assert (caught.value.code, caught.value.field) == ("payment_not_possible", "amount")
    assert (caught.value.facts["limit"], caught.value.facts["requested"]) == ("121.00", amount)
    assert digest_of_rows() == before


def test_neither_a_draft_nor_a_credited_invoice_takes_a_payment(platform):
    draft, credited = a_draft_invoice(platform), a_final_invoice(platform)
    a_final_note(credited)

    for invoice, words in ((draft, "is a draft"), (credited, "owes 0.00 EUR")):
        with pytest.raises(BillingError, match=words):
            a_payment(invoice, "1.00")


def test_yen_are_paid_in_whole_yen(platform):
    invoice = a_final_invoice(platform, currency="JPY", lines=[a_line("1005", rate="10", currency="JPY")])

    with pytest.raises(BillingError, match=r"owes 1106 JPY; a payment of 0\.5 does not fit"):
        a_payment(invoice, "0.5")
    a_payment(invoice, "1106")

    assert Invoice.objects.get(pk=invoice.pk).amount_due == Decimal(0)


@pytest.mark.django_db(transaction=True)
def test_sixteen_payments_at_once_never_pay_more_than_is_due():
    invoice = a_final_invoice(a_platform())

    outcomes = at_once([partial(a_payment, invoice, "40.00")] * 16)

    assert sum(isinstance(outcome, Payment) for outcome in outcomes) == 3
    assert {outcome.code for outcome in outcomes if isinstance(outcome, BillingError)} == {
        "payment_not_possible"
    }
    invoice = Invoice.objects.get()
    assert (invoice.amount_paid, invoice.amount_due) == (Decimal("120.00"), Decimal("1.00"))


def settle(payment: Payment, *, succeeded: bool) -> Payment:
    settle_payment(
        platform=payment.platform, payment_id=payment.pk, succeeded=succeeded, actor=CLERK, at=NOON
    )
    return Payment.objects.get(pk=payment.pk)


@pytest.mark.parametrize(
    ("succeeded", "status", "due"), [(True, "SUCCEEDED", "71.00"), (False, "FAILED", "121.00")]
)
def test_money_on_its_way_comes_or_does_not(platform, succeeded, status, due):
    payment = a_payment(a_final_invoice(platform), "50.00", status="IN_PROGRESS")

    payment = settle(payment, succeeded=succeeded)

    assert (payment.status, payment.invoice.amount_due) == (status, Decimal(due))
    event = Event.objects.latest("id")
    assert (event.type, event.data["object"]["status"]) == ("billing.invoice.payment_settled", status)


@pytest.mark.parametrize("again", [True, False])
@pytest.mark.parametrize("first", [True, False])
def test_what_became_of_a_payment_is_said_once(platform, first, again):
    payment = a_payment(a_final_invoice(platform), "50.00", status="IN_PROGRESS")
    settle(payment, succeeded=first)
    before = digest_of_rows()

    with pytest.raises(BillingError, match=r"The payment is (SUCCEEDED|FAILED) already"):
        settle(payment, succeeded=again)

    assert digest_of_rows() == before


def test_what_is_on_its_way_takes_its_place(platform):
    # given
    invoice = a_final_invoice(platform)
    a_payment(invoice, "100.00", status="IN_PROGRESS")
    before = digest_of_rows()

    # when
    for status in ("IN_PROGRESS", "SUCCEEDED"):
        with pytest.raises(BillingError, match=r"owes 21\.00 EUR beside 100\.00 EUR on its way") as caught:
            a_payment(invoice, "121.00", status=status)
        assert (caught.value.code, caught.value.facts["limit"]) == ("payment_not_possible", "21.00")
    assert digest_of_rows() == before

    # then
    a_payment(invoice, "21.00", status="IN_PROGRESS")
    for payment in Payment.objects.all():
        settle(payment, succeeded=True)
    assert Invoice.objects.get().amount_due == Decimal("0.00")


@pytest.mark.django_db(transaction=True)
def test_of_sixteen_payments_on_their_way_at_once_one_fits():
    invoice = a_final_invoice(a_platform())

    outcomes = at_once([partial(a_payment, invoice, "121.00", status="IN_PROGRESS")] * 16)

    assert sum(isinstance(outcome, Payment) for outcome in outcomes) == 1
    settle(Payment.objects.get(), succeeded=True)
    assert Invoice.objects.get().amount_paid == Decimal("121.00")


def test_money_that_comes_after_the_debt_was_cleared_is_refused_and_can_fail(platform):
    # given
    invoice = a_final_invoice(platform)
    late = a_payment(invoice, "50.00", status="IN_PROGRESS")
    clear_all_the_same(invoice)
    before = digest_of_rows()

    # when
    with pytest.raises(
        BillingError,
        match=r"owes 0\.00 EUR by now; a payment of 50\.00 does not fit\. Record it as failed here, and the",
    ) as caught:
        settle(late, succeeded=True)

    # then
    assert caught.value.facts["requested"] == "50.00"
    assert digest_of_rows() == before
    assert settle(late, succeeded=False).status == "FAILED"


def clear_all_the_same(invoice: Invoice) -> None:
    """Pay an invoice without counting what is on its way."""
    with transaction.atomic():
        add_payment(
            Invoice.objects.locked().get(pk=invoice.pk),
            amount=Decimal("121.00"),
            date=NOON.date(),
            method="cash",
            reference="",
            status="SUCCEEDED",
            actor=CLERK,
            at=NOON,
        )


def test_an_amount_beyond_all_reason_is_refused_by_name(platform):
    invoice = a_final_invoice(platform)

    for amount in ("1e400", "-1e400", "NaN", "Infinity", "9" * 400):
        with pytest.raises(BillingError, match="does not fit") as caught:
            a_payment(invoice, amount)
        assert caught.value.code == "payment_not_possible"


def test_a_failed_payment_no_longer_stands_in_the_way_of_a_credit(platform):
    invoice = a_final_invoice(platform)
    payment = a_payment(invoice, "50.00", status="IN_PROGRESS")
    with pytest.raises(BillingError, match=r"payments of 50\.00 EUR are still in progress"):
        a_final_note(invoice)

    settle(payment, succeeded=False)

    assert a_final_note(invoice).amount_allocated == Decimal("121.00")


@pytest.mark.django_db(transaction=True)
def test_a_payment_that_both_comes_and_fails_at_once_does_one_of_the_two():
    payment = a_payment(a_final_invoice(a_platform()), "121.00", status="IN_PROGRESS")

    outcomes = at_once([partial(settle, payment, succeeded=bool(place % 2)) for place in range(8)])

    assert sum(isinstance(outcome, Payment) for outcome in outcomes) == 1
    invoice = Invoice.objects.get()
    came = Payment.objects.get().status == "SUCCEEDED"
    assert invoice.amount_paid == (Decimal("121.00") if came else Decimal(0))
    assert Event.objects.filter(type="billing.invoice.payment_settled").count() == 1
