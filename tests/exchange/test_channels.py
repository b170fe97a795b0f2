"""How a seller's e-invoices leave: set over the API, on the desk, in the admin; never with the secret."""

import json
from datetime import timedelta

import pytest
from standardwebhooks.webhooks import Webhook

from billing import clock
from billing.events import names
from billing.events.models import Event
from billing.events.signing import secrets_of, signature_headers
from billing.exchange.channels import channel_of, configure_channel, rotate_secret
from billing.exchange.models import Channel, KnownReceiver
from billing.platforms import permissions
from tests.admin.pages import WHY, act, add, address_of, correct, errors_of, page_of, remove, said, signed_in
from tests.api.conftest import Caller
from tests.books import digest_of_rows
from tests.desk.conftest import sign_in, text_of  # noqa: F401 - a fixture
from tests.factories import CLERK, NOON, a_customer, a_member, a_platform, an_api_key, an_entity
from tests.threads import at_once

from .parcels import a_channel

pytestmark = pytest.mark.django_db

OFF = {
    "object": "einvoicing",
    "method": "off",
    "transport": "email",
    "address": "",
    "folder": "",
    "lookup": "none",
    "lookup_address": "",
    "callback_url": None,
    "previous_secret_until": None,
}
HTTP = {
    "method": "automatic",
    "transport": "http",
    "address": "https://ap.example/outbound",
    "lookup": "http",
    "lookup_address": "https://directory.example/participants",
}


@pytest.fixture
def entity(platform):
    return an_entity(platform)


@pytest.fixture
def api(platform):
    return Caller(an_api_key(platform))


@pytest.fixture
def place(entity):
    return f"billing-entities/{entity.pk}/einvoicing"


def refused(answer, status, code):
    assert (answer.status, answer.body["code"]) == (status, code), answer.body
    return answer.body


# The API


def test_nobody_has_said_anything_and_it_is_off(api, place, entity):
    assert api("GET", place).body == OFF | {"billing_entity": entity.pk}
    assert not Channel.objects.exists()


def test_it_is_set_shown_and_told_as_a_change_of_the_seller(api, place, entity):
    answer = api("PATCH", place, HTTP)

    channel = Channel.objects.get()
    path = f"/v1/einvoice-callbacks/{channel.pk}"
    told = OFF | HTTP | {"billing_entity": entity.pk, "callback_url": path}
    shown = told | {"callback_url": f"http://testserver{path}"}
    assert (answer.status, answer.body) == (200, shown)
    assert api("GET", place).body == shown
    event = Event.objects.get(type=names.BILLING_ENTITY_UPDATED)
    assert event.object_id == entity.pk
    assert event.data["object"]["einvoicing"] == told
    assert event.data["object"]["name"] == "Acme Software B.V."
    assert event.data["previous"] == {"einvoicing": OFF | {"billing_entity": entity.pk}}
    assert channel.secret.startswith("whsec_")
    assert channel.secret not in json.dumps(event.data) + answer.content.decode()


