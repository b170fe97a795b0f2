"""`Idempotency-Key`: what is sent twice is done once, also by 32 at the same moment, also if we die of it."""

import json
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from billing.api.idempotency import replay
from billing.api.models import IdempotencyKey
from billing.events.models import Event
from billing.platforms.models import Reach
from billing.platforms.permissions import OF_CLIENTS
from credit_notes.models import CreditNote
from tests.api.conftest import Caller
from tests.books import digest_of_rows
from tests.factories import a_final_invoice, a_platform, an_api_key
from tests.invoices.ubl import a_file
from tests.web import COMMITTED, web_server

WITHOUT = ("v1/gateways/", "v1/einvoice-callbacks/", "v1/tokens")
"""Addresses whose POSTs take no key: others' own retries are recognised, tokens are never kept."""


@pytest.fixture(scope="module")
def web(django_db_setup, django_db_blocker, tmp_path_factory):
    with web_server(tmp_path_factory.mktemp("web"), DEBUG="0", BEHIND_TLS="0") as web:
        yield web


@pytest.fixture
def post(web):
    """Send a POST to the real server: the answer, or the exception of one that broke off."""

    def send(secret, path, body=None, key="k1"):
        headers = {"X-API-KEY": secret, "Idempotency-Key": key}
        try:
            return requests.post(f"{web.url}/v1/{path}", json=body or {}, headers=headers, timeout=60)
        except requests.ConnectionError as error:
            return error

    return send


def views():
    """Yield the address and the class of every view of the API."""

    def walk(patterns, before=""):
        for pattern in patterns:
            address = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, address)
            elif isinstance(pattern, URLPattern) and hasattr(pattern.callback, "cls"):
                yield address, pattern.callback.cls

    return [
        (address, view) for address, view in walk(get_resolver().url_patterns) if address.startswith("v1/")
    ]


@pytest.mark.parametrize(
    ("address", "view"),
    [
        pytest.param(address, view, id=address)
        for address, view in views()
        if hasattr(view, "post") and not address.startswith(WITHOUT)
    ],
)
def test_every_post_can_be_sent_again(address, view):
    assert getattr(view.post, "is_idempotent", False)


def test_every_post_says_so_in_the_openapi_document():
    document = json.loads(Client().get("/v1/openapi.json").content)
    without = [
        path
        for path, methods in document["paths"].items()
        if "post" in methods
        and "Idempotency-Key" not in {one["name"] for one in methods["post"].get("parameters", ())}
    ]

    assert [path for path in without if not path.lstrip("/").startswith(WITHOUT)] == []


def test_a_replay_is_the_same_answer_byte_by_byte(platform, api):
    invoice = a_final_invoice(platform)
    first, second = (
        api("POST", f"invoices/{invoice.pk}/credit", {"finalize": True}, Idempotency_Key="k1")
        for _ in range(2)
    )

    assert (second.status, second.content) == (first.status, first.content)
    assert first.headers["Content-Type"] == second.headers["Content-Type"] == "application/json"
    assert ("Idempotent-Replayed" in first.headers, second.headers["Idempotent-Replayed"]) == (False, "true")


def test_a_replay_tells_what_was_not_what_is(platform, api):
    note = api("POST", f"invoices/{a_final_invoice(platform).pk}/credit", Idempotency_Key="k1").body
    api("DELETE", f"credit-notes/{note['id']}")

    again = api("POST", f"invoices/{note['invoice']['id']}/credit", Idempotency_Key="k1")

    assert (again.status, again.body["id"], CreditNote.objects.count()) == (201, note["id"], 0)


