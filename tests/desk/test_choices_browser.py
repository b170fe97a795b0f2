"""Choosing codes in a real browser: by keyboard, by mouse, without JavaScript, also in the admin."""

import os

import pytest

from billing.platforms.models import Customer
from invoices.models import Invoice
from tests.factories import a_customer, a_member, a_platform, an_entity

if not os.environ.get("REQUIRE_BROWSER"):
    pytest.importorskip("playwright", reason="no Playwright: pip install -r requirements-dev.txt")

from playwright.sync_api import Locator, Page, expect

from tests.desk.test_browser import faults_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def customer() -> Customer:
    """The customer of a platform with a clerk who may open the admin."""
    platform = a_platform()
    an_entity(platform)
    a_member(platform, is_staff=True)
    return a_customer(platform, currency="EUR")


def errors_of(page: Page) -> list[str]:
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def found_on(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Codes").get_by_role("option")


def sheet_of(page: Page, customer: Customer) -> Page:
    page.goto(f"/invoices/new/?customer={customer.pk}")
    return page


def test_a_unit_is_found_by_its_name_and_taken_with_the_keyboard(open_desk, customer):
    page = sheet_of(open_desk("clara"), customer)
    errors = errors_of(page)
    unit = page.get_by_role("combobox", name="Unit", exact=True).first
    expect(unit).to_have_value("C62")
    expect(page.locator("#id_lines-0-unit_name")).to_have_text("one (piece)")

    unit.fill("kilow")
    found = page.get_by_role("listbox", name="Codes")
    expect(found_on(page).first).to_have_text("KWH kilowatt hour")
    expect(unit).to_have_attribute("aria-expanded", "true")
    unit.press("ArrowDown")
    expect(found.get_by_role("option", selected=True)).to_have_text("KWH kilowatt hour")
    expect(unit).to_have_attribute("aria-activedescendant", "code-choice-0")
    assert faults_of(page) == []
    unit.press("Enter")

    expect(unit).to_have_value("KWH")
    expect(found).to_be_hidden()
    expect(page.locator("#id_lines-0-unit_name")).to_have_text("kilowatt hour")
    expect(unit).to_be_focused()
    assert errors == []


def test_the_common_units_are_offered_first_and_taken_with_the_mouse(open_desk, customer):
    page = sheet_of(open_desk("clara"), customer)
    unit = page.get_by_role("combobox", name="Unit", exact=True).first

    unit.click()
    options = found_on(page)
    expect(options.first).to_have_text("C62 one (piece)")
    options.filter(has_text="HUR").click()

    expect(unit).to_have_value("HUR")
    expect(page.locator("#id_lines-0-unit_name")).to_have_text("hour")
    expect(page.get_by_role("listbox", name="Codes")).to_be_hidden()


def test_escape_closes_what_was_found_and_keeps_what_was_typed(open_desk, customer):
    page = sheet_of(open_desk("clara"), customer)
    unit = page.get_by_role("combobox", name="Unit", exact=True).first

    unit.fill("hur")
    expect(found_on(page).first).to_have_text("HUR hour")
    unit.press("Escape")
    expect(page.get_by_role("listbox", name="Codes")).to_be_hidden()
    unit.press("Tab")

    expect(unit).to_have_value("hur")
    expect(page.locator("#id_lines-0-unit_name")).to_have_text("hour")


def test_rows_that_were_added_are_searched_as_well(open_desk, customer):
    page = sheet_of(open_desk("clara"), customer)
    page.get_by_role("button", name="Add one").click()

    reason = page.get_by_label("Its code", exact=True).last
    reason.fill("freigh")
    found_on(page).first.click()

    expect(reason).to_have_value("FC")


@pytest.mark.parametrize("has_javascript", [True, False])
def test_what_is_typed_counts_and_a_wrong_code_is_refused_with_what_may_have_been_meant(
    open_desk, customer, has_javascript
):
    page = sheet_of(open_desk("clara", java_script_enabled=has_javascript), customer)
    unit = page.get_by_label("Unit", exact=True).first
    page.get_by_label("What for").first.fill("Consulting")
    page.get_by_label("Price", exact=True).first.fill("120")
    page.get_by_label("Rate in %").first.fill("21")

    unit.fill("h")
    page.get_by_role("button", name="Make the draft").click()
    expect(page.locator(".field-error")).to_contain_text("“h” is none of the units. Did you mean HUR (hour)?")
    expect(unit).to_have_value("h")
    assert faults_of(page) == [] if has_javascript else True
    unit.fill("hour")
    page.get_by_label("Currency", exact=True).fill("euro")
    page.get_by_role("button", name="Make the draft").click()

    expect(page.locator(".page-title")).to_contain_text("Draft")
    invoice = Invoice.objects.get()
    assert (invoice.currency, invoice.lines.get().unit) == ("EUR", "HUR")


def test_without_javascript_the_browser_suggests_from_a_list_on_the_page(open_desk, customer):
    page = sheet_of(open_desk("clara", java_script_enabled=False), customer)

    unit = page.get_by_label("Unit", exact=True).first
    suggested = page.locator(f"datalist#{unit.get_attribute('list')} option")

    assert (suggested.first.get_attribute("value"), suggested.first.text_content()) == ("C62", "one (piece)")
    assert suggested.count() == 27
    assert page.locator("datalist#codes-currencies option").count() == 178
    assert page.locator("datalist").count() == 6


def test_a_country_is_found_by_name_in_the_admin(open_desk, customer):
    page = open_desk("clara")
    errors = errors_of(page)
    page.goto(f"/admin/platforms/customer/{customer.pk}/change/")
    country = page.get_by_role("combobox", name="Country:", exact=True)
    expect(page.locator("#id_country_name")).to_have_text("Belgium")

    country.fill("northern")
    expect(found_on(page)).to_have_text(
        ["XI United Kingdom (Northern Ireland)", "MP Northern Mariana Islands"]
    )
    country.press("ArrowDown")
    country.press("Enter")
    page.get_by_label("Reason").fill("They moved")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator(".messagelist")).to_contain_text("was changed")
    assert Customer.objects.get(pk=customer.pk).country == "XI"
    assert errors == []
