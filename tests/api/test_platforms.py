"""Platforms over the API."""

from typing import Any

import pytest

from billing.events.models import Event
from billing.platforms import permissions
from billing.platforms.models import Platform, Reach
from tests.books import digest_of_rows
from tests.factories import CLERK, NOON, a_customer, a_grant, a_platform, an_api_key

from .conftest import Caller


def refused(answer: Any, status: int, code: str) -> Any:
    assert (answer.status, answer.body["code"]) == (status, code), answer.body
    return answer.body


def a_directory_key(home: Platform, *more: Platform, granted: Any = ("*",)) -> Caller:
    return Caller(
        an_api_key(
            home,
            list(granted),
            reach=Reach.DIRECTORY,
            more_platform_ids=[each.pk for each in more],
            granted=a_grant(home, *more),
            actor=CLERK,
            at=NOON,
        )
    )


def test_a_key_sees_its_own_platform_only(api, platform):
    other = a_platform("Other")

    listed = api("GET", "platforms").body["data"]

    assert listed == [api("GET", f"platforms/{platform.pk}").body]
    assert listed[0].pop("created_at").endswith("Z")
    assert listed == [
        {
            "object": "platform",
            "id": platform.pk,
            "name": "Acme Group",
            "finalizes_drafts_after_hours": None,
            "approval_above": None,
            "applies_credits": False,
            "keeps_overpayments": False,
            "requires_reason": False,
            "requires_refund_reason": False,
        }
    ]
    refused(api("GET", f"platforms/{other.pk}"), 404, "not_found")
    refused(api("PATCH", f"platforms/{other.pk}", {"name": "Mine"}), 404, "not_found")


def test_a_directory_lists_and_changes_each_of_its_platforms(platform):
    other, stranger = a_platform("Other"), a_platform("Stranger")
    directory = a_directory_key(platform, other)

    listed = directory("GET", "platforms?order_by=name&order_direction=asc").body["data"]
    changed = directory("PATCH", f"platforms/{other.pk}", {"requires_reason": True})

    assert [one["name"] for one in listed] == ["Acme Group", "Other"]
    assert (changed.status, changed.body["requires_reason"]) == (200, True)
    assert not Platform.objects.get(pk=platform.pk).requires_reason
    assert Event.objects.get(type="billing.platform.updated").platform == other
    refused(directory("GET", f"platforms/{stranger.pk}"), 404, "not_found")


def test_settings_are_changed_one_by_one_and_told(api, platform):
    path = f"platforms/{platform.pk}"
    wanted = {
        "name": "Acme Holding",
        "finalizes_drafts_after_hours": 8,
        "approval_above": "1000.50",
        "applies_credits": True,
        "keeps_overpayments": True,
        "requires_reason": True,
        "requires_refund_reason": True,
    }

    changed = api("PATCH", path, wanted).body
    again = api("PATCH", path, {"approval_above": 1000.5})
    unset = api("PATCH", path, {"approval_above": None, "finalizes_drafts_after_hours": None}).body

    assert {name: changed[name] for name in wanted} == wanted | {"approval_above": "1000.5"}
    assert (again.status, again.body) == (200, changed)
    assert unset == changed | {"approval_above": None, "finalizes_drafts_after_hours": None}
    first, second = Event.objects.filter(type="billing.platform.updated").order_by("id")
    assert first.data["object"] == changed
    assert first.data["previous"] == {
        "name": "Acme Group",
        "finalizes_drafts_after_hours": None,
        "approval_above": None,
        "applies_credits": False,
        "keeps_overpayments": False,
        "requires_reason": False,
        "requires_refund_reason": False,
    }
    assert second.data["previous"] == {"finalizes_drafts_after_hours": 8, "approval_above": "1000.5"}


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"name": ""}, "invalid_request", "name"),
        ({"name": "a\nb"}, "text_not_possible", "name"),
        ({"name": "x" * 201}, "invalid_request", "name"),
        ({"finalizes_drafts_after_hours": 0}, "invalid_request", "finalizes_drafts_after_hours"),
        ({"finalizes_drafts_after_hours": 8761}, "invalid_request", "finalizes_drafts_after_hours"),
        ({"approval_above": -1}, "invalid_request", "approval_above"),
        ({"approval_above": "1.00005"}, "invalid_request", "approval_above"),
        ({"approval_above": 10**30}, "invalid_request", "approval_above"),
        ({"requires_reason": "perhaps"}, "invalid_request", "requires_reason"),
        ({"requires_reason": None}, "invalid_request", "requires_reason"),
        ({"id": "plt_1"}, "invalid_request", "id"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_name(api, platform, fields, code, field):
    before = digest_of_rows()

    answer = api("PATCH", f"platforms/{platform.pk}", {"applies_credits": True} | fields)

    assert refused(answer, 400, code)["field"] == field
    assert digest_of_rows() == before


def test_settings_need_their_permission(platform, caller):
    viewer = caller(platform, [permissions.SETTINGS_VIEW])
    stranger = caller(platform, [permissions.INVOICE_VIEW])

    assert viewer("GET", f"platforms/{platform.pk}").status == 200
    assert refused(viewer("PATCH", f"platforms/{platform.pk}", {}), 403, "permission_denied")[
        "permission"
    ] == ("SETTINGS.UPDATE")
    refused(stranger("GET", "platforms"), 403, "permission_denied")


def test_a_client_has_no_platform_to_see(platform):
    customer = a_customer(platform)
    client = Caller(
        an_api_key(platform, [permissions.CUSTOMER_VIEW], reach=Reach.CLIENT, customer_id=customer.pk)
    )

    refused(client("GET", "platforms"), 403, "permission_denied")
    refused(client("GET", f"platforms/{platform.pk}"), 403, "permission_denied")