def test_an_import_and_an_estimate_can_be_sent_again(platform, api):
    for path, body, more in (
        ("invoices/import", a_file(), {"content_type": "application/xml"}),
        ("credit-notes/estimate", {"invoice": a_final_invoice(platform).pk}, {}),
    ):
        first, second = (api("POST", path, body, Idempotency_Key=path, **more) for _ in range(2))
        assert (first.status < 300, second.status, second.content) == (True, first.status, first.content)
        assert second.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("invoices/{first}/credit", {"note": "Other"}),
        ("invoices/{first}/credit", {"note": "Once", "finalize": True}),
        ("invoices/{second}/credit", {"note": "Once"}),
        ("invoices/{first}/write-off", {"note": "Once"}),
        ("invoices/{first}/credit?really=1", {"note": "Once"}),
    ],
)
def test_a_key_belongs_to_one_request(platform, api, path, body):
    first, second = a_final_invoice(platform), a_final_invoice(platform)
    api("POST", f"invoices/{first.pk}/credit", {"note": "Once"}, Idempotency_Key="k1")
    before = digest_of_rows()

    answer = api("POST", path.format(first=first.pk, second=second.pk), body, Idempotency_Key="k1")

    assert (answer.status, answer.body["code"]) == (409, "idempotency_key_reused")
    assert answer.body["idempotency_key"] == "k1"
    assert digest_of_rows() == before


def test_the_order_of_names_and_the_spacing_of_a_body_do_not_matter(platform, api):
    path = f"invoices/{a_final_invoice(platform).pk}/credit"
    first = api("POST", path, b'{"note": "Once", "finalize": false}', Idempotency_Key="k1")

    again = api("POST", path, b'{"finalize":false,"note":"Once"}', Idempotency_Key="k1")

    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")


@pytest.mark.parametrize(
    "key", ["", " ", "a b", "a\0b", "k\r\nX: y", "é", "🐻", "x" * 256, "x" * 100_000, "\t"]
)
def test_a_key_that_is_none_is_refused(platform, api, key):
    before = digest_of_rows()

    answer = api("POST", f"invoices/{a_final_invoice(platform).pk}/credit", Idempotency_Key=key)

    assert (answer.status, answer.body["code"]) == (400, "idempotency_key_invalid")
    assert answer.body["field"] == "Idempotency-Key"
    assert CreditNote.objects.count() == IdempotencyKey.objects.count() == 0
    assert before.keys() == digest_of_rows().keys()


@pytest.mark.parametrize("key", ["k", "x" * 255, '"quoted"', "~!@#$%^&*()_+{}|:<>?`-=[];',./\\"])
def test_any_visible_ascii_is_a_key(platform, api, key):
    answers = [
        api("POST", f"invoices/{a_final_invoice(platform).pk}/credit", Idempotency_Key=key) for _ in range(1)
    ]

    assert [answer.status for answer in answers] == [201]
    assert IdempotencyKey.objects.get().key == key


def test_a_refusal_keeps_nothing_and_the_next_try_counts(platform, api):
    path = f"invoices/{a_final_invoice(platform).pk}/credit"
    refused = api("POST", path, {"amount": "9999.00"}, Idempotency_Key="k1")

    assert (refused.status, IdempotencyKey.objects.count()) == (409, 0)
    assert api("POST", path, {"amount": "9.00"}, Idempotency_Key="k1").status == 201


def test_a_customers_keys_are_their_own_and_a_replay_shows_no_more_than_the_answer(platform, api):
    # given
    invoice = a_final_invoice(platform)
    client = Caller(
        an_api_key(platform, sorted(OF_CLIENTS), reach=Reach.CLIENT, customer_id=invoice.customer_id)
    )
    path = f"invoices/{invoice.pk}/credit"

    # when
    theirs = api("POST", path, {"amount": "1.00", "internal_comment": "Be kind"}, Idempotency_Key="k1")
    first = client("POST", path, {"amount": "2.00"}, Idempotency_Key="k1")
    again = client("POST", path, {"amount": "2.00"}, Idempotency_Key="k1")

    # then
    assert (theirs.status, first.status) == (201, 201)
    assert theirs.body["id"] != first.body["id"]
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    assert (theirs.body["timeline"] != [], again.body["timeline"]) == (True, [])
    assert IdempotencyKey.objects.count() == 2


