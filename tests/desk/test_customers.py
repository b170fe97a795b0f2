"""Customers: the list, where one stands, a bonus, and one note over several invoices."""

from decimal import Decimal

import pytest

from billing.platforms.models import Customer
from billing_desk.desk.queries import customer_credit
from credit_notes.models import CreditNote
from credit_notes.selection import Selection
from tests.books import digest_of_rows
from tests.credit_notes.credits import a_credit_of, an_invoice_of, credited, given
from tests.desk.conftest import text_of
from tests.factories import a_customer, a_draft_note, a_final_invoice, a_payment, a_platform, an_entity

pytestmark = pytest.mark.django_db

QUERIES_OF_THE_LIST = 7  # session, person, memberships, customers, debts, credits, navigation


def one(platform) -> Customer:
    return Customer.objects.get(platform=platform)


# The list and the page


def test_the_list_says_what_each_customer_owes_and_has(clerk, platform):
    an_invoice_of(platform, "80.00")
    an_invoice_of(platform, "5000", currency="JPY")
    a_credit_of(platform, "30.00")

    page = text_of(clerk.get("/customers/"))

    assert "Bières du Nord SA Bruxelles, BE BE0123456749 €30.00 €80.00 JP¥5,000" in page


@pytest.mark.parametrize(("text", "found"), [("nord", True), ("0123456749", True), ("süd", False)])
def test_the_list_is_searched_by_name_and_vat_number(clerk, platform, text, found):
    a_customer(platform)

    page = text_of(clerk.get("/customers/", {"q": text}))

    assert ("Bruxelles, BE" in page) == found
    assert ("No customer is like that" in page) != found


def test_the_list_costs_the_same_however_long_it_is(clerk, platform, django_assert_num_queries):
    for more in (1, 9):
        for place in range(more):
            a_final_invoice(platform, buyer=a_customer(platform, name=f"{more}-{place}", vat_number=""))
        with django_assert_num_queries(QUERIES_OF_THE_LIST):
            clerk.get("/customers/")


def test_a_page_adds_up_what_is_owed_and_what_credit_there_is(clerk, platform):
    platform.keeps_overpayments = True
    platform.save()
    invoice = an_invoice_of(platform, "80.00", number="INV-1")
    note = a_credit_of(platform, "30.00", type="store")
    a_payment(an_invoice_of(platform, "10.00", number="INV-3"), "12.50")

    page = text_of(clerk.get(f"/customers/{one(platform).pk}/"))

    assert "Owes €80.00 Credit available −€30.00 Paid too much −€2.50 Balance, to pay €47.50" in page
    assert "INV-1 €80.00" in page
    assert f"{note.number} −€30.00" in page
    assert "With the payment of INV-3 −€2.50" in page
    assert (
        f'href="/credit-notes/{note.pk}/use/"'
        in clerk.get(f"/customers/{one(platform).pk}/").content.decode()
    )
    assert invoice.number == "INV-1"


def test_a_page_tells_the_movements_newest_first(clerk, platform):
    invoice = an_invoice_of(platform, "80.00", number="INV-1")
    note = a_credit_of(platform, "30.00", number="INV-2")
    given(note, invoice, "20.00")

    page = text_of(clerk.get(f"/customers/{one(platform).pk}/"))

    credit, paid = page.index("Credit given"), page.index("Payment 20 Nov 2026 INV-2")
    assert credit < paid
    assert f"INV-1 {note.number} €20.00" in page


def test_a_customer_without_anything_open_says_so(clerk, platform):
    customer = a_customer(platform)

    page = text_of(clerk.get(f"/customers/{customer.pk}/"))

    assert "Bières du Nord SA owes nothing and has no credit." in page
    assert "No money has moved yet." in page


# A bonus


def bonus_fields(**fields):
    """A posted bonus of one line, 50.00 at 21 %."""
    line = {
        "name": "Thank you",
        "quantity": "1",
        "unit_price": "50.00",
        "tax_category": "S",
        "tax_rate": "21",
    }
    return {
        "lines-TOTAL_FORMS": "1",
        "lines-INITIAL_FORMS": "0",
        **{f"lines-0-{name}": value for name, value in line.items()},
        "currency": "EUR",
        "type": "store",
        "note": "With our thanks",
        "deed": "keep",
    } | fields


@pytest.fixture
def customer(platform):
    an_entity(platform)
    return a_customer(platform)


def test_a_bonus_is_worked_out_before_anything_is_stored(clerk, customer):
    before = digest_of_rows()

    answer = clerk.post(f"/customers/{customer.pk}/bonus/", bonus_fields(deed="estimate"))

    page = text_of(answer)
    assert "Total €60.50 Available then €60.50" in page
    assert "Net €50.00 VAT 21% on €50.00 €10.50 Total €60.50" in page
    assert 'value="Thank you"' in answer.content.decode()
    assert digest_of_rows() == before


