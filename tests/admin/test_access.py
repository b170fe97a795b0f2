"""API keys, webhook endpoints, people and their places: what opens doors."""

import json
from types import SimpleNamespace

from django.test import Client

from billing.events.models import Event, WebhookEndpoint
from billing.events.webhooks import deliver_webhooks
from billing.platforms.keys import find_key
from billing.platforms.models import ApiKey, Member, Platform, User
from tests import factories

from .pages import (
    WHY,
    act,
    add,
    address_of,
    correct,
    corrections,
    errors_of,
    page_of,
    remove,
    said,
    signed_in,
)


def test_a_new_key_is_shown_once_and_works(root: Client, platform: Platform) -> None:
    answer = add(root, ApiKey, platform=platform.pk, name="Shop", permissions=["INVOICE.VIEW"])

    key = ApiKey.objects.get()
    secret = said(answer)[0].removeprefix("Copy the key now, it is not shown again: ")
    assert find_key(secret) == key
    assert key.permissions == ["INVOICE.VIEW"]
    assert secret not in root.get(page_of(key)).content.decode()
    (event,) = corrections()
    assert (event.object_id, event.data["after"]["name"]) == (key.pk, "Shop")
    assert event.data["withheld"] == ["digest"]
    assert secret not in json.dumps(event.data)
    assert key.digest not in json.dumps(event.data)


def test_a_key_with_an_unknown_permission_is_refused(root: Client, platform: Platform) -> None:
    answer = add(root, ApiKey, platform=platform.pk, name="Shop", permissions=["INVOICE.EAT"])

    assert list(errors_of(answer)) == ["permissions"]
    assert not ApiKey.objects.exists()


def test_a_key_is_revoked_for_a_reason_and_never_deleted(root: Client, platform: Platform) -> None:
    secret = factories.an_api_key(platform)
    key = ApiKey.objects.get()

    answer = act(root, "revoke", key)

    assert said(answer) == [f"{key} is revoked."]
    assert Client().get("/v1/invoices", headers={"X-API-KEY": secret}).json()["code"] == "api_key_revoked"
    (event,) = Event.objects.filter(type="billing.api_key.revoked")
    assert (event.actor, event.data["reason"], event.data["previous"]) == (
        "Rosa Root",
        WHY,
        {"revoked_at": None},
    )
    assert remove(root, key).status_code == 403
    assert said(act(root, "revoke", key))[0].startswith(f"{key}: {key} was revoked at ")
    assert Event.objects.filter(type="billing.api_key.revoked").count() == 1


def test_a_key_is_not_revoked_without_a_reason(root: Client, platform: Platform) -> None:
    factories.an_api_key(platform)
    key = ApiKey.objects.get()

    answer = act(root, "revoke", key, reason="")

    assert "This field is required" in answer.content.decode() or "Say why" in answer.content.decode()
    assert ApiKey.objects.get().revoked_at is None


def test_a_key_is_made_by_the_rules_of_every_key(root: Client, platform: Platform) -> None:
    customer, other = factories.a_customer(platform), factories.a_platform("Other")
    common = {"platform": platform.pk, "name": "Portal"}

    for fields in ({"reach": "client"}, {"reach": "staff", "customer": customer.pk}):
        assert list(errors_of(add(root, ApiKey, **common, **fields, permissions=["*"]))) == ["customer"]
    for fields, why in (
        (
            {"reach": "client", "customer": customer.pk, "permissions": ["CREDIT_NOTE.REFUND"]},
            "CREDIT_NOTE.REFUND is not for clients.",
        ),
        ({"reach": "staff", "more_platforms": [other.pk], "permissions": ["*"]}, "Only a directory's key"),
    ):
        assert why in str(said(add(root, ApiKey, **common | fields)))
    assert not ApiKey.objects.exists()

    add(root, ApiKey, **common, reach="client", customer=customer.pk, permissions=["*"])
    add(root, ApiKey, **common, reach="directory", more_platforms=[other.pk], permissions=["*"])
    made = list(ApiKey.objects.order_by("id"))
    assert [(key.reach, key.customer, list(key.more_platforms.all())) for key in made] == [
        ("client", customer, []),
        ("directory", None, [other]),
    ]


def test_a_manager_makes_keys_for_what_they_manage(platform: Platform) -> None:
    other = factories.a_platform("Other")
    mona = factories.a_member(platform, "MANAGER", username="mona", is_staff=True)
    Member.objects.create(user=mona, platform=other, role="CLERK")
    browser, wish = signed_in(mona), {"platform": platform.pk, "name": "Shop", "permissions": ["*"]}

    answer = add(browser, ApiKey, **wish, reach="directory", more_platforms=[other.pk])
    assert list(errors_of(answer)) == ["more_platforms"]
    add(browser, ApiKey, **wish, reach="staff")

    assert [key.reach for key in ApiKey.objects.all()] == ["staff"]


