"""The overview says which webhooks were switched off, to those who can switch them on again."""

from datetime import timedelta

import pytest

from billing.events.endpoints import disable_endpoint, update_endpoint
from billing.events.models import WebhookEndpoint
from tests.desk.conftest import text_of
from tests.factories import CLERK, NOON, a_final_invoice, a_platform, a_webhook_endpoint
from tests.work import do_all_work

URL = "https://shop.example/hooks"


@pytest.fixture
def manager(platform, sign_in):
    return sign_in(platform, "MANAGER", username="mona")


@pytest.fixture
def switched_off(platform) -> WebhookEndpoint:
    endpoint = a_webhook_endpoint(platform, URL, ["billing.invoice.imported"])
    disable_endpoint(endpoint, because="It answered 410 Gone.", at=NOON)
    return endpoint


def test_a_manager_sees_what_was_switched_off_and_switches_it_on(manager, platform, switched_off):
    assert f"{URL} Send again It answered 410 Gone. · " in text_of(manager.get("/"))

    answer = manager.post(f"/webhooks/{switched_off.pk}/enable/", follow=True)

    page = text_of(answer)
    assert f"Webhooks go to {URL} again; what waited is on its way." in page
    assert "Webhooks switched off" not in page
    assert WebhookEndpoint.objects.get().is_enabled


def test_what_a_person_switched_off_is_nothing_to_look_after(manager, platform):
    endpoint = a_webhook_endpoint(platform, URL)
    update_endpoint(
        platform=platform, endpoint_id=endpoint.pk, changes={"is_enabled": False}, actor=CLERK, at=NOON
    )

    assert "Webhooks switched off" not in text_of(manager.get("/"))


def test_a_clerk_neither_sees_nor_does_it_and_nobody_does_it_elsewhere(
    clerk, manager, platform, switched_off
):
    foreign = a_webhook_endpoint(a_platform("Other Group"), URL)
    disable_endpoint(foreign, because="It answered 410 Gone.", at=NOON)

    assert "Webhooks switched off" not in text_of(clerk.get("/"))
    assert clerk.post(f"/webhooks/{switched_off.pk}/enable/").status_code == 403
    assert manager.post(f"/webhooks/{foreign.pk}/enable/").status_code == 404
    assert not WebhookEndpoint.objects.filter(is_enabled=True).exists()


def test_what_waits_is_counted(manager, platform, listener):
    listener.answers = [(500, b"", {}), (410, b"", {})]
    a_webhook_endpoint(platform, listener.url, ["billing.invoice.imported"])
    for _ in range(2):
        a_final_invoice(platform)
    do_all_work(at=NOON + timedelta(hours=1))

    assert "2 waiting" in text_of(manager.get("/"))
