"""Crediting in part, and writing an invoice, in a real browser, with and without JavaScript."""

import os
import re
from decimal import Decimal

import pytest

from credit_notes.models import CreditNote
from credit_notes.selection import FreeLine, Pick, Selection
from credit_notes.services import apply_credits
from invoices.models import Invoice
from tests.factories import (
    CLERK,
    NOON,
    a_draft_invoice,
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

from playwright.sync_api import Page, expect

from tests.desk.test_browser import TOO_WIDE, WIDTHS, faults_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def invoice() -> Invoice:
    """INV-1 of a clerk's platform: 25 seats at 48.00 and a workshop of 100.00, both with 21 % VAT."""
    platform = a_platform()
    a_member(platform)
    lines = [
        a_line(name="A platform subscription with a rather long name", quantity="25", unit_price="48.00"),
        a_line(name="Workshop"),
    ]
    return a_final_invoice(platform, number="INV-1", lines=lines)


def errors_of(page: Page) -> list[str]:
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    return found


def test_what_a_credit_comes_to_follows_what_one_types(open_desk, invoice):
    page = open_desk("clara")
    errors = errors_of(page)
    page.goto(f"/invoices/{invoice.pk}/")
    page.locator("summary", has_text="Actions").click()
    page.get_by_role("link", name="Credit lines or an amount…").click()

    page.get_by_label("Quantity A platform subscription").fill("5")
    page.get_by_label("Quantity A platform subscription").blur()
    expect(page.locator("#outcome")).to_contain_text("Total€290.40")
    expect(page.locator("#outcome")).to_contain_text("Clears debt€290.40")
    page.get_by_label("A sum with VAT", exact=True).check()
    expect(page.get_by_label("Quantity A platform subscription")).to_be_hidden()
    page.get_by_label("Sum with VAT, in EUR").fill("2000")
    page.get_by_label("Sum with VAT, in EUR").blur()
    expect(page.locator("#outcome")).to_contain_text("2000.00 EUR is more than the 1573.00 EUR")
    page.get_by_label("Sum with VAT, in EUR").fill("73,00")
    page.get_by_label("Note", exact=True).fill("As agreed")
    expect(page.locator("#outcome")).to_contain_text("Total€73.00")
    page.get_by_role("button", name="Make the draft").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^CR-DRAFT-"))
    note = CreditNote.objects.get()
    assert (note.total, note.note) == (Decimal("73.00"), "As agreed")
    assert errors == []


def test_a_part_is_credited_without_javascript(open_desk, invoice):
    page = open_desk("clara", java_script_enabled=False)
    page.goto(f"/invoices/{invoice.pk}/credit/lines/")

    page.get_by_label("All that is left Workshop").check()
    page.get_by_role("button", name="Add rows").click()
    expect(page.get_by_label("What for")).to_have_count(4)
    expect(page.get_by_label("All that is left Workshop")).to_be_checked()
    page.get_by_label("What for").nth(1).fill("For the trouble")
    page.get_by_label("Price without VAT").nth(1).fill("10")
    page.get_by_role("button", name="Work it out").click()
    expect(page).to_have_url(re.compile("#outcome$"))
    expect(page.locator("#outcome")).to_contain_text("Total€133.10")
    page.get_by_role("button", name="Make the draft").click()

    assert CreditNote.objects.get().total == Decimal("133.10")


@pytest.mark.parametrize("has_javascript", [True, False])
def test_an_invoice_is_written_finalised_and_paid(open_desk, invoice, has_javascript):
    page = open_desk("clara", java_script_enabled=has_javascript)
    page.goto("/invoices/")
    page.get_by_role("link", name="New invoice").click()
    page.get_by_role("link", name="Bières du Nord SA").click()

    page.get_by_label("Currency", exact=True).fill("eur")
    page.get_by_label("What for").first.fill("Consulting")
    page.get_by_label("Quantity").first.fill("12,5")
    page.get_by_label("Unit", exact=True).first.fill("hur")
    page.get_by_label("Price", exact=True).first.fill("120")
    page.get_by_label("Rate in %").first.fill("21")
    page.get_by_role("button", name="Add rows").click()
    expect(page.get_by_label("What for")).to_have_count(6)
    page.get_by_role("button", name="Work it out").click()
    expect(page.locator("#outcome")).to_contain_text("€1,815.00")
    page.get_by_role("button", name="Make the draft").click()
    page.get_by_role("link", name="Finalise…").click()
    page.get_by_role("button", name="Finalise").click()
    expect(page.get_by_role("status")).to_contain_text("was finalised.")

    page.locator("summary", has_text="Actions").click()
    page.get_by_role("link", name="Record a payment…").click()
    expect(page.get_by_label("Amount in EUR")).to_have_value("1815.00")
    page.get_by_role("button", name="Record the payment").click()

    expect(page.locator(".page-title")).to_contain_text("Paid")
    paid = Invoice.objects.exclude(pk=invoice.pk).get()
    assert (paid.total, paid.amount_due) == (Decimal("1815.00"), Decimal("0.00"))


@pytest.fixture
def screens(invoice) -> list[str]:
    """Every page of the desk's invoice side, each with something on it."""
    platform = invoice.platform
    seats, workshop = invoice.lines.order_by("position").values_list("pk", flat=True)
    payment = a_payment(invoice, "42.00", status="IN_PROGRESS", method="direct_debit")
    a_payment(invoice, "100.00", reference="Statement 4")
    picks = (
        Pick(invoice_line=seats, quantity=Decimal(2)),
        Pick(invoice_line=workshop, net_amount=Decimal(9)),
    )
    free = FreeLine(name="For the trouble", quantity=Decimal(1), unit_price=Decimal(5), tax_rate=Decimal(21))
    note = a_draft_note(invoice, selection=Selection(picks=picks, free=(free,)))
    giver = a_final_note(a_paid_invoice(platform, number="INV-2"))
    given = a_final_invoice(platform, number="INV-3", lines=[a_line("50.00")])
    apply_credits(platform=platform, invoice_id=given.pk, actor=CLERK, at=NOON)
    unpaid = a_final_invoice(platform, number="INV-4")
    draft = a_draft_invoice(platform, lines=[a_line(name="Seats"), a_line(name="Desk")])
    return [
        f"/invoices/{invoice.pk}/",
        f"/invoices/{given.pk}/",
        f"/invoices/{draft.pk}/",
        f"/invoices/{unpaid.pk}/credit/",
        f"/invoices/{unpaid.pk}/credit-and-copy/",
        f"/invoices/{unpaid.pk}/write-off/",
        f"/invoices/{invoice.pk}/credit/lines/",
        f"/credit-notes/{note.pk}/lines/",
        f"/invoices/{invoice.pk}/pay/",
        f"/invoices/{invoice.pk}/withhold/",
        f"/payments/{payment.pk}/settle/",
        f"/invoices/{unpaid.pk}/use-credit/",
        f"/invoices/{given.pk}/credit/{giver.pk}/take-back/",
        "/invoices/new/",
        f"/invoices/new/?customer={draft.customer_id}",
        f"/invoices/{draft.pk}/edit/",
        f"/invoices/{draft.pk}/customer/",
        f"/invoices/{draft.pk}/finalise/",
        f"/invoices/{draft.pk}/delete/",
    ]


def unfold(page: Page) -> None:
    """Open what a page folds away, but for its menus, which lie over it."""
    page.evaluate("document.querySelectorAll('details.more').forEach(fold => { fold.open = true })")


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_axe_finds_nothing_to_complain_about_on_the_invoice_side(open_desk, screens, color_scheme):
    page = open_desk("clara", color_scheme=color_scheme)

    faults = []
    for path in screens:
        page.goto(path)
        unfold(page)
        faults += faults_of(page)
    page.goto(next(path for path in screens if path.endswith("/credit/lines/")))
    page.get_by_role("button", name="Make the draft").click()
    faults += faults_of(page)

    assert faults == []


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_of_the_invoice_side_is_wider_than_its_screen_or_its_card(open_desk, screens, width):
    page = open_desk("clara", viewport={"width": width, "height": 740})

    too_wide = []
    for path in screens:
        page.goto(path)
        unfold(page)
        if page.evaluate(TOO_WIDE):
            too_wide.append(path)

    assert too_wide == []
