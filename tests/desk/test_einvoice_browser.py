"""E-invoices in a real browser: what is to be mended, and what became of one that was sent."""

import os
import re
from datetime import UTC, datetime

import pytest

from credit_notes import services
from credit_notes.models import CreditNote
from tests.desk.conftest import follow_up
from tests.factories import (
    CLERK,
    a_customer,
    a_draft_invoice,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_line,
    a_member,
    a_platform,
    an_entity,
)

if not os.environ.get("REQUIRE_BROWSER"):
    pytest.importorskip("playwright", reason="no Playwright: pip install -r requirements-dev.txt")

from playwright.sync_api import expect

from tests.desk.einvoicing import answered, sending_by_hand
from tests.desk.test_browser import TOO_WIDE, faults_of

pytestmark = pytest.mark.django_db(transaction=True)

SOON = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@pytest.fixture
def books():
    """A draft with faults, one without, and a note that was sent and rejected."""
    platform = a_platform()
    a_member(platform, is_staff=True)
    an_entity(platform)
    a_customer(platform, endpoint_id="", endpoint_scheme="", einvoice_profile="xrechnung-3")
    faulty = a_draft_invoice(platform, lines=[a_line(), a_line(unit="h", name="Workshop")])
    customer = a_customer(platform, name="Zuverlässig GmbH")
    draft = a_draft_note(a_final_invoice(platform, buyer=customer, number="INV-1"))
    sending_by_hand(platform)
    rejected = a_final_note(a_final_invoice(platform, buyer=customer, number="INV-2"))
    fresh = a_final_note(a_final_invoice(platform, buyer=customer, number="INV-3"))
    follow_up()
    services.send_einvoice(platform=platform, credit_note_id=rejected.pk, actor=CLERK, at=SOON)
    follow_up()
    answered(rejected, "REJECTED", message="Wrong cost centre", at=SOON)
    return {"faulty": faulty, "draft": draft, "rejected": rejected, "fresh": fresh}


def screens_of(books) -> list[str]:
    faulty, draft = books["faulty"].pk, books["draft"].pk
    return [
        f"/invoices/{faulty}/",
        f"/invoices/{faulty}/finalise/",
        f"/credit-notes/{draft}/",
        f"/credit-notes/{draft}/finalise/",
        f"/credit-notes/{books['rejected'].pk}/",
        f"/credit-notes/{books['fresh'].pk}/",
    ]


def test_a_fault_leads_to_the_field_that_mends_it(open_desk, books):
    page = open_desk("clara")
    page.goto(f"/invoices/{books['faulty'].pk}/")
    expect(page.locator("#einvoice")).to_contain_text("things to mend")

    page.locator("#einvoice li", has_text="BR-CL-23").get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"/edit/#id_lines-1-unit$"))
    page.get_by_role("group", name="Line 2").get_by_label("Unit", exact=True).fill("HUR")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.locator("#einvoice")).not_to_contain_text("BR-CL-23")

    page.locator("#einvoice li", has_text="PEPPOL-EN16931-R010").get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"/customer/.*/change/#id_endpoint_id$"))


@pytest.mark.parametrize("java_script_enabled", [True, False])
def test_a_note_is_sent_and_its_answer_recorded(open_desk, books, java_script_enabled):
    page = open_desk("clara", java_script_enabled=java_script_enabled)
    page.goto(f"/credit-notes/{books['fresh'].pk}/")

    page.get_by_role("button", name="Send the e-invoice").click()
    expect(page.get_by_role("status")).to_contain_text("The e-invoice is sent in a moment.")
    expect(page.locator("#einvoice")).to_contain_text("Scheduled")
    follow_up()
    page.goto(f"/credit-notes/{books['fresh'].pk}/")
    page.get_by_text("Record the receiver's answer").click()
    page.get_by_label("What they said").select_option("Accepted")
    page.get_by_label("Their reference").fill("R-7")
    page.get_by_role("button", name="Record", exact=True).click()

    expect(page.get_by_role("status")).to_contain_text("What they said was recorded.")
    expect(page.locator("#einvoice .badges")).to_contain_text(re.compile("Accepted"))


def test_a_rejected_note_says_what_follows(open_desk, books):
    page = open_desk("clara")
    page.goto(f"/credit-notes/{books['rejected'].pk}/")

    page.get_by_role("link", name=re.compile("^Reverse CR-")).click()

    expect(page).to_have_url(re.compile(r"/reverse/$"))
    assert CreditNote.objects.get(pk=books["rejected"].pk).reversed_by is None


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_axe_finds_nothing_to_complain_about(open_desk, books, color_scheme):
    page, faults = open_desk("clara", color_scheme=color_scheme), []
    for number, path in enumerate(screens_of(books)):
        page.goto(path)
        for details in page.locator("#einvoice details > summary").all():
            details.click()
        if folder := os.environ.get("R7_SHOTS"):
            page.screenshot(path=f"{folder}/{color_scheme}-{number}.png", full_page=True)
        faults += faults_of(page)

    assert faults == []


def test_nothing_is_wider_than_a_small_screen(open_desk, books):
    page = open_desk("clara", viewport={"width": 360, "height": 800})
    for number, path in enumerate(screens_of(books)):
        page.goto(path)
        for details in page.locator("#einvoice details > summary").all():
            details.click()
        if folder := os.environ.get("R7_SHOTS"):
            page.screenshot(path=f"{folder}/small-{number}.png", full_page=True)
        assert not page.evaluate(TOO_WIDE), path
