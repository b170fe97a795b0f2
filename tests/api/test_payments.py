"""Payments and overpayments over the API, and what drafts owe."""

from typing import Any

import pytest

from billing.events.models import Event
from billing.platforms import permissions
from billing.platforms.models import Platform
from invoices.models import Payment
from tests.books import digest_of_rows
from tests.factories import a_draft_invoice, a_final_invoice, a_payment, a_platform

from .conftest import Caller


def refused(answer: Any, status: int, code: str) -> Any:
    assert (answer.status, answer.body["code"]) == (status, code), answer.body
    return answer.body


@pytest.fixture
def keeper(platform: Platform) -> Platform:
    Platform.objects.filter(pk=platform.pk).update(keeps_overpayments=True)
    return Platform.objects.get()


def test_a_payment_names_its_invoice(api, platform):
    invoice = a_final_invoice(platform)

    answer = api(
        "POST", "payments", {"invoice": invoice.pk, "amount": "21.00", "method": "card"}, Idempotency_Key="p"
    )
    again = api(
        "POST", "payments", {"invoice": invoice.pk, "amount": "21.00", "method": "card"}, Idempotency_Key="p"
    )

    assert answer.status == 201
    assert (answer.body["invoice"], answer.body["amount"], answer.body["status"], answer.body["excess"]) == (
        invoice.pk,
        "21.00",
        "SUCCEEDED",
        None,
    )
    assert again.body == answer.body
    assert [row.pk for row in Payment.objects.all()] == [answer.body["id"]]


def test_a_payment_of_no_invoice_is_refused(api, platform, caller):
    elsewhere = a_final_invoice(a_platform("Other"))
    before = digest_of_rows()

    assert refused(api("POST", "payments", {"amount": 1}), 400, "invalid_request")["field"] == "invoice"
    for invoice_id in ("inv_unknown", elsewhere.pk):
        answer = api("POST", "payments", {"invoice": invoice_id, "amount": 1})
        assert refused(answer, 404, "not_found")["field"] == "invoice"

    assert digest_of_rows() == before


@pytest.mark.parametrize("path", ["payments", "tax-withheld"])
def test_money_of_another_age_is_mistyped(api, platform, path):
    invoice = a_final_invoice(platform)
    before = digest_of_rows()

    for day in ("0206-11-20", "1969-12-31"):
        answer = api("POST", f"invoices/{invoice.pk}/{path}", {"amount": 1, "date": day})
        assert refused(answer, 409, "date_too_long_ago")["field"] == "date"
        assert answer.body["limit"] == "1970-01-01"

    assert digest_of_rows() == before
    assert api("POST", f"invoices/{invoice.pk}/{path}", {"amount": 1, "date": "1970-01-01"}).status == 201


def test_a_draft_owes_nothing_and_has_nothing_to_credit(api, platform):
    draft = a_draft_invoice(platform)

    shown = api("GET", f"invoices/{draft.pk}").body

    names = ("total", "amount_due", "creditable", "adjustable", "refundable", "payment_status")
    assert [shown[name] for name in names] == ["121.00", None, "0.00", "0.00", "0.00", None]
    (listed,) = api("GET", "invoices").body["data"]
    assert [listed[name] for name in names] == [shown[name] for name in names]


def test_an_overpayment_is_seen_and_pays_another_invoice(api, keeper):
    # given
    paid = a_payment(a_final_invoice(keeper), "150.00")
    debt = a_final_invoice(keeper)

    # when
    (kept,) = api("GET", "overpayments?amount_available[gt]=0").body["data"]
    answer = api(
        "POST",
        f"invoices/{debt.pk}/apply-overpayment",
        {"overpayment": kept["id"], "amount": 9},
        Idempotency_Key="use",
    )
    replayed = api(
        "POST",
        f"invoices/{debt.pk}/apply-overpayment",
        {"overpayment": kept["id"], "amount": 9},
        Idempotency_Key="use",
    )

    # then
    assert kept.pop("created_at").endswith("Z")
    assert kept == {
        "object": "overpayment",
        "id": paid.excess.pk,
        "customer": debt.customer_id,
        "billing_entity": debt.billing_entity_id,
        "payment": paid.pk,
        "invoice": paid.invoice_id,
        "currency": "EUR",
        "amount": "29.00",
        "amount_applied": "0.00",
        "amount_available": "29.00",
    }
    assert (answer.status, answer.body["amount_due"], replayed.body["amount_due"]) == (
        200,
        "112.00",
        "112.00",
    )
    assert [(row["amount"], row["method"]) for row in answer.body["payments"]] == [("9.00", "overpayment")]
    assert api("GET", f"overpayments/{kept['id']}").body["amount_available"] == "20.00"
    assert api("GET", f"payments/{paid.pk}").body["excess"] == {
        "id": kept["id"],
        "amount": "29.00",
        "amount_applied": "9.00",
        "amount_available": "20.00",
    }


