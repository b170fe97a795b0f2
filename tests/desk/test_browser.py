"""The desk in a real browser: the whole story, with and without JavaScript; accessibility; small screens."""

import os
import re

import pytest

from credit_notes.models import CreditNote
from tests.desk.conftest import follow_up
from tests.factories import (
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_line,
    a_member,
    a_paid_invoice,
    a_payment,
    a_platform,
)

if not os.environ.get("REQUIRE_BROWSER"):
    pytest.importorskip("playwright", reason="no Playwright: pip install -r requirements-dev.txt")

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = re.compile(r"^CR-\d{4}-000001$")
WIDTHS = [360, 768, 900, 1360]
TOO_WIDE = "[...document.querySelectorAll('html, .card')].some(box => box.scrollWidth > box.clientWidth)"


@pytest.fixture
def books():
    """A clerk's platform with something on every page: an invoice to credit, a draft, a final note."""
    platform = a_platform()
    a_member(platform)
    lines = [a_line(name="Platform subscription with a rather long name", description="25 seats"), a_line()]
    invoice = a_final_invoice(platform, number="INV-1", lines=lines)
    a_payment(invoice, "42.00")
    draft = a_draft_note(a_final_invoice(platform, number="INV-2"), note="Wrong seats")
    final = a_final_note(a_paid_invoice(platform, number="INV-3"))
    follow_up()
    return {"invoice": invoice, "draft": draft, "final": final}


def credit_and_finalize(page: Page) -> None:
    """Go from the overview to a finalised credit note of INV-1, as a clerk does."""
    page.get_by_role("link", name="Invoices", exact=True).click()
    page.get_by_role("link", name="INV-1").click()
    page.locator("summary", has_text="Actions").click()
    page.get_by_role("link", name="Credit entire invoice Reverse every line, €121.00").click()
    page.get_by_label("Note").fill("Wrong customer")
    page.get_by_role("button", name="Make the credit note").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^CR-DRAFT-"))
    page.get_by_label("Note").fill("Wrong customer, sorry")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Note")).to_have_value("Wrong customer, sorry")

    page.get_by_role("link", name="Finalise…").click()
    page.get_by_label("E-mail it to ap@bieres.example").uncheck()
    page.get_by_role("button", name="Finalise").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NUMBER)
    expect(page.get_by_role("status")).to_contain_text("was finalised.")


def download(page: Page, link: str) -> tuple[str, bytes]:
    with page.expect_download() as waiting:
        page.get_by_role("link", name=link, exact=True).click()
    return waiting.value.suggested_filename, waiting.value.path().read_bytes()


def test_a_clerk_credits_an_invoice_and_its_files_appear_by_themselves(open_desk):
    platform = a_platform()
    a_member(platform)
    a_final_invoice(platform, number="INV-1")
    page = open_desk("clara")
    violations: list[str] = []
    page.on("console", lambda message: violations.append(message.text) if message.type == "error" else None)

    credit_and_finalize(page)
    expect(page.get_by_role("link", name="PDF is being made")).to_be_visible()
    follow_up()
    expect(page.get_by_role("link", name="PDF", exact=True)).to_be_visible(timeout=15_000)
    expect(page.locator("#history")).to_contain_text("E-invoice made")

    note = CreditNote.objects.get()
    name, pdf = download(page, "PDF")
    assert (name, pdf[:5]) == (f"{note.number}.pdf", b"%PDF-")
    name, xml = download(page, "UBL")
    assert name == f"{note.number}.xml"
    assert b"Wrong customer, sorry" in xml
    page.get_by_role("link", name="INV-1").first.click()
    expect(page.get_by_role("link", name=note.number).first).to_be_visible()
    assert violations == []


def test_the_same_works_without_javascript(open_desk):
    platform = a_platform()
    a_member(platform)
    a_final_invoice(platform, number="INV-1")
    page = open_desk("clara", java_script_enabled=False)

    credit_and_finalize(page)
    follow_up()
    page.get_by_role("link", name="Refresh", exact=True).click()

    name, pdf = download(page, "PDF")
    assert (name, pdf[:5]) == (f"{CreditNote.objects.get().number}.pdf", b"%PDF-")


