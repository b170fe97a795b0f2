"""Refunds over HTTP: what is asked, what is answered, what is refused."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from billing import clock
from credit_notes.models import CreditNote, Refund
from tests import stripe_server
from tests.books import digest_of_rows
from tests.factories import (
    a_final_invoice,
    a_final_note,
    a_gateway_account,
    a_paid_invoice,
    a_payment,
    a_platform,
)
from tests.work import do_all_work


@pytest.fixture
def note(platform) -> CreditNote:
    """A note of 121.00 on an invoice that was paid, dated today."""
    return a_final_note(a_paid_invoice(platform), at=clock.now())


def today() -> str:
    return clock.day(clock.now(), "Europe/Amsterdam").isoformat()


def test_a_refund_answers_with_the_note_and_its_refunds(api, note):
    answer = api("POST", f"credit-notes/{note.pk}/refund", {"amount": "21.00"})

    assert answer.status == 201
    assert (answer.body["amount_refunded"], answer.body["amount_available"]) == ("21.00", "100.00")
    (refund,) = answer.body["refunds"]
    assert refund == refund | {
        "object": "refund",
        "credit_note": note.pk,
        "payment": note.invoice.payments.get().pk,
        "amount": "21.00",
        "currency": "EUR",
        "status": "PENDING",
        "gateway": "manual",
        "method": "bank_transfer",
        "reference": "",
        "failure": "",
        "date": None,
        "refunded_at": None,
    }


@pytest.mark.parametrize("amount", ["21.00", 21, 21.5])
def test_an_empty_body_refunds_all_and_amounts_may_be_numbers(api, note, amount):
    assert api("POST", f"credit-notes/{note.pk}/refund", {"amount": amount}).status == 201

    assert api("POST", f"credit-notes/{note.pk}/refund").body["amount_available"] == "0.00"


def test_the_plan_shows_the_steps_and_what_stays(platform, api):
    # given
    a_gateway_account(platform)
    invoice = a_final_invoice(platform)
    cash = a_payment(invoice, "50.00", method="cash")
    stripe = a_payment(invoice, "71.00", method="stripe", reference="pi_1")
    note = a_final_note(invoice)

    answer = api("GET", f"credit-notes/{note.pk}/refund-plan?amount=90")

    assert (answer.status, answer.body) == (
        200,
        {
            "object": "refund_plan",
            "credit_note": note.pk,
            "currency": "EUR",
            "amount": "90.00",
            "legs": [
                {
                    "source": "payment",
                    "payment": stripe.pk,
                    "invoice": invoice.pk,
                    "gateway": "stripe",
                    "amount": "71.00",
                },
                {
                    "source": "payment",
                    "payment": cash.pk,
                    "invoice": invoice.pk,
                    "gateway": "manual",
                    "amount": "19.00",
                },
            ],
            "total": "90.00",
            "missing": "0.00",
            "rest": "31.00",
        },
    )
    assert not Refund.objects.exists()


def test_money_returned_elsewhere_is_recorded(api, note):
    body = {"amount": "21.00", "date": today(), "method": "cash", "reference": "Till 3"}

    answer = api("POST", f"credit-notes/{note.pk}/record-refund", body)

    assert answer.status == 201
    (refund,) = answer.body["refunds"]
    assert (refund["status"], refund["gateway"], refund["method"], refund["reference"], refund["date"]) == (
        "SUCCEEDED",
        "",
        "cash",
        "Till 3",
        today(),
    )


def test_a_refund_is_settled_by_saying_so(api, note):
    first, second = (
        api("POST", f"credit-notes/{note.pk}/refund", {"amount": amount}).body["refunds"][-1]["id"]
        for amount in ("21.00", "30.00")
    )

    succeeded = api("POST", f"refunds/{first}/succeed", {"reference": "SEPA-1", "date": today()})
    failed = api("POST", f"refunds/{second}/fail", {"failure": "The account is closed."})
    twice = api("POST", f"refunds/{first}/fail", {"failure": "No."})

    assert (succeeded.status, succeeded.body["status"], succeeded.body["provider_reference"]) == (
        200,
        "SUCCEEDED",
        "SEPA-1",
    )
    assert (failed.body["status"], failed.body["failure"]) == ("FAILED", "The account is closed.")
    assert (twice.status, twice.body["code"]) == (409, "refund_is_settled")
    assert CreditNote.objects.get().amount_available == Decimal("100.00")


def test_refunds_are_listed_newest_first_and_filtered(api, note):
    for amount in ("1.00", "2.00", "3.00"):
        api("POST", f"credit-notes/{note.pk}/refund", {"amount": amount})
    ids = list(Refund.objects.order_by("-id").values_list("pk", flat=True))
    api("POST", f"refunds/{ids[0]}/fail", {"failure": "No."})

    def listed(query: str) -> list[str]:
        return [row["id"] for row in api("GET", f"refunds?{query}").body["data"]]

    assert listed("limit=2") == ids[:2]
    assert listed("status=PENDING") == ids[1:]
    assert listed(f"credit_note={note.pk}") == ids
    assert listed("gateway=stripe") == listed("credit_note=cn_0") == []
    assert api("GET", f"refunds/{ids[1]}").body["amount"] == "2.00"


def test_the_same_key_refunds_once(api, note):
    first, second = (
        api("POST", f"credit-notes/{note.pk}/refund", {"amount": "5.00"}, Idempotency_Key="k1")
        for _ in range(2)
    )

    assert (first.body, second.headers["Idempotent-Replayed"]) == (second.body, "true")
    assert Refund.objects.count() == 1


TOMORROW = (clock.now() + timedelta(days=2)).date().isoformat()
BAD = [
    ("refund", {"amount": "0"}, 400, "amount"),
    ("refund", {"amount": "-1"}, 400, "amount"),
    ("refund", {"amount": "NaN"}, 400, "amount"),
    ("refund", {"amount": "Infinity"}, 400, "amount"),
    ("refund", {"amount": "1e30"}, 400, "amount"),
    ("refund", {"amount": "9" * 400}, 400, "amount"),
    ("refund", {"amount": 1e30}, 400, "amount"),
    ("refund", {"amount": True}, 400, "amount"),
    ("refund", {"amount": None}, 400, "amount"),
    ("refund", {"amount": []}, 400, "amount"),
    ("refund", {"amount": ""}, 400, "amount"),
    ("refund", {"amount": "1.001"}, 409, "amount"),
    ("refund", {"amount": "121.01"}, 409, "amount"),
    ("refund", {"reason_code": "nonsense"}, 400, "reason_code"),
    ("refund", {"colour": "red"}, 400, "colour"),
    ("record-refund", {}, 400, "amount"),
    ("record-refund", {"amount": "5", "date": TOMORROW, "method": "cash"}, 409, "date"),
    ("record-refund", {"amount": "5", "date": "2020-01-01", "method": "cash"}, 409, "date"),
    ("record-refund", {"amount": "5", "date": "soon", "method": "cash"}, 400, "date"),
    ("record-refund", {"amount": "5", "date": "2026-11-20", "method": "overpayment"}, 400, "method"),
    ("record-refund", {"amount": "5", "date": "2026-11-20", "method": "cheque"}, 400, "method"),
]


@pytest.mark.parametrize(("deed", "body", "status", "field"), BAD)
def test_bad_input_is_refused_by_name_and_changes_nothing(api, note, deed, body, status, field):
    before = digest_of_rows()

    answer = api("POST", f"credit-notes/{note.pk}/{deed}", body)

    assert (answer.status, answer.body["field"]) == (status, field)
    assert digest_of_rows() == before


@pytest.mark.parametrize("query", ["amount=0", "amount=x", "amount=1&amount=2", "colour=red"])
def test_a_bad_plan_is_refused(api, note, query):
    assert api("GET", f"credit-notes/{note.pk}/refund-plan?{query}").status == 400


@pytest.mark.parametrize(
    ("method", "path", "permission"),
    [
        ("POST", "credit-notes/{note}/refund", "CREDIT_NOTE.REFUND"),
        ("POST", "credit-notes/{note}/record-refund", "CREDIT_NOTE.REFUND"),
        ("GET", "credit-notes/{note}/refund-plan", "CREDIT_NOTE.VIEW"),
        ("GET", "refunds/{refund}", "CREDIT_NOTE.VIEW"),
        ("POST", "refunds/{refund}/succeed", "CREDIT_NOTE.REFUND"),
        ("POST", "refunds/{refund}/fail", "CREDIT_NOTE.REFUND"),
    ],
)
def test_a_stranger_finds_nothing_and_a_key_without_the_permission_is_told(
    platform, api, caller, note, method, path, permission
):
    refund = api("POST", f"credit-notes/{note.pk}/refund").body["refunds"][0]["id"]
    body = {"amount": "5", "date": today(), "method": "cash"} if "record" in path else None
    body = {"failure": "No."} if "fail" in path else body
    path = path.format(note=note.pk, refund=refund)
    strange, lacking = caller(a_platform("Somebody else")), caller(platform, ["INVOICE.VIEW"])
    before = digest_of_rows()

    stranger, without = strange(method, path, body), lacking(method, path, body)

    assert (stranger.status, stranger.body["code"]) == (404, "not_found")
    assert (without.status, without.body["permission"]) == (403, permission)
    assert {**digest_of_rows(), "platforms_apikey": ""} == {**before, "platforms_apikey": ""}
    assert api("GET", "refunds").body["data"][0]["id"] == refund
    assert caller(a_platform("A third"))("GET", "refunds").body["data"] == []


# Stripe's webhook


def test_stripe_says_what_became_of_a_refund(platform, api, settings):
    with stripe_server.running() as stripe:
        # given
        settings.STRIPE_API_BASE = stripe.url
        stripe.has_payment("pi_1", 121_00)
        stripe.status = "pending"
        account = a_gateway_account(platform)
        invoice = a_final_invoice(platform)
        a_payment(invoice, "121.00", method="stripe", reference="pi_1")
        note = a_final_note(invoice)
        api("POST", f"credit-notes/{note.pk}/refund", {"amount": "21.00"})
        do_all_work()
        body, signature = stripe.settle("re_stripe_1", "failed", failure_reason="declined")

        # when
        def post(address: str, signature: str, kind: str = "application/json"):
            return Client().post(
                f"/v1/gateways/stripe/{address}", body, kind, headers={"Stripe-Signature": signature}
            )

        answers = [
            post("ga_0", signature),
            post(account.pk, "t=1,v1=no"),
            post(account.pk, signature),
            post(account.pk, signature, "text/plain"),
        ]

    # then
    assert [answer.status_code for answer in answers] == [404, 400, 200, 200]
    assert answers[1].json()["code"] == "signature_invalid"
    assert answers[1].headers["Content-Type"] == "application/problem+json"
    answer = api("GET", f"credit-notes/{note.pk}")
    assert answer.body["refunds"][0]["status"] == "FAILED"
    assert answer.body["refunds"][0]["failure"] == "The customer's bank declined the refund."
    assert answer.body["amount_available"] == "121.00"
