"""A one-off invoice: what is asked for, and what it comes to."""

from datetime import date
from decimal import Decimal

import pytest

from billing.documents.snapshot import (
    Address,
    Attachment,
    Delivery,
    Identifier,
    Note,
    Payee,
    PaymentMeans,
    Period,
    Reference,
    TaxGroup,
    TaxRepresentative,
    Totals,
)
from billing.errors import BillingError
from billing.events.models import Event
from invoices.models import Invoice, InvoiceLine
from invoices.services import create_invoice
from invoices.snapshot import document_of
from invoices.wish import InvoiceWish
from tests.books import digest_of_rows
from tests.factories import CLERK, NOON, a_customer, a_platform, an_entity

from .wishes import a_line_wish, a_wish, an_extra_wish, create, finalized


def test_a_draft_has_no_number_and_adds_up(platform):
    # when
    invoice = create(platform, a_line_wish("68.33", "2"), a_line_wish("57.50", rate="9"))

    # then
    assert (invoice.status, invoice.number, invoice.date) == ("DRAFT", "", None)
    assert invoice.display_number.startswith("INV-DRAFT-")
    assert [(tax.rate, tax.base, tax.amount) for tax in invoice.taxes] == [
        (Decimal(21), Decimal("136.66"), Decimal("28.70")),
        (Decimal(9), Decimal("57.50"), Decimal("5.18")),
    ]
    assert (invoice.net_total, invoice.tax_total, invoice.total) == (
        Decimal("194.16"),
        Decimal("33.88"),
        Decimal("228.04"),
    )
    assert [line.net_amount for line in invoice.lines.all()] == [Decimal("136.66"), Decimal("57.50")]
    event = Event.objects.get(object_id=invoice.pk)
    assert (event.type, event.actor, event.data["object"]["total"]) == (
        "billing.invoice.drafted",
        CLERK,
        "228.04",
    )


def test_an_invoice_can_be_final_at_once(platform):
    # when
    invoice = create(platform, finalize=True)

    # then
    assert (invoice.status, invoice.number, invoice.date) == ("FINAL", "INV-2026-000001", NOON.date())
    assert (invoice.amount_due, invoice.due_date, invoice.version) == (Decimal("121.00"), NOON.date(), 2)
    assert invoice.snapshot.number == "INV-2026-000001"
    assert invoice.snapshot.profile == invoice.profile == "peppol-bis-3"
    assert (invoice.series.prefix, invoice.series_period, invoice.series_number) == ("INV", "2026", 1)
    event = Event.objects.get(object_id=invoice.pk)
    assert (event.type, event.data["previous"]["status"]) == ("billing.invoice.finalized", "DRAFT")
    assert event.data["object"]["number"] == "INV-2026-000001"


def test_every_field_of_the_document_can_be_entered(platform):
    # given
    said = {
        "type_code": "380",
        "language": "nl",
        "due_date": date(2026, 12, 31),
        "tax_point_date": date(2026, 11, 19),
        "payment_terms": "30 days",
        "buyer_reference": "PO-1",
        "project_reference": "P-1",
        "contract_reference": "C-1",
        "purchase_order_reference": "PO-2",
        "sales_order_reference": "SO-1",
        "receiving_advice_reference": "RA-1",
        "despatch_advice_reference": "DA-1",
        "tender_reference": "T-1",
        "object_id": Identifier("OBJ-1", "ABZ"),
        "accounting_reference": "4711",
        "payee": Payee("Factor N.V.", legal_id=Identifier("12345678", "0106")),
        "tax_representative": TaxRepresentative("Rep B.V.", "NL123456782B90", Address(country="NL")),
        "delivery": Delivery(
            name="Depot", date=date(2026, 11, 18), address=Address(city="Gent", country="BE")
        ),
        "period": Period(date(2026, 11, 1), date(2026, 11, 30)),
        "payment_means": (PaymentMeans("30", account="NL91ABNA0417164300", remittance="REF 7"),),
        "notes": (Note("Thank you"),),
        "references": (Reference("INV-2025-9", date(2025, 12, 1)),),
        "attachments": (Attachment("A-1", "Timesheet", "https://acme.example/a-1.pdf"),),
    }

    # when
    document = finalized(platform, date=date(2026, 11, 19), metadata={"order": 7}, **said)

    # then
    assert {name: getattr(document, name) for name in said} == said
    assert document.date == date(2026, 11, 19)
    assert Invoice.objects.get().metadata == {"order": 7}


