"""Webhooks: signed as Standard Webhooks say, and sent until they are taken."""

import json
import socket
from datetime import timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from billing import clock
from billing.events import webhooks
from billing.events.endpoints import rotate_secret
from billing.events.models import Delivery, DeliveryAttempt, Event, Reaction, WebhookEndpoint
from billing.events.payload import DOWNGRADES, as_of, payload_of, versions
from billing.events.relay import LONGEST_PAUSE
from billing.events.signing import new_secret
from credit_notes.models import CreditNote
from tests.factories import (
    CLERK,
    NOON,
    a_final_invoice,
    a_final_note,
    a_platform,
    a_webhook_endpoint,
)
from tests.work import do_all_work

IMPORTED, ISSUED = "billing.invoice.imported", "billing.credit_note.created"


def send_again() -> Delivery:
    """Send the only delivery, whose turn has come."""
    delivery = Delivery.objects.get()
    webhooks.deliver(delivery_id=delivery.pk, at=max(delivery.due_at, clock.now()))
    return Delivery.objects.get()


def test_a_listener_can_verify_what_it_gets(platform, listener):
    # given
    endpoint = a_webhook_endpoint(platform, listener.url, [ISSUED])
    note = a_final_note(a_final_invoice(platform))

    # when
    do_all_work(at=clock.now())

    # then
    call = listener.calls[0]
    told = Webhook(endpoint.secret).verify(call.body, call.headers)
    event = Event.objects.get(type=ISSUED)
    assert told == {
        "id": event.pk,
        "object": "event",
        "type": ISSUED,
        "api_version": "2026-11-22",
        "created_at": "2026-11-20T12:00:00Z",
        "platform": platform.pk,
        "object_id": note.pk,
        "actor": CLERK,
        "actor_id": "",
        "request_id": "",
        "data": event.data,
    }
    assert told["data"]["previous"]["status"] == "DRAFT"
    assert told["data"]["object"]["number"] == CreditNote.objects.get(pk=note.pk).number
    assert call.headers["webhook-id"] == event.pk
    assert call.headers["content-type"] == "application/json"
    assert Delivery.objects.get().status == "DONE"
    assert Delivery.objects.get().response_status == 204


def test_with_another_secret_or_another_body_nothing_verifies(platform, listener):
    endpoint = a_webhook_endpoint(platform, listener.url, [IMPORTED])
    a_final_invoice(platform)
    do_all_work(at=clock.now())
    call = listener.calls[0]

    for secret, body in ((new_secret(), call.body), (endpoint.secret, call.body + b" ")):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, call.headers)


def test_a_listener_that_fails_gets_the_same_message_again(platform, listener):
    # given
    listener.answers = [(500, b"not now", {}), (503, b"", {})]
    endpoint = a_webhook_endpoint(platform, listener.url, [IMPORTED])
    a_final_invoice(platform)

    # when
    do_all_work(at=clock.now())
    failed = Delivery.objects.get()
    send_again()
    done = send_again()

    # then
    assert (failed.status, failed.response_status, failed.response_body) == ("PENDING", 500, "not now")
    assert failed.last_error == f"NotDelivered: {listener.url} answered 500"
    assert (done.status, done.attempts, done.last_error) == ("DONE", 3, "")
    assert len({call.headers["webhook-id"] for call in listener.calls}) == 1
    assert len({call.body for call in listener.calls}) == 1
    for call in listener.calls[-1:]:
        Webhook(endpoint.secret).verify(call.body, call.headers)