def test_a_bonus_becomes_a_draft_on_no_invoice(clerk, customer):
    answer = clerk.post(f"/customers/{customer.pk}/bonus/", bonus_fields(), follow=True)

    note = CreditNote.objects.get()
    assert (note.total, note.type, note.references.count()) == (Decimal("60.50"), "store", 0)
    page = text_of(answer)
    assert f"{note.display_number} was drafted. Nothing is final until you finalise it." in page
    assert "a bonus, on no invoice" in page
    assert "Will clear debt €0.00 Will be store credit €60.50" in page


def test_the_lines_of_a_bonus_are_changed(clerk, customer):
    clerk.post(f"/customers/{customer.pk}/bonus/", bonus_fields())
    note = CreditNote.objects.get()
    address = f"/credit-notes/{note.pk}/bonus/"
    page = clerk.get(address).content.decode()

    clerk.post(
        address,
        bonus_fields(**{"lines-INITIAL_FORMS": "1", "lines-0-was": "0", "lines-0-unit_price": "20.00"}),
    )

    assert 'value="50"' in page
    assert 'value="Thank you"' in page
    assert CreditNote.objects.get().total == Decimal("24.20")


def test_a_bonus_gets_more_rows_without_javascript(clerk, customer):
    answer = clerk.post(f"/customers/{customer.pk}/bonus/", bonus_fields(deed="rows"))

    page = answer.content.decode()
    assert 'name="lines-3-name"' in page
    assert 'value="Thank you"' in page
    assert not CreditNote.objects.exists()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"lines-0-unit_price": "NaN"}, "Write a number"),
        ({"lines-0-unit_price": "-1"}, "This cannot be negative."),
        ({"lines-0-quantity": "1e30"}, "Write a number"),
        ({"lines-0-unit_price": "9" * 400}, "Write a number"),
        ({"lines-0-tax_rate": ""}, "Give the rate in percent"),
        ({"lines-0-tax_rate": "101"}, "This is larger than anything that is taken in."),
        ({"lines-0-name": ""}, "This field is required."),
        ({"currency": "XAU"}, "is not a currency"),
        ({"type": "adjustment"}, "Select a valid choice"),
        ({"lines-TOTAL_FORMS": "0"}, "A bonus needs at least one line."),
    ],
)
def test_a_bonus_that_makes_no_sense_is_refused_with_what_was_typed(clerk, customer, fields, said):
    before = digest_of_rows()

    answer = clerk.post(f"/customers/{customer.pk}/bonus/", bonus_fields(**fields))

    assert answer.status_code in {400, 409}
    page = answer.content.decode()
    assert said in text_of(answer)
    assert "With our thanks" in page
    assert digest_of_rows() == before


def test_the_seller_of_a_bonus_is_chosen_where_there_are_several(clerk, platform, customer):
    second = an_entity(platform, name="Acme Hardware B.V.", vat_number="NL004495445B01")

    page = text_of(clerk.get(f"/customers/{customer.pk}/bonus/"))
    clerk.post(f"/customers/{customer.pk}/bonus/", bonus_fields(billing_entity_id=second.pk))

    assert "Seller Acme Hardware B.V. Acme Software B.V." in page
    note = CreditNote.objects.get()
    assert note.billing_entity == second
    again = clerk.post(
        f"/credit-notes/{note.pk}/bonus/",
        bonus_fields(**{"lines-INITIAL_FORMS": "1", "lines-0-was": "0", "deed": "estimate"}),
    )
    assert "Total €60.50" in text_of(again)


# Several invoices


def test_several_invoices_are_credited_by_one_note(clerk, platform):
    first = an_invoice_of(platform, "80.00", number="INV-1")
    second = an_invoice_of(platform, "50.00", number="INV-2")
    address = f"/customers/{one(platform).pk}/credit/"
    fields = {f"{first.pk}-chosen": "on", f"{second.pk}-amount": "20,00", "note": "Two in one"}

    shown = text_of(clerk.get(address))
    worked_out = text_of(clerk.post(address, fields | {"deed": "estimate"}))
    answer = clerk.post(address, fields | {"deed": "keep"}, follow=True)

    assert "INV-2 3 November 2026 · €50.00 of €50.00 left · €50.00 due" in shown
    assert "Total €100.00 Clears debt €100.00 Available then €0.00" in worked_out
    note = CreditNote.objects.get()
    assert [(row.number, row.total) for row in note.references.order_by("id")] == [
        ("INV-2", Decimal("20.00")),
        ("INV-1", Decimal("80.00")),
    ]
    page = text_of(answer)
    assert "By invoice 2 invoices · EUR" in page
    assert "INV-1 €80.00 €0.00 €80.00" in page