def test_every_field_of_a_line_can_be_entered(platform):
    # given
    said = {
        "description": "A year of it",
        "note": "As agreed",
        "unit": "HUR",
        "period": Period(date(2026, 11, 1), date(2026, 11, 30)),
        "seller_item_id": "S-1",
        "buyer_item_id": "B-1",
        "standard_item_id": Identifier("4012345678901", "0160"),
        "origin_country": "NL",
        "order_line": "3",
        "accounting_reference": "4711",
    }

    # when
    document = finalized(platform, a_line_wish("96.30", "9.5", group="Hours", **said))

    # then
    (line,) = document.lines
    assert {name: getattr(line, name) for name in said} == said
    assert (line.id, line.net_amount) == ("1", Decimal("914.85"))
    assert InvoiceLine.objects.get().group == "Hours"


def test_what_is_left_out_the_master_data_says(platform):
    # given
    an_entity(
        platform,
        creditor_id="NL00ZZZ123456780000",
        payee={"name": "Factor N.V."},
        bic="ABNANL2A",
    )
    a_customer(platform, currency="SEK", language="de", delivery_address={"city": "Gent", "country": "BE"})

    # when
    document = document_of(create(platform, currency=""), number="X", on=NOON.date())

    # then
    assert (document.currency, document.language, document.buyer_reference) == ("SEK", "de", "PO-77")
    assert document.payment_means == (
        PaymentMeans("30", account="NL91ABNA0417164300", account_name="Acme Software B.V.", bic="ABNANL2A"),
    )
    assert document.creditor_id == ""
    assert document.payee.name == "Factor N.V."
    assert document.delivery.address == Address(city="Gent", country="BE")


def test_a_direct_debit_brings_the_creditors_id(platform):
    an_entity(platform, creditor_id="NL00ZZZ123456780000")
    debit = PaymentMeans("59", mandate="M-1", debited_account="BE68539007547034")

    document = finalized(platform, payment_means=(debit,))

    assert document.creditor_id == "NL00ZZZ123456780000"


def test_allowances_and_charges_are_amounts_or_percentages(platform):
    # given: 200.00 less 10 % and plus 5.00 on the line; 5 % off and 12.00 put on the whole
    line = a_line_wish(
        "100.00",
        "2",
        allowances_charges=(
            an_extra_wish(percent="10"),
            an_extra_wish("5.00", is_charge=True, reason="Wrapping"),
        ),
    )

    # when
    document = finalized(
        platform,
        line,
        allowances_charges=(
            an_extra_wish(percent="5"),
            an_extra_wish("12.00", is_charge=True, reason="Freight", tax_category="S", tax_rate=Decimal(21)),
        ),
    )

    # then
    (line,) = document.lines
    assert [(item.amount, item.base_amount) for item in line.allowances_charges] == [
        (Decimal("20.00"), Decimal("200.00")),
        (Decimal("5.00"), None),
    ]
    assert line.net_amount == Decimal("185.00")
    assert [item.amount for item in document.allowances_charges] == [Decimal("9.25"), Decimal("12.00")]
    assert document.totals == Totals(
        line_total=Decimal("185.00"),
        allowance_total=Decimal("9.25"),
        charge_total=Decimal("12.00"),
        net_total=Decimal("187.75"),
        tax_total=Decimal("39.43"),
        tax_inclusive_total=Decimal("227.18"),
        payable_amount=Decimal("227.18"),
        prepaid_amount=Decimal("0.00"),
        rounding_amount=Decimal("0.00"),
    )


