"""`source_payment`: a note that is refunded, as it is issued, to the payment that its caller names."""

from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from billing.errors import BillingError
from billing.events.models import Event
from billing.platforms.models import Platform
from credit_notes.models import CreditNote, Refund
from credit_notes.selection import Selection
from credit_notes.services import credit, credit_invoice, settle_refund
from credit_notes.wish import Wish
from invoices.models import Invoice, Payment
from invoices.services import settle_payment
from tests.books import digest_of_rows
from tests.factories import (
    CLERK,
    NOON,
    a_final_invoice,
    a_gateway_account,
    a_line,
    a_payment,
    a_platform,
)
from tests.laws import all_laws
from tests.threads import at_once

BY = {"actor": CLERK, "at": NOON}


def untouched(api: Any, *call: Any, **headers: str) -> Any:
    """Call the API and return its answer. Nothing has happened."""
    before = digest_of_rows()
    answer = api(*call, **headers)
    assert digest_of_rows() == before
    return answer


@pytest.fixture
def invoice(platform) -> Invoice:
    """121.00, not yet paid."""
    return a_final_invoice(platform)


def paid(invoice: Invoice, *amounts: str, **fields: Any) -> list[Payment]:
    return [a_payment(invoice, amount, **fields) for amount in amounts]


def refunds_of(body: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [(row["payment"], row["amount"], row["gateway"], row["status"]) for row in body["refunds"]]


def test_what_the_note_has_available_goes_back_to_the_payment_by_hand(api, invoice):
    (payment,) = paid(invoice, "121.00")
    wish = {"invoice": invoice.pk, "amount": "60.50", "source_payment": payment.pk}

    answer = api("POST", "credit-notes", wish)

    assert answer.status == 201, answer.body
    note = answer.body
    assert (note["status"], note["type"], note["settlement"]) == ("FINAL", "refundable", "refunded")
    assert refunds_of(note) == [(payment.pk, "60.50", "manual", "PENDING")]
    assert (note["amount_allocated"], note["amount_refunded"], note["amount_available"]) == (
        "0.00",
        "60.50",
        "0.00",
    )
    assert "source_payment" not in note
    told = Event.objects.get(type="billing.credit_note.refund_pending", object_id=note["id"])
    assert (told.data["refund"]["payment"], told.data["previous"]["amount_refunded"]) == (payment.pk, "0.00")
    all_laws()


def test_an_online_payment_is_asked_to_return_it(api, platform, invoice):
    a_gateway_account(platform)
    (payment,) = paid(invoice, "121.00", method="stripe", reference="pi_1")

    note = api("POST", f"invoices/{invoice.pk}/credit", {"finalize": True, "source_payment": payment.pk}).body

    assert refunds_of(note) == [(payment.pk, "121.00", "stripe", "PENDING")]
    all_laws()


def test_the_debt_is_cleared_first_and_only_the_rest_goes_back(api, invoice):
    (payment,) = paid(invoice, "21.00")

    note = api("POST", "credit-notes", {"invoice": invoice.pk, "source_payment": payment.pk}).body

    assert (note["amount_allocated"], refunds_of(note)) == (
        "100.00",
        [(payment.pk, "21.00", "manual", "PENDING")],
    )
    all_laws()


def test_no_more_goes_back_than_the_payment_brought(api, invoice):
    first, second = paid(invoice, "50.00", "71.00")

    note = api("POST", "credit-notes", {"invoice": invoice.pk, "source_payment": first.pk}).body

    assert refunds_of(note) == [(first.pk, "50.00", "manual", "PENDING")]
    assert (note["amount_available"], note["settlement"]) == ("71.00", "refund_due")
    rest = api("POST", f"credit-notes/{note['id']}/refund").body
    assert refunds_of(rest)[1:] == [(second.pk, "71.00", "manual", "PENDING")]
    all_laws()


def test_of_a_note_on_several_invoices_its_invoices_part_goes_back(api, platform, invoice):
    other = a_final_invoice(platform)
    (payment,) = paid(invoice, "121.00")
    paid(other, "121.00")
    parts = [{"invoice": invoice.pk, "amount": "10.00"}, {"invoice": other.pk, "amount": "20.00"}]

    note = api("POST", "credit-notes", {"invoices": parts, "source_payment": payment.pk}).body

    assert refunds_of(note) == [(payment.pk, "10.00", "manual", "PENDING")]
    assert note["amount_available"] == "20.00"
    all_laws()


def test_the_same_request_refunds_once(api, invoice):
    (payment,) = paid(invoice, "121.00")
    wish = {"invoice": invoice.pk, "amount": "10.00", "source_payment": payment.pk}

    answers = [api("POST", "credit-notes", wish, Idempotency_Key="once") for _ in range(3)]

    assert {answer.body["id"] for answer in answers} == {answers[0].body["id"]}
    assert Refund.objects.get().amount == Decimal("10.00")


def test_it_needs_the_permission_to_refund(caller, platform, invoice):
    (payment,) = paid(invoice, "121.00")
    clerk = caller(platform, ("CREDIT_NOTE.CREATE", "CREDIT_NOTE.FINALIZE", "CREDIT_NOTE.VIEW"))

    wish = {"invoice": invoice.pk, "source_payment": payment.pk}
    answer = untouched(clerk, "POST", "credit-notes", wish)

    assert (answer.status, answer.body["permission"]) == (403, "CREDIT_NOTE.REFUND")
    assert clerk("POST", "credit-notes", {"invoice": invoice.pk, "source_payment": ""}).status == 201


def test_a_draft_is_not_refunded(api, invoice):
    (payment,) = paid(invoice, "121.00")

    answer = untouched(api, "POST", f"invoices/{invoice.pk}/credit", {"source_payment": payment.pk})

    assert (answer.status, answer.body["code"], answer.body["field"]) == (
        400,
        "needs_finalize",
        "source_payment",
    )


def test_what_cannot_go_back_is_refused_and_nothing_is_issued(api, platform, invoice):
    # given an invoice with payments in every state, and one of another invoice and of another platform
    (good,) = paid(invoice, "50.00")
    (failed,) = paid(invoice, "10.00", status="IN_PROGRESS")
    settle_payment(platform=platform, payment_id=failed.pk, succeeded=False, **BY)
    (coming,) = paid(invoice, "1.00", status="IN_PROGRESS")
    (of_other,) = paid(a_final_invoice(platform), "121.00")
    (of_stranger,) = paid(a_final_invoice(a_platform("Others")), "121.00")

    def asked(payment: Payment, **wish: Any) -> Any:
        body = {"invoice": invoice.pk, "amount": "100.00", "source_payment": payment.pk} | wish
        answer = untouched(api, "POST", "credit-notes", body)
        assert answer.body["field"] == "source_payment", answer.body
        return answer.status, answer.body["code"]

    # then
    assert asked(failed) == (409, "payment_not_refundable")
    assert asked(coming) == (409, "payment_not_refundable")
    assert asked(of_other) == (409, "payment_not_of_invoice")
    assert asked(of_stranger) == (404, "not_found")
    assert asked(good, source_payment="pay_nowhere") == (404, "not_found")
    assert asked(good, amount="70.00") == (409, "nothing_available")
    assert asked(good, amount="70.00", type="adjustment") == (409, "nothing_available")
    assert asked(good, type="store") == (409, "store_is_not_paid_out")
    platform.requires_refund_reason = True
    platform.save()
    assert asked(good) == (400, "reason_code_required")


def test_a_payment_that_went_back_is_not_returned_twice(api, invoice):
    # given
    (payment,) = paid(invoice, "121.00")
    wish = {"invoice": invoice.pk, "source_payment": payment.pk}
    first = api("POST", "credit-notes", wish | {"amount": "100.00"}).body

    # when
    second = api("POST", "credit-notes", wish | {"amount": "21.00"})

    # then what was left of it, and then nothing
    assert refunds_of(second.body) == [(payment.pk, "21.00", "manual", "PENDING")]
    refund_id = first["refunds"][0]["id"]
    settle_refund(platform=invoice.platform, refund_id=refund_id, succeeded=False, failure="Closed", **BY)
    all_laws()


def test_a_bonus_has_no_payment(api, platform, invoice):
    (payment,) = paid(invoice, "121.00")
    line = {"name": "Sorry", "quantity": 1, "unit_price": "5", "tax_rate": "21"}
    wish = {
        "customer": invoice.customer_id,
        "currency": "EUR",
        "lines": [line],
        "source_payment": payment.pk,
    }

    answer = untouched(api, "POST", "credit-notes", wish)

    assert (answer.status, answer.body["code"]) == (409, "payment_not_of_invoice")


@pytest.mark.django_db(transaction=True)
def test_eight_notes_at_once_return_no_more_than_the_payment_brought(transactional_db):
    # given 80.00 of one payment, 41.00 of another, and eight notes of 15.00 that want the first
    platform: Platform = a_platform()
    invoice = a_final_invoice(platform, lines=[a_line("121.00", rate="0", category="Z")])
    wanted, _ = paid(invoice, "80.00", "41.00")

    def issue() -> CreditNote:
        wish = Wish(selections=((invoice.pk, Selection(amount=Decimal("15.00"))),))
        return credit(platform=platform, wish=wish, finalize=True, source_payment=wanted.pk, **BY)

    # when
    outcomes = at_once([partial(issue)] * 8)

    # then
    refused = [outcome for outcome in outcomes if isinstance(outcome, BillingError)]
    assert {refusal.code for refusal in refused} == {"payment_not_refundable"}
    assert len(refused) == 2
    assert sum(row.amount for row in Refund.objects.filter(payment=wanted)) == Decimal("80.00")
    numbers = sorted(CreditNote.objects.live().values_list("number", flat=True))
    assert numbers == [f"CR-2026-{number:06}" for number in range(1, 7)]
    all_laws()


def test_a_service_takes_it_too(platform, invoice):
    (payment,) = paid(invoice, "121.00")
    selection = Selection(amount=Decimal("21.00"))

    credit(
        platform=platform,
        wish=Wish(selections=((invoice.pk, selection),)),
        finalize=True,
        source_payment=payment.pk,
        **BY,
    )
    credit_invoice(platform=platform, invoice_id=invoice.pk, selection=selection, finalize=True, **BY)

    assert [row.amount for row in Refund.objects.all()] == [Decimal("21.00")]
