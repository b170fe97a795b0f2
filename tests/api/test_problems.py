"""What callers are told when something cannot be done: one shape, stable codes, nothing leaked."""

import threading
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.test import Client

from invoices.models import Invoice
from tests.api.failing import SECRET
from tests.books import digest_of_rows
from tests.factories import a_final_invoice, an_api_key
from tests.threads import PATIENCE

INVOICE = {"customer": "cus_0", "lines": [{"name": "Seats", "quantity": 1, "unit_price": "10"}]}


def errors_of(answer):
    return [(error["field"], error["reason"]) for error in answer.body["errors"]]


def test_a_refusal_has_one_shape_and_leads_to_its_page(platform, api):
    # given
    invoice = a_final_invoice(platform, number="INV-1")
    api("POST", f"invoices/{invoice.pk}/credit", {"finalize": True})

    # when
    answer = api("POST", f"invoices/{invoice.pk}/credit")

    # then
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.body | {"used_by": [], "terms": {}} == {
        "type": "/v1/problems/nothing_left_to_credit",
        "title": "Nothing of this invoice is left to credit",
        "status": 409,
        "detail": f"INV-1 has been credited in full by {answer.body['used_by'][0]['number']}.",
        "code": "nothing_left_to_credit",
        "limit": "0.00",
        "currency": "EUR",
        "terms": {},
        "used_by": [],
    }
    assert Client().get(answer.body["type"]).json()["code"] == "nothing_left_to_credit"


def test_every_wrong_field_is_named_by_its_path_with_a_reason(platform, api):
    wrong = [
        {"name": "Seats", "quantity": "many", "unit_price": "10"},
        {"name": "x" * 1001, "quantity": 1, "unit_price": True, "color": "red"},
        {"name": "", "quantity": None, "unit_price": "-"},
    ]

    answer = api("POST", "invoices", {"customer": "cus_0", "lines": wrong, "price_type": "gross", "due": 1})

    assert (answer.status, answer.body["code"], answer.body["field"]) == (400, "invalid_request", "due")
    answer = api("POST", "invoices", {"customer": "cus_0", "lines": wrong, "price_type": "gross"})
    assert errors_of(answer) == [
        ("lines.0.quantity", "not_a_number"),
        ("lines.1.color", "unknown_field"),
        ("lines.2.name", "blank"),
        ("lines.2.quantity", "null"),
        ("lines.2.unit_price", "not_a_number"),
        ("price_type", "not_a_choice"),
    ]
    assert answer.body["detail"] == f"{answer.body['field']}: {answer.body['errors'][0]['message']}"
    assert Invoice.objects.count() == 0


def test_an_unknown_value_of_a_choice_is_told_the_known_ones(platform, api):
    answer = api("POST", "invoices", INVOICE | {"price_type": "gross"})

    assert answer.body["errors"] == [
        {
            "field": "price_type",
            "message": "'gross' is none of: tax_exclusive, tax_inclusive.",
            "reason": "not_a_choice",
        }
    ]


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        ({}, "customer", "required"),
        (INVOICE | {"lines": "all"}, "lines", "not_a_list"),
        (INVOICE | {"lines": [1]}, "lines.0", "invalid"),
        (INVOICE | {"note": "x" * 100_000}, "note", "too_long"),
        (INVOICE | {"date": "31.12.2026"}, "date", "invalid"),
        (INVOICE | {"due": "2026-12-31"}, "due", "unknown_field"),
        ([], "", "invalid"),
    ],
)
def test_each_reason_is_a_word_for_programs(platform, api, body, field, reason):
    answer = api("POST", "invoices", body)

    assert (answer.status, errors_of(answer)[0]) == (400, (field, reason))


def test_a_service_names_the_field_by_its_path(platform, api):
    lines = [*INVOICE["lines"], {"name": "Nothing", "quantity": 0, "unit_price": 1}]
    customer = a_final_invoice(platform).customer_id

    answer = api("POST", "invoices", {"customer": customer, "currency": "EUR", "lines": lines})

    assert (answer.status, answer.body["code"]) == (400, "quantity_not_possible")
    assert answer.body["field"] == "lines.1.quantity"


@pytest.fixture
def failing(settings, platform):
    """Calls an address that fails; answers the response."""
    settings.ROOT_URLCONF = "tests.api.failing"
    client = Client(raise_request_exception=False, headers={"X-API-KEY": an_api_key(platform)})
    return lambda path, **headers: client.get(f"/v1/failing/{path}", headers=headers)


@pytest.mark.parametrize("debug", [False, True])
def test_a_bug_is_told_by_its_request_id_and_nothing_else(failing, settings, caplog, debug):
    settings.DEBUG = debug

    response = failing("bug", X_Request_Id="mine-4711")

    assert response.status_code == 500
    assert response["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "/v1/problems/internal_error",
        "title": "We have failed",
        "status": 500,
        "detail": "This is our mistake, and it has been logged.",
        "code": "internal_error",
        "request_id": "mine-4711",
    }
    assert (response["X-Request-Id"], "Retry-After" in response) == ("mine-4711", False)
    [logged] = [record for record in caplog.records if record.exc_info]
    assert (logged.levelname, logged.exc_info[1].args) == ("ERROR", (SECRET,))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("sqlstate", "status", "code"),
    [
        ("40P01", 503, "locked_try_again"),
        ("40001", 503, "locked_try_again"),
        ("55P03", 503, "locked_try_again"),
        ("57P01", 503, "service_unavailable"),
        ("53300", 503, "service_unavailable"),
        ("54000", 500, "internal_error"),
        ("22012", 500, "internal_error"),
    ],
)
def test_what_may_go_well_the_next_time_is_told_so(failing, sqlstate, status, code):
    response = failing(sqlstate)

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.get("Retry-After") == ("5" if status == 503 else None)
    assert SECRET not in response.content.decode()


@contextmanager
def an_unreachable_database():
    """Send this thread's connection to a port where nobody listens."""
    known = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict |= {"HOST": "127.0.0.1", "PORT": "1"}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict |= known


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("middleware", [[], ["tests.api.failing.FailingMiddleware"]])
def test_without_a_database_callers_are_asked_to_come_again(platform, settings, middleware):
    # given
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, *middleware]
    secret = an_api_key(platform)
    client = Client(raise_request_exception=False, headers={"X-API-KEY": secret})

    # when
    with an_unreachable_database():
        response = client.get("/v1/invoices")

    # then
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "service_unavailable"
    assert client.get("/v1/invoices").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_who_waits_too_long_for_a_lock_is_told_to_try_again(platform, api):
    # given
    invoice = a_final_invoice(platform)
    before = digest_of_rows()
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Invoice.objects.select_for_update().get(pk=invoice.pk)
            held.set()
            done.wait(PATIENCE)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(PATIENCE)

    # when
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    answer = api("POST", f"invoices/{invoice.pk}/credit", {"finalize": True}, Idempotency_Key="once")
    done.set()
    holder.join()

    # then
    assert (answer.status, answer.body["code"]) == (503, "locked_try_again")
    assert (answer.headers["Retry-After"], digest_of_rows()) == ("5", before)
    again = api("POST", f"invoices/{invoice.pk}/credit", {"finalize": True}, Idempotency_Key="once")
    assert again.status == 201
