"""Webhooks: signed as Standard Webhooks say, sent until they are taken, never to where they must not go."""

import ipaddress
import json
import socket

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from billing import clock
from billing.events import webhooks
from billing.events.addresses import AddressNotAllowed, is_public, require_public
from billing.events.models import Delivery, Event, Reaction
from credit_notes.models import CreditNote
from tests.factories import (
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
        "type": ISSUED,
        "created_at": "2026-11-20T12:00:00Z",
        "platform": platform.pk,
        "request_id": "",
        "data": event.data,
    }
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

    for secret, body in ((webhooks.new_secret(), call.body), (endpoint.secret, call.body + b" ")):
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


def test_a_redirect_is_not_followed(platform, listener):
    listener.answers = [(307, b"", {"Location": f"{listener.url}/elsewhere"})]
    a_webhook_endpoint(platform, listener.url, [IMPORTED])
    a_final_invoice(platform)

    do_all_work(at=clock.now())

    assert [call.path for call in listener.calls] == ["/hooks"]
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.response_status) == ("PENDING", 307)


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
    assert "ConnectionError" in delivery.last_error


def test_by_default_nothing_is_sent_to_a_private_address(platform, listener, settings):
    # given
    settings.WEBHOOKS_MAY_BE_PRIVATE = False
    a_webhook_endpoint(platform, listener.url, [IMPORTED])
    a_final_invoice(platform)

    # when
    do_all_work(at=clock.now())

    # then
    assert listener.calls == []
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.attempts) == ("FAILED", 1)
    assert delivery.last_error == (
        f"address_not_allowed: {listener.url} leads to 127.0.0.1, which is not public."
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/",
        "http://127.1/",
        "http://2130706433/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[2002:7f00:1::]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.1.2.3:8080/",
        "http://100.64.0.1/",
        "http://0.0.0.0/",
        "http://224.0.0.1/",
        "http://[ff02::1]/",
        "ftp://93.184.215.14/",
        "file:///etc/passwd",
        "http:///nowhere",
        "nonsense",
    ],
)
def test_an_address_that_is_not_public_is_refused(url):
    with pytest.raises(AddressNotAllowed) as caught:
        require_public(url)

    assert (caught.value.code, caught.value.field) == ("address_not_allowed", "url")


@pytest.mark.parametrize("url", ["https://93.184.215.14/hooks", "http://[2606:2800:220:1::1]:8080/"])
def test_a_public_address_is_allowed(url):
    require_public(url)


def test_an_ipv4_address_inside_an_ipv6_address_is_looked_at():
    assert is_public(ipaddress.ip_address("64:ff9b::5db8:d70e"))
    assert not is_public(ipaddress.ip_address("64:ff9b::7f00:1"))


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