def test_what_a_key_may_do_is_not_corrected_but_its_name_is(root: Client, platform: Platform) -> None:
    factories.an_api_key(platform, ["INVOICE.VIEW"])
    key = ApiKey.objects.get()

    correct(root, key, name="Shop", permissions=["*"], reach="directory", requests_per_minute="60")

    key = ApiKey.objects.get()
    assert (key.name, key.permissions, key.reach, key.requests_per_minute) == (
        "Shop",
        ["INVOICE.VIEW"],
        "staff",
        60,
    )


def test_an_endpoint_gets_its_secret_from_us_and_shows_it_once(root: Client, platform: Platform) -> None:
    answer = add(root, WebhookEndpoint, platform=platform.pk, url="https://acme.example/hook")

    endpoint = WebhookEndpoint.objects.get()
    assert endpoint.secret.startswith("whsec_")
    assert any(endpoint.secret in message for message in said(answer))
    assert endpoint.secret not in root.get(page_of(endpoint)).content.decode()
    event = Event.objects.get(type="billing.webhook_endpoint.created")
    assert (event.object_id, event.actor, event.data["reason"]) == (endpoint.pk, "Rosa Root", WHY)
    assert endpoint.secret not in json.dumps(event.data)


def test_an_endpoint_changes_its_secret_for_a_reason(root: Client, platform: Platform) -> None:
    add(root, WebhookEndpoint, platform=platform.pk, url="https://acme.example/hook")
    endpoint = WebhookEndpoint.objects.get()

    answer = act(root, "change_secret", endpoint)

    changed = WebhookEndpoint.objects.get()
    assert changed.secret != endpoint.secret
    assert any(changed.secret in message for message in said(answer))
    assert changed.previous_secret == endpoint.secret
    event = Event.objects.get(type="billing.webhook_endpoint.rotated")
    assert event.data["reason"] == WHY
    told = json.dumps(event.data) + root.get(page_of(changed)).content.decode()
    assert changed.secret not in told
    assert endpoint.secret not in told


def test_an_endpoint_is_corrected_and_its_page_tells_what_was_otherwise(
    root: Client, platform: Platform
) -> None:
    add(root, WebhookEndpoint, platform=platform.pk, url="https://acme.example/hook")
    endpoint = WebhookEndpoint.objects.get()

    correct(root, endpoint, url="https://acme.example/new", is_enabled="")

    changed = WebhookEndpoint.objects.get()
    assert (changed.url, changed.is_enabled) == ("https://acme.example/new", False)
    event = Event.objects.get(type="billing.webhook_endpoint.updated")
    assert event.data["previous"] == {"url": "https://acme.example/hook", "is_enabled": True}
    page = root.get(page_of(changed)).content.decode()
    assert "url: https://acme.example/hook → https://acme.example/new" in page


def test_an_endpoint_is_deleted_for_a_reason_with_its_deliveries(
    root: Client, books: SimpleNamespace
) -> None:
    assert (
        "Its deliveries and their log go with it"
        in root.get(page_of(books.endpoint, "delete")).content.decode()
    )

    remove(root, books.endpoint, reason=" ")
    assert WebhookEndpoint.objects.exists()
    remove(root, books.endpoint)

    assert not WebhookEndpoint.objects.exists()
    event = Event.objects.get(type="billing.webhook_endpoint.deleted")
    assert (event.data["reason"], event.data["deliveries"]["PENDING"]) == (WHY, 1)


def test_an_endpoint_with_a_private_address_is_refused(
    root: Client, platform: Platform, settings: object
) -> None:
    settings.WEBHOOKS_MAY_BE_PRIVATE = False
    for url in (
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://localhost:9/",
        "http://2130706433/",
        "ftp://a.example/",
    ):
        answer = add(root, WebhookEndpoint, platform=platform.pk, url=url)

        assert list(errors_of(answer)) == ["url"], url
    assert not WebhookEndpoint.objects.exists()


def test_a_person_is_added_with_a_password_that_no_event_tells(root: Client) -> None:
    add(
        root,
        User,
        username="nora",
        first_name="Nora",
        email="nora@acme.example",
        new_password="correct horse 7",
    )

    nora = User.objects.get(username="nora")
    assert nora.check_password("correct horse 7")
    (event,) = corrections()
    assert (event.platform, event.object_id, event.data["withheld"]) == (None, nora.pk, ["password"])
    assert "password" not in event.data["after"]
    assert nora.password not in json.dumps(event.data)


def test_a_new_password_is_a_correction(root: Client, platform: Platform) -> None:
    clara = factories.a_member(platform)

    correct(root, clara, new_password="correct horse 7")

    assert User.objects.get(pk=clara.pk).check_password("correct horse 7")
    (event,) = corrections()
    assert (event.data["before"], event.data["after"], event.data["withheld"]) == ({}, {}, ["password"])