def test_a_price_list_with_vat_is_paid_as_it_reads(platform):
    # when
    document = finalized(
        platform,
        a_line_wish("9.99", "3"),
        a_line_wish("4.50", "2", rate="9", allowances_charges=(an_extra_wish("1.00"),)),
        a_line_wish("9.99", "-1"),
        price_type="tax_inclusive",
        allowances_charges=(an_extra_wish(percent="10", tax_category="S", tax_rate=Decimal(21)),),
    )

    # then: 29.97 - 9.99 - 2.00 at 21 %, 8.00 at 9 %
    assert document.totals.total == Decimal("25.98")
    assert [(tax.base, tax.amount) for tax in document.taxes] == [
        (Decimal("14.86"), Decimal("3.12")),
        (Decimal("7.34"), Decimal("0.66")),
    ]
    assert [line.tax_inclusive_price for line in document.lines] == [
        Decimal("9.99"),
        Decimal("4.50"),
        Decimal("9.99"),
    ]
    assert document.profile == "peppol-bis-3"


def test_a_negative_line_takes_back(platform):
    document = finalized(platform, a_line_wish("100.00", "2"), a_line_wish("30.00", "-1"))

    assert [line.net_amount for line in document.lines] == [Decimal("200.00"), Decimal("-30.00")]
    assert document.totals.total == Decimal("205.70")


def test_the_vat_is_told_in_the_accounting_currency_too(platform):
    an_entity(platform, accounting_currency="EUR")

    invoice = create(platform, finalize=True, currency="SEK", exchange_rate=Decimal("0.0875"))

    assert (invoice.accounting_currency, invoice.exchange_rate) == ("EUR", Decimal("0.0875"))
    assert (invoice.tax_total, invoice.accounting_tax_total) == (Decimal("21.00"), Decimal("1.84"))
    assert invoice.snapshot.totals.accounting_tax_total == Decimal("1.84")


def test_forints_are_rounded_to_five_when_paid_in_cash(platform):
    invoice = create(
        platform,
        a_line_wish("1001.00", rate="27"),
        finalize=True,
        currency="HUF",
        rounding_amount=Decimal("-1.27"),
    )

    assert (invoice.tax_total, invoice.total) == (Decimal("270.27"), Decimal("1270.00"))
    assert invoice.snapshot.totals.payable_amount == Decimal("1270.00")


def test_yen_have_no_decimals(platform):
    document = finalized(platform, a_line_wish("333", "3", rate="10"), currency="JPY")

    assert (document.totals.tax_total, document.totals.total) == (Decimal(100), Decimal(1099))
    assert str(document.totals.total) == "1099"


def test_dinars_can_be_drafted_to_the_fils_and_not_finalised(platform):
    # given
    invoice = create(platform, a_line_wish("1.2345", "1", rate="5"), currency="KWD")
    assert (invoice.net_total, invoice.tax_total, invoice.total) == (
        Decimal("1.235"),
        Decimal("0.062"),
        Decimal("1.297"),
    )
    before = digest_of_rows()

    # when
    with pytest.raises(BillingError) as caught:
        create(platform, a_line_wish("1.2345", "1", rate="5"), currency="KWD", finalize=True)

    # then
    assert caught.value.code == "einvoice_invalid"
    assert "BD-CURRENCY-PLACES" in {rule["id"] for rule in caught.value.facts["rules"]}
    assert digest_of_rows() == before


CATEGORIES = [
    ("AE", "Reverse charge", "VATEX-EU-AE", {}),
    (
        "K",
        "Intra-community supply",
        "VATEX-EU-IC",
        {"delivery": Delivery(date=date(2026, 11, 18), address=Address(country="BE"))},
    ),
    ("G", "Export outside the EU", "VATEX-EU-G", {}),
    ("E", "Education", "", {}),
    ("Z", "", "", {}),
]


@pytest.mark.parametrize(("category", "reason", "code", "fields"), CATEGORIES)
def test_what_is_not_taxed_says_why(platform, category, reason, code, fields):
    exemption = {"exemption_reason": "Education"} if category == "E" else {}

    document = finalized(platform, a_line_wish(rate=None, tax_category=category, **exemption), **fields)

    assert document.taxes == (
        TaxGroup(category, Decimal(0), Decimal("100.00"), Decimal("0.00"), reason, code),
    )
    assert document.totals.total == Decimal("100.00")


def test_outside_the_scope_of_vat_there_is_no_rate_and_no_vat_number(platform):
    an_entity(platform, vat_number="")
    a_customer(platform, vat_number="")

    document = finalized(platform, a_line_wish(rate=None, tax_category="O"))

    assert document.taxes == (
        TaxGroup("O", None, Decimal("100.00"), Decimal("0.00"), "Not subject to VAT", "VATEX-EU-O"),
    )


