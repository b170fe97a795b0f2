"""One-off invoices: written, changed, held, deleted and finalised at the desk."""

from datetime import date
from decimal import Decimal

import pytest

from billing.documents.snapshot import AllowanceCharge, Period
from invoices.models import Invoice
from invoices.services import create_invoice, finalize_invoice
from invoices.wish import AllowanceChargeWish, InvoiceWish, LineWish
from tests.books import digest_of_rows
from tests.desk.conftest import follow_up, text_of
from tests.factories import (
    CLERK,
    NOON,
    a_customer,
    a_draft_invoice,
    a_final_invoice,
    a_line,
    a_platform,
    an_entity,
)

pytestmark = pytest.mark.django_db

NO_ITEMS = {"items-TOTAL_FORMS": "0", "items-INITIAL_FORMS": "0"}


@pytest.fixture
def customer(platform):
    an_entity(platform)
    return a_customer(platform, currency="EUR")


def a_row(place: int, **typed: str) -> dict[str, str]:
    """What one line's fields say: 1 piece of `name` at `unit_price`, at 21 % VAT."""
    said = {"name": "", "quantity": "1", "unit": "C62", "unit_price": "", "tax_category": "S", "tax_rate": ""}
    return {f"lines-{place}-{name}": value for name, value in (said | typed).items()}


def a_form(*rows: dict[str, str], known: int = 0, deed: str = "keep", **typed: str) -> dict[str, str]:
    said = {"currency": "EUR", "price_type": "tax_exclusive", "language": "en", "deed": deed}
    said |= {"lines-TOTAL_FORMS": str(len(rows)), "lines-INITIAL_FORMS": str(known)} | NO_ITEMS
    for row in rows:
        said |= row
    return said | typed


SEATS = {"name": "Seats", "quantity": "25", "unit_price": "48", "tax_rate": "21"}


def test_a_customer_without_a_currency_is_asked_in_that_of_the_last_invoice(clerk, platform):
    invoice = a_final_invoice(platform, currency="JPY", lines=[a_line("5000", currency="JPY")])

    page = clerk.get(f"/invoices/new/?customer={invoice.customer_id}").content.decode()

    assert 'name="currency" value="JPY"' in page


def test_first_the_customer_is_chosen(clerk, platform, customer):
    other = a_customer(platform, name="Peter Pan", vat_number="", city="London", country="GB")

    everybody = text_of(clerk.get("/invoices/new/"))
    found = clerk.get("/invoices/new/?q=pan")

    assert "Bières du Nord SA" in everybody
    assert "Peter Pan London · GB" in everybody
    assert f'href="/invoices/new/?customer={other.pk}"' in found.content.decode()
    assert "Bières" not in text_of(found)
    assert "No customer is called that" in text_of(clerk.get("/invoices/new/?q=nobody"))


def test_an_invoice_is_written_worked_out_and_drafted(clerk, platform, customer):
    address = f"/invoices/new/?customer={customer.pk}"
    rows = [
        a_row(0, **SEATS),
        a_row(1, name="Paper", unit_price="0,125", quantity="3", tax_rate="9"),
        a_row(2),
    ]
    typed = {
        "due_date": "2099-12-31",
        "purchase_order_reference": "PO-9",
        "note": "Thank you",
        "period_start": "2026-10-01",
        "period_end": "2026-10-31",
        "internal_comment": "Ask Bob",
        "buyer_reference": "REF-1",
    }

    blank = clerk.get(address).content.decode()
    before = digest_of_rows()
    worked_out = text_of(clerk.post(address, a_form(*rows, deed="estimate", **typed)))
    after = digest_of_rows()
    answer = clerk.post(address, a_form(*rows, **typed), follow=True)

    assert 'name="lines-2-name"' in blank
    assert 'name="currency" value="EUR"' in blank
    assert "Net €1,200.38 VAT 21% on €1,200.00 €252.00 VAT 9% on €0.38 €0.03 Total €1,452.41" in worked_out
    assert before == after
    invoice = Invoice.objects.get()
    assert (invoice.status, invoice.total) == ("DRAFT", Decimal("1452.41"))
    assert (invoice.purchase_order_reference, invoice.buyer_reference) == ("PO-9", "REF-1")
    assert (invoice.notes[0].text, invoice.internal_comment) == ("Thank you", "Ask Bob")
    assert invoice.period == Period(start=date(2026, 10, 1), end=date(2026, 10, 31))
    assert answer.redirect_chain == [(f"/invoices/{invoice.pk}/", 302)]
    assert f"{invoice} was drafted. Nothing is final until you finalise it." in text_of(answer)


