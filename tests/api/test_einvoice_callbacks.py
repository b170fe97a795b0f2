"""What access points tell: signed, once, in any order; strangers learn nothing."""

import json
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from standardwebhooks.webhooks import Webhook

from billing import clock
from billing.events.signing import new_secret
from billing.exchange.models import EInvoice
from credit_notes.services import resend_einvoice, send_einvoice
from credit_notes.views import einvoice_callbacks
from tests.access_point import an_access_point, answering
from tests.books import digest_of_rows
from tests.exchange.parcels import a_channel
from tests.factories import CLERK, NOON, a_final_invoice, a_final_note, a_platform, an_entity
from tests.work import do_all_work

pytestmark = pytest.mark.django_db
ANSWER = """<?xml version="1.0" encoding="UTF-8"?>
<ApplicationResponse xmlns="urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2"
    xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
    xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
  <cbc:ID>imr-1</cbc:ID>
  <cac:DocumentResponse>
    <cac:Response>
      <cbc:ResponseCode listID="UNCL4343OpSubset">{code}</cbc:ResponseCode>
      <cac:Status>
        <cbc:StatusReasonCode listID="OPStatusReason">REF</cbc:StatusReasonCode>
        <cbc:StatusReason>No such order</cbc:StatusReason>
      </cac:Status>
    </cac:Response>
    <cac:DocumentReference>
      <cbc:ID>{number}</cbc:ID>
      <cbc:DocumentTypeCode listID="UNCL1001">381</cbc:DocumentTypeCode>
    </cac:DocumentReference>
  </cac:DocumentResponse>
</ApplicationResponse>"""


@pytest.fixture
def channel(platform, settings):
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    with an_access_point() as point:
        point.moods = [answering(202, {"reference": "AP-1"})]
        yield a_channel(an_entity(platform), transport="http", address=point.url)


@pytest.fixture
def note(platform, channel):
    """A note that the access point has taken, and says more of later."""
    note = a_final_note(a_final_invoice(platform))
    do_all_work()
    send_einvoice(platform=platform, credit_note_id=note.pk, actor=CLERK, at=NOON)
    do_all_work()
    return note


def tell(channel, said, *, key="msg_1", secret="", at=None, content_type="application/json", **headers):
    """Send a message as an access point would."""
    body = said if isinstance(said, str) else json.dumps(said)
    at = at or clock.now()
    signed = {
        "webhook-id": key,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret or channel.secret).sign(key, at, body),
    }
    path = f"/v1/einvoice-callbacks/{channel.pk}"
    return Client().post(path, body.encode(), content_type, headers=signed | headers)


def refused(channel, said, **how) -> tuple[int, str]:
    before = digest_of_rows()
    answer = tell(channel, said, **how)
    assert digest_of_rows() == before
    return answer.status_code, answer.json()["code"]


def stands(note) -> tuple[str, str]:
    found = EInvoice.objects.get(document_id=note.pk)
    return found.status, found.response


def message_id(note) -> str:
    return f"{EInvoice.objects.get(document_id=note.pk).pk}-1"


def test_a_status_and_an_answer_are_taken_by_message_id_or_reference(channel, note):
    first = tell(channel, {"message_id": message_id(note), "status": "REGISTERED", "reference": "NET-7"})
    second = tell(channel, {"reference": "NET-7", "response": "ACCEPTED", "message": "Thanks"}, key="msg_2")

    assert (first.status_code, first.json()["einvoice"]["status"]) == (200, "REGISTERED")
    assert (second.status_code, stands(note)) == (200, ("REGISTERED", "ACCEPTED"))
    last = EInvoice.objects.get(document_id=note.pk).changes.last()
    assert (last.actor, last.message, last.key) == ("HTTP access point", "Thanks", "msg_2")


def test_told_twice_is_once(channel, note):
    said = {"reference": "AP-1", "status": "SUCCESS"}
    assert tell(channel, said).status_code == 200
    before = digest_of_rows()

    assert tell(channel, said).status_code == 200

    assert digest_of_rows() == before


def test_what_comes_too_late_is_kept_and_changes_nothing(channel, note):
    tell(channel, {"reference": "AP-1", "response": "PAID"})

    late = tell(channel, {"reference": "AP-1", "response": "IN_PROCESS"}, key="msg_2")

    assert (late.status_code, stands(note)) == (200, ("SUCCESS", "PAID"))
    last = EInvoice.objects.get(document_id=note.pk).changes.last()
    assert (last.reason_code, last.message) == ("ignored", "Told, and not taken: IN_PROCESS; AP-1")


def test_peppols_invoice_response_is_understood(channel, note):
    note = type(note).objects.get(pk=note.pk)

    answer = tell(
        channel, ANSWER.format(code="RE", number=note.number), content_type="application/xml; charset=utf-8"
    )

    assert (answer.status_code, stands(note)) == (200, ("SUCCESS", "REJECTED"))
    found = EInvoice.objects.get(document_id=note.pk)
    assert found.message == "REF: No such order"


def test_an_invoice_response_that_says_nothing_known_is_refused(channel, note):
    xml = {"content_type": "application/xml"}

    assert refused(channel, ANSWER.format(code="XX", number="CR-1"), **xml) == (400, "invalid_request")
    assert refused(channel, ANSWER.format(code="RE", number="CR-404"), **xml) == (404, "not_found")
    assert refused(channel, ANSWER.format(code="RE", number=""), **xml) == (400, "invalid_request")
    assert refused(channel, "<Invoice/>", **xml) == (400, "invalid_request")
    assert refused(channel, "{}", **xml)[1] == "einvoice_unreadable"
    bomb = '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    assert refused(channel, bomb, **xml)[1] == "doctype_forbidden"


