"""Webhook endpoints over the API: made, changed, rotated, tested, their deliveries read and sent again."""

import json
from datetime import timedelta

import pytest
from standardwebhooks.webhooks import Webhook

from billing import clock
from billing.api.models import IdempotencyKey
from billing.events import webhooks
from billing.events.models import Delivery, Event, WebhookEndpoint
from tests.books import digest_of_rows
from tests.factories import a_final_invoice, a_platform, a_webhook_endpoint
from tests.work import do_all_work

IMPORTED, PRINTED = "billing.invoice.imported", "billing.invoice.pdf_generated"
URL = "https://acme.example/hooks"


@pytest.fixture
def endpoint(platform, listener) -> WebhookEndpoint:
    """An endpoint at a real listener, which has had one delivery."""
    endpoint = a_webhook_endpoint(platform, listener.url, [IMPORTED])
    a_final_invoice(platform)
    do_all_work(at=clock.now())
    return endpoint


def test_an_endpoint_is_made_and_its_secret_told_once(platform, api):
    answer = api("POST", "webhook-endpoints", {"url": URL, "event_types": [IMPORTED], "description": "Books"})

    assert answer.status == 201
    assert answer.headers["Cache-Control"] == "no-store"
    stored = WebhookEndpoint.objects.get()
    assert answer.body["secret"] == stored.secret
    shown = {name: value for name, value in answer.body.items() if name not in {"secret", "secret_note"}}
    assert api("GET", f"webhook-endpoints/{stored.pk}").body == shown
    assert api("GET", "webhook-endpoints").body["data"] == [shown]
    assert shown == {
        "object": "webhook_endpoint",
        "id": stored.pk,
        "platform": platform.pk,
        "url": URL,
        "description": "Books",
        "event_types": [IMPORTED],
        "is_enabled": True,
        "api_version": "2026-11-22",
        "failing_since": None,
        "disabled_at": None,
        "disabled_because": "",
        "previous_secret_until": None,
        "created_at": shown["created_at"],
        "updated_at": shown["updated_at"],
    }


def test_a_replay_makes_nothing_and_tells_no_secret_and_none_is_stored(platform, api):
    first = api("POST", "webhook-endpoints", {"url": URL}, Idempotency_Key="k-1")
    again = api("POST", "webhook-endpoints", {"url": URL}, Idempotency_Key="k-1")

    assert WebhookEndpoint.objects.count() == 1
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (again.body["id"], again.body["secret"]) == (first.body["id"], None)
    assert first.body["secret"] not in json.dumps(IdempotencyKey.objects.get().body)


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "invalid_request", "url"),
        ({"url": ""}, "invalid_request", "url"),
        ({"url": 7}, "address_not_allowed", "url"),
        ({"url": ["https://acme.example"]}, "invalid_request", "url"),
        ({"url": "acme.example"}, "address_not_allowed", "url"),
        ({"url": "https://u:p@acme.example/"}, "address_not_allowed", "url"),
        ({"url": "http://169.254.169.254/latest/meta-data"}, "address_not_allowed", "url"),
        ({"url": "http://2130706433/"}, "address_not_allowed", "url"),
        ({"url": "http://localhost./"}, "address_not_allowed", "url"),
        ({"url": "https://acme.example/" + "a" * 500}, "invalid_request", "url"),
        ({"url": URL, "event_types": ["billing.invoice.eaten"]}, "event_type_unknown", "event_types.0"),
        ({"url": URL, "event_types": "billing.invoice.imported"}, "invalid_request", "event_types"),
        ({"url": URL, "event_types": [IMPORTED] * 101}, "invalid_request", "event_types"),
        ({"url": URL, "api_version": "2019-01-01"}, "payload_version_unknown", "api_version"),
        ({"url": URL, "is_enabled": "perhaps"}, "invalid_request", "is_enabled"),
        ({"url": URL, "secret": "whsec_mine"}, "invalid_request", "secret"),
        ({"url": URL, "description": "a\0b"}, "invalid_request", "description"),
    ],
)
def test_a_wrong_wish_is_refused_by_name_and_changes_nothing(platform, api, settings, body, code, field):
    settings.WEBHOOKS_MAY_BE_PRIVATE = False
    api("GET", "webhook-endpoints")
    before = digest_of_rows()

    answer = api("POST", "webhook-endpoints", body)

    assert (answer.status, answer.body["code"], answer.body["field"]) == (400, code, field)
    assert digest_of_rows() == before


