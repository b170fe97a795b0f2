"""The way out to an access point, against one on a real socket."""

import base64
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from standardwebhooks.webhooks import Webhook

from billing import clock
from billing.events.signing import new_secret
from billing.exchange.port import NotNow, Refused
from billing.exchange.transports import TRANSPORTS
from tests.access_point import an_access_point, answering, answering_twice, hanging_up, stalling
from tests.factories import an_entity

from .parcels import PDF, XML, a_channel, a_parcel

pytestmark = pytest.mark.django_db


@pytest.fixture
def point(settings):
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    settings.EINVOICE_SECONDS_TO_ANSWER = 5.0
    with an_access_point() as point:
        yield point


@pytest.fixture
def channel(platform, point):
    return a_channel(an_entity(platform), transport="http", address=point.url)


def send(parcel, channel):
    return TRANSPORTS["http"].send(parcel, channel)


def put_off(parcel, channel) -> NotNow:
    with pytest.raises(NotNow) as caught:
        send(parcel, channel)
    return caught.value


def refused(parcel, channel) -> Refused:
    with pytest.raises(Refused) as caught:
        send(parcel, channel)
    return caught.value


def test_an_access_point_gets_all_it_needs_and_can_verify_who_sent_it(platform, point, channel):
    handed = send(a_parcel(platform), channel)

    (call,) = point.calls
    body = json.loads(call.body)
    (file,) = body.pop("files")
    assert base64.b64decode(file.pop("content")) == XML
    assert file == {
        "name": "INV-2026-0007.xml",
        "content_type": "application/xml",
        "size": len(XML),
        "sha256": hashlib.sha256(XML).hexdigest(),
    }
    assert body == {
        "message_id": "einv_01-1",
        "document": "inv_01",
        "kind": "invoice",
        "number": "INV-2026-0007",
        "profile": "peppol-bis-3",
        "syntax": "ubl",
        "specification": "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0",
        "process": "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0",
        "sender": {"scheme": "0106", "id": "12345678"},
        "receiver": {"scheme": "0208", "id": "0123456749"},
        "sha256": hashlib.sha256(XML).hexdigest(),
    }
    digest = base64.b64encode(hashlib.sha256(call.body).digest()).decode()
    assert call.headers["content-digest"] == f"sha-256=:{digest}:"
    assert call.headers["idempotency-key"] == call.headers["webhook-id"] == "einv_01-1"
    assert Webhook(channel.secret).verify(call.body, call.headers)["number"] == "INV-2026-0007"
    assert (handed.reference, handed.status, handed.receiver) == ("AP-1", "SUCCESS", "0208:0123456749")


def test_while_a_rotation_lasts_either_secret_verifies_and_afterwards_only_the_new_one(
    platform, point, channel
):
    old, channel.secret = channel.secret, new_secret()
    channel.previous_secret = old
    for until, of_old in ((clock.now() + timedelta(hours=1), True), (clock.now(), False)):
        channel.previous_secret_until = until
        send(a_parcel(platform), channel)
        call = point.calls[-1]
        Webhook(channel.secret).verify(call.body, call.headers)
        assert (len(call.headers["webhook-signature"].split()) == 2) == of_old


def test_a_hybrid_goes_with_its_pdf(platform, point, channel):
    send(a_parcel(platform, profile="factur-x", syntax="cii"), channel)

    xml, pdf = json.loads(point.calls[0].body)["files"]
    assert (base64.b64decode(xml["content"]), base64.b64decode(pdf["content"])) == (XML, PDF)
    assert (pdf["name"], pdf["content_type"]) == ("INV-2026-0007.pdf", "application/pdf")


@pytest.mark.parametrize(
    ("status", "said", "expected"),
    [
        (200, {}, ("einv_01-1", "SUCCESS", "")),
        (201, {"reference": "X1", "status": None}, ("X1", "SUCCESS", "")),
        (202, {"reference": "X2"}, ("X2", "IN_PROGRESS", "")),
        (
            200,
            {"reference": "X3", "status": "IN_PROGRESS", "message": "Queued."},
            ("X3", "IN_PROGRESS", "Queued."),
        ),
        (202, {"status": "REGISTERED", "more": [1]}, ("einv_01-1", "REGISTERED", "")),
        (200, b"", ("einv_01-1", "SUCCESS", "")),
        (201, b" \r\n", ("einv_01-1", "SUCCESS", "")),
        (202, b"", ("einv_01-1", "IN_PROGRESS", "")),
        (204, b"", ("einv_01-1", "SUCCESS", "")),
    ],
)
def test_a_yes_says_how_far_it_has_come(platform, point, channel, status, said, expected):
    point.moods = [answering(status, said)]

    handed = send(a_parcel(platform), channel)

    assert (handed.reference, handed.status, handed.message) == expected


