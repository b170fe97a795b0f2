"""API keys on the desk: made, shown once, rotated, revoked; by managers alone."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from billing.events.models import Event
from billing.platforms.models import ApiKey, Member
from billing.platforms.permissions import OF_CLIENTS, READING
from tests.api.conftest import Caller
from tests.books import digest_of_rows
from tests.desk.conftest import text_of
from tests.factories import a_customer, a_member, a_platform, an_api_key

pytestmark = pytest.mark.django_db
NEW = "/settings/api-keys/new/"


@pytest.fixture
def manager(platform, sign_in):
    """Mona Manager, who lets people and programs in."""
    return sign_in(platform, "MANAGER", username="mona", first_name="Mona", last_name="Manager")


def a_wish(**fields):
    return {"name": "Web shop", "reach": "staff", "may": "read"} | fields


def secret_in(answer):
    return re.search(r'id="secret" type="text" value="([^"]+)"', answer.content.decode())[1]


def test_a_manager_makes_a_key_and_sees_its_secret_once(manager, platform):
    answer = manager.post(NEW, a_wish())

    secret, key = secret_in(answer), ApiKey.objects.get()
    assert (answer.status_code, "no-store" in answer.headers["Cache-Control"]) == (200, True)
    assert Caller(secret)("GET", "invoices").status == 200
    assert set(key.permissions) == READING
    assert (key.created_by, key.expires_at, key.customer) == ("Mona Manager", None, None)
    event = Event.objects.get()
    assert (event.type, event.actor) == ("billing.api_key.created", "Mona Manager")
    listed = manager.get("/settings/api-keys/")
    assert "Web shop" in text_of(listed)
    assert secret not in listed.content.decode()


@pytest.mark.parametrize(
    ("fields", "granted"),
    [
        ({"may": "all"}, ["*"]),
        ({"may": "read"}, sorted(READING)),
        (
            {"may": "chosen", "permissions": ["INVOICE.VIEW", "PAYMENT.VIEW"]},
            ["INVOICE.VIEW", "PAYMENT.VIEW"],
        ),
        ({"may": "read", "permissions": ["SETTINGS.UPDATE"]}, sorted(READING)),
    ],
)
def test_a_key_may_do_what_was_chosen(manager, fields, granted):
    manager.post(NEW, a_wish(**fields))

    assert ApiKey.objects.get().permissions == granted


@pytest.mark.parametrize("named_by", ["pk", "name"])
def test_a_customers_key_reaches_that_customer_only(manager, platform, named_by):
    customer = a_customer(platform)
    a_customer(platform, name="Neighbour", vat_number="")

    manager.post(NEW, a_wish(reach="client", customer=getattr(customer, named_by)))

    key = ApiKey.objects.get()
    assert (key.customer, set(key.permissions)) == (customer, READING & OF_CLIENTS)
    assert customer.name in text_of(manager.get("/settings/api-keys/"))


def test_a_key_for_several_platforms_is_offered_to_who_manages_several(manager, platform):
    other = a_platform("Other")
    assert "other platforms" not in text_of(manager.get(NEW))
    Member.objects.create(user_id=manager.session["_auth_user_id"], platform=other, role="MANAGER")

    assert "Acme Group and other platforms" in text_of(manager.get(NEW))
    manager.post(NEW, a_wish(reach="directory", platforms=[other.pk]))

    assert list(ApiKey.objects.get().more_platforms.all()) == [other]
    assert "2 platforms" in text_of(manager.get("/settings/api-keys/"))


def test_a_key_is_valid_to_the_end_of_its_last_day(manager):
    manager.post(NEW, a_wish(expires_at="2031-12-31", requests_per_minute="60"))

    key = ApiKey.objects.get()
    assert (key.expires_at, key.requests_per_minute) == (datetime(2032, 1, 1, tzinfo=UTC), 60)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "This field is required."),
        ({"reach": "world"}, "Select a valid choice."),
        ({"reach": "client"}, "Say whose papers it reaches."),
        ({"reach": "client", "customer": "Nobody & Co"}, "There is no customer 'Nobody & Co' here."),
        ({"reach": "directory", "platforms": ["plt_0"]}, "Select a valid choice."),
        ({"may": "chosen"}, "Choose at least one"),
        ({"may": "chosen", "permissions": ["INVOICE.EAT"]}, "Select a valid choice."),
        ({"expires_at": "2020-01-01"}, "It would have expired already."),
        ({"expires_at": "9999-12-31"}, "Leave it empty"),
        ({"requests_per_minute": "0"}, "greater than or equal to 1"),
    ],
)
def test_a_wish_that_cannot_be_is_refused_and_kept_on_the_page(manager, fields, said):
    before = digest_of_rows()

    answer = manager.post(NEW, a_wish(**fields))

    assert answer.status_code in {400, 404}
    assert said in text_of(answer)
    assert digest_of_rows() == before


def test_a_name_that_two_customers_have_does_not_say_which(manager, platform):
    first, second = a_customer(platform), a_customer(platform, vat_number="")

    answer = manager.post(NEW, a_wish(reach="client", customer=first.name))

    assert "Several are called that." in text_of(answer)
    assert second.pk in text_of(answer)
    assert not ApiKey.objects.exists()


def test_what_is_not_for_clients_is_refused_at_the_permissions(manager, platform):
    answer = manager.post(
        NEW,
        a_wish(
            reach="client", customer=a_customer(platform).pk, may="chosen", permissions=["CREDIT_NOTE.REFUND"]
        ),
    )

    assert answer.status_code == 400
    assert "CREDIT_NOTE.REFUND is not for clients." in text_of(answer)
    assert 'value="CREDIT_NOTE.REFUND" checked' in answer.content.decode()


def test_a_key_is_rotated_with_an_overlap(manager, platform):
    old = an_api_key(platform, name="Web shop")
    key = ApiKey.objects.get()
    address = f"/settings/api-keys/{key.pk}/rotate/"

    assert "Web shop" in text_of(manager.get(address))
    start = datetime.now(UTC)
    new = secret_in(manager.post(address, {"overlap": "1"}))

    assert (Caller(old)("GET", "invoices").status, Caller(new)("GET", "invoices").status) == (200, 200)
    with time_machine.travel(start + timedelta(hours=1, minutes=1)):
        assert Caller(old)("GET", "invoices").status == 401
        assert "Keys that have ended" in text_of(manager.get("/settings/api-keys/"))
    assert "Replaced" in text_of(manager.get("/settings/api-keys/"))
    again = manager.post(address, {"overlap": "1"}, follow=True)
    assert "rotate that one" in text_of(again)
    assert ApiKey.objects.count() == 2


def test_a_key_is_revoked_after_asking(manager, platform):
    secret = an_api_key(platform, name="Web shop")
    address = f"/settings/api-keys/{ApiKey.objects.get().pk}/revoke/"

    assert "There is no way back." in text_of(manager.get(address))
    assert Caller(secret)("GET", "invoices").status == 200
    answer = manager.post(address, follow=True)

    assert "The key Web shop was revoked." in text_of(answer)
    assert Caller(secret)("GET", "invoices").body["code"] == "api_key_revoked"
    assert "was revoked at" in text_of(manager.post(address, follow=True))
    assert Event.objects.filter(type="billing.api_key.revoked").get().actor == "Mona Manager"


@pytest.mark.parametrize("role", ["CLERK", "VIEWER"])
def test_nobody_else_sees_the_keys(platform, sign_in, role):
    an_api_key(platform)
    key = ApiKey.objects.get()
    browser = sign_in(platform, role)

    for path in ("", "new/", f"{key.pk}/rotate/", f"{key.pk}/revoke/"):
        assert browser.get(f"/settings/api-keys/{path}").status_code == 403
        assert browser.post(f"/settings/api-keys/{path}", a_wish()).status_code in {403, 405}
    assert "API keys" not in text_of(browser.get("/settings/"))
    assert ApiKey.objects.count() == 1


def test_keys_of_another_platform_do_not_exist(manager):
    an_api_key(a_platform("Other"))
    key = ApiKey.objects.get()

    for deed in ("rotate", "revoke"):
        assert manager.get(f"/settings/api-keys/{key.pk}/{deed}/").status_code == 404
        assert manager.post(f"/settings/api-keys/{key.pk}/{deed}/", {"overlap": "0"}).status_code == 404
    assert "Test key" not in text_of(manager.get("/settings/api-keys/"))


@pytest.mark.django_db(transaction=True)
def test_sending_the_form_again_makes_no_second_key(manager, platform):
    form = {"name": "Shop", "reach": "staff", "may": "read", "csrfmiddlewaretoken": "as-it-was-shown"}

    first = manager.post("/settings/api-keys/new/", form)
    again = manager.post("/settings/api-keys/new/", form, follow=True)

    assert first.status_code == 200
    assert ApiKey.objects.filter(platform=platform, name="Shop").count() == 1
    assert "The key was made already" in again.content.decode()


def test_in_a_browser_the_form_asks_only_for_what_matters_and_the_secret_is_copied(platform, open_desk):
    a_member(platform, "MANAGER", username="mona")
    page = open_desk("mona", permissions=["clipboard-read", "clipboard-write"])
    page.goto(NEW)

    assert not page.get_by_label("Customer", exact=True).is_visible()
    assert not page.get_by_text("INVOICE.CREATE").is_visible()
    page.get_by_label("Name", exact=True).fill("Web shop")
    page.get_by_label("Only what I choose").check()
    page.get_by_label("See invoices").check()
    page.get_by_role("button", name="Make the key").click()
    secret = page.get_by_label("Secret", exact=True).input_value()
    page.get_by_role("button", name="Copy").click()

    page.get_by_text("Copied.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == secret
    assert ApiKey.objects.get().permissions == ["INVOICE.VIEW"]
    page.get_by_role("link", name="I have kept it").click()
    assert page.get_by_role("strong").filter(has_text="Web shop").is_visible()
