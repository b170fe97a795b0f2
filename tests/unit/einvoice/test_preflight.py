"""Our own checks: each fault is found, named in a clerk's words, and points to the field to mend."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from billing.documents.snapshot import Address, AllowanceCharge, Delivery, Period, TaxGroup
from billing.einvoice import preflight
from tests.unit.einvoice.documents import (
    BUYER,
    INVOICES,
    SELLER,
    a_line,
    an_invoice,
    as_credit_note,
    everything,
    intra_community,
    outside_vat,
    with_allowances,
)

D = Decimal


def found(document, **options) -> list[tuple[str, str, str]]:
    return [(each.id, each.flag, each.field) for each in preflight.check(document, **options)]


def totals_of(invoice, **changes):
    return replace(invoice, totals=replace(invoice.totals, **changes))


@pytest.mark.parametrize("name", INVOICES)
def test_good_documents_have_no_findings(name):
    assert found(INVOICES[name]()) == []
    assert found(as_credit_note(INVOICES[name]())) == []


# what kind of paper


def test_a_credit_note_must_not_be_negative():
    note = as_credit_note(an_invoice(a_line(net="-100.00", quantity=D(-1), unit_price=D(100))))

    assert found(note) == [("BD-NEGATIVE", "fatal", "totals")]


def test_a_credit_note_over_nothing_corrects_data_and_is_allowed():
    note = as_credit_note(an_invoice(a_line(net="0.00", unit_price=D(0))))

    assert found(note) == []


def test_a_credit_note_names_its_invoice_unless_it_stands_alone():
    note = as_credit_note(an_invoice(), references=())

    assert found(note) == [("BD-REFERENCE", "fatal", "references")]
    assert found(replace(note, type_code="83")) == []


def test_a_type_code_belongs_to_its_kind():
    assert ("BR-CL-01", "fatal", "type_code") in found(an_invoice(type_code="381"))
    assert ("BR-CL-01", "fatal", "type_code") in found(as_credit_note(an_invoice(), type_code="380"))


def test_an_unknown_profile_is_refused():
    assert found(an_invoice(profile="zugferd-1")) == [("BD-PROFILE", "fatal", "profile")]


def test_the_due_date_of_a_credit_note_needs_a_means_of_payment():
    note = as_credit_note(an_invoice(payment_means=()))

    assert found(note) == [("BD-DUE-DATE", "warning", "due_date")]


def test_a_text_that_xml_cannot_carry_is_found_where_it_stands():
    invoice = an_invoice(a_line(1), a_line(2, name="Form\x0cfeed"), buyer=replace(BUYER, name="\ud800"))

    assert found(invoice) == [
        ("BD-TEXT", "fatal", "buyer.name"),
        ("BD-TEXT", "fatal", "lines.1.name"),
    ]
    assert not preflight.is_writable(invoice)


# currency


@pytest.mark.parametrize("currency", ["KWD", "BHD", "TND", "CLF"])
def test_a_currency_with_more_than_two_decimals_is_refused_by_name(currency):
    (finding,) = preflight.check(an_invoice(currency=currency))

    assert (finding.id, finding.field) == ("BD-CURRENCY-PLACES", "profile")
    assert finding.message.startswith(f"{currency} has ")
    assert finding.message.endswith("decimals; an e-invoice has two. Give the customer the profile none")


def test_an_unknown_currency_is_refused():
    assert ("BR-CL-04", "fatal", "currency") in found(an_invoice(currency="EUX"))


def test_an_accounting_currency_wants_its_vat_total():
    assert found(an_invoice(accounting_currency="SEK")) == [("BR-53", "fatal", "totals.accounting_tax_total")]


# parties


def test_parties_need_names_countries_and_an_identifier():
    nobody = replace(SELLER, name=" ", ids=(), legal_id=None, vat_number="", address=Address())
    invoice = an_invoice(seller=nobody, buyer=replace(BUYER, name="", address=Address(country="UK")))

    assert found(replace(invoice, profile="en16931")) == [
        ("BR-06", "fatal", "seller.name"),
        ("BR-09", "fatal", "seller.address.country"),
        ("BR-CO-26", "fatal", "seller.vat_number"),
        ("BR-07", "fatal", "buyer.name"),
        ("BR-CL-14", "fatal", "buyer.address.country"),
    ]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("EL094259216", []),
        ("XI110305878", []),
        ("GB110305878", []),
        ("NO974760673MVA", []),
        ("US123", []),
        ("GR094259216", [("BD-VAT-PREFIX", "fatal", "buyer.vat_number")]),
        ("BE0428759498", [("BD-VAT-NUMBER", "warning", "buyer.vat_number")]),
        ("XI110305879", [("BD-VAT-NUMBER", "warning", "buyer.vat_number")]),
        ("EU372000041", [("BR-CO-09", "fatal", "buyer.vat_number")]),
        ("0428759497", [("BR-CO-09", "fatal", "buyer.vat_number")]),
    ],
)
def test_vat_numbers_are_looked_at_by_their_prefix(number, expected):
    assert found(an_invoice(buyer=replace(BUYER, vat_number=number))) == expected


# lines


def test_a_document_has_lines():
    assert ("BR-16", "fatal", "lines") in found(replace(an_invoice(), lines=()))


def test_faults_of_lines_are_told_by_line():
    invoice = an_invoice(
        a_line(1, name=" "),
        a_line(2, unit="h"),
        a_line(3, net="100.00", quantity=D(-1), unit_price=D(-100)),
        replace(a_line(4), id="1"),
    )

    assert found(invoice) == [
        ("BR-25", "fatal", "lines.0.name"),
        ("BR-CL-23", "fatal", "lines.1.unit"),
        ("BR-27", "fatal", "lines.2.unit_price"),
        ("BD-LINE-ID", "warning", "lines.3.id"),
    ]


# tax


@pytest.mark.parametrize(
    ("category", "rate", "rule"),
    [("S", "0", "BR-S-05"), ("S", None, "BR-S-05"), ("Z", "7", "BR-Z-05"), ("L", None, "BR-AF-05")],
)
def test_each_category_has_its_rate(category, rate, rule):
    invoice = an_invoice(a_line(category=category, rate=rate))

    assert (rule, "fatal", "lines.0.tax_rate") in found(invoice)


def test_outside_vat_there_is_no_rate():
    invoice = outside_vat()
    lines = tuple(replace(line, tax_rate=D(19)) for line in invoice.lines)

    assert ("BR-O-05", "fatal", "lines.0.tax_rate") in found(replace(invoice, lines=lines))


def test_an_unknown_category_is_refused():
    assert ("BR-CL-18", "fatal", "lines.0.tax_category") in found(an_invoice(a_line(category="X")))


@pytest.mark.parametrize(
    ("category", "rule"),
    [("E", "BR-E-10"), ("AE", "BR-AE-10"), ("G", "BR-G-10"), ("K", "BR-IC-10")],
)
def test_without_vat_there_must_be_a_reason(category, rule):
    where = Delivery(date=date(2026, 3, 1), address=Address(country="BE"))

    assert found(an_invoice(a_line(category=category, rate="0"), delivery=where)) == [
        (rule, "fatal", "taxes.0.exemption_reason")
    ]


@pytest.mark.parametrize(("category", "rate"), [("S", "19"), ("Z", "0"), ("L", "7")])
def test_with_vat_there_must_be_none(category, rate):
    invoice = an_invoice(a_line(category=category, rate=rate), reasons={category: ("Why not", "")})

    assert [rule for rule, _, _ in found(invoice)] in (["BR-S-10"], ["BR-Z-10"], ["BR-AF-10"])


def test_an_unknown_exemption_code_is_refused():
    invoice = an_invoice(a_line(category="E", rate="0"), reasons={"E": ("", "VATEX-XX")})

    assert found(invoice) == [("BR-CL-22", "fatal", "taxes.0.exemption_code")]


def test_two_exemption_reasons_of_one_category_cannot_share_a_document():
    invoice = an_invoice(a_line(1, category="E", rate="0"), a_line(2, category="E", rate="0"))
    halves = tuple(TaxGroup("E", D(0), D(100), D(0), reason) for reason in ("Teaching", "Health"))

    assert ("BR-E-01", "fatal", "taxes.1") in found(replace(invoice, taxes=halves))


def test_a_reverse_charge_needs_the_buyers_number():
    invoice = INVOICES["reverse charge"]()
    buyer = replace(BUYER, vat_number="", legal_id=None)

    assert found(replace(invoice, buyer=buyer)) == [("BR-AE-02", "fatal", "buyer.vat_number")]


def test_an_intra_community_supply_needs_numbers_delivery_and_a_day():
    invoice = replace(
        intra_community(),
        delivery=None,
        seller=replace(SELLER, vat_number=""),
        buyer=replace(BUYER, vat_number=""),
    )

    assert found(invoice) == [
        ("BR-IC-02", "fatal", "seller.vat_number"),
        ("BR-IC-02", "fatal", "buyer.vat_number"),
        ("BR-IC-11", "fatal", "delivery.date"),
        ("BR-IC-12", "fatal", "delivery.address.country"),
    ]


def test_a_period_serves_an_intra_community_supply_as_a_day():
    supply = intra_community()
    undated = replace(supply.delivery, date=None)

    assert found(replace(supply, delivery=undated, period=Period(date(2026, 3, 1), None))) == []


@pytest.mark.parametrize(("number", "is_odd"), [("XI110305878", False), ("GB110305878", True)])
def test_northern_ireland_is_in_the_eu_for_goods_and_great_britain_is_not(number, is_odd):
    invoice = replace(intra_community(), buyer=replace(BUYER, vat_number=number))

    assert found(invoice) == [("BD-INTRA-EU", "fatal", "buyer.vat_number")] * is_odd


def test_outside_vat_stands_alone_and_has_no_vat_numbers():
    mixed = an_invoice(a_line(1, category="O", rate=None), a_line(2), reasons={"O": ("Outside", "")})

    assert found(mixed) == [
        ("BR-O-11", "fatal", "taxes"),
        ("BR-O-02", "fatal", "seller.vat_number"),
        ("BR-O-02", "fatal", "buyer.vat_number"),
    ]


def test_a_seller_of_taxed_goods_needs_a_number():
    invoice = an_invoice(seller=replace(SELLER, vat_number="", tax_number=""))

    assert found(invoice) == [("BR-S-02", "fatal", "seller.vat_number")]


# sums


@pytest.mark.parametrize(
    ("field", "rules"),
    [
        ("line_total", ["BR-CO-10", "BR-CO-13"]),
        ("allowance_total", ["BR-CO-11", "BR-CO-13"]),
        ("charge_total", ["BR-CO-12", "BR-CO-13"]),
        ("net_total", ["BR-CO-13", "BR-CO-15"]),
        ("tax_total", ["BR-CO-14", "BR-CO-15"]),
        ("tax_inclusive_total", ["BR-CO-15", "BR-CO-16"]),
        ("prepaid_amount", ["BR-CO-16"]),
        ("rounding_amount", ["BR-CO-16"]),
        ("payable_amount", ["BR-CO-16"]),
    ],
)
def test_a_total_that_is_a_cent_off_is_found(field, rules):
    invoice = everything()
    off = totals_of(invoice, **{field: getattr(invoice.totals, field) + D("0.01")})

    assert [finding.id for finding in preflight.sums(off)] == rules
    assert {finding.flag for finding in preflight.sums(off)} == {"fatal"}


def test_a_sum_says_both_figures():
    invoice = an_invoice()

    (finding,) = preflight.sums(totals_of(invoice, payable_amount=D("118.99")))

    assert (
        finding.message
        == "The total less what is paid plus rounding comes to 119.00 EUR, but the document says 118.99 EUR"
    )
    assert (finding.location, finding.field) == ("totals", "totals.payable_amount")


def test_groups_are_added_up_from_lines_allowances_and_charges():
    invoice = with_allowances()

    assert [(group.rate, group.base) for group in invoice.taxes] == [(19, D("42.75")), (7, D("212.00"))]
    assert preflight.sums(invoice) == ()


def test_the_base_of_a_standard_group_may_be_off_by_less_than_one_and_of_another_by_nothing():
    standard = an_invoice()
    off = tuple(replace(group, base=group.base + D("0.99")) for group in standard.taxes)
    far = tuple(replace(group, base=group.base + D("1.00")) for group in standard.taxes)
    exempt = an_invoice(a_line(category="Z", rate="0"))
    cent = tuple(replace(group, base=group.base + D("0.01")) for group in exempt.taxes)

    def of(invoice, groups):
        return [(each.id, each.flag) for each in preflight.sums(replace(invoice, taxes=groups))]

    assert of(standard, off) == [("BR-S-08", "warning")]
    assert of(standard, far) == [("BR-S-08", "fatal")]
    assert of(exempt, cent) == [("BR-Z-08", "fatal")]


def test_the_vat_of_a_group_is_its_base_times_its_rate_give_or_take_less_than_one():
    near = an_invoice(totals={"tax_total": D("19.99")})
    groups = tuple(replace(group, amount=D("19.99")) for group in near.taxes)
    far = tuple(replace(group, amount=D("20.00")) for group in near.taxes)

    assert "BR-CO-17" not in [each.id for each in preflight.sums(replace(near, taxes=groups))]
    assert "BR-CO-17" in [each.id for each in preflight.sums(replace(near, taxes=far))]


def test_a_missing_group_and_a_doubled_one_are_found():
    invoice = an_invoice(a_line(1), a_line(2, rate="7"))
    doubled = (invoice.taxes[0], invoice.taxes[0])

    assert [(each.id, each.field) for each in preflight.sums(replace(invoice, taxes=doubled))] == [
        ("BR-CO-14", "totals.tax_total"),
        ("BR-S-01", "taxes"),
        ("BD-GROUP-TWICE", "taxes.1"),
    ]


def test_rates_compare_as_numbers():
    charge = AllowanceCharge(True, D("5.00"), reason="Freight", tax_category="S", tax_rate=D("19.0"))

    invoice = an_invoice(a_line(rate="19.000"), allowances_charges=(charge,))

    assert len(invoice.taxes) == 1
    assert preflight.sums(invoice) == ()
