"""What a customer pays too much is their credit, where the platform wants that."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from billing.errors import BillingError
from billing.events.models import Event
from billing.platforms.models import Platform
from invoices.models import Invoice, Overpayment, Payment
from invoices.services import apply_overpayment, apply_overpayments, settle_payment
from tests.books import digest_of_rows
from tests.factories import (
    CLERK,
    NOON,
    a_customer,
    a_draft_invoice,
    a_final_invoice,
    a_line,
    a_payment,
    an_entity,
)
from tests.threads import at_once


@pytest.fixture
def keeper(db: None) -> Platform:
    """A platform that keeps overpayments."""
    return a_keeper()


def a_keeper() -> Platform:
    return Platform.objects.create(name="Acme Group", keeps_overpayments=True)


def apply(invoice: Invoice, **fields: Any) -> list[Payment]:
    return apply_overpayment(
        platform=invoice.platform, invoice_id=invoice.pk, **{"actor": CLERK, "at": NOON} | fields
    )


def fresh(invoice: Invoice) -> Invoice:
    return Invoice.objects.get(pk=invoice.pk)


def test_what_is_too_much_is_kept(keeper):
    # given
    invoice = a_final_invoice(keeper)

    # when
    payment = a_payment(invoice, "150.00")

    # then
    assert payment.amount == Decimal("121.00")
    assert (fresh(invoice).amount_paid, fresh(invoice).amount_due) == (Decimal("121.00"), Decimal("0.00"))
    kept = Overpayment.objects.get()
    assert (kept.amount, kept.amount_available, kept.payment) == (Decimal("29.00"), Decimal("29.00"), payment)
    assert (kept.customer, kept.billing_entity, kept.currency) == (
        invoice.customer,
        invoice.billing_entity,
        "EUR",
    )
    event = Event.objects.get(type="billing.invoice.overpaid")
    assert event.object_id == invoice.pk
    assert (event.data["object"]["amount_available"], event.data["previous"]) == (
        "29.00",
        {"amount_available": "0.00"},
    )


def test_other_platforms_refuse_it(platform):
    invoice = a_final_invoice(platform)
    before = digest_of_rows()

    with pytest.raises(BillingError, match=r"owes 121\.00 EUR; a payment of 150\.00 does not fit"):
        a_payment(invoice, "150.00")

    assert digest_of_rows() == before


@pytest.mark.parametrize("amount", ["150.005", "NaN", "Infinity", "-1.00", "0"])
def test_what_is_no_amount_is_not_kept_either(keeper, amount):
    invoice = a_final_invoice(keeper)
    before = digest_of_rows()

    with pytest.raises(BillingError) as caught:
        a_payment(invoice, amount)

    assert (caught.value.code, caught.value.field) == ("payment_not_possible", "amount")
    assert digest_of_rows() == before


def test_money_for_an_invoice_that_owes_nothing_goes_to_another(keeper):
    invoice = a_final_invoice(keeper)
    a_payment(invoice, "121.00")
    before = digest_of_rows()

    with pytest.raises(BillingError, match="Record the money on an invoice that owes some of it"):
        a_payment(invoice, "5.00")

    assert digest_of_rows() == before


def test_what_is_only_on_its_way_cannot_be_too_much(keeper):
    invoice = a_final_invoice(keeper)

    with pytest.raises(BillingError, match="does not fit"):
        a_payment(invoice, "150.00", status="IN_PROGRESS")


def test_what_comes_beside_money_on_its_way_is_kept_as_far_as_that_pays_the_debt(keeper):
    # given
    invoice = a_final_invoice(keeper)
    coming = a_payment(invoice, "100.00", status="IN_PROGRESS")

    # when
    payment = a_payment(invoice, "121.00")

    # then
    assert (payment.amount, Overpayment.objects.get().amount) == (Decimal("21.00"), Decimal("100.00"))
    with pytest.raises(
        BillingError, match=r"owes 0\.00 EUR beside 100\.00 EUR on its way; .* Record the money"
    ):
        a_payment(invoice, "5.00")
    settle_payment(platform=keeper, payment_id=coming.pk, succeeded=True, actor=CLERK, at=NOON)
    assert (fresh(invoice).amount_paid, fresh(invoice).amount_due) == (Decimal("121.00"), Decimal("0.00"))


def test_the_oldest_credit_pays_first(keeper):
    # given
    for amount in ("131.00", "141.00"):
        a_payment(a_final_invoice(keeper), amount)
    invoice = a_final_invoice(keeper, lines=[a_line("20.00")])

    # when
    payments = apply(invoice)

    # then
    assert [payment.amount for payment in payments] == [Decimal("10.00"), Decimal("14.20")]
    assert {(payment.method, payment.status, payment.date) for payment in payments} == {
        ("overpayment", "SUCCEEDED", NOON.date())
    }
    assert fresh(invoice).amount_due == Decimal("0.00")
    assert [kept.amount_available for kept in Overpayment.objects.all()] == [Decimal("0.00"), Decimal("5.80")]
    assert [payment.overpayment for payment in payments] == list(Overpayment.objects.all())


def test_one_can_be_named_and_used_in_part(keeper):
    for amount in ("131.00", "141.00"):
        a_payment(a_final_invoice(keeper), amount)
    invoice, second = a_final_invoice(keeper), Overpayment.objects.last()

    (payment,) = apply(invoice, overpayment_id=second.pk, amount=Decimal("7.50"))

    assert (payment.amount, payment.overpayment) == (Decimal("7.50"), second)
    assert fresh(invoice).amount_due == Decimal("113.50")


def test_what_is_on_its_way_is_left_to_come(keeper):
    a_payment(a_final_invoice(keeper), "171.00")
    invoice = a_final_invoice(keeper)
    a_payment(invoice, "100.00", status="IN_PROGRESS")

    with transaction.atomic():
        held = Invoice.objects.select_related("billing_entity").locked().get(pk=invoice.pk)
        apply_overpayments(held, actor=CLERK, at=NOON)

    assert fresh(invoice).amount_due == Decimal("100.00")
    assert Overpayment.objects.get().amount_available == Decimal("29.00")


def test_without_credit_nothing_happens(keeper):
    invoice = a_final_invoice(keeper)

    with transaction.atomic():
        assert apply_overpayments(invoice, actor=CLERK, at=NOON) == []
    with pytest.raises(BillingError, match=r"has 0\.00 EUR left of overpayments") as caught:
        apply(invoice)

    assert caught.value.code == "nothing_overpaid"


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("29.01", "nothing_overpaid"),
        ("121.01", "payment_not_possible"),
        ("0", "payment_not_possible"),
        ("-1", "payment_not_possible"),
        ("1.005", "payment_not_possible"),
        ("NaN", "payment_not_possible"),
    ],
)
def test_amounts_that_cannot_be_used_are_refused(keeper, amount, code):
    a_payment(a_final_invoice(keeper), "150.00")
    invoice = a_final_invoice(keeper)
    before = digest_of_rows()

    with pytest.raises(BillingError) as caught:
        apply(invoice, amount=Decimal(amount))

    assert (caught.value.code, caught.value.field) == (code, "amount")
    assert digest_of_rows() == before


def test_a_draft_takes_no_credit(keeper):
    with pytest.raises(BillingError, match="is a draft"):
        apply(a_draft_invoice(keeper))


def test_credit_stays_with_its_customer_seller_and_currency(keeper):
    # given
    own = an_entity(keeper)
    a_payment(a_final_invoice(keeper), "150.00")
    kept = Overpayment.objects.get()
    buyer = a_customer(keeper, name="Brasserie SA", vat_number="BE0403019261")
    seller = an_entity(keeper, name="Acme Services B.V.", vat_number="NL004495445B01")
    others = {
        "customer": a_final_invoice(keeper, seller=own, buyer=buyer),
        "billing entity": a_final_invoice(keeper, seller=seller),
        "currency": a_final_invoice(keeper, seller=own, currency="SEK"),
    }

    for what, invoice in others.items():
        with pytest.raises(BillingError) as caught:
            apply(invoice)
        assert caught.value.code == "nothing_overpaid"
        with pytest.raises(BillingError, match=f"another {what}") as caught:
            apply(invoice, overpayment_id=kept.pk)
        assert caught.value.code == "overpayment_mismatch"


@pytest.mark.django_db(transaction=True)
def test_sixteen_invoices_at_once_never_use_more_than_there_is():
    keeper = a_keeper()
    a_payment(a_final_invoice(keeper), "221.00")
    invoices = [a_final_invoice(keeper, lines=[a_line("20.00")]) for _ in range(16)]

    at_once([partial(apply, invoice) for invoice in invoices])

    kept = Overpayment.objects.get()
    assert (kept.amount_applied, kept.amount_available) == (Decimal("100.00"), Decimal("0.00"))
    assert sum(payment.amount for payment in kept.uses.all()) == Decimal("100.00")
    assert sum(invoice.amount_paid for invoice in Invoice.objects.all()) == Decimal("221.00")


def test_a_payment_may_come_before_the_invoice_but_not_tomorrow(keeper):
    invoice = a_final_invoice(keeper)

    a_payment(invoice, "1.00", date=date(2026, 10, 1))
    with pytest.raises(BillingError, match="2026-11-21 is in the future") as caught:
        a_payment(invoice, "1.00", date=date(2026, 11, 21))

    assert (caught.value.code, caught.value.field) == ("date_in_future", "date")