def test_who_has_not_the_secret_learns_nothing(channel, note):
    said = {"reference": "AP-1", "status": "FAILED"}
    foreign = new_secret()
    old = clock.now() - timedelta(minutes=6)

    refusals = {
        refused(channel, said, secret=foreign),
        refused(channel, said, at=old),
        refused(channel, said, at=clock.now() + timedelta(minutes=6)),
        refused(channel, said, **{"webhook-signature": ""}),
        refused(channel, said, **{"webhook-signature": "v1,äöü ,,, v1"}),
        refused(channel, said, **{"webhook-timestamp": "soon"}),
        refused(channel, said, **{"webhook-timestamp": "9" * 400}),
        refused(channel, said, **{"webhook-id": "another"}),
        refused(channel, said, key="x" * 201),
    }
    unknown = Client().post("/v1/einvoice-callbacks/chan_nobody", "{}", "application/json")

    assert refusals == {(401, "callback_not_signed")}
    assert (unknown.status_code, unknown.json()["code"]) == (401, "callback_not_signed")
    known = tell(channel, said, secret=foreign).json()
    assert unknown.json()["detail"] == known["detail"]


def test_the_secret_before_the_rotation_signs_while_it_lasts(channel, note):
    old = channel.secret
    channel.previous_secret, channel.secret = old, new_secret()
    channel.previous_secret_until = clock.now() + timedelta(hours=1)
    channel.save()
    assert tell(channel, {"reference": "AP-1", "status": "SUCCESS"}, secret=old).status_code == 200

    channel.previous_secret_until = clock.now() - timedelta(hours=1)
    channel.save()

    assert refused(channel, {"reference": "AP-1", "status": "FAILED"}, secret=old, key="b")[0] == 401


def test_messages_of_the_wrong_shape_are_refused(channel, note):
    for said in (
        "",
        "[]",
        "no json",
        {},
        {"status": "SUCCESS"},
        {"reference": "AP-1"},
        {"reference": "AP-1", "status": "SCHEDULED"},
        {"reference": "AP-1", "status": "SUCCESS", "colour": "red"},
        {"reference": "AP-1", "message": "x\0", "status": "SUCCESS"},
        {"reference": "AP-1", "status": ["SUCCESS"]},
    ):
        assert refused(channel, said)[0] == 400, said


def test_what_this_channel_never_sent_is_not_found(channel, note):
    other = a_channel(an_entity(a_platform("Other")), transport="http", address=channel.address)

    for said in ("nothing", "", "einv_x-1", f"{message_id(note)[:-1]}2", f"{message_id(note)}2"):
        assert refused(channel, {"message_id": said or "-", "status": "FAILED"}) == (404, "not_found")
    assert refused(channel, {"reference": "AP-2", "status": "FAILED"}) == (404, "not_found")
    assert refused(other, {"message_id": message_id(note), "status": "FAILED"}) == (404, "not_found")
    assert refused(other, {"reference": "AP-1", "status": "FAILED"}) == (404, "not_found")


def test_there_is_no_round_before_the_first(channel, note):
    said = {"message_id": f"{message_id(note)[:-1]}0", "response": "ACCEPTED"}

    assert refused(channel, said) == (404, "not_found")


def test_an_earlier_reference_names_the_e_invoice_and_the_round_that_it_was_of(channel, note, platform):
    tell(channel, {"reference": "AP-1", "status": "FAILED"})
    resend_einvoice(platform=platform, credit_note_id=note.pk, actor=CLERK, at=clock.now())

    tell(channel, {"reference": "AP-1", "status": "SUCCESS"}, key="b")
    assert stands(note) == ("SCHEDULED", "")
    tell(channel, {"reference": "AP-1", "response": "REJECTED"}, key="c")
    assert stands(note) == ("SUCCESS", "REJECTED")


def test_a_reference_that_was_replaced_still_names_the_round(channel, note):
    tell(channel, {"message_id": message_id(note), "reference": "NET-7", "status": "SUCCESS"})

    assert tell(channel, {"reference": "AP-1", "status": "REGISTERED"}, key="b").status_code == 200
    assert stands(note) == ("REGISTERED", "")


def test_what_was_given_up_arrives_after_all(channel, note):
    tell(channel, {"reference": "AP-1", "status": "FAILED"})

    answer = tell(
        channel,
        ANSWER.format(code="RE", number=type(note).objects.get(pk=note.pk).number),
        key="b",
        content_type="application/xml",
    )

    assert answer.json()["einvoice"]["response"] == "REJECTED"
    assert stands(note) == ("SUCCESS", "REJECTED")


def test_a_body_that_is_too_large_is_not_read(channel, note):
    said = {"reference": "AP-1", "status": "FAILED", "message": "x" * einvoice_callbacks.MOST_BYTES}

    assert refused(channel, said) == (413, "body_too_large")


def test_a_channel_and_an_address_of_strangers_are_counted(channel, note, settings, monkeypatch):
    cache.clear()
    settings.API_STRANGERS_PER_MINUTE = 3
    monkeypatch.setattr(einvoice_callbacks, "MOST_A_MINUTE", 2)

    strangers = [
        Client().post("/v1/einvoice-callbacks/chan_x", "{}", "application/json").status_code for _ in range(5)
    ]
    own = [
        tell(channel, {"reference": "AP-1", "status": "SUCCESS"}, key=f"k{n}").status_code for n in range(4)
    ]

    assert (strangers, own) == ([401, 401, 401, 429, 429], [200, 200, 429, 429])
    cache.clear()