def test_what_is_not_said_stays_and_nothing_new_is_no_event(api, place):
    api("PATCH", place, HTTP)
    before = digest_of_rows()
    api("PATCH", place, {"method": "automatic"})
    assert digest_of_rows() == before

    changed = api("PATCH", place, {"method": "manual"}).body

    assert (changed["method"], changed["address"]) == ("manual", HTTP["address"])
    assert api("PATCH", place, {"transport": "email", "address": None}).body["address"] == ""


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"transport": "http"}, "channel_incomplete", "address"),
        ({"lookup": "http"}, "channel_incomplete", "lookup_address"),
        ({"address": "ftp://ap.example"}, "address_not_allowed", "address"),
        ({"address": "https://me:secret@ap.example"}, "address_not_allowed", "address"),
        ({"address": "http://10.0.0.1/"}, "address_not_allowed", "address"),
        ({"address": "http://localhost:8000/"}, "address_not_allowed", "address"),
        ({"address": "not an address"}, "address_not_allowed", "address"),
        ({"lookup_address": "http://2130706433/"}, "address_not_allowed", "lookup_address"),
        ({"address": "https://ap.example/" + "x" * 500}, "invalid_request", "address"),
        ({"folder": "../elsewhere"}, "folder_not_possible", "folder"),
        ({"folder": "/etc"}, "folder_not_possible", "folder"),
        ({"folder": "a//b"}, "folder_not_possible", "folder"),
        ({"folder": "a/../b"}, "folder_not_possible", "folder"),
        ({"folder": "a/"}, "folder_not_possible", "folder"),
        ({"folder": ".hidden"}, "folder_not_possible", "folder"),
        ({"folder": "ä"}, "folder_not_possible", "folder"),
        ({"folder": "a\\b"}, "folder_not_possible", "folder"),
        ({"folder": "a" * 201}, "invalid_request", "folder"),
        ({"method": "sometimes"}, "invalid_request", "method"),
        ({"method": None}, "invalid_request", "method"),
        ({"transport": "fax"}, "invalid_request", "transport"),
        ({"secret": "whsec_mine"}, "invalid_request", "secret"),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_changes_nothing(api, place, body, code, field):
    before = digest_of_rows()

    answer = api("PATCH", place, body)

    problem = refused(answer, 400, code)
    assert problem.get("field", problem.get("errors", [{}])[0].get("field")) == field
    assert digest_of_rows() == before


@pytest.mark.parametrize(
    ("stored", "change"),
    [
        ({"transport": "http", "address": "http://10.0.0.1/"}, {"method": "off"}),
        ({"transport": "email", "address": "http://10.0.0.1/"}, {"method": "automatic"}),
        ({"transport": "http", "address": "http://10.0.0.1/"}, {"transport": "directory"}),
        ({"transport": "http", "address": "http://10.0.0.1/", "method": "off"}, {"folder": "acme"}),
        ({"transport": "email", "lookup": "http"}, {"method": "automatic"}),
        ({"transport": "directory", "lookup": "http"}, {"method": "off"}),
        ({"transport": "directory", "lookup_address": "http://10.0.0.1/"}, {"method": "automatic"}),
    ],
)
def test_an_address_that_is_neither_changed_nor_used_hinders_nothing(api, place, entity, stored, change):
    a_channel(entity, **{"method": "manual"} | stored)

    assert api("PATCH", place, change).status == 200


@pytest.mark.parametrize(
    ("stored", "change", "code", "field"),
    [
        ({"transport": "http", "method": "off"}, {"method": "manual"}, "channel_incomplete", "address"),
        (
            {"transport": "email", "lookup": "http"},
            {"transport": "directory"},
            "channel_incomplete",
            "lookup_address",
        ),
        (
            {"transport": "http", "address": "http://10.0.0.1/"},
            {"folder": "acme"},
            "address_not_allowed",
            "address",
        ),
    ],
)
def test_an_address_that_is_used_must_be_possible(api, place, entity, stored, change, code, field):
    a_channel(entity, **stored)

    assert refused(api("PATCH", place, change), 400, code)["field"] == field


def test_another_platforms_seller_does_not_exist(place, entity):
    stranger = Caller(an_api_key(a_platform("Stranger")))

    refused(stranger("GET", place), 404, "not_found")
    refused(stranger("PATCH", place, {"method": "manual"}), 404, "not_found")
    refused(stranger("POST", f"{place}/rotate-secret"), 404, "not_found")
    assert not Channel.objects.exists()


def test_who_may_only_read_changes_nothing(platform, place, entity):
    reader = Caller(an_api_key(platform, [permissions.SETTINGS_VIEW]))

    assert reader("GET", place).status == 200
    refused(reader("PATCH", place, HTTP), 403, "permission_denied")
    refused(reader("POST", f"{place}/rotate-secret"), 403, "permission_denied")


