"""The list of invoices, and an invoice's page."""

import re
from datetime import date
from decimal import Decimal

import pytest

from billing.documents.snapshot import AllowanceCharge
from credit_notes.selection import Selection
from credit_notes.services import apply_credits, credit_invoice
from tests.desk.conftest import follow_up, text_of
from tests.factories import (
    CLERK,
    NOON,
    a_customer,
    a_draft_invoice,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_line,
    a_paid_invoice,
    a_payment,
)

pytestmark = pytest.mark.django_db

QUERIES_OF_A_LIST = 10
"""Session, person, memberships, invoices, notes on them, other credit, entities, drafts in the menu,
e-invoices and whether any are sent."""
QUERIES_OF_A_PAGE = 17
"""The same four around it; invoice, references, allocations, payments, what they brought too much, withheld
tax, available credit twice, files twice, failures, events."""
LONG_AGO, FAR_AWAY = date(2020, 1, 31), date(2099, 12, 31)


def numbers_on(answer) -> list[str]:
    return re.findall(r'class="row-link"[^>]*>([^<]+)<', answer.content.decode())


def test_the_list_shows_number_customer_dates_amounts_and_where_each_stands(clerk, platform):
    a_final_invoice(platform, number="INV-1", due_date=FAR_AWAY)
    a_draft_note(a_final_invoice(platform, number="INV-2", due_date=LONG_AGO))
    a_final_note(a_paid_invoice(platform, number="INV-3"))

    answer = clerk.get("/invoices/")

    assert numbers_on(answer) == ["INV-3", "INV-2", "INV-1"]
    page = text_of(answer)
    assert "INV-1 Bières du Nord SA 3 Nov 2026 31 Dec 2099 Unpaid €121.00 €121.00" in page
    assert "INV-2 Bières du Nord SA 3 Nov 2026 31 Jan 2020 Overdue Credit drafted €121.00 €121.00" in page
    assert "INV-3 Bières du Nord SA 3 Nov 2026 3 Dec 2026 Paid Credited €121.00 €0.00" in page


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        ("q=inv-2", ["INV-2"]),
        ("q=PETER", ["INV-3"]),
        ("q=nothing", []),
        ("state=unpaid", ["INV-4", "INV-1"]),
        ("state=overdue", ["INV-1"]),
        ("state=paid", ["INV-3"]),
        ("state=credited", ["INV-2"]),
        ("state=unpaid&q=4", ["INV-4"]),
        ("state=nonsense", ["INV-4", "INV-3", "INV-2", "INV-1"]),
        ("q=%00", ["INV-4", "INV-3", "INV-2", "INV-1"]),
    ],
)
def test_the_list_is_searched_by_number_and_customer_and_narrowed_by_state(clerk, platform, wish, found):
    a_final_invoice(platform, number="INV-1", due_date=LONG_AGO)
    a_final_note(a_final_invoice(platform, number="INV-2"))
    a_paid_invoice(platform, number="INV-3", buyer=a_customer(platform, name="Peter Pan", vat_number=""))
    a_final_invoice(platform, number="INV-4", due_date=FAR_AWAY)

    assert numbers_on(clerk.get(f"/invoices/?{wish}")) == found


def test_pages_of_the_list_follow_each_other_both_ways_without_gap_or_repetition(clerk, platform):
    for number in range(1, 61):
        a_final_invoice(platform, number=f"INV-{number:02}")
    expected = [f"INV-{number:02}" for number in range(60, 0, -1)]

    def walk(answer, rel) -> list[list[str]]:
        pages = [numbers_on(answer)]
        while link := re.search(rf'rel="{rel}" href="([^"]+)"', answer.content.decode()):
            answer = clerk.get("/invoices/" + link[1].replace("&amp;", "&"))
            pages.append(numbers_on(answer))
        walk.last = answer
        return pages

    older = walk(clerk.get("/invoices/?q=INV"), "next")
    newer = walk(walk.last, "prev")

    assert older == [expected[:25], expected[25:50], expected[50:]]
    assert newer == [expected[50:], expected[25:50], expected[:25]]


def test_htmx_gets_only_the_list_and_a_page_of_the_past_whole(clerk, platform):
    a_final_invoice(platform, number="INV-1")

    part = clerk.get("/invoices/?q=INV", headers={"HX-Request": "true"}).content.decode()
    restored = clerk.get(
        "/invoices/?q=INV", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}
    ).content.decode()

    assert part.strip().startswith('<section class="card" id="list"')
    assert "INV-1" in part
    assert restored.startswith("<!doctype html>")


