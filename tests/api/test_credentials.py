"""API keys: made, shown once, rotated with an overlap, revoked; and what each may do."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client

from billing.access.granting import PermissionNotYours
from billing.access.keys import create_key, rotate_key
from billing.api.models import IdempotencyKey
from billing.events.models import Event
from billing.platforms.models import ApiKey, Member, Platform
from billing.platforms.permissions import ALL, OF_CLIENTS
from tests.api.conftest import Caller, Person
from tests.books import digest_of_rows
from tests.factories import (
    CLERK,
    NOON,
    a_customer,
    a_final_invoice,
    a_grant,
    a_member,
    a_platform,
    an_api_key,
)

pytestmark = pytest.mark.django_db


def a_wish(**fields):
    return {"name": "Shop", "permissions": ["INVOICE.VIEW"]} | fields


def events_about(key_id):
    return list(Event.objects.filter(object_id=key_id).order_by("id"))


# Coming in


def test_a_key_works_in_either_header(platform):
    secret = an_api_key(platform)

    for headers in ({"X-API-KEY": secret}, {"Authorization": f"Bearer {secret}"}):
        assert Client().get("/v1/invoices", headers=headers).status_code == 200


@pytest.mark.parametrize("secret", ["bd_wrong", "x" * 5000, "a.b.c", "..", "é", "bd_\x7f"])
def test_what_is_no_key_of_ours_is_refused_without_a_word_about_why(platform, secret):
    an_api_key(platform)

    for headers in ({"X-API-KEY": secret}, {"Authorization": f"Bearer {secret}"}):
        answer = Client().get("/v1/invoices", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "authentication_failed")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic YTpi", "Token x"])
def test_no_credential_is_asked_for(db, value):
    answer = Client().get("/v1/invoices", headers={"Authorization": value})

    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_who_knows_the_secret_is_told_that_the_key_has_ended(platform):
    expired, revoked = an_api_key(platform, expires_at=NOON + timedelta(days=1)), an_api_key(platform)
    ApiKey.objects.filter(expires_at=None).update(revoked_at=NOON)

    with time_machine.travel(NOON + timedelta(days=1)):
        codes = [Caller(secret)("GET", "invoices").body["code"] for secret in (expired, revoked)]

    assert codes == ["api_key_expired", "api_key_revoked"]
    assert ApiKey.objects.get(expires_at=None).last_used_at is None


def test_a_key_is_valid_until_the_moment_it_expires(platform):
    secret = an_api_key(platform, expires_at=NOON + timedelta(days=1))

    with time_machine.travel(NOON + timedelta(days=1, seconds=-1), tick=False):
        assert Caller(secret)("GET", "invoices").status == 200


def test_its_use_is_noted_once_a_minute(platform):
    secret = an_api_key(platform)
    seen = []
    for seconds in (0, 30, 61):
        with time_machine.travel(NOON + timedelta(seconds=seconds), tick=False):
            Caller(secret)("GET", "invoices")
        seen.append(ApiKey.objects.get().last_used_at)

    assert seen == [NOON, NOON, NOON + timedelta(seconds=61)]


# Making


def test_a_key_is_made_and_its_secret_told_once(platform, api):
    answer = api(
        "POST", "api-keys", a_wish(expires_at="2031-01-31T00:00:00Z", requests_per_minute=60, reach="staff")
    )

    made = answer.body
    assert answer.status == 201
    assert answer.headers["Cache-Control"] == "no-store"
    assert made["secret"].startswith(made["prefix"])
    assert Caller(made["secret"])("GET", "invoices").status == 200
    assert Caller(made["secret"])("GET", "credit-notes").body["permission"] == "CREDIT_NOTE.VIEW"
    shown = api("GET", f"api-keys/{made['id']}").body
    assert "secret" not in shown
    assert (shown["permissions"], shown["expires_at"], shown["requests_per_minute"]) == (
        ["INVOICE.VIEW"],
        "2031-01-31T00:00:00Z",
        60,
    )
    assert (shown["reach"], shown["platforms"], shown["customer"]) == ("staff", [platform.pk], None)
    assert shown["created_by"].startswith("API key Test key")


def test_the_list_shows_the_keys_of_the_platform_and_no_secret(platform, api):
    an_api_key(a_platform("Somebody else"), name="Theirs")
    made = api("POST", "api-keys", a_wish()).body

    listed = api("GET", "api-keys?name=Shop&include=total")

    assert [row["id"] for row in listed.body["data"]] == [made["id"]]
    assert listed.body["total"] == 1
    assert {row["name"] for row in api("GET", "api-keys").body["data"]} == {"Test key", "Shop"}
    key = ApiKey.objects.get(pk=made["id"])
    for text in (made["secret"], key.digest):
        assert text.encode() not in api("GET", "api-keys").content


def test_no_secret_is_in_the_event_nor_in_the_store_of_answers(platform, api):
    made = api("POST", "api-keys", a_wish(), Idempotency_Key="once").body

    stored = json.dumps(
        [list(Event.objects.values_list("data")), list(IdempotencyKey.objects.values_list("body"))]
    )
    assert made["secret"] not in stored
    assert ApiKey.objects.get(pk=made["id"]).digest not in stored
    (event,) = events_about(made["id"])
    maker = ApiKey.objects.get(name="Test key")
    assert (event.type, event.actor_id) == ("billing.api_key.created", maker.pk)
    assert event.data["object"]["permissions"] == ["INVOICE.VIEW"]


def test_a_replay_makes_no_second_key_and_says_that_the_secret_was_told_before(platform, api):
    first = api("POST", "api-keys", a_wish(), Idempotency_Key="once")
    replay = api("POST", "api-keys", a_wish(), Idempotency_Key="once")

    assert (replay.status, replay.headers["Idempotent-Replayed"]) == (201, "true")
    assert replay.body["secret"] is None
    assert "Rotate" in replay.body["secret_note"]
    secret = {"secret", "secret_note"}
    assert {k: v for k, v in replay.body.items() if k not in secret} == {
        k: v for k, v in first.body.items() if k not in secret
    }
    assert ApiKey.objects.filter(name="Shop").count() == 1


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"permissions": ["INVOICE.EAT"]}, "permission_unknown", "permissions"),
        ({"permissions": []}, "invalid_request", "permissions"),
        ({"permissions": "INVOICE.VIEW"}, "invalid_request", "permissions"),
        ({"name": ""}, "invalid_request", "name"),
        ({"name": "x" * 101}, "invalid_request", "name"),
        ({"reach": "world"}, "invalid_request", "reach"),
        ({"reach": "client"}, "invalid_request", "customer"),
        ({"customer": "cus_0"}, "invalid_request", "customer"),
        ({"reach": "client", "customer": "cus_0"}, "not_found", "customer"),
        ({"platforms": ["plt_0"]}, "invalid_request", "platforms"),
        ({"reach": "directory", "platforms": ["plt_0"]}, "permission_not_yours", "platforms"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expiry_not_possible", "expires_at"),
        ({"expires_at": "tomorrow"}, "invalid_request", "expires_at"),
        ({"requests_per_minute": 0}, "invalid_request", "requests_per_minute"),
        ({"requests_per_minute": 10**9}, "invalid_request", "requests_per_minute"),
        ({"colour": "red"}, "invalid_request", "colour"),
        ({"digest": "x"}, "invalid_request", "digest"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(platform, api, fields, code, field):
    before = digest_of_rows()

    answer = api("POST", "api-keys", a_wish(**fields))

    assert answer.body["code"] == code
    assert field in {
        answer.body.get("field"),
        *[one["field"].split(".")[0] for one in answer.body.get("errors", [])],
    }
    assert digest_of_rows() == before


def test_a_key_for_a_client_may_not_be_given_what_is_not_for_clients(platform, api):
    customer = a_customer(platform)

    refused = api(
        "POST",
        "api-keys",
        a_wish(reach="client", customer=customer.pk, permissions=["INVOICE.VIEW", "CREDIT_NOTE.REFUND"]),
    )
    made = api("POST", "api-keys", a_wish(reach="client", customer=customer.pk, permissions=["*"]))

    assert (refused.status, refused.body["code"]) == (400, "permission_not_for_clients")
    assert refused.body["refused"] == ["CREDIT_NOTE.REFUND"]
    assert (made.status, made.body["customer"]) == (201, customer.pk)


# Nobody grants what they may not do


def test_a_key_makes_no_key_that_may_do_more(platform, caller):
    maker = caller(platform, ["ACCESS.GRANT", "INVOICE.VIEW"])
    before = digest_of_rows()

    for wanted in (["CREDIT_NOTE.VIEW"], ["*"], ["INVOICE.VIEW", "SETTINGS.UPDATE"]):
        refused = maker("POST", "api-keys", a_wish(permissions=wanted))
        assert (refused.status, refused.body["code"]) == (403, "permission_not_yours")
    assert digest_of_rows() == before
    assert maker("POST", "api-keys", a_wish(permissions=["INVOICE.VIEW", "ACCESS.GRANT"])).status == 201


def test_making_and_seeing_keys_needs_the_permission(platform, caller):
    key = ApiKey.objects.get(digest__isnull=False) if an_api_key(platform) else None
    stranger = caller(platform, sorted(ALL - {"ACCESS.GRANT"}))

    for method, path in (
        ("GET", "api-keys"),
        ("POST", "api-keys"),
        ("GET", f"api-keys/{key.pk}"),
        ("DELETE", f"api-keys/{key.pk}"),
        ("POST", f"api-keys/{key.pk}/rotate"),
    ):
        answer = stranger(method, path)
        assert (answer.status, answer.body["permission"]) == (403, "ACCESS.GRANT")


def test_a_manager_may_grant_everything_and_a_clerk_nothing(platform):
    a_member(platform, "MANAGER", username="mona")
    a_member(platform, "CLERK", username="clara")

    made = Person("mona")("POST", "api-keys", a_wish(permissions=["*"]))
    refused = Person("clara")("POST", "api-keys", a_wish())

    assert (made.status, made.body["created_by"]) == (201, "Clara Clerk")
    assert (refused.status, refused.body["permission"]) == (403, "ACCESS.GRANT")


def test_a_directory_key_acts_only_where_its_maker_manages(platform):
    # given a manager of two platforms, who only looks at a third
    second, third = a_platform("Second"), a_platform("Third")
    mona = a_member(platform, "MANAGER", username="mona")
    Member.objects.create(user=mona, platform=second, role="MANAGER")
    Member.objects.create(user=mona, platform=third, role="VIEWER")
    manager = Person("mona")
    wish = a_wish(reach="directory", permissions=["INVOICE.VIEW"])

    # when
    made = manager("POST", "api-keys", wish | {"platforms": [second.pk]}, X_Platform_Id=platform.pk)
    refused = manager("POST", "api-keys", wish | {"platforms": [third.pk]}, X_Platform_Id=platform.pk)

    # then
    assert made.body["platforms"] == [platform.pk, second.pk]
    assert (refused.status, refused.body["platform"]) == (403, third.pk)
    assert refused.body["permissions"] == ["ACCESS.GRANT"]


# Rotating


def test_a_rotated_key_stays_valid_for_the_overlap(platform, api):
    made = api("POST", "api-keys", a_wish(requests_per_minute=7)).body
    start = datetime.now(UTC)

    answer = api("POST", f"api-keys/{made['id']}/rotate", {"overlap_hours": 2})

    fresh = answer.body
    assert (answer.status, fresh["replaces"]) == (201, made["id"])
    assert fresh["secret"] != made["secret"]
    same = ("name", "permissions", "reach", "requests_per_minute", "expires_at")
    assert [fresh[name] for name in same] == [made[name] for name in same]
    old, new = Caller(made["secret"]), Caller(fresh["secret"])
    assert (old("GET", "invoices").status, new("GET", "invoices").status) == (200, 200)
    with time_machine.travel(start + timedelta(hours=2, minutes=1)):
        assert old("GET", "invoices").body["code"] == "api_key_expired"
        assert new("GET", "invoices").status == 200
    assert api("GET", f"api-keys/{made['id']}").body["replaced_by"] == fresh["id"]
    created, rotated = events_about(made["id"])
    assert rotated.type == "billing.api_key.rotated"
    assert (rotated.data["previous"], rotated.data["replaced_by"]) == ({"expires_at": None}, fresh["id"])
    assert [event.type for event in events_about(fresh["id"])] == ["billing.api_key.created"]
    assert created.data["object"]["id"] == made["id"]


def test_without_an_overlap_the_rotated_key_ends_at_once(platform, api):
    made = api("POST", "api-keys", a_wish()).body

    api("POST", f"api-keys/{made['id']}/rotate", {"overlap_hours": 0})

    assert Caller(made["secret"])("GET", "invoices").body["code"] == "api_key_expired"


def test_the_overlap_is_a_day_unless_another_is_named(platform):
    an_api_key(platform)
    key = ApiKey.objects.get()

    rotate_key(platform=platform, key_id=key.pk, granted=a_grant(platform), actor=CLERK, at=NOON)

    assert ApiKey.objects.get(pk=key.pk).expires_at == NOON + timedelta(hours=24)


def test_a_rotated_key_does_not_outlive_its_own_expiry(platform):
    end = NOON + timedelta(hours=1)
    an_api_key(platform, expires_at=end)
    key = ApiKey.objects.get()

    fresh, _ = rotate_key(platform=platform, key_id=key.pk, granted=a_grant(platform), actor=CLERK, at=NOON)
    later, _ = rotate_key(
        platform=platform,
        key_id=fresh.pk,
        expires_at=NOON + timedelta(days=90),
        granted=a_grant(platform),
        actor=CLERK,
        at=NOON,
    )

    assert (ApiKey.objects.get(pk=key.pk).expires_at, fresh.expires_at) == (end, end)
    assert later.expires_at == NOON + timedelta(days=90)


@pytest.mark.parametrize("hours", [-1, 721, "soon", 1.5])
def test_an_overlap_that_cannot_be_is_refused(platform, api, hours):
    made = api("POST", "api-keys", a_wish()).body

    answer = api("POST", f"api-keys/{made['id']}/rotate", {"overlap_hours": hours})

    assert (answer.status, answer.body["field"]) == (400, "overlap_hours")
    assert Caller(made["secret"])("GET", "invoices").status == 200


def test_a_key_is_rotated_once_and_an_ended_one_never(platform, api):
    made = api("POST", "api-keys", a_wish()).body
    fresh = api("POST", f"api-keys/{made['id']}/rotate").body
    before = digest_of_rows()

    again = api("POST", f"api-keys/{made['id']}/rotate")
    assert (again.status, again.body["code"]) == (409, "api_key_replaced")
    assert again.body["replaced_by"] == fresh["id"]
    assert digest_of_rows() == before
    api("DELETE", f"api-keys/{fresh['id']}")
    ended = api("POST", f"api-keys/{fresh['id']}/rotate")
    assert (ended.status, ended.body["code"]) == (409, "api_key_not_valid")


def test_rotating_is_no_way_to_more_rights(platform, caller):
    secret = an_api_key(platform, name="All-powerful")
    mighty = ApiKey.objects.get()
    weak = caller(platform, ["ACCESS.GRANT", "INVOICE.VIEW"])

    answer = weak("POST", f"api-keys/{mighty.pk}/rotate", {"overlap_hours": 0})

    assert (answer.status, answer.body["code"]) == (403, "permission_not_yours")
    assert Caller(secret)("GET", "invoices").status == 200


# Revoking


def test_a_revoked_key_is_refused_at_once_and_stays_in_the_list(platform, api):
    made = api("POST", "api-keys", a_wish()).body

    assert api("DELETE", f"api-keys/{made['id']}").status == 204

    assert Caller(made["secret"])("GET", "invoices").body["code"] == "api_key_revoked"
    assert api("GET", f"api-keys/{made['id']}").body["revoked_at"]
    revoked = events_about(made["id"])[-1]
    assert (revoked.type, revoked.data["previous"]) == ("billing.api_key.revoked", {"revoked_at": None})
    again = api("DELETE", f"api-keys/{made['id']}")
    assert (again.status, again.body["code"]) == (409, "api_key_not_valid")
    assert len(events_about(made["id"])) == 2


def test_a_key_of_another_platform_does_not_exist(platform, api):
    an_api_key(a_platform("Somebody else"))
    theirs = ApiKey.objects.exclude(platform=platform).get()

    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/rotate")):
        assert api(method, f"api-keys/{theirs.pk}{path}").status == 404
    assert ApiKey.objects.get(pk=theirs.pk).revoked_at is None


def test_the_service_itself_grants_nothing_to_those_who_may_nothing(platform):
    with pytest.raises(PermissionNotYours):
        create_key(platform=platform, name="Sly", permissions=[], granted={}, actor=CLERK, at=NOON)


def test_what_clients_may_do_is_part_of_what_keys_may_do():
    assert OF_CLIENTS < ALL


# Nobody gets round a rule by a key of their own


@pytest.mark.parametrize("through", ["key", "key of a key", "rotated key"])
def test_nobody_approves_their_own_draft_by_a_key_that_they_made(platform, through):
    Platform.objects.update(approval_above=Decimal(1))
    a_member(platform, "MANAGER", username="mona")
    mona, other = Person("mona"), Caller(an_api_key(platform))
    draft = mona("POST", f"invoices/{a_final_invoice(platform).pk}/credit", {}).body
    wish = a_wish(permissions=["CREDIT_NOTE.APPROVE", "CREDIT_NOTE.VIEW", "ACCESS.GRANT"])
    made = mona("POST", "api-keys", wish).body
    if through == "key of a key":
        made = Caller(made["secret"])("POST", "api-keys", wish).body
    if through == "rotated key":
        made = other("POST", f"api-keys/{made['id']}/rotate").body

    refused = Caller(made["secret"])("POST", f"credit-notes/{draft['id']}/approve")
    approved = other("POST", f"credit-notes/{draft['id']}/approve")

    assert (refused.status, refused.body["code"]) == (409, "own_draft_not_approved")
    assert approved.status == 200


def test_nobody_approves_what_a_key_of_theirs_drafted(platform):
    Platform.objects.update(approval_above=Decimal(1))
    a_member(platform, "MANAGER", username="mona")
    mona = Person("mona")
    key = Caller(mona("POST", "api-keys", a_wish(permissions=["*"])).body["secret"])
    draft = key("POST", f"invoices/{a_final_invoice(platform).pk}/credit", {}).body

    answer = mona("POST", f"credit-notes/{draft['id']}/approve")

    assert (answer.status, answer.body["code"]) == (409, "own_draft_not_approved")


def test_a_key_grants_no_more_requests_than_it_has(platform, settings):
    settings.API_REQUESTS_PER_MINUTE = 1000
    slow = Caller(an_api_key(platform, requests_per_minute=60))
    an_api_key(platform, name="Fast")
    fast = ApiKey.objects.get(name="Fast")

    refused = slow("POST", "api-keys", a_wish(requests_per_minute=61))
    rotated = slow("POST", f"api-keys/{fast.pk}/rotate")
    unsaid, less = slow("POST", "api-keys", a_wish()), slow("POST", "api-keys", a_wish(requests_per_minute=9))

    for answer in (refused, rotated):
        assert (answer.status, answer.body["code"], answer.body["most"]) == (403, "rate_not_yours", 60)
    assert [one.body["requests_per_minute"] for one in (unsaid, less)] == [60, 9]


def test_a_directory_key_is_seen_and_ended_where_it_acts_and_rotated_at_home(platform):
    # given
    second = a_platform("Second")
    secret = an_api_key(
        platform, reach="directory", more_platform_ids=[second.pk], granted=a_grant(platform, second)
    )
    key, home, guest = ApiKey.objects.get(), Caller(an_api_key(platform)), Caller(an_api_key(second))

    # when it is ended by the other platform
    listed = [row["id"] for row in guest("GET", "api-keys").body["data"]]
    rotated = guest("POST", f"api-keys/{key.pk}/rotate")
    ended = guest("DELETE", f"api-keys/{key.pk}")

    # then it acts at home only
    assert (key.pk in listed, rotated.status, ended.status) == (True, 404, 204)
    event = events_about(key.pk)[-1]
    assert (event.type, event.platform_id) == ("billing.api_key.revoked", second.pk)
    assert event.data["previous"] == {"platforms": [platform.pk, second.pk]}
    assert Caller(secret)("GET", "invoices", X_Platform_Id=second.pk).body["code"] == "platform_not_allowed"
    assert Caller(secret)("GET", "invoices").status == 200
    assert guest("GET", f"api-keys/{key.pk}").status == 404
    assert home("DELETE", f"api-keys/{key.pk}").status == 204
    assert Caller(secret)("GET", "invoices").body["code"] == "api_key_revoked"
