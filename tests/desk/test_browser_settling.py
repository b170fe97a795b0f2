"""The desk's notes, customers and settings in a real browser: with and without JavaScript, for everybody."""

import os

import pytest

from credit_notes.models import CreditNote, Refund
from credit_notes.services import hold_credit_note, record_refund, refund, void_credit_note
from tests.credit_notes.credits import BY, a_credit_of, an_invoice_of, credited, given
from tests.desk.conftest import follow_up
from tests.factories import NOON, a_draft_note, a_final_invoice, a_member, a_platform

if not os.environ.get("REQUIRE_BROWSER"):
    pytest.importorskip("playwright", reason="no Playwright: pip install -r requirements-dev.txt")

from playwright.sync_api import Page, expect

from tests.desk.test_browser import TOO_WIDE, WIDTHS, faults_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def platform():
    platform = a_platform()
    a_member(platform, "MANAGER")
    return platform


@pytest.fixture
def notes(platform):
    """A note in every state that has a page of its own."""
    open_invoice = an_invoice_of(platform, "80.00", number="INV-1")
    used, pending, paid = (a_credit_of(platform, amount) for amount in ("30.00", "40.00", "50.00"))
    row = given(used, open_invoice, "10.00")
    (waiting,) = refund(platform=platform, credit_note_id=pending.pk, **BY)
    record_refund(
        platform=platform,
        credit_note_id=paid.pk,
        amount=paid.total,
        date=NOON.date(),
        method="cash",
        **BY,
    )
    void = credited(an_invoice_of(platform, "5.00"))
    void_credit_note(platform=platform, credit_note_id=void.pk, reason="Never agreed", **BY)
    held = a_draft_note(a_final_invoice(platform, number="INV-2"))
    hold_credit_note(platform=platform, credit_note_id=held.pk, **BY)
    follow_up()
    return {
        "used": used,
        "row": row,
        "pending": pending,
        "waiting": waiting,
        "paid": paid,
        "held": held,
        "void": void,
    }


def refund_a_part(page: Page, note: CreditNote) -> None:
    """Refund 25.00 of a note, look at the steps, and say that they were paid out."""
    page.goto(f"/credit-notes/{note.pk}/")
    page.get_by_role("link", name="Refund…", exact=True).first.click()
    page.get_by_label("Amount").fill("25,00")
    page.get_by_role("button", name="Refund", exact=True).click()
    expect(page.get_by_text("These are the steps for €25.00.")).to_be_visible()
    page.get_by_role("button", name="Refund", exact=True).click()
    expect(page.get_by_text("€25.00 is on its way back.")).to_be_visible()
    page.get_by_role("link", name="Paid out…").click()
    page.get_by_label("Reference").fill("Transfer 7")
    page.get_by_role("button", name="It was paid out").click()
    expect(page.get_by_text("The refund of €25.00 was paid out.")).to_be_visible()


@pytest.mark.parametrize("java_script_enabled", [True, False])
def test_a_part_of_a_note_is_refunded(open_desk, platform, java_script_enabled):
    note = a_credit_of(platform, "100.00")

    refund_a_part(open_desk("clara", java_script_enabled=java_script_enabled), note)

    assert [(row.amount, row.status) for row in Refund.objects.all()] == [(25, "SUCCEEDED")]
    assert CreditNote.objects.get().amount_available == 75


@pytest.mark.parametrize("java_script_enabled", [True, False])
def test_a_bonus_goes_from_the_customers_page_to_an_invoice(open_desk, platform, java_script_enabled):
    an_invoice_of(platform, "80.00", number="INV-1")
    page = open_desk("clara", java_script_enabled=java_script_enabled)

    page.goto("/customers/")
    page.get_by_role("link", name="Bières du Nord SA").click()
    page.get_by_role("link", name="New bonus…").click()
    page.get_by_label("What for").fill("Ten years together")
    page.get_by_label("Price without VAT").fill("50")
    page.get_by_label("VAT rate in percent").fill("21")
    page.get_by_label("Type").select_option("store")
    page.get_by_role("button", name="Work it out").click()
    expect(page.locator("#outcome")).to_contain_text("€60.50")
    page.get_by_role("button", name="Make the draft").click()
    page.get_by_role("link", name="Finalise…").click()
    page.get_by_role("button", name="Finalise").click()
    page.get_by_role("link", name="Use credit…", exact=True).first.click()
    page.get_by_label("Only INV-1").check()
    page.get_by_label("Amount").fill("20.50")
    page.get_by_role("button", name="Use the credit").click()

    expect(page.get_by_text("€20.50 was given to INV-1.")).to_be_visible()
    assert CreditNote.objects.get().amount_available == 40


def screens_of(notes) -> list[str]:
    customer = notes["used"].customer_id
    deeds = [
        *(f"{notes[name].pk}/" for name in ("used", "pending", "paid", "void", "held")),
        *(f"{notes['used'].pk}/{deed}/" for deed in ("use", "refund", "record-refund")),
        f"{notes['used'].pk}/allocations/{notes['row'].pk}/take-back/",
        f"{notes['pending'].pk}/refunds/{notes['waiting'].pk}/paid-out/",
        f"{notes['pending'].pk}/refunds/{notes['waiting'].pk}/failed/",
        f"{notes['paid'].pk}/reverse/",
        f"{notes['held'].pk}/approve/",
    ]
    return [
        "/",
        *(f"/credit-notes/{deed}" for deed in deeds),
        "/customers/",
        f"/customers/{customer}/",
        f"/customers/{customer}/bonus/",
        f"/customers/{customer}/credit/",
        "/settings/",
        "/settings/series/",
        f"/settings/series/{notes['used'].series_id}/",
        "/settings/series/new/",
        "/settings/reasons/",
    ]


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_axe_finds_nothing_to_complain_about(open_desk, notes, color_scheme):
    page = open_desk("clara", color_scheme=color_scheme)

    faults = []
    for path in screens_of(notes):
        page.goto(path)
        for menu in page.locator("main details:visible > summary").all():
            menu.click()
            faults += faults_of(page)
            page.keyboard.press("Escape")
        faults += faults_of(page)

    assert faults == []


def test_axe_finds_nothing_to_complain_about_in_what_was_refused(open_desk, notes):
    page = open_desk("clara")

    page.goto(f"/credit-notes/{notes['used'].pk}/use/")
    page.get_by_label("Amount").fill("9000")
    page.get_by_label("Only INV-1").check()
    page.get_by_role("button", name="Use the credit").click()
    faults = faults_of(page)
    page.goto(f"/customers/{notes['used'].customer_id}/bonus/")
    page.locator("main form").evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="Make the draft").click()
    faults += faults_of(page)

    assert faults == []


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_its_screen_or_its_card(open_desk, notes, width):
    page = open_desk("clara", viewport={"width": width, "height": 740})

    too_wide = []
    for path in screens_of(notes):
        page.goto(path)
        for menu in page.locator("main details:visible > summary").all():
            menu.click()
        if page.evaluate(TOO_WIDE):
            too_wide.append(path)

    assert too_wide == []
