"""The settings: how a platform works, its series with their gaps, its reasons."""

from decimal import Decimal

import pytest

from billing.documents.models import Series
from billing.events import names
from billing.events.models import Event
from billing.platforms.models import Platform
from credit_notes.models import ReasonCode
from credit_notes.services import reasons_of
from tests.books import digest_of_rows
from tests.credit_notes.credits import an_invoice_of, credited
from tests.desk.conftest import text_of
from tests.factories import a_platform, an_entity

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(platform, sign_in):
    """Mona Manager, who sets how the platform works."""
    return sign_in(platform, "MANAGER", username="mona", first_name="Mona", last_name="Manager")


def seen_on(client) -> str:
    """Return the fingerprint that the settings page carries."""
    page = client.get("/settings/").content.decode()
    return page.split('name="seen" value="')[1].split('"')[0]


# How the platform works


def test_a_manager_changes_how_the_platform_works_and_it_is_recorded(manager, platform):
    fields = {"approval_above": "1,000.50", "applies_credits": "on", "seen": seen_on(manager)}

    answer = manager.post("/settings/", fields, follow=True)

    assert "The settings were saved." in text_of(answer)
    stored = Platform.objects.get()
    assert (stored.approval_above, stored.applies_credits) == (Decimal("1000.50"), True)
    event = Event.objects.get(type=names.MASTER_DATA_CORRECTED)
    assert (event.actor, event.data["after"]) == (
        "Mona Manager",
        {"applies_credits": True, "approval_above": "1000.5000"},
    )


def test_settings_that_are_as_they_were_record_nothing(manager, platform):
    answer = manager.post("/settings/", {"seen": seen_on(manager)}, follow=True)

    assert "Nothing was changed" in text_of(answer)
    assert not Event.objects.exists()


def test_settings_that_somebody_else_changed_meanwhile_are_not_overwritten(manager, platform):
    seen = seen_on(manager)
    manager.post("/settings/", {"requires_reason": "on", "seen": seen})

    answer = manager.post("/settings/", {"applies_credits": "on", "seen": seen})

    assert answer.status_code == 409
    assert "Somebody changed" in text_of(answer)
    assert not Platform.objects.get().applies_credits


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"approval_above": "-1"}, "This cannot be negative."),
        ({"approval_above": "1e30"}, "Write a number"),
        ({"approval_above": "NaN"}, "Write a number"),
        ({"approval_above": "0.00001"}, "At most four decimals are kept."),
        ({"finalizes_drafts_after_hours": "0"}, "greater than or equal to 1"),
        ({"finalizes_drafts_after_hours": "9000"}, "less than or equal to 8760"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(manager, platform, fields, said):
    before = digest_of_rows()

    answer = manager.post("/settings/", fields)

    assert answer.status_code == 400
    assert said in text_of(answer)
    assert digest_of_rows() == before


def test_a_clerk_reads_the_settings(clerk, platform):
    page = clerk.get("/settings/")

    assert "Only a manager can change these." in text_of(page)
    assert "disabled" in page.content.decode()
    assert clerk.post("/settings/", {}).status_code == 403


# Series


def test_the_series_are_listed_with_the_number_that_comes_next(manager, platform):
    credited(an_invoice_of(platform, "10.00"))

    page = text_of(manager.get("/settings/series/"))

    assert "Acme Software B.V." in page
    assert "CR Credit notes Every year New documents CR-" in page


def test_a_series_is_made_and_used_for_new_documents(manager, platform):
    entity = an_entity(platform)
    fields = {
        "billing_entity_id": entity.pk,
        "kind": "CREDIT_NOTE",
        "prefix": "GS",
        "reset": "MONTHLY",
        "separator": "/",
        "digits": "4",
        "first_number": "7",
        "is_default": "on",
    }

    answer = manager.post("/settings/series/new/", fields, follow=True)

    assert "The series GS was made." in text_of(answer)
    series = Series.objects.get(prefix="GS")
    assert (series.reset, series.separator, series.digits, series.is_default) == ("MONTHLY", "/", 4, True)
    assert "GS Credit notes Every month New documents GS/" in text_of(answer)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"prefix": "CR"}, "choose another prefix"),
        ({"prefix": "ä ö"}, "A prefix has up to 30 letters"),
        ({"separator": "abc"}, "A separator is up to three"),
        ({"digits": "13"}, "less than or equal to 12"),
        ({"first_number": "0"}, "greater than or equal to 1"),
    ],
)
def test_a_series_that_cannot_be_is_refused_at_its_field(manager, platform, fields, said):
    entity = an_entity(platform)
    wish = {
        "billing_entity_id": entity.pk,
        "kind": "CREDIT_NOTE",
        "prefix": "GS",
        "reset": "YEARLY",
        "separator": "-",
        "digits": "6",
        "first_number": "1",
    }
    before = digest_of_rows()

    answer = manager.post("/settings/series/new/", wish | fields)

    assert answer.status_code in {400, 409}
    assert said in text_of(answer)
    (value,) = fields.values()
    assert f'value="{value}"' in answer.content.decode()
    assert digest_of_rows() == before


