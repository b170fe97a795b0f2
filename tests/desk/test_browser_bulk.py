"""Many at once in a real browser, with and without JavaScript; accessibility; small screens."""

import os

import pytest

from billing.jobs.models import Job
from credit_notes.models import CreditNote
from tests.factories import a_draft_note, a_final_invoice, a_member, a_platform
from tests.jobs.working import a_job, work_on

if not os.environ.get("REQUIRE_BROWSER"):
    pytest.importorskip("playwright", reason="no Playwright: pip install -r requirements-dev.txt")

from playwright.sync_api import expect

from .test_browser import TOO_WIDE, faults_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_clerk_ticks_rows_and_watches_the_job(open_desk, javascript):
    platform = a_platform()
    a_member(platform)
    for number in range(3):
        a_final_invoice(platform, number=f"INV-{number}")
    page = open_desk("clara", java_script_enabled=javascript)
    page.goto("/invoices/")
    bar = page.locator("#bulk")
    expect(bar).to_be_hidden()

    page.get_by_label("Choose INV-0").check()
    expect(bar).to_be_visible()
    if javascript:
        expect(bar).to_contain_text("1 chosen")
        page.get_by_label("Choose all on this page").check()
        expect(bar).to_contain_text("3 chosen")
    else:
        page.get_by_label("Choose INV-1").check()
        page.get_by_label("Choose INV-2").check()
    page.get_by_label("What to do with them").select_option("Credit entirely")
    page.get_by_role("button", name="Continue…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Credit 3 invoices")
    page.get_by_label("Finalise them at once").check()
    page.get_by_role("button", name="Credit 3 invoices").click()

    expect(page.get_by_text("Running").first).to_be_visible()
    work_on(Job.objects.get())
    if not javascript:
        page.get_by_role("link", name="Refresh").click()
    expect(page.locator("#job")).to_contain_text("100 %", timeout=10_000)
    expect(page.locator("#job .badge-ok").first).to_contain_text("Done")
    assert CreditNote.objects.filter(status="FINAL").count() == 3


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_the_pages_are_accessible_and_fit_their_screens(open_desk, color_scheme):
    platform = a_platform()
    a_member(platform)
    invoices = [a_final_invoice(platform, number=f"INV-{number}") for number in range(2)]
    a_draft_note(invoices[0])
    running = a_job(platform, "credit_invoice", [invoice.pk for invoice in invoices])
    ended = work_on(a_job(platform, "finalize_credit_note", ["cn_nothing"]))
    page = open_desk("clara", color_scheme=color_scheme)
    asking = f"/bulk/?deed=credit_invoice&id={invoices[0].pk}&id={invoices[1].pk}"

    faults = []
    for path in (
        "/invoices/",
        "/credit-notes/",
        asking,
        "/jobs/",
        f"/jobs/{running.pk}/",
        f"/jobs/{ended.pk}/",
    ):
        for width in (360, 900, 1360):
            page.set_viewport_size({"width": width, "height": 740})
            page.goto(path)
            for tick in page.locator("input[form=bulk][name=id]").all():
                tick.check()
            if page.evaluate(TOO_WIDE):
                faults.append(f"{path} is too wide at {width}")
        faults += faults_of(page)

    assert faults == []