def test_a_secret_is_told_once_and_the_one_before_counts_for_a_day(api, place, entity):
    api("PATCH", place, HTTP)
    first = Channel.objects.get().secret

    answer = api("POST", f"{place}/rotate-secret", Idempotency_Key="k-1")
    replay = api("POST", f"{place}/rotate-secret", Idempotency_Key="k-1")

    channel = Channel.objects.get()
    assert answer.body["secret"] == channel.secret != first
    assert (replay.status, replay.body["secret"]) == (200, None)
    assert "secret" not in api("GET", place).body
    now = clock.now()
    assert secrets_of(channel, at=now) == [channel.secret, first]
    assert secrets_of(channel, at=now + timedelta(hours=25)) == [channel.secret]
    headers = signature_headers(channel, message_id="m", body="{}", at=now)
    for secret in (first, channel.secret):
        Webhook(secret).verify("{}", headers)
    told = json.dumps(list(Event.objects.values_list("data", flat=True)))
    assert first not in told
    assert channel.secret not in told


def test_a_secret_can_be_had_before_anything_is_set_and_end_at_once(api, place):
    first = api("POST", f"{place}/rotate-secret").body
    second = api("POST", f"{place}/rotate-secret", {"overlap_hours": 0}).body

    assert (first["method"], first["previous_secret_until"]) == ("off", None)
    assert second["previous_secret_until"] is None
    channel = Channel.objects.get()
    assert (channel.secret, channel.previous_secret) == (second["secret"], "")
    assert Event.objects.filter(type=names.BILLING_ENTITY_UPDATED).count() == 2


@pytest.mark.parametrize("hours", [-1, 169, 1.5, "many"])
def test_an_overlap_that_cannot_be_is_refused(api, place, hours):
    refused(api("POST", f"{place}/rotate-secret", {"overlap_hours": hours}), 400, "invalid_request")
    assert not Channel.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_eight_who_set_it_at_once_make_one_channel(platform, entity):
    def configure(place: int):
        return configure_channel(
            platform=platform, billing_entity_id=entity.pk, folder=f"f{place}", actor=CLERK, at=NOON
        )

    at_once([lambda place=place: configure(place) for place in range(8)])

    assert Channel.objects.count() == 1
    assert Event.objects.filter(type=names.BILLING_ENTITY_UPDATED).count() == 8


# Customers


def test_a_customer_says_whether_it_gets_einvoices(api):
    body = {"name": "Bier", "address": {"country": "BE"}}
    made = api("POST", "customers", body | {"is_einvoice_enabled": False}).body
    other = api("POST", "customers", body | {"name": "Wein"}).body

    assert (made["is_einvoice_enabled"], other["is_einvoice_enabled"]) == (False, True)
    found = api("GET", "customers?is_einvoice_enabled=false").body["data"]
    assert [customer["id"] for customer in found] == [made["id"]]
    changed = api("PATCH", f"customers/{made['id']}", {"is_einvoice_enabled": True}).body
    assert changed["is_einvoice_enabled"] is True
    event = Event.objects.filter(type=names.CUSTOMER_UPDATED).get()
    assert event.data["previous"] == {"is_einvoice_enabled": False}
    refused(api("PATCH", f"customers/{made['id']}", {"is_einvoice_enabled": "no"}), 400, "invalid_request")


# Known receivers


def test_a_known_receiver_is_added_listed_and_removed(platform, api):
    made = api("POST", "known-receivers", {"scheme": "0208", "identifier": "0123456749"})

    assert made.status == 201
    row = KnownReceiver.objects.get()
    assert made.body == {
        "object": "known_receiver",
        "id": row.pk,
        "platform": platform.pk,
        "scheme": "0208",
        "identifier": "0123456749",
        "profiles": [],
        "created_at": made.body["created_at"],
    }
    assert api("GET", "known-receivers?scheme=0208").body["data"] == [made.body]
    assert api("GET", f"known-receivers/{row.pk}").body == made.body
    refused(
        api("POST", "known-receivers", {"scheme": "0208", "identifier": "0123456749"}), 409, "already_there"
    )
    assert api("DELETE", f"known-receivers/{row.pk}").status == 204
    assert not KnownReceiver.objects.exists()
    deeds = [event.data["deed"] for event in Event.objects.filter(object_id=row.pk).order_by("id")]
    assert deeds == ["added", "removed"]


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"scheme": "9999", "identifier": "1"}, "scheme_unknown", "scheme"),
        ({"scheme": "0208", "identifier": "0123456748"}, "identifier_not_valid", "identifier"),
        ({"scheme": "0088", "identifier": "a\tb"}, "text_not_possible", "identifier"),
        (
            {"scheme": "0208", "identifier": "0123456749", "profiles": ["none"]},
            "einvoice_profile_unknown",
            "profiles.0",
        ),
        (
            {"scheme": "0208", "identifier": "0123456749", "profiles": ["en16931", "x"]},
            "einvoice_profile_unknown",
            "profiles.1",
        ),
    ],
)
def test_a_receiver_that_cannot_be_is_refused(platform, api, body, code, field):
    before = digest_of_rows()

    assert refused(api("POST", "known-receivers", body), 400, code)["field"] == field
    assert digest_of_rows() == before


