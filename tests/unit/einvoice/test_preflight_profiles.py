"""Each profile asks for its own: XRechnung for what Germany wants, CII for what it can say, paper little."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from billing.documents.snapshot import (
    Attachment,
    Contact,
    Delivery,
    Identifier,
    Note,
    PaymentMeans,
    Period,
    TaxGroup,
)
from billing.einvoice.preflight import check, essentials, gaps
from billing.einvoice.profiles import EN16931, FACTUR_X, NONE, PEPPOL, XRECHNUNG, XRECHNUNG_CII
from tests.unit.einvoice.documents import (
    BANK,
    BUYER,
    INVOICES,
    SELLER,
    a_line,
    an_invoice,
    as_credit_note,
    outside_vat,
    within_germany,
)
from tests.unit.einvoice.faults import DEBIT, DELIVERED, INTRA_EU, buyer, contact, doc, means, seller, then

D = Decimal
DATED = Delivery(date=date(2026, 3, 10))


def an_xrechnung(**fields):
    """A domestic XRechnung with which nothing is wrong."""
    return replace(within_germany(), profile=XRECHNUNG, delivery=DATED, **fields)


def found(document) -> list[tuple[str, str, str]]:
    return [(each.id, each.flag, each.field) for each in check(document)]


# XRechnung


def test_an_xrechnung_has_nothing_to_mend_and_may_have_several_notes():
    assert found(an_xrechnung()) == []
    assert found(an_xrechnung(notes=(Note("One"), Note("Two"), Note("Three")))) == []
    assert found(replace(an_xrechnung(), profile=XRECHNUNG_CII)) == []


def test_an_e_mail_address_is_an_electronic_address_for_xrechnung_and_not_for_peppol():
    mail = buyer(endpoint=Identifier("ine@demolen.example", "EM"))

    assert found(mail(an_xrechnung())) == []
    assert gaps(mail(an_xrechnung()), PEPPOL)[0].field == "buyer.endpoint.scheme"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (doc(payment_means=()), ("BR-DE-1", "fatal", "payment_means")),
        (seller(contact=None), ("BR-DE-2", "fatal", "seller.contact")),
        (contact(name=""), ("BR-DE-5", "fatal", "seller.contact.name")),
        (contact(phone=""), ("BR-DE-6", "fatal", "seller.contact.phone")),
        (contact(email=""), ("BR-DE-7", "fatal", "seller.contact.email")),
        (contact(phone="12"), ("BR-DE-27", "warning", "seller.contact.phone")),
        (contact(email="a@b"), ("BR-DE-28", "warning", "seller.contact.email")),
        (doc(buyer_reference=" "), ("BR-DE-15", "fatal", "buyer_reference")),
        (doc(type_code="386"), ("BR-DE-17", "warning", "type_code")),
        (doc(type_code="384"), ("BR-DE-26", "warning", "references")),
        (doc(payment_terms="#SKONTO#TAGE=14#PROZENT=2#\nor"), ("BR-DE-18", "fatal", "payment_terms")),
        (doc(payment_terms="#SKONTO#TAGE=14#PROZENT=2.00# net"), ("BR-DE-18", "fatal", "payment_terms")),
        (doc(delivery=None), ("BR-DE-TMP-32", "warning", "delivery.date")),
        (means(account="DE1"), ("BR-DE-19", "warning", "payment_means.0.account")),
        (means(card_number="1234"), ("BR-DE-23-b", "fatal", "payment_means.0")),
        (means(PaymentMeans("48")), ("BR-DE-24-a", "fatal", "payment_means.0.card_number")),
        (means(replace(BANK, code="48", card_number="1")), ("BR-DE-24-b", "fatal", "payment_means.0")),
        (means(DEBIT), ("BR-DE-30", "fatal", "creditor_id")),
        (
            means(replace(DEBIT, debited_account=""), creditor="D"),
            ("BR-DE-31", "fatal", "payment_means.0.debited_account"),
        ),
        (
            means(replace(DEBIT, debited_account="BE1"), creditor="D"),
            ("BR-DE-20", "warning", "payment_means.0.debited_account"),
        ),
        (seller(endpoint=None), ("PEPPOL-EN16931-R020", "fatal", "seller.endpoint")),
        (buyer(endpoint=None), ("PEPPOL-EN16931-R010", "fatal", "buyer.endpoint")),
    ],
)
def test_what_germany_asks_for(change, expected):
    assert found(change(an_xrechnung())) == [expected]


def test_a_direct_debit_of_an_xrechnung_needs_its_mandate():
    nothing = means(PaymentMeans("59"))(an_xrechnung())

    assert [(rule, field) for rule, _, field in found(nothing)] == [
        ("PEPPOL-EN16931-R061", "payment_means.0.mandate"),
        ("BR-DE-25-a", "payment_means.0.mandate"),
    ]


def test_addresses_of_an_xrechnung_have_city_and_postal_code():
    bare = replace(BUYER.address, city="", postal_code="")
    invoice = replace(
        an_xrechnung(),
        seller=replace(SELLER, address=replace(SELLER.address, city="", postal_code="")),
        buyer=replace(BUYER, address=bare),
        delivery=replace(DELIVERED, address=bare),
    )

    assert found(invoice) == [
        ("BR-DE-3", "fatal", "seller.address.city"),
        ("BR-DE-4", "fatal", "seller.address.postal_code"),
        ("BR-DE-8", "fatal", "buyer.address.city"),
        ("BR-DE-9", "fatal", "buyer.address.postal_code"),
        ("BR-DE-10", "fatal", "delivery.address.city"),
        ("BR-DE-11", "fatal", "delivery.address.postal_code"),
    ]


def test_attachments_of_an_xrechnung_have_names_of_their_own_and_whole_addresses():
    twice = tuple(Attachment(each, filename="a.pdf", mime_type="application/pdf") for each in "12")

    assert found(an_xrechnung(attachments=twice)) == [("BR-DE-22", "fatal", "attachments")]
    assert found(an_xrechnung(attachments=(Attachment("1", uri="a/b"),))) == [
        ("BR-TMP-2", "fatal", "attachments.0.uri")
    ]


def test_a_line_that_is_not_its_product_is_a_warning_there_and_fatal_for_peppol():
    line = a_line(net="100.10", unit_price=D(100))
    invoice = an_invoice(line, buyer=within_germany().buyer, delivery=DATED)
    rule = "PEPPOL-EN16931-R120"

    assert found(invoice) == [(rule, "fatal", "lines.0.net_amount")]
    assert found(replace(invoice, profile=XRECHNUNG)) == [(rule, "warning", "lines.0.net_amount")]


def test_outside_vat_an_xrechnung_lacks_no_rate():
    assert found(replace(outside_vat(), profile=XRECHNUNG, delivery=DATED)) == []


def test_the_same_checks_have_peppols_ids_between_two_germans():
    bare = seller(contact=None)(within_germany())

    assert [each.id for each in check(bare)] == ["DE-R-002"]
    assert next(each.id for each in check(replace(bare, profile=XRECHNUNG))) == "BR-DE-2"


# what keeps a document from a profile


def test_gaps_are_what_a_profile_asks_beyond_the_norm():
    invoice = an_invoice(buyer_reference="", notes=(Note("One"), Note("Two")), profile=EN16931)

    assert [each.id for each in gaps(invoice, PEPPOL)] == ["PEPPOL-EN16931-R002", "PEPPOL-EN16931-R003"]
    assert [each.id for each in gaps(invoice, XRECHNUNG)] == ["BR-DE-15"]
    assert gaps(invoice, EN16931) == gaps(invoice, FACTUR_X) == gaps(invoice, NONE) == ()


def test_one_field_is_told_of_once():
    broken = an_invoice(accounting_currency="EUR", totals={"accounting_tax_total": D("19.00")})
    endpoint = buyer(endpoint=Identifier("a", "XYZ"))(an_invoice())

    assert [each.id for each in check(broken)] == ["BR-CO-15"]
    assert [each.id for each in check(endpoint)] == ["BR-CL-25"]


# CII


@pytest.mark.parametrize("name", INVOICES)
def test_what_is_good_in_ubl_is_good_in_cii(name):
    assert found(replace(INVOICES[name](), profile=FACTUR_X)) == []
    assert found(replace(as_credit_note(INVOICES[name]()), profile=FACTUR_X)) == []


@pytest.mark.parametrize(
    ("change", "rule", "field"),
    [
        (
            means(DEBIT, replace(DEBIT, mandate="N"), creditor="D"),
            "BD-CII-MANDATE",
            "payment_means.1.mandate",
        ),
        (means(PaymentMeans("48", card_number="41111111111")), "BR-51", "payment_means.0.card_number"),
        (lambda document: an_invoice(a_line(category="L", rate="0")), "BR-AF-05", "lines.0.tax_rate"),
        (
            lambda document: replace(document, taxes=(replace(document.taxes[0], base=D("100.50")),)),
            "BR-S-08",
            "taxes.0.base",
        ),
    ],
)
def test_cii_is_stricter_than_ubl(change, rule, field):
    document = change(an_invoice())

    assert (rule, "fatal", field) in found(replace(document, profile=FACTUR_X))
    assert (rule, "fatal", field) not in found(replace(document, profile=EN16931))


# paper only


def in_dinars(**fields):
    """An invoice over 1.005 dinars of Kuwait, which have three decimals."""
    return an_invoice(a_line(net="1.005", category="Z", rate="0"), currency="KWD", **fields)


def test_dinars_are_issued_on_paper_and_refused_by_name_as_an_e_invoice():
    assert check(in_dinars(profile=NONE)) == ()
    for profile in (PEPPOL, XRECHNUNG, EN16931, FACTUR_X):
        refused = [each for each in check(in_dinars(profile=profile)) if each.id == "BD-CURRENCY-PLACES"]
        assert [each.message for each in refused] == [
            "KWD has three decimals; an e-invoice has two. Give the customer the profile none"
        ]


def test_paper_asks_neither_for_addresses_nor_for_codes():
    poor = an_invoice(
        a_line(unit="h"),
        profile=NONE,
        buyer_reference="",
        seller=replace(SELLER, endpoint=None, vat_number="", ids=(), legal_id=None, tax_number=""),
        buyer=replace(BUYER, endpoint=None),
    )

    assert check(poor) == essentials(poor) == ()


def test_paper_still_has_lines_and_sums_and_texts():
    broken = in_dinars(profile=NONE)
    broken = replace(broken, totals=replace(broken.totals, payable_amount=D("1.006")))

    assert [each.id for each in check(broken)] == ["BR-CO-16"]
    assert [each.id for each in check(an_invoice(a_line(name=" "), profile=NONE))] == ["BR-25"]
    assert [each.id for each in check(an_invoice(a_line(name="\x07"), profile=NONE))] == ["BD-TEXT"]
    assert [each.id for each in check(an_invoice(profile=NONE, currency="EUX"))] == ["BR-CL-04"]
    assert [each.id for each in check(as_credit_note(an_invoice(profile=NONE), references=()))] == [
        "BD-REFERENCE"
    ]
    assert "BD-MINOR-UNIT" in {
        each.id for each in check(an_invoice(a_line(net="1.0005"), currency="KWD", profile=NONE))
    }


# Northern Ireland and Greece


def within_the_eu(*changes, **fields):
    return then(INTRA_EU, buyer(vat_number="BE0428759497"), *changes, doc(**fields))(an_invoice())


@pytest.mark.parametrize(
    ("seller_number", "buyer_number", "expected"),
    [
        ("DE136695976", "XI110305878", []),
        ("XI110305878", "BE0428759497", []),
        ("DE136695976", "EL094259216", []),
        ("XI110305878", "XI110305878", [("BD-INTRA-EU", "fatal", "buyer.vat_number")]),
        ("DE136695976", "DE129273398", [("BD-INTRA-EU", "warning", "buyer.vat_number")]),
        ("DE136695976", "GB110305878", [("BD-INTRA-EU", "fatal", "buyer.vat_number")]),
        ("GB110305878", "BE0428759497", [("BD-INTRA-EU", "fatal", "seller.vat_number")]),
        ("DE136695976", "NO974760673MVA", [("BD-INTRA-EU", "fatal", "buyer.vat_number")]),
    ],
)
def test_a_supply_within_the_eu_is_between_two_of_its_numbers(seller_number, buyer_number, expected):
    supply = within_the_eu(seller(vat_number=seller_number), buyer(vat_number=buyer_number))

    assert found(replace(supply, profile=EN16931)) == expected


def test_great_britain_is_told_what_it_would_be_instead():
    (finding,) = check(within_the_eu(buyer(vat_number="GB110305878")))

    assert finding.message == (
        "Great Britain (GB) is not in the EU, so this is no intra-Community supply: it is an export (G), "
        "or, for goods of a trader in Northern Ireland, the VAT number starts with XI"
    )


def test_what_was_sold_to_great_britain_before_it_left_can_be_credited_as_it_was():
    old = within_the_eu(buyer(vat_number="GB110305878"), date=date(2020, 12, 31))

    assert found(old) == []
    assert found(replace(as_credit_note(old), date=date(2026, 3, 20))) == []
    assert found(replace(old, date=date(2021, 1, 1))) == [("BD-INTRA-EU", "fatal", "buyer.vat_number")]


def test_northern_ireland_is_in_the_eu_for_goods_only():
    service = within_the_eu(
        buyer(vat_number="XI110305878"),
        lines=(a_line(category="K", rate="0", unit="HUR"),),
    )

    assert found(service) == [("BD-XI-GOODS", "warning", "lines.0.tax_category")]


@pytest.mark.parametrize("country", ["GB", "XI"])
def test_a_trader_of_northern_ireland_has_either_country(country):
    address = replace(SELLER.address, country=country)

    assert found(within_the_eu(seller(vat_number="XI110305878", address=address))) == []


def test_greece_is_gr_and_its_vat_numbers_start_with_el():
    in_el = buyer(address=replace(BUYER.address, country="EL"))(an_invoice())
    numbered_gr = buyer(vat_number="GR094259216")(an_invoice())

    assert [each.message for each in check(in_el)] == [
        "EL is not an ISO 3166 country: Greece is GR; only its VAT numbers start with EL"
    ]
    assert [each.message for each in check(numbered_gr)] == ["Greek VAT numbers start with EL, not GR"]


def test_a_period_without_days_is_no_day_of_supply():
    undated = within_the_eu(period=Period(), delivery=replace(DELIVERED, date=None))

    assert found(undated) == [("BR-IC-11", "fatal", "delivery.date")]


def test_two_exemption_reasons_are_told_by_their_words():
    exempt = an_invoice(a_line(1, category="E", rate="0"), a_line(2, category="E", rate="0"))
    halves = tuple(TaxGroup("E", D(0), D(100), D(0), reason) for reason in ("Teaching", "Health"))

    messages = [each.message for each in check(replace(exempt, taxes=halves)) if each.id == "BR-E-01"]

    assert messages == [
        "Category E has two exemption reasons, “Teaching” and “Health”, but may have one on a document. "
        "Write two documents, one for each reason"
    ]


def test_a_contact_without_a_word_is_no_contact():
    assert found(seller(contact=Contact())(an_xrechnung())) == [("BR-DE-2", "fatal", "seller.contact")]