def test_an_endpoint_is_changed_disabled_and_enabled(platform, api, endpoint):
    path = f"webhook-endpoints/{endpoint.pk}"

    off = api("PATCH", path, {"is_enabled": False, "description": "Later"})
    on = api("PATCH", path, {"is_enabled": True, "event_types": []})

    assert (off.status, off.body["is_enabled"], off.body["description"]) == (200, False, "Later")
    assert off.body["disabled_at"] is not None
    assert (on.body["is_enabled"], on.body["event_types"], on.body["disabled_at"]) == (True, [], None)
    assert "secret" not in off.body
    events = Event.objects.filter(type="billing.webhook_endpoint.updated").order_by("id")
    assert [event.data["previous"] for event in events] == [
        {"is_enabled": True, "description": ""},
        {"is_enabled": False, "event_types": [IMPORTED]},
    ]
    assert all(event.actor_id.startswith("key_") for event in events)


def test_a_rotation_tells_the_new_secret_once_and_both_verify(platform, api, endpoint, listener):
    answer = api("POST", f"webhook-endpoints/{endpoint.pk}/rotate-secret", {"overlap_hours": 2})

    assert answer.status == 200
    stored = WebhookEndpoint.objects.get()
    assert answer.body["secret"] == stored.secret != endpoint.secret
    assert stored.previous_secret_until - clock.now() > timedelta(hours=1, minutes=59)
    a_final_invoice(platform)
    do_all_work(at=clock.now())
    call = listener.calls[-1]
    for secret in (endpoint.secret, stored.secret):
        assert Webhook(secret).verify(call.body, call.headers)["type"] == IMPORTED
    assert api("POST", f"webhook-endpoints/{endpoint.pk}/rotate-secret", {"overlap_hours": 169}).status == 400


def test_a_ping_is_taken_on_and_its_delivery_tells_how_it_went(platform, api, endpoint, listener):
    taken = api("POST", f"webhook-endpoints/{endpoint.pk}/ping")
    do_all_work(at=clock.now())

    assert (taken.status, taken.body["status"], taken.body["attempts"]) == (202, "PENDING", 0)
    assert taken.body["event_type"] == "billing.webhook_endpoint.pinged"
    seen = api("GET", f"webhook-endpoints/{endpoint.pk}/deliveries/{taken.body['id']}").body
    assert (seen["status"], seen["attempts"], seen["response_status"]) == ("DONE", 1, 204)


def test_a_delivery_shows_every_attempt_and_can_be_sent_again(platform, api, listener):
    # given
    listener.answers = [(503, b"not now", {"Retry-After": "600"})]
    endpoint = a_webhook_endpoint(platform, listener.url, [IMPORTED])
    a_final_invoice(platform)
    do_all_work(at=clock.now())
    delivery = Delivery.objects.get()
    path = f"webhook-endpoints/{endpoint.pk}/deliveries/{delivery.pk}"

    # when
    waiting = api("GET", path).body
    again = api("POST", f"{path}/resend")

    # then
    assert (waiting["status"], waiting["last_error"]) == (
        "PENDING",
        f"NotDelivered: {listener.url} answered 503",
    )
    assert waiting["next_attempt_at"] is not None
    (attempt,) = waiting["log"]
    assert (attempt["response_status"], attempt["response_body"]) == (503, "not now")
    assert attempt["response_headers"]["Retry-After"] == "600"
    assert attempt["request_headers"]["webhook-id"] == delivery.event_id
    assert json.loads(attempt["request_body"])["id"] == delivery.event_id
    assert endpoint.secret not in json.dumps(waiting)
    assert (again.status, again.body["attempts"], again.body["event"]) == (202, 0, delivery.event_id)

    # when
    webhooks.deliver(delivery_id=delivery.pk, at=clock.now())

    # then
    seen = api("GET", path).body
    assert (seen["status"], seen["next_attempt_at"]) == ("DONE", None)
    assert [attempt["response_status"] for attempt in seen["log"]] == [204, 503]
    assert api("POST", f"{path}/resend").status == 202


