"""Number series, reason codes and approvals over the API, and who is remembered for them."""

import pytest

from billing.documents.models import Series
from billing.events.models import Event
from billing.events.record import actor_id
from billing.platforms.models import ApiKey, Platform
from credit_notes.models import CreditNote
from tests.books import digest_of_rows
from tests.factories import a_draft_note, a_final_invoice, a_final_note, a_platform, an_entity


def refused(answer, status: int, code: str) -> dict:
    assert (answer.status, answer.body["code"]) == (status, code), answer.body
    return answer.body


def test_a_series_is_made_listed_and_read(platform, api):
    an_entity(platform)

    made = api("POST", "sequences", {"kind": "CREDIT_NOTE", "prefix": "GS", "reset": "MONTHLY", "digits": 4})

    assert made.status == 201
    sequence_id = made.body.pop("id")
    assert made.body == {
        "object": "sequence",
        "billing_entity": platform.billing_entities.get().pk,
        "kind": "CREDIT_NOTE",
        "prefix": "GS",
        "reset": "MONTHLY",
        "separator": "-",
        "digits": 4,
        "first_number": 1,
        "is_default": False,
        "example": "GS-2026-07-0001",
        "counters": [],
    }
    assert api("GET", f"sequences/{sequence_id}").body == made.body | {"id": sequence_id}
    assert api("GET", "sequences").body["data"] == [made.body | {"id": sequence_id}]
    assert api("GET", "sequences?kind=INVOICE").body["data"] == []
    event = Event.objects.get(object_id=sequence_id)
    assert event.type == "billing.series.created"
    assert event.actor_id == ApiKey.objects.get().pk


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"prefix": "X"}, 400, "invalid_request", "kind"),
        ({"kind": "CREDIT_NOTE"}, 400, "invalid_request", "prefix"),
        ({"kind": "ORDER", "prefix": "X"}, 400, "invalid_request", "kind"),
        ({"kind": "CREDIT_NOTE", "prefix": "X", "digits": 400}, 400, "invalid_request", "digits"),
        ({"kind": "CREDIT_NOTE", "prefix": "X", "first_number": 0}, 400, "invalid_request", "first_number"),
        (
            {"kind": "CREDIT_NOTE", "prefix": "X", "first_number": 10**30},
            400,
            "invalid_request",
            "first_number",
        ),
        (
            {"kind": "CREDIT_NOTE", "prefix": "X", "first_number": "NaN"},
            400,
            "invalid_request",
            "first_number",
        ),
        ({"kind": "CREDIT_NOTE", "prefix": "X", "colour": "red"}, 400, "invalid_request", "colour"),
        ({"kind": "CREDIT_NOTE", "prefix": "Ä"}, 400, "series_not_possible", "prefix"),
        ({"kind": "CREDIT_NOTE", "prefix": "X", "separator": "a"}, 400, "series_not_possible", "separator"),
        ({"kind": "CREDIT_NOTE", "prefix": "CR"}, 409, "series_exists", "prefix"),
        ({"kind": "CREDIT_NOTE", "prefix": "CR-2026", "reset": "NEVER"}, 409, "series_would_clash", "prefix"),
    ],
)
def test_a_series_that_cannot_be_is_refused_by_name(platform, api, body, status, code, field):
    a_final_note(a_final_invoice(platform))
    before = digest_of_rows()

    answer = api("POST", "sequences", body)

    assert refused(answer, status, code)["field"] == field
    assert digest_of_rows() == before


def test_with_several_sellers_the_seller_is_named(platform, api):
    an_entity(platform)
    other = an_entity(platform, name="Acme Services B.V.", vat_number="NL004495445B01")
    theirs = an_entity(a_platform("Zebra Holding"))
    wish = {"kind": "INVOICE", "prefix": "2026"}

    assert refused(api("POST", "sequences", wish), 400, "billing_entity_needed")["field"] == "billing_entity"
    refused(api("POST", "sequences", wish | {"billing_entity": theirs.pk}), 404, "not_found")
    assert api("POST", "sequences", wish | {"billing_entity": other.pk}).status == 201


