"""Events over the API: what happened, in the very form in which webhooks tell it."""

import json

import pytest

from billing import clock
from billing.events import names
from billing.events.models import Event
from tests.factories import CLERK, a_final_invoice, a_final_note, a_platform, a_webhook_endpoint
from tests.work import do_all_work

ISSUED = "billing.credit_note.created"


def test_an_event_reads_as_the_webhook_told_it(platform, api, listener):
    a_webhook_endpoint(platform, listener.url, [ISSUED])
    a_final_note(a_final_invoice(platform))
    do_all_work(at=clock.now())

    told = json.loads(listener.calls[0].body)

    assert api("GET", f"events/{told['id']}").body == told
    assert api("GET", f"events?type={ISSUED}").body["data"] == [told]


def test_issuing_a_note_is_told_with_what_it_is_and_was(platform, api):
    note = a_final_note(a_final_invoice(platform))

    (event,) = api("GET", f"events?type={ISSUED}").body["data"]

    assert event["object_id"] == note.pk
    assert (
        event["data"]["object"] | {"id": note.pk, "number": "CR-2026-000001", "status": "FINAL"}
        == (event["data"]["object"])
    )
    assert event["data"]["previous"]["status"] == "DRAFT"


def test_events_are_listed_newest_first_and_narrowed(platform, api):
    # given
    note = a_final_note(a_final_invoice(platform))
    everything = list(Event.objects.order_by("-id").values_list("id", flat=True))

    # then
    page = api("GET", "events?limit=100").body
    assert [row["id"] for row in page["data"]] == everything
    assert page["has_more"] is False
    of_note = Event.objects.filter(object_id=note.pk).count()
    for query, count in (
        (f"object={note.pk}", of_note),
        (f"object_id[in]=[{note.pk},{note.invoice_id}]", of_note + 2),
        ("type[starts_with]=billing.credit_note.", of_note),
        (f"type[in]=[{ISSUED},billing.invoice.imported]", 2),
        ("created_at[on]=2026-11-20", len(everything)),
        ("created_at[after]=2026-11-20T12:00:00Z", 0),
        ("request_id=req_unknown", 0),
        ("actor_id=usr_unknown", 0),
    ):
        assert api("GET", f"events?{query}&include=total").body["total"] == count, query


def test_events_of_one_request_are_found_by_its_id(platform, api):
    invoice = a_final_invoice(platform)

    made = api("POST", f"invoices/{invoice.pk}/credit", {"finalize": True}, X_Request_Id="req_of-mine")

    found = api("GET", "events?request_id=req_of-mine&limit=100").body["data"]
    assert {row["type"] for row in found} >= {
        ISSUED,
        "billing.credit_note.finalized",
        "billing.invoice.credited",
    }
    assert made.body["id"] in {row["object_id"] for row in found}
    assert {row["actor_id"] for row in found} == {platform.api_keys.get().pk}
    key = platform.api_keys.get().pk
    assert len(api("GET", f"events?actor_id={key}&limit=100").body["data"]) == len(found)


def test_pages_follow_each_other_without_a_gap(platform, api):
    a_final_note(a_final_invoice(platform))
    seen, cursor = [], ""
    while cursor is not None:
        page = api("GET", f"events?limit=2&cursor={cursor}").body
        seen += [row["id"] for row in page["data"]]
        cursor = page["next_cursor"]

    assert seen == list(Event.objects.order_by("-id").values_list("id", flat=True))


def test_another_platforms_events_do_not_exist(platform, api, caller):
    a_final_invoice(platform)
    elsewhere = a_platform("Somebody else")
    stranger = caller(elsewhere)

    assert {row["platform"] for row in stranger("GET", "events").body["data"]} <= {elsewhere.pk}
    assert stranger("GET", f"events/{platform.events.first().pk}").status == 404


@pytest.mark.parametrize("path", ["events", "events/evt_1", "event-types"])
def test_reading_events_needs_its_permission(platform, caller, path):
    answer = caller(platform, ["SETTINGS.VIEW"])("GET", path)

    assert (answer.status, answer.body["permission"]) == (403, "EVENT.VIEW")


def test_every_kind_of_event_is_listed_with_its_meaning(platform, api):
    listed = api("GET", "event-types").body["data"]

    assert {row["type"] for row in listed} == names.ALL
    assert all(row["meaning"].endswith(".") for row in listed)


def test_who_did_it_is_told(platform, api):
    a_final_invoice(platform)

    (event,) = api("GET", "events?type=billing.invoice.imported").body["data"]

    assert (event["actor"], event["created_at"]) == (CLERK, "2026-11-20T12:00:00Z")