def test_a_list_costs_the_same_number_of_queries_however_long_it_is(
    clerk, platform, django_assert_num_queries
):
    a_draft_note(a_final_invoice(platform))
    with django_assert_num_queries(QUERIES_OF_A_LIST):
        clerk.get("/invoices/")

    for _ in range(29):
        a_final_invoice(platform)
    with django_assert_num_queries(QUERIES_OF_A_LIST):
        clerk.get("/invoices/")


def test_the_page_adds_up_from_the_lines_to_what_is_due(clerk, platform):
    invoice = a_final_invoice(
        platform,
        lines=[
            a_line(name="Seats", quantity="25", unit_price="48.00", description="25 seats"),
            a_line(name="Paper", quantity="3", unit_price="0.125", rate="9", unit="H87"),
        ],
        allowances_charges=[
            AllowanceCharge(
                is_charge=False,
                amount=Decimal("120.00"),
                reason="Volume discount",
                tax_category="S",
                tax_rate=Decimal(21),
            )
        ],
        rounding_amount=Decimal("0.01"),
    )
    a_payment(invoice, "307.22")

    page = text_of(clerk.get(f"/invoices/{invoice.pk}/"))

    assert "Seats 25 seats 25 €48.00 21% €1,200.00" in page
    assert "Paper 3 pcs €0.125 9% €0.38" in page
    assert (
        "Lines €1,200.38 Volume discount −€120.00 Net €1,080.38 VAT 21% on €1,080.00 €226.80 "
        "VAT 9% on €0.38 €0.03 Rounding €0.01 Total €1,307.22 Paid −€307.22 Due €1,000.00"
    ) in page
    assert "Total €1,307.22 Credited €0.00 Left to credit €1,307.22 Due €1,000.00" in page


def test_the_page_shows_parties_references_payments_and_history(clerk, platform):
    invoice = a_final_invoice(platform, purchase_order_reference="PO-9")
    a_payment(invoice, "21.00", reference="Statement 4")

    page = text_of(clerk.get(f"/invoices/{invoice.pk}/"))

    assert "Seller Acme Software B.V. Herengracht 1 1015 BA Amsterdam Netherlands" in page
    assert "VAT no. NL123456782B90" in page
    assert "Customer Bières du Nord SA Rue Haute 2 1000 Bruxelles Belgium VAT no. BE0123456749" in page
    assert "Purchase order PO-9" in page
    assert "20 November 2026 €21.00 Bank transfer · Statement 4" in page
    assert "Payment of €21.00 received 20 November 2026, 13:00 · Clara Clerk" in page
    assert "Invoice imported 20 November 2026, 13:00 · Clara Clerk" in page


def test_the_page_says_what_can_still_be_credited_and_why(clerk, platform):
    invoice = a_final_invoice(platform)
    a_payment(invoice, "21.00")
    a_payment(invoice, "40.00", status="IN_PROGRESS")

    page = text_of(clerk.get(f"/invoices/{invoice.pk}/"))

    assert "Total €121.00 Left to credit €121.00" in page
    assert "Due €100.00 Payments on their way −€40.00 Can clear €60.00" in page
    assert "Received €21.00 Can be owed €21.00" in page
    assert "a credit note may have €81.00 at most" in page


def test_a_credited_invoice_names_the_note_and_says_that_nothing_is_left(clerk, platform):
    invoice = a_paid_invoice(platform, number="INV-1")
    note = a_final_note(invoice)

    answer = clerk.get(f"/invoices/{invoice.pk}/")

    page = text_of(answer)
    assert f"Total €121.00 Credited {note.number} −€121.00 Left to credit €0.00" in page
    assert f"Received €121.00 Owed already {note.number} −€121.00 Can be owed €0.00" in page
    assert f"Credit entire invoice INV-1 has been credited in full by {note.number}." in page
    assert f"{note.number} −€121.00 20 November 2026 Final Refund due" in page
    assert f"Credit note {note.number} finalised" in page
    assert f'href="/credit-notes/{note.pk}/"' in answer.content.decode()
    assert f'href="/invoices/{invoice.pk}/credit/"' not in answer.content.decode()