@pytest.mark.parametrize(
    ("entity", "customer", "profile"),
    [
        ({}, {}, "peppol-bis-3"),
        ({}, {"endpoint_id": "", "endpoint_scheme": ""}, "en16931"),
        ({"einvoice_profile": "en16931"}, {}, "en16931"),
        ({"einvoice_profile": "en16931"}, {"einvoice_profile": "peppol-bis-3"}, "peppol-bis-3"),
        ({}, {"einvoice_profile": "en16931"}, "en16931"),
    ],
)
def test_the_profile_follows_the_data_and_the_parties(platform, entity, customer, profile):
    an_entity(platform, **entity)
    a_customer(platform, **customer)

    assert create(platform).profile == profile


def test_a_series_is_asked_for_by_name_and_made_when_it_is_new(platform):
    first = create(platform, series="SHOP", finalize=True)
    second = create(platform, series="SHOP", finalize=True)
    other = create(platform, finalize=True)

    assert [invoice.number for invoice in (first, second, other)] == [
        "SHOP-2026-000001",
        "SHOP-2026-000002",
        "INV-2026-000001",
    ]


def test_a_number_can_be_asked_for(platform):
    named = create(platform, number="INV-2026-000009", finalize=True)
    following = create(platform, finalize=True)

    assert [named.number, following.number] == ["INV-2026-000009", "INV-2026-000010"]


HUGE = Decimal("999999999999")
REFUSED = [
    ({"lines": ()}, "lines_needed", "lines"),
    ({"currency": "XXX"}, "currency_unknown", "currency"),
    ({"currency": "EURO"}, "currency_unknown", "currency"),
    ({"currency": "XAU"}, "currency_unknown", "currency"),
    ({"accounting_currency": "SEK"}, "exchange_rate_needed", "exchange_rate"),
    ({"accounting_currency": "ZZZ", "exchange_rate": Decimal(2)}, "currency_unknown", "accounting_currency"),
    ({"exchange_rate": Decimal(2)}, "exchange_rate_unused", "exchange_rate"),
    ({"accounting_currency": "SEK", "exchange_rate": HUGE}, "amount_too_large", "exchange_rate"),
    ({"rounding_amount": Decimal("0.005")}, "amount_too_fine", "rounding_amount"),
    ({"rounding_amount": Decimal("5.01")}, "rounding_not_possible", "rounding_amount"),
    ({"due_date": date(2026, 11, 19)}, "due_before_date", "due_date"),
    ({"date": date(2026, 11, 9), "due_date": date(2026, 11, 8)}, "due_before_date", "due_date"),
    ({"type_code": "999"}, "part_not_possible", "type_code"),
    ({"payment_terms": "Soon\x01"}, "part_not_possible", "payment_terms"),
    ({"contract_reference": "C" * 201}, "value_too_large", "contract_reference"),
    ({"number": "2026/1"}, "number_does_not_fit", "number"),
    ({"number": "2026\n1"}, "number_does_not_fit", "number"),
    ({"number": "2026-\u202e1"}, "number_does_not_fit", "number"),
    ({"series": "A series!"}, "series_not_possible", "series"),
    ({"customer": "cus_nobody"}, "not_found", "customer"),
    ({"billing_entity": "be_nobody"}, "not_found", "billing_entity"),
    ({"lines": (a_line_wish(quantity="0"),)}, "quantity_not_possible", "lines.0.quantity"),
    ({"lines": (a_line_wish(base_quantity=Decimal(0)),)}, "quantity_not_possible", "lines.0.base_quantity"),
    ({"lines": (a_line_wish("-1.00"),)}, "part_not_possible", "lines.0.unit_price"),
    ({"lines": (a_line_wish(name=" "),)}, "part_not_possible", "lines.0.name"),
    ({"lines": (a_line_wish(unit="pieces"),)}, "part_not_possible", "lines.0.unit"),
    ({"lines": (a_line_wish(rate=None),)}, "part_not_possible", "lines.0.tax_rate"),
    ({"lines": (a_line_wish(rate="0"),)}, "part_not_possible", "lines.0.tax_rate"),
    ({"lines": (a_line_wish(tax_category="AE"),)}, "part_not_possible", "lines.0.tax_rate"),
    ({"lines": (a_line_wish(tax_category="O"),)}, "part_not_possible", "lines.0.tax_rate"),
    ({"lines": (a_line_wish(), a_line_wish(tax_category="Q"))}, "part_not_possible", "lines.1.tax_category"),
    ({"lines": (a_line_wish(str(HUGE), "2"),)}, "amount_too_large", "lines.0.quantity"),
    ({"lines": (a_line_wish("1e30"),)}, "amount_too_large", "lines.0.quantity"),
    ({"lines": (a_line_wish("NaN"),)}, "amount_too_large", "lines.0.quantity"),
    ({"lines": (a_line_wish(str(HUGE)), a_line_wish(str(HUGE)))}, "amount_too_large", "lines"),
    ({"lines": (a_line_wish(group="G" * 201),)}, "value_too_large", "lines.0.group"),
    (
        {"lines": (a_line_wish(exemption_reason="Because"),)},
        "exemption_reason_not_possible",
        "lines.0.exemption_reason",
    ),
    (
        {
            "lines": (
                a_line_wish(rate=None, tax_category="E", exemption_reason="Education"),
                a_line_wish(rate=None, tax_category="E", exemption_code="VATEX-EU-132"),
            )
        },
        "exemption_reason_not_possible",
        "lines.1.exemption_code",
    ),
    (
        {"lines": (a_line_wish(allowances_charges=(an_extra_wish(),)),)},
        "amount_or_percent",
        "lines.0.allowances_charges.0.amount",
    ),
    (
        {"allowances_charges": (an_extra_wish("1.00", percent="5"),)},
        "amount_or_percent",
        "allowances_charges.0.amount",
    ),
    (
        {"allowances_charges": (an_extra_wish("1.005"),)},
        "amount_too_fine",
        "allowances_charges.0.amount",
    ),
    (
        {
            "lines": (a_line_wish(), a_line_wish(rate="9")),
            "allowances_charges": (an_extra_wish("1.00"),),
        },
        "tax_category_needed",
        "allowances_charges.0.tax_category",
    ),
    (
        {"allowances_charges": (an_extra_wish("1.00", tax_category="S"),)},
        "part_not_possible",
        "allowances_charges.0.tax_rate",
    ),
]