def test_each_endpoint_hears_of_the_events_it_asked_for(platform, listener):
    # given
    for path, types in (("all", []), ("issued", [ISSUED]), ("both", [IMPORTED, ISSUED])):
        a_webhook_endpoint(platform, f"{listener.url}/{path}", types)

    # when
    a_final_note(a_final_invoice(platform))
    do_all_work(at=clock.now())

    # then
    heard: dict[str, list[str]] = {}
    for call in listener.calls:
        heard.setdefault(call.path.removeprefix("/hooks/"), []).append(json.loads(call.body)["type"])
    assert sorted(heard["issued"]) == [ISSUED]
    assert sorted(heard["both"]) == [ISSUED, IMPORTED]
    assert set(heard["all"]) == {
        IMPORTED,
        ISSUED,
        "billing.credit_note.drafted",
        "billing.credit_note.finalized",
        "billing.credit_note.allocated",
        "billing.invoice.credited",
        "billing.invoice.pdf_generated",
        "billing.credit_note.pdf_generated",
        "billing.credit_note.xml_generated",
    }
    assert len(heard["all"]) == len(set(heard["all"]))


def test_neither_a_disabled_endpoint_nor_another_platforms_hears_anything(platform, listener):
    a_webhook_endpoint(a_platform("Other Group"), f"{listener.url}/other")
    disabled = a_webhook_endpoint(platform, f"{listener.url}/disabled")
    disabled.is_enabled = False
    disabled.save()

    a_final_invoice(platform)
    do_all_work(at=clock.now())

    assert listener.calls == []
    assert not Delivery.objects.exists()


def test_a_redirect_is_not_followed_and_the_log_says_so(platform, listener):
    listener.answers = [(307, b"", {"Location": f"{listener.url}/elsewhere"})]
    a_webhook_endpoint(platform, listener.url, [IMPORTED])
    a_final_invoice(platform)

    do_all_work(at=clock.now())

    assert [call.path for call in listener.calls] == ["/hooks"]
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.response_status) == ("PENDING", 307)
    assert DeliveryAttempt.objects.get().error == (
        f"{listener.url} answered 307 and leads to {listener.url}/elsewhere: redirects are not followed"
    )


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (b"ok\x00\xff", "ok\N{REPLACEMENT CHARACTER}"),
        (b"x" * 100_000, None),
        ("żółć".encode(), "żółć"),
    ],
)
def test_whatever_a_listener_answers_a_yes_is_a_yes(platform, listener, answer, kept):
    listener.answers = [(200, answer, {})]
    a_webhook_endpoint(platform, listener.url, [IMPORTED])
    a_final_invoice(platform)

    do_all_work(at=clock.now())

    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.response_status) == ("DONE", 200)
    assert len(delivery.response_body) <= 2000
    assert kept is None or delivery.response_body == kept


def test_a_listener_that_is_not_there_is_tried_again(platform, listener):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    a_webhook_endpoint(platform, f"http://127.0.0.1:{port}/", [IMPORTED])
    a_final_invoice(platform)

    do_all_work(at=clock.now())

    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.attempts, delivery.response_status) == ("PENDING", 1, None)
    assert delivery.last_error == (
        f"NotDelivered: http://127.0.0.1:{port}/ gave no answer: "
        "ConnectionRefusedError: [Errno 111] Connection refused"
    )


def test_a_broker_that_is_down_stops_no_delivery(platform, listener, broker_at):
    # given
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        broker_at(unused.getsockname()[1])
    a_webhook_endpoint(platform, listener.url, [IMPORTED])
    a_final_invoice(platform)

    # when
    do_all_work(at=NOON)

    # then
    assert Reaction.objects.get(event__type=IMPORTED, name="deliver_webhooks").status == "DONE"
    assert Delivery.objects.get().status == "DONE"


def test_every_attempt_is_logged_with_what_was_sent_and_what_came_back(platform, listener):
    # given
    listener.answers = [(503, b"not now", {"X-Trace": "t-1"}), (200, b"thanks", {})]
    a_webhook_endpoint(platform, listener.url, [IMPORTED])
    a_final_invoice(platform)

    # when
    do_all_work(at=clock.now())
    send_again()

    # then
    first, second = DeliveryAttempt.objects.all()
    assert (first.response_status, first.response_body) == (503, "not now")
    assert first.response_headers["X-Trace"] == "t-1"
    assert first.error == f"{listener.url} answered 503"
    assert (second.response_status, second.response_body, second.error) == (200, "thanks", "")
    for attempt, call in zip((first, second), listener.calls, strict=True):
        assert attempt.url == listener.url
        assert attempt.request_body.encode() == call.body
        assert {
            name.lower(): value for name, value in attempt.request_headers.items()
        }.items() <= call.headers.items()
        assert 0 <= attempt.milliseconds < 10_000
    secret = WebhookEndpoint.objects.get().secret
    assert secret not in json.dumps([first.request_headers, first.request_body])