@pytest.mark.parametrize(
    ("status", "said", "reason"),
    [
        (400, {"message": "No process id."}, "No process id."),
        (409, {"message": "  Other bytes\nunder this key. "}, "Other bytes under this key."),
        (413, b"<html>too large</html>", "<html>too large</html>"),
        (422, b"", "The access point answered 422."),
        (422, {"message": "x" * 1500}, "x" * 500),
        (200, {"status": "FAILED", "message": "Receiver unknown."}, "Receiver unknown."),
    ],
)
def test_a_no_is_for_good_and_in_the_access_points_words(platform, point, channel, status, said, reason):
    point.moods = [answering(status, said)]

    refusal = refused(a_parcel(platform), channel)

    assert (refusal.reason_code, refusal.detail) == ("access_point_refused", reason)
    assert len(point.calls) == 1


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, {}),
        (403, {}),
        (404, b"nobody here"),
        (429, {}),
        (500, b"oh"),
        (503, {}),
        (200, b"<html>yes</html>"),
        (200, b'{"reference": "A'),
        (200, b"[]"),
        (200, b'{"reference": 4711}'),
        (200, b'{"status": "FINE"}'),
        (200, b'{"reference": "' + b"x" * 201 + b'"}'),
        (200, b'{"message": "' + b"x" * 4_000_000 + b'"}'),
        (200, b"\xff\xfe\x00"),
    ],
)
def test_whatever_else_is_answered_is_tried_again(platform, point, channel, status, said):
    point.moods = [answering(status, said)]

    assert f"The access point answered {status}" in str(put_off(a_parcel(platform), channel))
    assert send(a_parcel(platform), channel).status == "SUCCESS"
    assert len(point.taken) == 1


def test_who_asks_to_be_left_alone_is(platform, point, channel):
    point.moods = [answering(429, {}, Retry_After="120")]

    assert put_off(a_parcel(platform), channel).pause == timedelta(seconds=120)


def test_redirects_are_not_followed(platform, point, channel):
    point.moods = [answering(307, {}, Location=point.url)]

    assert "redirects are not followed" in str(put_off(a_parcel(platform), channel))
    assert (len(point.calls), point.taken) == (1, {})


def test_who_took_it_and_hung_up_is_asked_again_and_has_it_once(platform, point, channel):
    point.moods = [hanging_up, hanging_up]
    put_off(a_parcel(platform), channel)
    put_off(a_parcel(platform), channel)

    handed = send(a_parcel(platform), channel)

    assert (handed.reference, len(point.calls), list(point.taken)) == ("AP-1", 3, ["einv_01-1"])
    assert len({call.body for call in point.calls}) == 1


def test_who_took_it_and_says_so_too_late_has_it_once(settings, platform, point, channel):
    settings.EINVOICE_SECONDS_TO_ANSWER = 0.4
    point.moods = [stalling(1.5)]
    began = clock.now()

    why = str(put_off(a_parcel(platform), channel))

    assert "longer than 0.4 seconds" in why
    assert clock.now() - began < timedelta(seconds=1.2)
    settings.EINVOICE_SECONDS_TO_ANSWER = 5.0
    assert send(a_parcel(platform), channel).reference == "AP-1"
    assert len(point.taken) == 1


def test_only_the_first_of_two_answers_counts(platform, point, channel):
    point.moods = [answering_twice]

    assert send(a_parcel(platform), channel).reference == "AP-1"


def test_eight_workers_with_one_parcel_leave_one_document(platform, point, channel):
    parcel = a_parcel(platform)

    with ThreadPoolExecutor(8) as workers:
        handed = set(workers.map(lambda _: send(parcel, channel), range(8)))

    assert ({each.reference for each in handed}, len(point.calls), len(point.taken)) == ({"AP-1"}, 8, 1)


def test_a_new_round_is_another_document_there(platform, point, channel):
    send(a_parcel(platform), channel)

    assert send(a_parcel(platform, message_id="einv_01-2"), channel).reference == "AP-2"


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9/", "http://localhost/", "http://169.254.169.254/latest", "http://[::1]/"]
)
def test_private_addresses_are_never_called(settings, platform, point, channel, address):
    settings.WEBHOOKS_MAY_BE_PRIVATE = False
    channel.address = address

    assert "not public" in str(put_off(a_parcel(platform), channel))
    assert point.calls == []


def test_nobody_at_the_address_is_tried_again(platform, point, channel):
    channel.address = "http://127.0.0.1:1/"

    assert "gave no answer" in str(put_off(a_parcel(platform), channel))


def test_a_large_document_goes_through(platform, point, channel):
    xml = b"<x>" + b"a" * 8_000_000 + b"</x>"

    send(a_parcel(platform, xml=xml), channel)

    assert base64.b64decode(json.loads(point.calls[0].body)["files"][0]["content"]) == xml