def test_prices_with_vat_and_a_discount(clerk, platform, customer):
    items = {
        "items-TOTAL_FORMS": "1",
        "items-0-is_charge": "no",
        "items-0-reason": "Loyalty",
        "items-0-amount": "21",
        "items-0-percent": "",
        "items-0-tax_category": "",
        "items-0-tax_rate": "",
    }
    row = a_row(0, name="Course", unit_price="121", tax_rate="21")

    clerk.post(f"/invoices/new/?customer={customer.pk}", a_form(row, price_type="tax_inclusive", **items))

    invoice = Invoice.objects.get()
    assert (invoice.total, invoice.net_total) == (Decimal("100.00"), Decimal("82.64"))
    page = clerk.get(f"/invoices/{invoice.pk}/edit/")
    assert "were kept without VAT and are worked back here" in text_of(page)
    assert 'name="items-0-amount" value="21.00"' in page.content.decode()

    known = items | {"items-INITIAL_FORMS": "1", "items-0-was": "0"}
    row |= {"lines-0-was": "0", "lines-0-name": "Lesson"}
    form = a_form(row, known=1, version="1", price_type="tax_inclusive", buyer_reference="PO-77", **known)
    clerk.post(f"/invoices/{invoice.pk}/edit/", form)

    changed = Invoice.objects.get()
    assert (changed.total, changed.lines.get().name) == (Decimal("100.00"), "Lesson")


def test_rows_are_added_without_losing_what_was_typed(clerk, customer):
    address = f"/invoices/new/?customer={customer.pk}"

    lines = clerk.post(address, a_form(a_row(0, **SEATS), deed="rows", note="Keep me"))
    items = clerk.post(address, a_form(a_row(0, **SEATS), deed="items"))

    page = lines.content.decode()
    assert 'name="lines-3-name"' in page
    assert 'name="lines-4-name"' not in page
    assert "field-error" not in page
    assert 'value="Seats"' in page
    assert "Keep me" in page
    assert 'name="items-0-reason"' in items.content.decode()
    assert Invoice.objects.count() == 0


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"lines-0-name": ""}, "This field is required."),
        ({"lines-0-quantity": "0"}, "The quantity is 0. What is given away has a price of 0."),
        ({"lines-0-quantity": "NaN"}, "Write a number, such as 12.50."),
        ({"lines-0-unit_price": "1e30"}, "Write a number, such as 12.50."),
        ({"lines-0-unit_price": "9" * 400}, "Write a number, such as 12.50."),
        ({"lines-0-unit_price": "-1"}, "This cannot be negative."),
        ({"lines-0-tax_rate": "101"}, "This is larger than anything that is taken in."),
        ({"lines-0-tax_rate": ""}, "The VAT rate of category S must be more than 0"),
        ({"due_date": "2020-01-01"}, "Due on 2020-01-01, before its date"),
        ({"currency": "XXX"}, "XXX is not a currency of ISO 4217 that has amounts."),
        ({"exchange_rate": "1.1"}, "An exchange rate leads to an accounting currency"),
        ({"accounting_currency": "SEK"}, "Give the exchange rate: how many SEK one EUR is."),
        ({"rounding_amount": "0.001"}, "0.001 is finer than EUR"),
        ({"price_type": "nonsense"}, "Select a valid choice."),
        ({"lines-TOTAL_FORMS": "0"}, "Give at least one line."),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_was_typed(clerk, customer, typed, said):
    before = digest_of_rows()

    answer = clerk.post(
        f"/invoices/new/?customer={customer.pk}", a_form(a_row(0, **SEATS), note="Keep me") | typed
    )

    assert answer.status_code in (400, 409)
    assert said in text_of(answer)
    assert "Keep me" in answer.content.decode()
    assert digest_of_rows() == before


def a_rich_draft(platform, customer) -> Invoice:
    """A draft with parts that no field of the form shows."""
    line = LineWish(
        name="Seats",
        quantity=Decimal(2),
        unit_price=Decimal(50),
        tax_rate=Decimal(21),
        note="Kept",
        base_quantity=Decimal(1),
        allowances_charges=(AllowanceChargeWish(is_charge=False, amount=Decimal(10), reason="Rebate"),),
    )
    wish = InvoiceWish(customer=customer.pk, lines=(line,), metadata={"order": 7}, buyer_reference="R")
    invoice = create_invoice(platform=platform, wish=wish, actor=CLERK, at=NOON)
    return Invoice.objects.get(pk=invoice.pk)


