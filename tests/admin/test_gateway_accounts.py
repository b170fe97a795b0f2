"""Accounts at payment providers: the secrets go in and never come out."""

import pytest
from django.test import Client

from billing.platforms.models import Platform
from credit_notes.models import GatewayAccount
from tests import factories

from .pages import WHY, add, address_of, correct, corrections, errors_of, page_of, remove, signed_in

KEY, SECRET = "sk_live_4711", "whsec_4711"


@pytest.fixture
def manager(platform: Platform) -> Client:
    user = factories.a_member(platform, role="MANAGER", username="mona", is_staff=True)
    return signed_in(user)


def test_a_manager_adds_an_account_and_the_record_withholds_its_secrets(manager, platform):
    add(manager, GatewayAccount, platform=platform.pk, kind="stripe", secret_key=KEY, webhook_secret=SECRET)

    account = GatewayAccount.objects.get()
    assert (account.secret_key, account.webhook_secret) == (KEY, SECRET)
    (event,) = corrections()
    assert (event.data["deed"], event.data["reason"]) == ("added", WHY)
    assert event.data["withheld"] == ["secret_key", "webhook_secret"]
    assert "4711" not in str(event.data)


def test_no_page_shows_the_secrets_and_the_address_for_webhooks_is_there(manager, platform):
    account = factories.a_gateway_account(platform, key=KEY, secret=SECRET)

    pages = [
        manager.get(page_of(account)),
        manager.get(page_of(account, "history"), follow=True),
        manager.get(page_of(account, "delete")),
        manager.get(address_of(GatewayAccount, "changelist")),
    ]

    assert [page.status_code for page in pages] == [200] * 4
    assert not [page for page in pages if "4711" in page.content.decode()]
    assert f"/v1/gateways/stripe/{account.pk}" in pages[0].content.decode()


def test_a_secret_that_is_left_empty_stays(manager, platform):
    account = factories.a_gateway_account(platform, key=KEY, secret=SECRET)

    correct(manager, account, secret_key="sk_live_4712", webhook_secret="")

    account = GatewayAccount.objects.get()
    assert (account.secret_key, account.webhook_secret) == ("sk_live_4712", SECRET)
    (event,) = corrections()
    assert (event.data["withheld"], "4712" in str(event.data)) == (["secret_key"], False)


def test_an_account_without_a_key_and_a_second_one_are_refused(manager, platform):
    without = add(manager, GatewayAccount, platform=platform.pk, kind="stripe", secret_key="")
    factories.a_gateway_account(platform)
    second = add(manager, GatewayAccount, platform=platform.pk, kind="stripe", secret_key=KEY)

    assert list(errors_of(without)) == ["secret_key"]
    assert errors_of(second)
    assert GatewayAccount.objects.count() == 1


def test_a_secret_cannot_be_guessed_by_a_filter(manager, platform):
    factories.a_gateway_account(platform, key=KEY)
    address = address_of(GatewayAccount, "changelist")

    assert manager.get(address, {"secret_key__startswith": "sk_live"}).status_code in {302, 400}


def test_a_clerk_may_not_touch_an_account(clerk, platform):
    account = factories.a_gateway_account(platform)

    assert clerk.get(address_of(GatewayAccount, "add")).status_code in {302, 403}
    correct_page = clerk.post(page_of(account), {"reason": WHY, "secret_key": "sk_other"})
    assert correct_page.status_code in {302, 403}
    assert GatewayAccount.objects.get().secret_key == "sk_test_42"


def test_an_account_can_be_removed(manager, platform):
    account = factories.a_gateway_account(platform)

    remove(manager, account)

    assert not GatewayAccount.objects.exists()
    assert [event.data["deed"] for event in corrections()] == ["removed"]
