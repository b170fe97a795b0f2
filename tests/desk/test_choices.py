"""Codes at the desk: searched by whoever signed in, understood in small letters, refused with a hint."""

from decimal import Decimal

import pytest
from django.test import Client

from billing.documents.snapshot import PaymentMeans
from invoices.models import Invoice
from tests.books import digest_of_rows
from tests.desk.conftest import text_of
from tests.factories import a_customer, a_draft_invoice, a_line, an_entity

pytestmark = pytest.mark.django_db


def found(client, query):
    answer = client.get(f"/codes/?{query}")
    assert answer.status_code == 200
    return [tuple(choice) for choice in answer.json()["choices"]]


def test_codes_are_found_as_one_types(viewer):
    assert found(viewer, "of=units&q=hou")[:2] == [("HUR", "hour"), ("KWH", "kilowatt hour")]
    assert found(viewer, "of=units")[0] == ("C62", "one (piece)")
    assert len(found(viewer, "of=units")) == 20
    assert found(viewer, "of=allowance_reasons+charge_reasons&q=dis")[0] == ("95", "Discount")
    assert found(viewer, "of=units&q=" + "9" * 400) == []


def test_what_was_found_may_be_kept_by_the_browser_for_a_day(viewer):
    answer = viewer.get("/codes/?of=units&q=h")

    assert set(answer.headers["Cache-Control"].split(", ")) == {"private", "max-age=86400"}


@pytest.mark.parametrize("query", ["", "of=", "of=planets", "of=units+planets", "of=units+units+units+units"])
def test_a_list_that_there_is_not_is_not_found(viewer, query):
    assert viewer.get(f"/codes/?{query}").status_code == 404


def test_strangers_and_other_methods_are_refused(viewer):
    assert Client().get("/codes/?of=units").status_code == 401
    assert viewer.post("/codes/?of=units").status_code == 405


LINE = {
    "name": "Consulting",
    "quantity": "1",
    "unit": "HUR",
    "unit_price": "100",
    "tax_category": "S",
    "tax_rate": "21",
}
TABLES = {
    "lines-TOTAL_FORMS": "1",
    "lines-INITIAL_FORMS": "0",
    "items-TOTAL_FORMS": "0",
    "items-INITIAL_FORMS": "0",
}


def written(clerk, customer, **fields):
    said = {"currency": "EUR", "price_type": "tax_exclusive", "language": "en", "deed": "keep"} | TABLES
    said |= {f"lines-0-{name}": value for name, value in LINE.items()}
    return clerk.post(f"/invoices/new/?customer={customer.pk}", said | fields)


@pytest.fixture
def customer(platform):
    an_entity(platform, bank_account="NL91ABNA0417164300", account_name="Acme", bic="ABNANL2A")
    return a_customer(platform, currency="EUR")


def item(**fields):
    said = {"is_charge": "no", "reason": "Loyal", "amount": "10"} | fields
    return {"items-TOTAL_FORMS": "1"} | {f"items-0-{name}": value for name, value in said.items()}


def test_codes_are_kept_with_the_invoice(clerk, customer):
    answer = written(
        clerk,
        customer,
        **{"lines-0-unit": "day", "currency": "eur", "payment_code": "sepa credit transfer"},
        **item(reason_code="95", tax_category="S", tax_rate="21"),
    )

    assert answer.status_code == 302
    invoice = Invoice.objects.get()
    assert (invoice.currency, invoice.lines.get().unit) == ("EUR", "DAY")
    assert [row.reason_code for row in invoice.allowances_charges.all()] == ["95"]
    assert invoice.total == Decimal("108.90")


def test_a_reason_for_no_vat_is_kept_by_its_code(clerk, customer):
    fields = {"tax_category": "AE", "tax_rate": "", "exemption_code": "vatex-eu-ae"}
    answer = written(clerk, customer, **{f"lines-0-{name}": value for name, value in fields.items()})

    assert answer.status_code == 302
    page = clerk.get(f"/invoices/{Invoice.objects.get().pk}/edit/")
    assert page.context["page"].wish.lines[0].exemption_code == "VATEX-EU-AE"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"lines-0-unit": "h"}, "“h” is none of the units. Did you mean HUR (hour)?"),
        ({"lines-0-unit": "XYZ1"}, "“XYZ1” is none of the units."),
        ({"lines-0-unit": "9" * 400}, "is none of the units."),
        ({"lines-0-unit": "1e30"}, "“1e30” is none of the units."),
        ({"lines-0-unit": "NaN"}, "“NaN” is none of the units."),
        ({"lines-0-unit": "<script>"}, "“<script>” is none of the units."),
        ({"lines-0-unit": "H\0R"}, "is none of the units."),
        ({"lines-0-unit": ""}, "This field is required."),
        ({"currency": "EURX"}, "“EURX” is none of the currencies."),
        ({"accounting_currency": "zloti"}, "or PLN (Polish Zloty)?"),
        ({"payment_code": "999"}, "“999” is none of the payment means."),
        ({"lines-0-exemption_code": "AE1"}, "“AE1” is none of the reasons for no VAT."),
        (item(reason_code="dis"), "is none of the reasons of allowances or reasons of charges."),
        (item(reason_code="FC"), "FC (Freight service) is a reason for a surcharge."),
        (item(reason_code="95", is_charge="yes"), "95 (Discount) is a reason for a discount."),
    ],
)
def test_a_wrong_code_is_refused_by_name_and_nothing_is_kept(clerk, customer, fields, words):
    before = digest_of_rows()

    answer = written(clerk, customer, **fields)

    assert answer.status_code == 400
    assert words in text_of(answer)
    assert digest_of_rows() == before


@pytest.mark.parametrize(
    ("code", "means"),
    [
        (
            "58",
            PaymentMeans(code="58", account="NL91ABNA0417164300", account_name="Acme", bic="ABNANL2A"),
        ),
        ("48", PaymentMeans(code="48")),
        ("", PaymentMeans(code="30", account="NL91ABNA0417164300", account_name="Acme", bic="ABNANL2A")),
    ],
)
def test_a_transfer_goes_to_the_sellers_account_and_a_card_to_none(clerk, customer, code, means):
    written(clerk, customer, payment_code=code)

    page = clerk.get(f"/invoices/{Invoice.objects.get().pk}/edit/")
    assert page.context["page"].wish.payment_means == (means,)


def test_a_code_that_stands_there_already_is_not_judged_again(clerk, platform):
    draft = a_draft_invoice(platform, lines=[a_line(name="Seats")], payment_means=(PaymentMeans(code="999"),))
    address = f"/invoices/{draft.pk}/edit/"
    sheet = clerk.get(address).context["sheet"]
    said = {f"lines-0-{name}": sheet.lines[0][name].value() or "" for name in sheet.lines[0].fields}
    said |= {name: sheet.header[name].value() or "" for name in sheet.header.fields} | TABLES
    said |= {"lines-INITIAL_FORMS": "1", "version": str(draft.version), "deed": "keep", "lines-0-name": "New"}
    del said["lines-0-DELETE"]

    answer = clerk.post(address, said)

    assert (said["payment_code"], answer.status_code) == ("999", 302)
    assert Invoice.objects.get().lines.get().name == "New"
    assert clerk.get(address).context["page"].wish.payment_means == (PaymentMeans(code="999"),)