@pytest.mark.parametrize(("spoilt", "code", "field"), REFUSED)
def test_what_makes_no_sense_is_refused_by_name(platform, spoilt, code, field):
    wish = a_wish(platform)
    wish = InvoiceWish(**{name: getattr(wish, name) for name in wish.__struct_fields__} | spoilt)
    before = digest_of_rows()

    with pytest.raises(BillingError) as caught:
        create_invoice(platform=platform, wish=wish, actor=CLERK, at=NOON)

    assert (caught.value.code, caught.value.field) == (code, field)
    assert digest_of_rows() == before


def test_the_currency_must_be_known_from_somewhere(platform):
    with pytest.raises(BillingError, match="neither Bières du Nord SA nor Acme Software") as caught:
        create(platform, currency="")

    assert (caught.value.code, caught.value.field) == ("currency_needed", "currency")


def test_who_invoices_must_be_clear(platform):
    customer = a_customer(platform)
    wish = InvoiceWish(customer=customer.pk, lines=(a_line_wish(),), currency="EUR")
    with pytest.raises(BillingError, match="There is none yet"):
        create_invoice(platform=platform, wish=wish, actor=CLERK, at=NOON)
    an_entity(platform)
    an_entity(platform, name="Acme Services B.V.", vat_number="NL004495445B01")

    with pytest.raises(BillingError, match="several billing entities") as caught:
        create_invoice(platform=platform, wish=wish, actor=CLERK, at=NOON)

    assert (caught.value.code, caught.value.field) == ("billing_entity_needed", "billing_entity")


def test_another_platforms_customer_does_not_exist(platform):
    stranger = a_customer(a_platform("Other Group"))

    with pytest.raises(BillingError) as caught:
        create(platform, customer=stranger.pk)

    assert (caught.value.code, caught.value.field) == ("not_found", "customer")