def test_a_weak_password_is_refused(root: Client, platform: Platform) -> None:
    answer = correct(root, factories.a_member(platform), new_password="password")

    assert errors_of(answer) == {"new_password": ["This password is too common."]}


def test_nobody_takes_his_own_powers(root: Client) -> None:
    me = User.objects.get()

    answer = correct(root, me, is_superuser="", is_staff="")

    assert set(errors_of(answer)) == {"is_superuser", "is_staff"}


def test_ones_own_new_password_does_not_sign_one_out(root: Client) -> None:
    correct(root, User.objects.get(), new_password="correct horse 7")

    assert root.get("/admin/").status_code == 200


def test_a_person_with_places_is_not_deleted(root: Client, platform: Platform) -> None:
    clara = factories.a_member(platform)

    answer = remove(root, clara)

    assert "members" in answer.content.decode()
    assert User.objects.filter(pk=clara.pk).exists()


def test_a_place_is_given_and_taken_for_a_reason(root: Client, platform: Platform) -> None:
    nora = User.objects.create_user("nora")

    add(root, Member, user=nora.pk, platform=platform.pk, role="VIEWER")
    member = Member.objects.get()
    correct(root, member, role="CLERK")
    remove(root, member)

    assert not Member.objects.exists()
    assert [(event.data["deed"], event.data["reason"]) for event in corrections()] == [
        ("added", WHY),
        ("changed", WHY),
        ("removed", WHY),
    ]
    assert corrections()[1].data["after"] == {"role": "CLERK"}


def test_a_client_belongs_to_a_customer_of_the_platform(root: Client, platform: Platform) -> None:
    nora = User.objects.create_user("nora")
    own = factories.a_customer(platform)
    stranger = factories.a_customer(factories.a_platform("Other"))
    place = {"user": nora.pk, "platform": platform.pk}

    for fields in (
        {"role": "CLIENT"},
        {"role": "CLIENT", "customer": stranger.pk},
        {"role": "CLERK", "customer": own.pk},
    ):
        assert list(errors_of(add(root, Member, **place | fields))) == ["customer"]
    add(root, Member, **place, role="CLIENT", customer=own.pk)

    assert Member.objects.get().customer == own
    assert list(errors_of(correct(root, Member.objects.get(), role="VIEWER"))) == ["customer"]
    correct(root, Member.objects.get(), role="VIEWER", customer="")
    assert (Member.objects.get().role, Member.objects.get().customer) == ("VIEWER", None)


def test_a_second_place_on_the_same_platform_is_refused(root: Client, platform: Platform) -> None:
    clara = factories.a_member(platform)

    answer = add(root, Member, user=clara.pk, platform=platform.pk, role="VIEWER")

    assert "already exists" in str(errors_of(answer))


def test_a_manager_cannot_become_more_than_a_manager(platform: Platform) -> None:
    mona = factories.a_member(platform, role="MANAGER", username="mona", is_staff=True)
    clara = factories.a_member(platform)
    browser = signed_in(mona)

    correct(
        browser,
        clara,
        is_superuser="on",
        is_staff="on",
        username="root",
        new_password="correct horse 7",
        first_name="Klara",
    )
    powers = User.objects.get(pk=clara.pk)

    assert (powers.first_name, powers.username) == ("Klara", "clara")
    assert (powers.is_superuser, powers.is_staff, powers.check_password("secret-42")) == (False, False, True)


def test_a_manager_cannot_correct_people_who_are_elsewhere_too(platform: Platform) -> None:
    browser = signed_in(factories.a_member(platform, role="MANAGER", username="mona", is_staff=True))
    clara = factories.a_member(platform)
    Member.objects.create(user=clara, platform=factories.a_platform("Other"))

    answer = browser.post(page_of(clara), {"first_name": "Klara", "reason": WHY})

    assert answer.status_code == 403


def test_a_clerk_cannot_open_doors(clerk: Client, platform: Platform) -> None:
    for model in (ApiKey, WebhookEndpoint, Member, User):
        assert clerk.get(address_of(model, "add")).status_code == 403
    member = Member.objects.get()
    assert clerk.post(page_of(member), {"role": "MANAGER", "reason": WHY}).status_code == 403
    assert Member.objects.get().role == "CLERK"


def test_nobody_is_told_by_webhook_of_a_correction_of_a_person(root: Client, platform: Platform) -> None:
    add(root, WebhookEndpoint, platform=platform.pk, url="https://acme.example/hook")
    correct(root, factories.a_member(platform), first_name="Klara")
    event = corrections()[-1]

    deliver_webhooks(event=event, at=factories.NOON)

    assert event.platform is None
    assert not event.deliveries.exists()