def test_without_an_amount_as_much_is_used_as_fits(api, keeper):
    a_payment(a_final_invoice(keeper), "150.00")
    debt = a_final_invoice(keeper)

    answer = api("POST", f"invoices/{debt.pk}/apply-overpayment")

    assert (answer.status, answer.body["amount_due"]) == (200, "92.00")
    assert refused(api("POST", f"invoices/{debt.pk}/apply-overpayment"), 409, "nothing_overpaid")
    assert api("GET", "overpayments?amount_available[gt]=0").body["data"] == []


def test_what_cannot_be_applied_is_refused_and_changes_nothing(api, keeper, caller):
    kept = a_payment(a_final_invoice(keeper), "150.00").excess
    debt, draft = a_final_invoice(keeper), a_draft_invoice(keeper)
    dollars = a_final_invoice(keeper, currency="USD")
    stranger = caller(a_platform("Other"))
    path = f"invoices/{debt.pk}/apply-overpayment"
    before = digest_of_rows()

    refused(api("POST", path, {"amount": 30}), 409, "nothing_overpaid")
    assert refused(api("POST", path, {"amount": "122.00"}), 409, "payment_not_possible")["limit"] == "121.00"
    refused(api("POST", path, {"amount": "1.001"}), 409, "payment_not_possible")
    assert refused(api("POST", path, {"amount": 0}), 400, "invalid_request")["field"] == "amount"
    refused(api("POST", path, {"overpayment": "op_unknown"}), 404, "not_found")
    refused(api("POST", f"invoices/{draft.pk}/apply-overpayment"), 409, "payment_not_possible")
    mixed = api("POST", f"invoices/{dollars.pk}/apply-overpayment", {"overpayment": kept.pk})
    refused(mixed, 409, "overpayment_mismatch")
    refused(stranger("POST", path), 404, "not_found")
    refused(stranger("GET", f"overpayments/{kept.pk}"), 404, "not_found")

    assert digest_of_rows() == before


def test_money_needs_its_permission(platform, caller):
    viewer = caller(platform, [permissions.PAYMENT_VIEW])
    invoice = a_final_invoice(platform)

    assert viewer("GET", "overpayments").body["data"] == []
    for path in ("payments", f"invoices/{invoice.pk}/apply-overpayment"):
        assert refused(viewer("POST", path, {}), 403, "permission_denied")["permission"] == "PAYMENT.CREATE"


def test_a_series_becomes_the_default_one(api: Caller, platform):
    a_draft_invoice(platform)
    first, second = (
        api("POST", "sequences", {"kind": "CREDIT_NOTE", "prefix": prefix, "is_default": prefix == "CN"}).body
        for prefix in ("CN", "GS")
    )

    changed = api("PATCH", f"sequences/{second['id']}", {"is_default": True})
    again = api("PATCH", f"sequences/{second['id']}", {"is_default": True})

    assert (changed.status, changed.body["is_default"], again.body) == (200, True, changed.body)
    assert api("GET", f"sequences/{first['id']}").body["is_default"] is False
    told = Event.objects.filter(type="billing.master_data.corrected", object_id=second["id"])
    assert [event.data["after"] for event in told] == [{"is_default": True}]
    refused(api("PATCH", f"sequences/{second['id']}", {"is_default": False}), 400, "invalid_request")
    refused(api("PATCH", f"sequences/{second['id']}", {"prefix": "X"}), 400, "invalid_request")
    refused(api("PATCH", "sequences/ser_unknown", {"is_default": True}), 404, "not_found")