def test_the_menu_offers_to_credit_all_of_it_and_says_how_much_that_is(clerk, platform):
    invoice = a_final_invoice(platform)

    answer = clerk.get(f"/invoices/{invoice.pk}/")

    assert f'href="/invoices/{invoice.pk}/credit/"' in answer.content.decode()
    assert "Credit entire invoice Reverse every line, €121.00" in text_of(answer)


def test_the_menu_leads_to_a_draft_that_does_it_already(clerk, platform):
    note = a_draft_note(a_final_invoice(platform))

    page = text_of(clerk.get(f"/invoices/{note.invoice_id}/"))

    assert f"Continue the draft {note.display_number} credits the entire invoice" in page
    assert "Reverse every line" not in page


def test_a_draft_invoice_has_the_deeds_of_a_draft(clerk, viewer, platform):
    invoice = a_draft_invoice(platform)

    page = text_of(clerk.get(f"/invoices/{invoice.pk}/"))
    read_only = text_of(viewer.get(f"/invoices/{invoice.pk}/"))

    assert f"{invoice.display_number} Draft" in page
    assert "Edit Actions Change the customer Bières du Nord SA Put on hold" in page
    assert "Delete draft It has no number, so no gap remains Finalise…" in page
    assert "Credit entire invoice" not in page
    assert "Left to credit" not in page
    assert "Actions" not in read_only
    assert "Finalise…" not in read_only


def test_what_others_notes_gave_counts_as_paid_and_what_its_own_cleared_does_not(clerk, platform):
    given = a_final_invoice(platform, number="INV-1", due_date=FAR_AWAY)
    cleared = a_final_invoice(platform, number="INV-2", due_date=LONG_AGO)
    a_final_note(a_paid_invoice(platform, number="INV-3"))
    apply_credits(platform=platform, invoice_id=given.pk, actor=CLERK, at=NOON)
    half = Selection(amount=Decimal("60.50"))
    credit_invoice(
        platform=platform, invoice_id=cleared.pk, selection=half, finalize=True, actor=CLERK, at=NOON
    )

    page = text_of(clerk.get("/invoices/"))

    assert "INV-1 Bières du Nord SA 3 Nov 2026 31 Dec 2099 Paid €121.00 €0.00" in page
    assert "INV-2 Bières du Nord SA 3 Nov 2026 31 Jan 2020 Overdue Partly credited €121.00 €60.50" in page
    assert numbers_on(clerk.get("/invoices/?state=paid")) == ["INV-3", "INV-1"]
    assert numbers_on(clerk.get("/invoices/?state=credited")) == ["INV-3", "INV-2"]
    assert "INV-1 Paid" in text_of(clerk.get(f"/invoices/{given.pk}/"))
    assert "INV-2 Overdue Partly credited" in text_of(clerk.get(f"/invoices/{cleared.pk}/"))


def test_drafts_have_a_tab_of_their_own(clerk, platform):
    a_final_invoice(platform, number="INV-1", due_date=FAR_AWAY)
    draft = a_draft_invoice(platform)

    answer = clerk.get("/invoices/?state=draft")

    assert numbers_on(answer) == [draft.display_number]
    assert numbers_on(clerk.get("/invoices/?state=unpaid")) == ["INV-1"]
    assert "New invoice" in text_of(answer)


def test_the_pdf_is_being_made_until_it_is_there_and_then_a_link_leads_to_it(clerk, platform):
    invoice = a_final_invoice(platform, number="INV-1")
    assert "PDF is being made" in text_of(clerk.get(f"/invoices/{invoice.pk}/"))
    assert clerk.get(f"/invoices/{invoice.pk}/files/pdf/").status_code == 404

    follow_up()

    page = clerk.get(f"/invoices/{invoice.pk}/").content.decode()
    assert f'href="/invoices/{invoice.pk}/files/pdf/"' in page
    assert "hx-trigger" not in page
    link = clerk.get(f"/invoices/{invoice.pk}/files/pdf/")
    assert link.status_code == 302
    assert "INV-1.pdf" in link.headers["Location"]


def test_an_invoices_page_costs_the_same_number_of_queries_however_long_it_is(
    clerk, platform, django_assert_num_queries
):
    short = a_final_invoice(platform)
    long = a_final_invoice(platform, lines=[a_line() for _ in range(30)])
    a_payment(short, "1.00")
    for _ in range(10):
        a_payment(long, "1.00")

    for invoice in (short, long):
        with django_assert_num_queries(QUERIES_OF_A_PAGE):
            clerk.get(f"/invoices/{invoice.pk}/")