def test_an_answer_without_a_body_and_one_with_headers_are_replayed_as_they_were():
    stored = IdempotencyKey(status=202, body={"text": "", "headers": {"Location": "/v1/jobs/job_1"}})

    response = replay(stored)

    assert (response.status_code, response.data) == (202, None)
    assert dict(response.items())["Location"] == "/v1/jobs/job_1"


@pytest.mark.django_db(transaction=True)
def test_of_32_twins_one_is_done_and_the_others_are_told(web, post):
    # given
    platform = a_platform()
    secret, invoice = an_api_key(platform), a_final_invoice(platform)
    path, body = f"invoices/{invoice.pk}/credit", {"finalize": True}

    # when
    start = threading.Barrier(32)

    def twin(_):
        start.wait(30)
        return post(secret, path, body)

    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(twin, range(32)))

    # then
    done = [answer for answer in answers if answer.status_code == 201]
    waiting = [answer for answer in answers if answer.status_code == 409]
    assert len(done) + len(waiting) == 32
    assert sum("Idempotent-Replayed" not in answer.headers for answer in done) == 1
    assert {answer.json()["code"] for answer in waiting} <= {"request_in_progress"}
    assert {answer.headers["Retry-After"] for answer in waiting} <= {"1"}
    again = [post(secret, path, body) for _ in waiting]
    assert {answer.content for answer in [*done, *again]} == {done[0].content}
    assert {answer.headers["Idempotent-Replayed"] for answer in again} <= {"true"}
    assert CreditNote.objects.count() == IdempotencyKey.objects.count() == 1
    happened = Counter(Event.objects.filter(object_id=done[0].json()["id"]).values_list("type", flat=True))
    assert happened["billing.credit_note.finalized"] == 1


@pytest.mark.django_db(transaction=True)
def test_a_server_killed_after_the_commit_answers_the_retry_as_the_first_time(web, post):
    # given
    platform = a_platform()
    secret, invoice = an_api_key(platform), a_final_invoice(platform)
    path, body = f"invoices/{invoice.pk}/credit", {"finalize": True}
    web.die_at(COMMITTED)

    # when
    first = post(secret, path, body)

    # then
    assert isinstance(first, requests.ConnectionError)
    assert web.has_died_at(COMMITTED)
    assert CreditNote.objects.get().number == "CR-2026-000001"
    again = retried(post, secret, path, body)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.json()["number"] == "CR-2026-000001"
    assert CreditNote.objects.count() == 1


def retried(post, secret, path, body):
    """Send again, as a client would, until the server has got up."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        answer = post(secret, path, body)
        if not isinstance(answer, Exception):
            return answer
        time.sleep(0.1)
    raise AssertionError("The server did not get up.")


def test_an_answer_is_repeated_to_whoever_asked_also_by_their_rotated_key_and_to_nobody_else(
    platform, caller
):
    # given a note that is issued at once, and a key that may only draft
    first, draftsman = caller(platform), caller(platform, ["INVOICE.CREDIT.CREATE"])
    path, wish = f"invoices/{a_final_invoice(platform).pk}/credit", {"finalize": True}
    made = first("POST", path, wish, Idempotency_Key="k1")
    key = first("GET", "api-keys?order_by=created_at&order_direction=asc").body["data"][0]
    rotated = Caller(first("POST", f"api-keys/{key['id']}/rotate").body["secret"])

    # when
    theirs = draftsman("POST", path, wish, Idempotency_Key="k1")
    again = rotated("POST", path, wish, Idempotency_Key="k1")

    # then
    assert (theirs.status, theirs.body["code"]) == (409, "idempotency_key_reused")
    assert (made.status, again.content) == (201, made.content)
    assert CreditNote.objects.count() == 1
