"""How a platform works: its settings, its reasons and its series, and who may change them."""

from decimal import Decimal

import pytest
from django.test import Client

from billing.documents.models import Series
from billing.events.models import Event
from billing.platforms.models import Platform, User
from credit_notes.models import ReasonCode
from tests import factories

from .pages import WHY, add, correct, corrections, errors_of, page_of, signed_in


@pytest.fixture
def manager(platform: Platform) -> Client:
    return signed_in(factories.a_member(platform, role="MANAGER", username="mona", is_staff=True))


def test_a_manager_sets_how_the_platform_works(manager: Client, platform: Platform) -> None:
    correct(manager, platform, approval_above="500", requires_reason="on", finalizes_drafts_after_hours="24")

    stored = Platform.objects.get()
    assert (stored.approval_above, stored.requires_reason, stored.finalizes_drafts_after_hours) == (
        Decimal(500),
        True,
        24,
    )
    event = corrections()[0]
    assert event.data["before"] == {
        "approval_above": None,
        "requires_reason": False,
        "finalizes_drafts_after_hours": None,
    }
    assert event.actor_id == User.objects.get().pk


def test_a_clerk_does_not_lift_the_limit_of_their_own_notes(clerk: Client, platform: Platform) -> None:
    assert clerk.post(page_of(platform), {"approval_above": "9999", "reason": WHY}).status_code == 403
    assert Platform.objects.get().approval_above is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"approval_above": "-1"}, "approval_above"),
        ({"approval_above": "1e30"}, "approval_above"),
        ({"approval_above": "NaN"}, "approval_above"),
        ({"finalizes_drafts_after_hours": "0"}, "finalizes_drafts_after_hours"),
        ({"finalizes_drafts_after_hours": "99999"}, "finalizes_drafts_after_hours"),
    ],
)
def test_a_setting_that_means_nothing_is_refused(
    manager: Client, platform: Platform, changes: dict[str, str], field: str
) -> None:
    assert list(errors_of(correct(manager, platform, **changes))) == [field]
    assert corrections() == []


def test_a_manager_keeps_the_list_of_reasons(manager: Client, platform: Platform) -> None:
    add(manager, ReasonCode, platform=platform.pk, kind="CREDIT", code="KULANZ", name="Kulanz")
    row = ReasonCode.objects.get()
    correct(manager, row, name="Goodwill", code="other")

    row = ReasonCode.objects.get()
    assert (row.code, row.name) == ("KULANZ", "Goodwill")
    twice = add(manager, ReasonCode, platform=platform.pk, kind="CREDIT", code="KULANZ", name="x")
    assert errors_of(twice) == {"code": ["The list has the code KULANZ."]}
    assert manager.post(page_of(row, "delete"), {"post": "yes", "reason": WHY}).status_code == 403


def test_a_series_that_could_write_anothers_numbers_is_refused(manager: Client, platform: Platform) -> None:
    entity = factories.an_entity(platform)
    add(manager, Series, billing_entity=entity.pk, kind="CREDIT_NOTE", prefix="CR")

    answer = add(
        manager, Series, billing_entity=entity.pk, kind="CREDIT_NOTE", prefix="CR-2026", reset="NEVER"
    )

    assert errors_of(answer) == {
        "prefix": ["This series could write the same numbers as CR-2026-000001: choose another prefix."]
    }
    assert Event.objects.filter(type="billing.series.created").count() == 1


def test_a_series_corrected_before_its_first_number_starts_behind_what_came_with_documents(
    manager: Client, platform: Platform
) -> None:
    invoice = factories.a_final_invoice(platform, number="R-2026-000017")
    add(manager, Series, billing_entity=invoice.billing_entity_id, kind="INVOICE", prefix="INV")
    series = Series.objects.get()

    correct(manager, series, prefix="R")

    assert series.counters.get().last_number == 17
    page = manager.get(page_of(series)).content.decode()
    assert "Numbers without a document" in page
    assert "R-2026-000017" in page