def test_another_platforms_receivers_do_not_exist(api):
    other = KnownReceiver.objects.create(platform=a_platform("Other"), scheme="0208", identifier="0123456749")

    assert api("GET", "known-receivers").body["data"] == []
    refused(api("DELETE", f"known-receivers/{other.pk}"), 404, "not_found")
    assert KnownReceiver.objects.count() == 1


# The admin


@pytest.fixture
def manager(platform):
    return signed_in(a_member(platform, role="MANAGER", username="mona", is_staff=True))


def test_the_admin_sets_a_channel_through_the_service_and_keeps_why(manager, entity):
    fields = {"billing_entity": entity.pk, "method": "manual", "transport": "directory", "lookup": "none"}
    add(manager, Channel, **fields)

    channel = Channel.objects.get()
    correct(manager, channel, folder="acme/out")

    assert Channel.objects.get().folder == "acme/out"
    first, second = Event.objects.filter(type=names.BILLING_ENTITY_UPDATED).order_by("id")
    assert (first.data["reason"], second.data["reason"]) == (WHY, WHY)
    assert second.data["previous"]["einvoicing"]["folder"] == ""
    page = manager.get(page_of(channel)).content.decode()
    assert channel.secret not in page
    assert f"/v1/einvoice-callbacks/{channel.pk}" in page


def test_the_admin_refuses_what_the_service_does_at_its_field(manager, entity):
    fields = {"billing_entity": entity.pk, "method": "manual", "transport": "http", "lookup": "none"}

    assert list(errors_of(add(manager, Channel, **fields))) == ["address"]
    assert list(errors_of(add(manager, Channel, **fields, address="http://10.0.0.1/"))) == ["address"]
    assert not Channel.objects.exists()


def test_the_admin_shows_a_new_secret_once(manager, platform, entity):
    channel = configure_channel(
        platform=platform, billing_entity_id=entity.pk, method="manual", actor=CLERK, at=NOON
    )

    answer = act(manager, "change_secret", channel)

    secret = Channel.objects.get().secret
    assert any(secret in sentence for sentence in said(answer))
    assert secret not in manager.get(page_of(channel)).content.decode()


def test_the_admin_keeps_the_list_of_known_receivers(manager, platform):
    add(
        manager,
        KnownReceiver,
        platform=platform.pk,
        scheme="0208",
        identifier="0123456749",
        profiles=["en16931"],
    )
    row = KnownReceiver.objects.get()
    assert row.profiles == ["en16931"]
    wrong = add(manager, KnownReceiver, platform=platform.pk, scheme="0208", identifier="1")
    assert list(errors_of(wrong)) == ["identifier"]

    remove(manager, row)

    assert not KnownReceiver.objects.exists()


def test_a_clerk_changes_no_channel_in_the_admin(platform, entity):
    clerk = signed_in(a_member(platform, is_staff=True))
    channel = configure_channel(
        platform=platform, billing_entity_id=entity.pk, method="manual", actor=CLERK, at=NOON
    )

    assert clerk.get(page_of(channel)).status_code == 200
    assert clerk.get(address_of(Channel, "add")).status_code in {302, 403}
    clerk.post(page_of(channel), {"reason": WHY, "method": "off"})
    assert Channel.objects.get().method == "manual"


# The desk