def test_a_draft_is_changed_and_keeps_what_the_form_does_not_show(clerk, platform, customer):
    invoice = a_rich_draft(platform, customer)
    row = a_row(0, was="0", name="Chairs", quantity="3", unit_price="50", tax_rate="21")
    added = a_row(1, name="Delivery", unit_price="9", tax_rate="9")

    page = clerk.get(f"/invoices/{invoice.pk}/edit/").content.decode()
    answer = clerk.post(
        f"/invoices/{invoice.pk}/edit/",
        a_form(
            row, added, known=1, version=str(invoice.version), project_reference="P-1", buyer_reference="R"
        ),
        follow=True,
    )

    assert 'name="lines-0-name" value="Seats"' in page
    changed = Invoice.objects.get(pk=invoice.pk)
    chairs, delivery = changed.lines.order_by("position")
    assert (chairs.name, chairs.note, chairs.net_amount) == ("Chairs", "Kept", Decimal("140.00"))
    assert chairs.allowances_charges == (
        AllowanceCharge(is_charge=False, amount=Decimal("10.00"), reason="Rebate"),
    )
    assert (delivery.name, delivery.net_amount) == ("Delivery", Decimal("9.00"))
    assert (changed.total, changed.project_reference) == (Decimal("179.21"), "P-1")
    assert changed.metadata == {"order": 7}
    assert f"{invoice} was changed." in text_of(answer)


def test_saving_a_draft_unchanged_changes_nothing(clerk, platform, customer):
    invoice = a_rich_draft(platform, customer)
    before = digest_of_rows()

    answer = clerk.post(
        f"/invoices/{invoice.pk}/edit/",
        a_form(
            a_row(0, was="0", name="Seats", quantity="2", unit_price="50", tax_rate="21"),
            known=1,
            version=str(invoice.version),
            buyer_reference="R",
            payment_code="30",
        ),
        follow=True,
    )

    assert f"{invoice} stays as it is." in text_of(answer)
    assert digest_of_rows() == before


def test_a_line_is_left_out(clerk, platform):
    invoice = a_draft_invoice(platform, lines=[a_line(name="Seats"), a_line(name="Desk", net="50.00")])
    rows = [
        a_row(0, was="0", name="Seats", unit_price="100", tax_rate="21"),
        a_row(1, was="1", name="Desk", unit_price="50", tax_rate="21", DELETE="on"),
    ]

    clerk.post(f"/invoices/{invoice.pk}/edit/", a_form(*rows, known=2, version=str(invoice.version)))

    assert Invoice.objects.get().total == Decimal("121.00")
    assert [line.name for line in invoice.lines.all()] == ["Seats"]


def test_a_draft_that_somebody_else_has_changed_is_not_overwritten(clerk, platform, customer):
    invoice = a_rich_draft(platform, customer)
    before = digest_of_rows()

    answer = clerk.post(
        f"/invoices/{invoice.pk}/edit/", a_form(a_row(0, was="0", **SEATS), known=1, version="9")
    )

    assert answer.status_code == 409
    assert "has changed since you looked at it" in text_of(answer)
    assert digest_of_rows() == before


def test_a_draft_gets_another_customer(clerk, platform, customer):
    invoice = a_rich_draft(platform, customer)
    other = a_customer(platform, name="Peter Pan", buyer_reference="PAN-1", language="de")
    address = f"/invoices/{invoice.pk}/customer/"

    asked = text_of(clerk.get(address + "?q=peter"))
    answer = clerk.post(address, {"customer": other.pk, "version": str(invoice.version)}, follow=True)
    wrong = clerk.post(address, {"customer": "cus_nobody"})

    assert "Change the customer" in asked
    changed = Invoice.objects.get(pk=invoice.pk)
    assert (changed.customer_id, changed.buyer_reference, changed.language) == (other.pk, "PAN-1", "de")
    assert changed.total == invoice.total
    assert "Peter Pan" in text_of(answer)
    assert wrong.status_code == 404


def test_the_page_before_finalising_says_what_will_happen_and_it_happens(clerk, platform, customer):
    invoice = a_rich_draft(platform, customer)

    asked = clerk.get(f"/invoices/{invoice.pk}/finalise/")
    answer = clerk.post(f"/invoices/{invoice.pk}/finalise/", {"version": str(invoice.version)}, follow=True)

    page = text_of(asked)
    final = Invoice.objects.get()
    assert f"Net €90.00 VAT €18.90 Total €108.90 Number {final.number}" in page
    assert "Its e-invoice, Peppol BIS Billing 3.0, passes" in page
    assert (final.status, final.total) == ("FINAL", Decimal("108.90"))
    assert f"{final.number} was finalised." in text_of(answer)
    assert f"Finalised as {final.number}" in text_of(answer)


def test_the_customer_gets_it_by_mail_if_that_is_wanted(clerk, platform, customer, outbox):
    invoice = a_rich_draft(platform, customer)

    asked = text_of(clerk.get(f"/invoices/{invoice.pk}/finalise/"))
    clerk.post(f"/invoices/{invoice.pk}/finalise/", {"notify": "on"})
    follow_up()

    assert "E-mail it to ap@bieres.example with PDF" in asked
    page = text_of(clerk.get(f"/invoices/{invoice.pk}/"))
    assert "Invoice e-mailed to ap@bieres.example" in page


