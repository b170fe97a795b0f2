"""Money that came in lowers what is due, and never below nothing."""

from datetime import date
from decimal import Decimal
from functools import partial

import pytest

from billing.errors import BillingError
from billing.events.models import Event
from invoices.models import Invoice, Payment
from tests.books import digest_of_rows
from tests.factories import (
    CLERK,
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
