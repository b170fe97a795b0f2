"""The filters of the lists in a real browser, with and without JavaScript; accessibility; small screens."""

import csv
import os
import re

import pytest

from tests.factories import a_final_invoice, a_final_note, a_line, a_member, a_paid_invoice, a_platform

if not os.environ.get("REQUIRE_BROWSER"):
    pytest.importorskip("playwright", reason="no Playwright: pip install -r requirements-dev.txt")

from playwright.sync_api import expect

from .test_browser import TOO_WIDE, faults_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def books():
    platform = a_platform()
    a_member(platform)
    for number in range(1, 4):
        a_final_invoice(platform, number=f"INV-{number}", lines=[a_line(f"{number}00.00")])
    return platform


@pytest.mark.parametrize("javascript", [True, False])
def test_a_clerk_narrows_a_list_takes_a_filter_away_and_exports_the_rest(open_desk, books, javascript):
    page = open_desk("clara", java_script_enabled=javascript)
    page.goto("/invoices/?number[in]=[INV-1,INV-2,INV-3]&state=unpaid")

    page.locator("summary", has_text="Filter").click()
    page.get_by_label("Total from").fill("1.50,75")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("alert")).to_contain_text("Total from: '1.50,75' is not an amount")
    expect(page.locator(".row-link")).to_have_count(0)
    page.get_by_label("Total from").fill("150,75")
    page.get_by_label("Currency").fill("eur")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".row-link")).to_have_text(["INV-3", "INV-2"])
    expect(page).to_have_url(
        re.compile(r"\?state=unpaid&(number.*&)?total%5Bgte%5D=150.75&currency=EUR(&number.*)?$")
    )

    page.get_by_label("Number or customer").fill("INV-2")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".row-link")).to_have_text(["INV-2"])
    page.get_by_role("link", name="Remove filter: Currency EUR").click()
    expect(page.locator(".chip")).to_have_count(2)
    page.locator("summary", has_text="Export").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="CSV").click()

    with open(waiting.value.path(), encoding="utf-8-sig", newline="") as file:
        assert [row["number"] for row in csv.DictReader(file)] == ["INV-2"]
    page.get_by_role("link", name="Clear all").click()
    expect(page.locator(".chip")).to_have_count(0)
    expect(page.locator(".row-link")).to_have_text(["INV-2"])


def test_typing_and_tabs_keep_the_filters_and_back_brings_the_panel_back(open_desk, books):
    page = open_desk("clara")
    page.goto("/invoices/?total[gte]=200")
    page.evaluate("window.isStillThere = true")

    page.get_by_label("Number or customer").press_sequentially("INV", delay=20)
    expect(page).to_have_url(re.compile(r"\?q=INV&total%5Bgte%5D=200$"))
    page.get_by_role("link", name="Unpaid", exact=True).click()
    expect(page).to_have_url(re.compile(r"state=unpaid&total%5Bgte%5D=200$"))
    expect(page.locator(".row-link")).to_have_text(["INV-3", "INV-2"])
    page.locator("summary", has_text="Filter").click()
    page.get_by_label("Total from").fill("300")
    page.keyboard.press("Enter")
    expect(page.locator(".row-link")).to_have_text(["INV-3"])

    assert page.evaluate("window.isStillThere") is True
    page.go_back()
    expect(page.locator(".row-link")).to_have_text(["INV-3", "INV-2"])
    expect(page.get_by_label("Total from")).to_have_value("200")


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_the_lists_are_accessible_and_fit_their_screens(open_desk, books, color_scheme):
    a_final_note(a_paid_invoice(books))
    page = open_desk("clara", color_scheme=color_scheme)
    many = (
        "total[gte]=1&date[between]=[2020-01-01,2030-12-31]&customer_name[is_not]=Somebody with a long name"
    )

    faults = []
    for path in ("/invoices/", f"/invoices/?{many}", f"/credit-notes/?{many}", "/credit-notes/?total[gte]=x"):
        for width in (360, 390, 768, 1360):
            page.set_viewport_size({"width": width, "height": 740})
            page.goto(path)
            page.evaluate("document.querySelectorAll('main details').forEach(menu => { menu.open = true })")
            if page.evaluate(TOO_WIDE):
                faults.append(f"{path} is too wide at {width}")
            faults += faults_of(page)

    assert faults == []