def test_the_gap_report_names_what_was_left_out_and_why(manager, platform):
    first = credited(an_invoice_of(platform, "10.00"))
    credited(an_invoice_of(platform, "10.00"), number="CR-2026-000005")

    page = text_of(manager.get(f"/settings/series/{first.series_id}/"))

    assert "Every number is accounted for" in page
    assert "2026 2 issued CR-2026-000001 to CR-2026-000005" in page
    assert "CR-2026-000002 to CR-2026-000004: left out when CR-2026-000005 was given, 20 Nov 2026" in page


def test_another_platforms_series_do_not_exist(sign_in, platform):
    note = credited(an_invoice_of(platform, "10.00"))
    stranger = sign_in(a_platform("Stranger"), "MANAGER")

    assert stranger.get(f"/settings/series/{note.series_id}/").status_code == 404
    assert "Acme Software" not in stranger.get("/settings/series/").content.decode()


# Reasons


def test_a_reason_of_ones_own_replaces_the_default_list(manager, platform):
    before = text_of(manager.get("/settings/reasons/"))

    answer = manager.post(
        "/settings/reasons/",
        {"kind": "REFUND", "REFUND-code": "goodwill", "REFUND-name": "Goodwill"},
        follow=True,
    )

    assert "Write-off write_off" in before
    assert "The first reason of your own replaces the default list." in before
    assert "The reason Goodwill was added." in text_of(answer)
    assert reasons_of(platform, "REFUND") == [("goodwill", "Goodwill")]
    assert len(reasons_of(platform, "CREDIT")) == 12


def test_a_reason_is_renamed_moved_and_taken_off_the_list(manager, platform):
    manager.post("/settings/reasons/", {"kind": "CREDIT", "CREDIT-code": "late", "CREDIT-name": "Late"})
    row = ReasonCode.objects.get()

    changed = manager.post(
        f"/settings/reasons/{row.pk}/", {"name": "Delivered late", "position": "4"}, follow=True
    )
    renamed = ReasonCode.objects.get()
    retired = manager.post(f"/settings/reasons/{row.pk}/retire/", follow=True)
    again = manager.post(f"/settings/reasons/{row.pk}/retire/", follow=True)

    assert "The reason late is called Delivered late." in text_of(changed)
    assert (renamed.name, renamed.position) == ("Delivered late", 4)
    assert "Delivered late is off the list. Documents that have it keep it." in text_of(retired)
    assert "It is off the list already." in text_of(again)
    assert not ReasonCode.objects.get().is_active


def test_a_code_that_the_list_has_is_refused_with_what_was_typed(manager, platform):
    fields = {"kind": "CREDIT", "CREDIT-code": "late", "CREDIT-name": "Late"}
    manager.post("/settings/reasons/", fields)
    before = digest_of_rows()

    answer = manager.post("/settings/reasons/", fields | {"CREDIT-name": "Later"})

    assert answer.status_code == 409
    assert "late is on the list: Late." in text_of(answer)
    assert 'value="Later"' in answer.content.decode()
    assert digest_of_rows() == before


@pytest.mark.parametrize("path", ["", "series/new/", "reasons/"])
def test_a_clerk_changes_no_settings(clerk, platform, path):
    before = digest_of_rows()

    assert clerk.post(f"/settings/{path}").status_code == 403
    assert "New series" not in text_of(clerk.get("/settings/series/"))
    assert "Add a reason" not in text_of(clerk.get("/settings/reasons/"))
    assert digest_of_rows() == before


def test_another_platforms_reasons_do_not_exist(manager, sign_in, platform):
    manager.post("/settings/reasons/", {"kind": "CREDIT", "CREDIT-code": "late", "CREDIT-name": "Late"})
    row = ReasonCode.objects.get()
    stranger = sign_in(a_platform("Stranger"), "MANAGER")

    assert stranger.get(f"/settings/reasons/{row.pk}/").status_code == 404
    assert stranger.post(f"/settings/reasons/{row.pk}/retire/").status_code == 404
    assert ReasonCode.objects.get().is_active