def test_what_breaks_a_rule_is_named_before_one_tries(clerk, platform, customer):
    wish = InvoiceWish(
        customer=customer.pk,
        lines=(LineWish(name="Course", quantity=Decimal(1), unit_price=Decimal(10), tax_category="E"),),
    )
    invoice = create_invoice(platform=platform, wish=wish, actor=CLERK, at=NOON)

    asked = clerk.get(f"/invoices/{invoice.pk}/finalise/")
    done = clerk.post(f"/invoices/{invoice.pk}/finalise/")

    assert "BR-E-10" in text_of(asked)
    assert ">Finalise</button>" not in asked.content.decode()
    assert done.status_code == 422
    assert Invoice.objects.get().status == "DRAFT"


def test_a_draft_that_was_changed_meanwhile_is_not_finalised(clerk, platform, customer):
    invoice = a_rich_draft(platform, customer)

    answer = clerk.post(f"/invoices/{invoice.pk}/finalise/", {"version": "9"})

    assert answer.status_code == 409
    assert "has changed since you looked at it" in text_of(answer)
    assert Invoice.objects.get().status == "DRAFT"


def test_a_draft_is_held_and_released(clerk, platform):
    invoice = a_draft_invoice(platform)

    held = text_of(clerk.post(f"/invoices/{invoice.pk}/hold/", follow=True))
    again = text_of(clerk.post(f"/invoices/{invoice.pk}/hold/", follow=True))
    released = text_of(clerk.post(f"/invoices/{invoice.pk}/release/", follow=True))

    assert f"{invoice} was put on hold." in held
    assert "Draft On hold" in held
    assert "is on hold already." in again
    assert f"{invoice} was released." in released


def test_a_draft_is_deleted_after_asking(clerk, platform):
    invoice = a_draft_invoice(platform)

    asked = text_of(clerk.get(f"/invoices/{invoice.pk}/delete/"))
    answer = clerk.post(f"/invoices/{invoice.pk}/delete/", follow=True)

    assert "It has no number yet, so none is lost." in asked
    assert Invoice.objects.count() == 0
    assert f"{invoice} was deleted." in text_of(answer)


def test_a_final_invoice_is_not_a_draft_any_more(clerk, platform):
    invoice = a_final_invoice(platform, number="INV-1")
    before = digest_of_rows()

    edited = clerk.get(f"/invoices/{invoice.pk}/edit/")
    deleted = clerk.post(f"/invoices/{invoice.pk}/delete/", follow=True)
    finalized = clerk.post(f"/invoices/{invoice.pk}/finalise/", follow=True)
    held = clerk.post(f"/invoices/{invoice.pk}/hold/", follow=True)

    assert edited.status_code == 409
    for answer in (deleted, finalized, held):
        assert "INV-1 is FINAL: credit it instead." in text_of(answer)
    assert digest_of_rows() == before


def test_who_only_reads_writes_nothing_and_strangers_see_nothing(clerk, viewer, platform, customer):
    mine, theirs = a_draft_invoice(platform), a_draft_invoice(a_platform("Other"))
    stranger = theirs.customer_id
    asking = ("edit", "customer", "finalise", "delete")
    doing = (*asking, "hold", "release")

    assert viewer.get("/invoices/new/").status_code == 403
    assert viewer.post(f"/invoices/new/?customer={customer.pk}").status_code == 403
    assert [viewer.get(f"/invoices/{mine.pk}/{deed}/").status_code for deed in asking] == [403] * 4
    assert [viewer.post(f"/invoices/{mine.pk}/{deed}/").status_code for deed in doing] == [403] * 6
    assert clerk.get(f"/invoices/new/?customer={stranger}").status_code == 404
    assert [clerk.get(f"/invoices/{theirs.pk}/{deed}/").status_code for deed in asking] == [404] * 4
    assert [clerk.post(f"/invoices/{theirs.pk}/{deed}/").status_code for deed in doing] == [404] * 6


def test_of_several_sellers_the_one_who_issued_last_is_proposed_and_else_none(clerk, platform, customer):
    usual = an_entity(platform, name="Zeta GmbH", vat_number="DE123456789", legal_id="2")
    page = f"/invoices/new/?customer={customer.pk}"

    assert '<option value="" selected>Choose one</option>' in clerk.get(page).content.decode()
    form = a_form(a_row(0, **SEATS), billing_entity="")
    assert clerk.post(page, form).status_code == 400
    assert not Invoice.objects.exists()

    clerk.post(page, form | {"billing_entity": usual.pk})
    finalize_invoice(platform=platform, invoice_id=Invoice.objects.get().pk, actor=CLERK, at=NOON)
    assert f'<option value="{usual.pk}" selected>Zeta GmbH</option>' in clerk.get(page).content.decode()
    assert "Choose one" not in clerk.get(page).content.decode()