def test_deliveries_are_listed_and_narrowed(platform, api, listener):
    # given
    endpoint = a_webhook_endpoint(platform, listener.url, [IMPORTED, PRINTED])
    invoice = a_final_invoice(platform)
    do_all_work(at=clock.now())
    path = f"webhook-endpoints/{endpoint.pk}/deliveries"

    # then
    whole = api("GET", path).body["data"]
    assert [row["event_type"] for row in whole] == [PRINTED, IMPORTED]
    event = whole[1]["event"]
    for query, count in (
        ("status=DONE", 2),
        ("status[in]=[PENDING,FAILED]", 0),
        (f"event_type={IMPORTED}", 1),
        ("event_type[starts_with]=billing.invoice.", 2),
        (f"event={event}", 1),
        (f"object_id={invoice.pk}", 2),
        ("created_at[before]=2026-01-01", 0),
        ("created_at[after]=2026-01-01&limit=1", 1),
    ):
        assert len(api("GET", f"{path}?{query}").body["data"]) == count, query
    assert api("GET", f"{path}?status=LOST").body["code"] == "filter_invalid"
    assert api("GET", f"{path}?colour=red").body["code"] == "parameter_unknown"


def test_nothing_is_sent_to_a_disabled_endpoint(platform, api, endpoint):
    api("PATCH", f"webhook-endpoints/{endpoint.pk}", {"is_enabled": False})
    delivery = Delivery.objects.get()
    before = digest_of_rows()

    for path in ("ping", f"deliveries/{delivery.pk}/resend"):
        answer = api("POST", f"webhook-endpoints/{endpoint.pk}/{path}")
        assert (answer.status, answer.body["code"]) == (409, "endpoint_disabled")

    assert digest_of_rows() == before


def test_a_deleted_endpoint_is_gone_and_the_events_stay(platform, api, endpoint):
    assert api("DELETE", f"webhook-endpoints/{endpoint.pk}").status == 204

    assert api("GET", f"webhook-endpoints/{endpoint.pk}").status == 404
    assert api("GET", f"events?type={IMPORTED}&include=total").body["total"] == 1


EVERY_CALL = [
    ("GET", "webhook-endpoints/{endpoint}", "SETTINGS.VIEW"),
    ("PATCH", "webhook-endpoints/{endpoint}", "SETTINGS.UPDATE"),
    ("DELETE", "webhook-endpoints/{endpoint}", "SETTINGS.UPDATE"),
    ("POST", "webhook-endpoints/{endpoint}/rotate-secret", "SETTINGS.UPDATE"),
    ("POST", "webhook-endpoints/{endpoint}/ping", "SETTINGS.UPDATE"),
    ("GET", "webhook-endpoints/{endpoint}/deliveries", "SETTINGS.VIEW"),
    ("GET", "webhook-endpoints/{endpoint}/deliveries/{delivery}", "SETTINGS.VIEW"),
    ("POST", "webhook-endpoints/{endpoint}/deliveries/{delivery}/resend", "SETTINGS.UPDATE"),
]


@pytest.mark.parametrize(("method", "path", "permission"), EVERY_CALL)
def test_another_platforms_endpoint_does_not_exist_and_each_call_needs_its_permission(
    platform, caller, endpoint, method, path, permission
):
    stranger, powerless = caller(a_platform("Somebody else")), caller(platform, ["EVENT.VIEW"])
    path = path.format(endpoint=endpoint.pk, delivery=Delivery.objects.get().pk)
    before = digest_of_rows()

    gone, refused = stranger(method, path), powerless(method, path)

    assert (gone.status, gone.body["code"]) == (404, "not_found")
    assert (refused.status, refused.body["permission"]) == (403, permission)
    assert digest_of_rows() == before


def test_an_endpoint_of_ones_own_does_not_lead_to_another_ones_deliveries(platform, api, endpoint):
    mine = a_webhook_endpoint(platform, URL)
    delivery = Delivery.objects.get()

    for method, end in (("GET", ""), ("POST", "/resend")):
        answer = api(method, f"webhook-endpoints/{mine.pk}/deliveries/{delivery.pk}{end}")
        assert (answer.status, answer.body["code"]) == (404, "not_found")


def test_a_page_of_deliveries_costs_the_same_queries_however_long_it_is(
    platform, api, endpoint, django_assert_max_num_queries
):
    for _ in range(4):
        a_final_invoice(platform)
    do_all_work(at=clock.now())
    api("GET", f"webhook-endpoints/{endpoint.pk}/deliveries")

    with django_assert_max_num_queries(4):
        assert len(api("GET", f"webhook-endpoints/{endpoint.pk}/deliveries?limit=100").body["data"]) == 5