def test_the_gap_report_says_what_is_missing_and_why(platform, api):
    # given
    a_final_note(a_final_invoice(platform))
    draft = a_draft_note(a_final_invoice(platform))
    CreditNote.objects.filter(pk=draft.pk).update(wanted_number="CR-2026-000004")
    assert api("POST", f"credit-notes/{draft.pk}/finalize").status == 200
    series = Series.objects.get()

    # when
    report = api("GET", f"sequences/{series.pk}/gaps").body

    # then
    left_at = report["periods"][0]["missing"][0].pop("left_at")
    assert report == {
        "object": "gap_report",
        "sequence": series.pk,
        "is_clean": True,
        "periods": [
            {
                "period": "2026",
                "first": 1,
                "last": 4,
                "count": 4,
                "issued": 2,
                "missing": [
                    {
                        "first": 2,
                        "last": 3,
                        "from_number": "CR-2026-000002",
                        "to_number": "CR-2026-000003",
                        "is_explained": True,
                        "left_by": "CR-2026-000004",
                    }
                ],
                "dates_rise": True,
                "ahead": [],
                "is_clean": True,
            }
        ],
    }
    assert left_at == series.gaps.get().created_at.isoformat().replace("+00:00", "Z")


def test_another_platforms_series_does_not_exist(api):
    theirs = a_final_note(a_final_invoice(a_platform("Zebra Holding"))).series

    refused(api("GET", f"sequences/{theirs.pk}"), 404, "not_found")
    refused(api("GET", f"sequences/{theirs.pk}/gaps"), 404, "not_found")
    assert api("GET", "sequences").body["data"] == []


# Reason codes


def test_a_list_of_reasons_is_kept_over_the_api(platform, api):
    allowed = api("GET", "reason-codes?kind=CREDIT").body["allowed"]["CREDIT"]
    assert allowed["waiver"] == "Waiver"

    made = api("POST", "reason-codes", {"code": "KULANZ", "name": "Kulanz"})
    address = f"reason-codes/{made.body['id']}"
    changed = api("PATCH", address, {"name": "Goodwill"})

    assert (made.status, made.body["position"], changed.body["name"]) == (201, 1, "Goodwill")
    assert api("GET", address).body == changed.body
    assert api("GET", "reason-codes").body["allowed"]["CREDIT"] == {"KULANZ": "Goodwill"}
    assert api("DELETE", address).status == 204
    assert api("GET", address).body["is_active"] is False
    told = Event.objects.filter(object_id=made.body["id"])
    assert {event.actor_id for event in told} == {ApiKey.objects.get().pk}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "Kulanz"}, "code"),
        ({"code": "A", "name": "x" * 201}, "name"),
        ({"code": "x" * 51, "name": "A"}, "code"),
        ({"code": "A", "name": "A", "position": -1}, "position"),
        ({"code": "A", "name": "A", "position": 10**30}, "position"),
        ({"code": "A", "name": "A", "kind": "ORDER"}, "kind"),
    ],
)
def test_a_reason_of_the_wrong_shape_is_refused(api, body, field):
    assert refused(api("POST", "reason-codes", body), 400, "invalid_request")["field"] == field


# Approval


def test_a_draft_is_approved_by_another_key_than_the_one_that_made_it(platform, api, caller):
    # given
    Platform.objects.update(approval_above=100)
    invoice = a_final_invoice(platform)
    note_id = api("POST", f"invoices/{invoice.pk}/credit").body["id"]
    other = caller(platform, permissions=("CREDIT_NOTE.APPROVE",))
    drafter = ApiKey.objects.order_by("created_at").first()
    assert CreditNote.objects.get().drafted_by == drafter.pk

    # then
    refused(api("POST", f"credit-notes/{note_id}/finalize"), 409, "approval_required")
    refused(api("POST", f"credit-notes/{note_id}/approve"), 409, "own_draft_not_approved")
    refused(other("POST", f"credit-notes/{note_id}/approve", {"version": 7}), 409, "changed_meanwhile")
    assert other("POST", f"credit-notes/{note_id}/approve", {"version": 1}).status == 200
    assert api("POST", f"credit-notes/{note_id}/finalize").body["number"] == "CR-2026-000001"
    assert CreditNote.objects.get().approved_by == ApiKey.objects.exclude(pk=drafter.pk).get().pk


def test_who_asked_is_forgotten_after_the_request(platform, api):
    api("POST", f"invoices/{a_final_invoice(platform).pk}/credit")

    assert actor_id.get() == ""
    assert Event.objects.get(type="billing.credit_note.drafted").actor_id == ApiKey.objects.get().pk