def test_what_a_draft_takes_of_each_invoice_is_changed(clerk, platform):
    first = an_invoice_of(platform, "80.00", number="INV-1")
    second = an_invoice_of(platform, "50.00", number="INV-2")
    clerk.post(
        f"/customers/{one(platform).pk}/credit/",
        {f"{first.pk}-chosen": "on", f"{second.pk}-amount": "20.00", "deed": "keep"},
    )
    note = CreditNote.objects.get()
    address = f"/credit-notes/{note.pk}/invoices/"

    page = clerk.get(address).content.decode()
    clerk.post(
        address, {f"{first.pk}-amount": "10.00", f"{second.pk}-amount": "5.00", "version": note.version}
    )

    assert f'name="{second.pk}-amount" value="20.00"' in page
    assert CreditNote.objects.get().total == Decimal("15.00")


def test_old_invoices_are_found_behind_newer_ones(clerk, platform, monkeypatch):
    monkeypatch.setattr(customer_credit, "MOST_INVOICES", 2)
    old = an_invoice_of(platform, "80.00", number="INV-1")
    customer = one(platform).pk
    clerk.post(f"/customers/{customer}/credit/", {f"{old.pk}-amount": "20.00", "deed": "keep"})
    note = CreditNote.objects.get()
    for number in ("INV-2", "INV-3", "INV-4"):
        credited(an_invoice_of(platform, "50.00", number=number))
    behind_credited_ones = text_of(clerk.get(f"/customers/{customer}/credit/"))
    newer = [an_invoice_of(platform, "50.00", number=f"INV-{place}") for place in (5, 6, 7)]

    page = text_of(clerk.get(f"/credit-notes/{note.pk}/invoices/"))
    clerk.post(
        f"/credit-notes/{note.pk}/invoices/",
        {f"{old.pk}-amount": "20.00", f"{newer[2].pk}-amount": "5.00", "version": note.version},
    )

    assert "INV-1" in behind_credited_ones
    assert "INV-4" not in behind_credited_ones
    assert [number for number in ("INV-1", "INV-5", "INV-6", "INV-7") if number in page] == [
        "INV-1",
        "INV-6",
        "INV-7",
    ]
    assert {(row.number, row.total) for row in CreditNote.objects.get(pk=note.pk).references.all()} == {
        ("INV-1", Decimal("20.00")),
        ("INV-7", Decimal("5.00")),
    }


def test_more_than_an_invoice_has_left_is_refused_with_what_was_typed(clerk, platform):
    first = an_invoice_of(platform, "80.00", number="INV-1")
    second = an_invoice_of(platform, "50.00", number="INV-2")
    credited(second, selection=Selection(amount=Decimal("45.00")))
    before = digest_of_rows()

    answer = clerk.post(
        f"/customers/{one(platform).pk}/credit/",
        {f"{first.pk}-chosen": "on", f"{second.pk}-amount": "20.00", "deed": "keep"},
    )

    assert answer.status_code == 409
    assert "20.00 EUR is more than the 5.00 EUR that INV-2 allows now" in text_of(answer)
    assert 'value="20.00"' in answer.content.decode()
    assert digest_of_rows() == before


def test_no_invoice_chosen_is_no_note(clerk, platform):
    an_invoice_of(platform, "80.00")

    answer = clerk.post(f"/customers/{one(platform).pk}/credit/", {"deed": "keep"})

    assert answer.status_code == 400
    assert "Choose at least one invoice." in text_of(answer)


def test_a_customer_whose_invoices_are_all_credited_has_nothing_to_choose(clerk, platform):
    credited(an_invoice_of(platform, "80.00"))

    assert "Nothing is left to credit" in text_of(clerk.get(f"/customers/{one(platform).pk}/credit/"))


# Who may


@pytest.mark.parametrize("deed", ["bonus", "credit"])
def test_a_viewer_reads_and_credits_nobody(viewer, platform, deed):
    an_invoice_of(platform, "80.00")
    address = f"/customers/{one(platform).pk}/"

    assert "New bonus…" not in text_of(viewer.get(address))
    assert viewer.get(f"{address}{deed}/").status_code == 403
    assert viewer.post(f"{address}{deed}/").status_code == 403


@pytest.mark.parametrize("path", ["", "bonus/", "credit/"])
def test_another_platforms_customer_does_not_exist(sign_in, platform, path):
    an_invoice_of(platform, "80.00")
    stranger = sign_in(a_platform("Stranger"))

    assert stranger.get(f"/customers/{one(platform).pk}/{path}").status_code == 404
    assert "Bières du Nord" not in stranger.get("/customers/").content.decode()


@pytest.mark.parametrize("path", ["bonus", "invoices"])
def test_another_platforms_draft_is_not_changed(sign_in, platform, path):
    note = a_draft_note(a_final_invoice(platform))
    stranger = sign_in(a_platform("Stranger"))

    assert stranger.get(f"/credit-notes/{note.pk}/{path}/").status_code == 404
    assert stranger.post(f"/credit-notes/{note.pk}/{path}/").status_code == 404