@pytest.fixture
def mona(platform, sign_in):  # noqa: F811
    """Mona Manager, who sets how the platform works."""
    return sign_in(platform, "MANAGER", username="mona2", first_name="Mona", last_name="Manager")


def seen_on(client, entity) -> str:
    page = client.get(f"/settings/e-invoicing/{entity.pk}/").content.decode()
    return page.split('name="seen" value="')[1].split('"')[0]


def test_a_manager_sets_on_the_desk_how_einvoices_leave(mona, entity):
    assert "stay in the house" in text_of(mona.get("/settings/e-invoicing/"))
    fields = HTTP | {"folder": "", "seen": seen_on(mona, entity)}

    answer = mona.post(f"/settings/e-invoicing/{entity.pk}/", fields, follow=True)

    text = text_of(answer)
    assert "The e-invoices of Acme Software B.V. leave as you said, from now on." in text
    assert "Automatic" in text
    assert "https://ap.example/outbound" in text
    assert Event.objects.get(type=names.BILLING_ENTITY_UPDATED).actor == "Mona Manager"


def test_the_desk_says_at_the_field_what_cannot_be(mona, entity):
    before = digest_of_rows()

    answer = mona.post(
        f"/settings/e-invoicing/{entity.pk}/", {"method": "manual", "transport": "http", "lookup": "none"}
    )

    assert answer.status_code == 400
    assert "Say which address is to be called." in text_of(answer)
    assert answer.context["form"].errors.keys() == {"address"}
    assert digest_of_rows() == before


@pytest.mark.parametrize("is_there", [False, True])
def test_what_somebody_else_changed_meanwhile_is_not_overwritten(platform, mona, entity, is_there):
    who = {"platform": platform, "billing_entity_id": entity.pk, "actor": CLERK, "at": NOON}
    if is_there:
        configure_channel(**who, folder="a")
    seen = seen_on(mona, entity)
    configure_channel(**who, folder="b")

    answer = mona.post(
        f"/settings/e-invoicing/{entity.pk}/",
        {"method": "off", "transport": "email", "lookup": "none", "folder": "c", "seen": seen},
    )

    assert answer.status_code == 409
    assert Channel.objects.get().folder == "b"


def test_the_desk_shows_a_secret_once_and_a_form_sent_twice_makes_one(mona, platform, entity):
    address = f"/settings/e-invoicing/{entity.pk}/secret/"
    assert "The secret is shown once." in text_of(mona.get(address))

    answer = mona.post(address, {"csrfmiddlewaretoken": "t1"})
    again = mona.post(address, {"csrfmiddlewaretoken": "t1"}, follow=True)

    channel = channel_of(platform=platform, billing_entity_id=entity.pk)
    assert channel.secret in answer.content.decode()
    assert f"/v1/einvoice-callbacks/{channel.pk}" in answer.content.decode()
    assert channel.secret not in again.content.decode()
    assert "The secret was made already." in text_of(again)


def test_a_clerk_reads_how_einvoices_leave_and_changes_nothing(platform, sign_in, entity):  # noqa: F811
    clerk = sign_in(platform)

    assert "Only a manager can change these." in text_of(clerk.get("/settings/e-invoicing/"))
    for path in (f"{entity.pk}/", f"{entity.pk}/secret/"):
        assert clerk.get(f"/settings/e-invoicing/{path}").status_code == 403
        assert clerk.post(f"/settings/e-invoicing/{path}").status_code == 403


def test_another_platforms_seller_has_no_page(mona):
    other = an_entity(a_platform("Other"))

    assert mona.get(f"/settings/e-invoicing/{other.pk}/").status_code == 404
    assert "Acme Software" not in text_of(mona.get("/settings/e-invoicing/"))


def test_a_service_told_nothing_new_says_nothing(platform, entity):
    who = {"platform": platform, "billing_entity_id": entity.pk, "actor": CLERK, "at": NOON}
    configure_channel(**who)
    assert (Channel.objects.count(), Event.objects.count()) == (0, 0)

    rotate_secret(**who)
    assert Channel.objects.get().method == "off"


def test_a_customer_of_the_factories_gets_einvoices(platform):
    assert a_customer(platform).is_einvoice_enabled