def test_a_list_is_searched_while_one_types_and_narrowed_without_a_full_reload(open_desk, books):
    page = open_desk("clara")
    page.goto("/invoices/")
    page.evaluate("window.isStillThere = true")

    page.get_by_label("Number or customer").press_sequentially("INV-2", delay=20)
    expect(page.locator(".row-link")).to_have_text(["INV-2"])
    expect(page).to_have_url(re.compile(r"\?q=INV-2$"))
    page.get_by_role("link", name="Paid", exact=True).click()
    expect(page.get_by_text("No invoice is like that")).to_be_visible()
    page.get_by_label("Number or customer").fill("")
    expect(page.locator(".row-link")).to_have_text(["INV-3"])

    assert page.evaluate("window.isStillThere") is True
    page.go_back()
    expect(page.get_by_text("No invoice is like that")).to_be_visible()


def test_a_search_starts_on_the_first_page_again(open_desk, books):
    for number in range(30):
        a_final_invoice(books["invoice"].platform, number=f"X-{number:02}")
    page = open_desk("clara")
    page.goto("/invoices/")

    page.get_by_role("link", name="Older").click()
    expect(page.locator(".row-link")).to_have_count(8)
    page.get_by_label("Number or customer").fill("X-")

    expect(page.locator(".row-link").first).to_have_text("X-29")
    expect(page.locator(".row-link")).to_have_count(25)


def test_a_list_is_searched_without_javascript_too(open_desk, books):
    page = open_desk("clara", java_script_enabled=False)
    page.goto("/invoices/")

    page.get_by_role("link", name="Unpaid", exact=True).click()
    page.get_by_label("Number or customer").fill("INV-2")
    page.get_by_role("button", name="Search").click()

    expect(page.locator(".row-link")).to_have_text(["INV-2"])
    expect(page.get_by_role("link", name="Unpaid", exact=True)).to_have_attribute("aria-current", "true")


def test_a_menu_opens_and_closes_by_the_keyboard(open_desk, books):
    page = open_desk("clara")
    page.goto(f"/invoices/{books['invoice'].pk}/")
    entry = page.get_by_role("link", name="Credit entire invoice")

    page.locator("summary", has_text="Actions").focus()
    page.keyboard.press("Enter")
    expect(entry).to_be_visible()
    page.keyboard.press("Escape")
    expect(entry).to_be_hidden()
    expect(page.locator("summary", has_text="Actions")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    expect(entry).to_be_focused()


def screens_of(books) -> list[str]:
    invoice, draft, final = books["invoice"].pk, books["draft"].pk, books["final"].pk
    return [
        "/",
        "/invoices/",
        "/invoices/?q=nothing",
        "/invoices/import/",
        f"/invoices/{invoice}/",
        f"/invoices/{invoice}/credit/",
        "/credit-notes/",
        f"/credit-notes/{draft}/",
        f"/credit-notes/{draft}/finalise/",
        f"/credit-notes/{draft}/delete/",
        f"/credit-notes/{final}/",
        "/nothing/",
    ]


def faults_of(page: Page) -> list[str]:
    """Return what axe complains about, in a line each."""
    found = Axe().run(page).response["violations"]
    return [f"{page.url}: {fault['id']} {[node['target'] for node in fault['nodes']]}" for fault in found]


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_axe_finds_nothing_to_complain_about(open_desk, books, color_scheme):
    page = open_desk(color_scheme=color_scheme)
    page.goto("/sign-in/")
    page.get_by_role("button", name="Sign in").evaluate("button => button.form.noValidate = true")
    page.get_by_role("button", name="Sign in").click()
    faults = faults_of(page)

    page = open_desk("clara", color_scheme=color_scheme)
    for path in screens_of(books):
        page.goto(path)
        for menu in page.locator("details:visible > summary").all():
            menu.click()
            faults += faults_of(page)
            page.keyboard.press("Escape")
        faults += faults_of(page)
    page.goto("/invoices/import/")
    page.locator("form.card").evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="Import").click()
    faults += faults_of(page)

    assert faults == []


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_its_screen_or_its_card(open_desk, books, width):
    page = open_desk("clara", viewport={"width": width, "height": 740})

    too_wide = []
    for path in [*screens_of(books), "/sign-in/"]:
        page.goto(path)
        for menu in page.locator("details:visible > summary").all():
            menu.click()
        if page.evaluate(TOO_WIDE):
            too_wide.append(path)

    assert too_wide == []