def test_while_a_rotation_overlaps_both_secrets_verify_and_then_only_the_new_one(platform, listener):
    # given
    endpoint = a_webhook_endpoint(platform, listener.url, [IMPORTED])
    old, now = endpoint.secret, clock.now()
    new = rotate_secret(
        platform=platform, endpoint_id=endpoint.pk, overlap=timedelta(hours=24), actor=CLERK, at=now
    ).secret
    a_final_invoice(platform)

    # when
    do_all_work(at=now)
    call = listener.calls[0]

    # then
    assert call.headers["webhook-signature"].count("v1,") == 2
    for secret in (old, new):
        assert Webhook(secret).verify(call.body, call.headers)["type"] == IMPORTED

    # when: the overlap is over
    WebhookEndpoint.objects.update(previous_secret_until=now)
    a_final_invoice(platform)
    do_all_work(at=now)
    call = listener.calls[1]

    # then
    assert Webhook(new).verify(call.body, call.headers)["type"] == IMPORTED
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(call.body, call.headers)


@pytest.mark.parametrize(
    ("asked", "pause"),
    [
        ("120", timedelta(minutes=2)),
        ("999999999999", LONGEST_PAUSE),
        ("soon", timedelta(seconds=5)),
        ("-1", timedelta(seconds=5)),
        ("Fri, 20 Nov 2026 12:10:00 GMT", timedelta(minutes=10)),
        ("Fri, 20 Nov 2020 12:00:00 GMT", timedelta(seconds=5)),
    ],
)
def test_a_listener_is_left_alone_for_as_long_as_it_asks_within_an_hour(platform, listener, asked, pause):
    listener.answers = [(429, b"", {"Retry-After": asked})]
    a_webhook_endpoint(platform, listener.url, [IMPORTED])
    a_final_invoice(platform)

    began = clock.now()
    do_all_work(at=NOON)

    delivery = Delivery.objects.get()
    assert 0.8 * pause <= delivery.due_at - began <= 1.2 * pause + timedelta(seconds=5)


def test_an_endpoint_gets_the_version_that_it_was_made_for(platform, listener, monkeypatch):
    # given: a version in which `actor` has become an object, and one in which `type` is called `name`
    newest = {
        "2027-03-01": lambda payload: payload | {"actor": payload["actor"]["name"]},
        "2027-09-01": lambda payload: {
            ("type" if name == "name" else name): value for name, value in payload.items()
        },
    }
    payload = {"name": IMPORTED, "actor": {"name": CLERK}}

    # then
    assert as_of("2027-09-01", payload, newest) == payload | {"api_version": "2027-09-01"}
    assert as_of("2027-03-01", payload, newest) == {
        "type": IMPORTED,
        "actor": {"name": CLERK},
        "api_version": "2027-03-01",
    }
    assert as_of("2026-11-22", payload, newest) == {
        "type": IMPORTED,
        "actor": CLERK,
        "api_version": "2026-11-22",
    }

    # when: an endpoint of the first version is sent something in the days of a newer one
    monkeypatch.setitem(DOWNGRADES, "2027-03-01", lambda payload: payload | {"told": "the old way"})
    a_webhook_endpoint(platform, listener.url, [IMPORTED])
    a_final_invoice(platform)
    do_all_work(at=clock.now())

    # then
    told = json.loads(listener.calls[0].body)
    assert (told["api_version"], told["told"]) == ("2026-11-22", "the old way")
    assert "told" not in payload_of(Event.objects.get(type=IMPORTED), version="2027-03-01")
    assert versions() == ["2026-11-22", "2027-03-01"]
