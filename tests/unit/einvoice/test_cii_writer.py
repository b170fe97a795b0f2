"""Document → CII: everything is written, at its place, and nothing is added."""

import os
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from facturx import parse_ubl_cii_xml
from hypothesis import given, settings
from hypothesis.strategies import booleans, decimals, sampled_from
from lxml import etree
from msgspec.structs import replace

from billing.documents.snapshot import (
    Address,
    AllowanceCharge,
    Contact,
    Document,
    Identifier,
    Note,
    Payee,
    PaymentMeans,
    Reference,
    to_json,
)
from billing.einvoice.cii.writer import serialize, unwritten
from billing.einvoice.profiles import FACTUR_X, XRECHNUNG_CII
from billing.einvoice.xml import NAMESPACES
from tests.unit.einvoice.documents import (
    BANK,
    BUYER,
    FILES,
    INVOICES,
    SELLER,
    a_line,
    an_invoice,
    as_credit_note,
    direct_debit,
    everything,
    in_yen,
    outside_vat,
)
from tests.unit.einvoice.factur_x import faults, in_both_syntaxes

GOLDEN = Path(__file__).parents[2] / "golden" / "credit_note.cii.xml"
PDF = b"%PDF-1.7 the paper itself"
OTHER_BANK = replace(BANK, account="NL91ABNA0417164300", bic="", account_name="")
TWO_RATES = (a_line(1), a_line(2, rate="7"))

every_invoice = pytest.mark.parametrize("name", INVOICES)


def a_factur_x(*lines, **fields) -> Document:
    return an_invoice(*lines, profile=FACTUR_X, **fields)


def texts(xml: bytes, path: str) -> list[str]:
    return [each.text for each in etree.fromstring(xml).iterfind(f".//{path}", NAMESPACES)]


@every_invoice
def test_an_invoice_and_its_credit_note_break_no_rule_of_factur_x(name):
    invoice = replace(INVOICES[name](), profile=FACTUR_X)
    note = as_credit_note(invoice)

    assert faults(serialize(invoice, files=FILES)) == []
    assert faults(serialize(note, files=FILES, pdf=PDF)) == []
    assert unwritten(invoice) == unwritten(note) == ()


@every_invoice
def test_an_independent_reader_finds_the_same_in_cii_and_in_ubl(name):
    invoice = replace(INVOICES[name](), profile=FACTUR_X)

    for document in (invoice, as_credit_note(invoice)):
        of_ubl, of_cii = in_both_syntaxes(document, files=FILES, pdf=PDF)
        assert of_cii == of_ubl


@settings(max_examples=100, deadline=None)
@given(
    net=decimals(min_value=-(10**9), max_value=10**9, places=2),
    price=decimals(min_value=0, max_value=10**6, places=6),
    quantity=decimals(min_value=-(10**6), max_value=10**6, places=4),
    currency=sampled_from(["EUR", "JPY", "KWD"]),
    is_charge=booleans(),
)
def test_numbers_are_written_exactly_as_ubl_writes_them(net, price, quantity, currency, is_charge):
    line = a_line(net=str(net), unit_price=price, quantity=quantity, gross_price=price, price_discount=price)
    change = AllowanceCharge(is_charge, abs(net), abs(net), quantity, "Reason", "", "S", Decimal(19))
    totals = {"rounding_amount": net, "prepaid_amount": -net}

    of_ubl, of_cii = in_both_syntaxes(
        a_factur_x(line, currency=currency, allowances_charges=(change,), totals=totals)
    )

    assert of_cii == of_ubl


def test_every_text_of_a_document_is_in_its_xml():
    document = replace(everything(), profile=FACTUR_X)

    root = etree.fromstring(serialize(document, files=FILES))
    written = {each.text for each in root.iter()} | {value for each in root.iter() for value in each.values()}

    assert leaves(to_json(document)) - written == {FACTUR_X, "invoice"}


def leaves(value) -> set[str]:
    """The texts in a JSON value that are neither numbers nor days, which are written otherwise."""
    if isinstance(value, str):
        return set() if re.fullmatch(r"-?[\d.]+|\d{4}-\d\d-\d\d", value) else {value}
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return set().union(*map(leaves, inner))


def test_a_full_credit_note_matches_the_golden_file():
    note = as_credit_note(replace(everything(), profile=FACTUR_X))

    xml = serialize(note, pdf=PDF, pdf_name="CR-2026-000001.pdf", files=FILES)

    if os.environ.get("GOLDEN") == "write":
        GOLDEN.write_bytes(xml)

    assert xml.decode() == GOLDEN.read_text("utf-8")


def test_one_root_serves_both_and_a_credit_note_stays_positive():
    invoice = a_factur_x()

    of_invoice = parse_ubl_cii_xml(serialize(invoice))
    of_note = parse_ubl_cii_xml(serialize(as_credit_note(invoice)))
    self_billed = serialize(as_credit_note(invoice, type_code="261"))

    assert (of_invoice["BT-3"], of_note["BT-3"]) == ("380", "381")
    assert (of_invoice["BT-115"], of_note["BT-115"]) == ("119.00", "119.00")
    assert of_note["BT-9"] == date(2026, 4, 13)
    assert texts(self_billed, "ram:TypeCode")[0] == "261"
    assert faults(self_billed) == faults(serialize(replace(invoice, type_code="389"))) == []


def test_the_specification_is_that_of_the_profile():
    factur_x, xrechnung = serialize(a_factur_x()), serialize(an_invoice(profile=XRECHNUNG_CII))

    assert parse_ubl_cii_xml(factur_x)["BT-24"] == "urn:cen.eu:en16931:2017"
    assert "BT-23" not in parse_ubl_cii_xml(factur_x)
    assert texts(xrechnung, "ram:GuidelineSpecifiedDocumentContextParameter/ram:ID") == [
        "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
    ]
    assert texts(xrechnung, "ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID") == [
        "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
    ]
    assert faults(xrechnung) == ["FX-SCH-A-000556"]  # another BT-24 than Factur-X's own, and nothing else


def test_equal_documents_give_equal_bytes():
    one = a_factur_x(a_line(rate="19"))
    other = a_factur_x(a_line(rate="19.000", net="100.0000"))

    assert one == other
    assert serialize(one) == serialize(other)


def test_nothing_empty_is_written_but_the_delivery_that_the_schema_wants():
    blank = replace(
        SELLER,
        trading_name=" ",
        ids=(Identifier(" "), Identifier(" ", "0088")),
        address=Address(line1="\n", country="DE"),
        contact=Contact(),
    )
    invoice = a_factur_x(seller=blank, notes=(Note(" ", "AAI"),), payment_means=(PaymentMeans("49"),))

    root = etree.fromstring(serialize(invoice))

    empty = [
        etree.QName(each).localname for each in root.iter() if not len(each) and not (each.text or "").strip()
    ]
    assert empty == ["ApplicableHeaderTradeDelivery"]
    assert faults(serialize(invoice)) == []


def test_numbers_have_no_exponent_and_amounts_the_decimals_of_their_currency():
    line = a_line(net="1E+3", quantity=Decimal("1E+3"), unit_price=Decimal("1.000000"), rate="19.000")
    fine = a_factur_x(a_line(net="10.005", unit_price=Decimal("10.005")), currency="KWD")

    xml = serialize(a_factur_x(line))

    assert texts(xml, "ram:BilledQuantity") == ["1000"]
    assert texts(xml, "ram:LineTotalAmount") == ["1000.00", "1000.00"]
    assert texts(xml, "ram:ChargeAmount") == ["1.00"]
    assert texts(xml, "ram:RateApplicablePercent") == ["19", "19"]
    assert texts(serialize(in_yen()), "ram:DuePayableAmount") == ["15000"]
    assert texts(serialize(fine), "ram:DuePayableAmount") == ["11.905"]
    assert "BR-DEC-18" in faults(serialize(fine))


def test_an_identifier_has_its_place_by_its_scheme():
    ids = (Identifier("4000001123452", "0088"), Identifier("N-1"), Identifier("N-2"))
    payee = Payee("Nordwind Factoring AG", Identifier("4000001123452", "0088"), Identifier("123", "0204"))

    xml = serialize(a_factur_x(seller=replace(SELLER, ids=ids), payee=payee))
    seller = etree.fromstring(xml).find(".//ram:SellerTradeParty", NAMESPACES)

    assert [(etree.QName(each).localname, each.text) for each in seller][:3] == [
        ("ID", "N-1"),
        ("ID", "N-2"),
        ("GlobalID", "4000001123452"),
    ]
    assert texts(xml, "ram:PayeeTradeParty/ram:GlobalID") == ["4000001123452"]
    assert faults(xml) == []


def test_vat_numbers_and_local_tax_numbers_stand_under_their_schemes():
    root = etree.fromstring(serialize(a_factur_x()))

    numbers = {
        party: [
            (each.get("schemeID"), each.text)
            for each in root.iterfind(f".//ram:{party}/ram:SpecifiedTaxRegistration/ram:ID", NAMESPACES)
        ]
        for party in ("SellerTradeParty", "BuyerTradeParty")
    }

    assert numbers == {
        "SellerTradeParty": [("VA", "DE136695976"), ("FC", "27/123/45678")],
        "BuyerTradeParty": [("VA", "BE0428759497")],
    }


@pytest.mark.parametrize(("code", "in_cii"), [("3", "5"), ("35", "29"), ("432", "72")])
def test_the_vat_date_code_is_said_in_the_codes_of_cii_with_each_rate(code, in_cii):
    invoice = a_factur_x(*TWO_RATES, tax_point_code=code)

    assert texts(serialize(invoice), "ram:DueDateTypeCode") == [in_cii, in_cii]
    assert faults(serialize(invoice)) == []


def test_the_vat_date_is_said_once_whatever_the_number_of_rates():
    xml = serialize(a_factur_x(*TWO_RATES, tax_point_date=date(2026, 2, 28)))

    assert texts(xml, "ram:TaxPointDate/udt:DateString") == ["20260228"]
    assert faults(xml) == []


def test_each_account_is_a_means_of_payment_of_its_own():
    xml = serialize(a_factur_x(payment_means=(BANK, OTHER_BANK)))

    assert texts(xml, "ram:PayeePartyCreditorFinancialAccount/ram:IBANID") == [
        "DE89370400440532013000",
        "NL91ABNA0417164300",
    ]
    assert texts(xml, "ram:PaymentReference") == ["INV-2026-0007"]


@pytest.mark.parametrize(
    ("account", "place"),
    [
        ("DE89370400440532013000", "IBANID"),
        ("DE89 3704 0044 0532 0130 00", "IBANID"),
        ("1234567", "ProprietaryID"),
        ("GB-12-34-56-1234567", "ProprietaryID"),
    ],
)
def test_an_account_that_is_no_iban_has_another_place(account, place):
    xml = serialize(a_factur_x(payment_means=(replace(BANK, code="30", account=account),)))

    (found,) = etree.fromstring(xml).iterfind(".//ram:PayeePartyCreditorFinancialAccount", NAMESPACES)
    assert [etree.QName(each).localname for each in found if each.text == account] == [place]
    assert faults(xml) == []


def test_a_direct_debit_names_mandate_creditor_and_debited_account():
    xml = serialize(replace(direct_debit(), profile=FACTUR_X))

    assert texts(xml, "ram:DirectDebitMandateID") == ["M-1"]
    assert texts(xml, "ram:CreditorReferenceID") == ["DE98ZZZ09999999999"]
    assert texts(xml, "ram:PayerPartyDebtorFinancialAccount/ram:IBANID") == ["BE68539007547034"]


def test_each_preceding_invoice_is_named_with_its_day():
    references = (Reference("A-1", date(2026, 1, 31)), Reference("A-2"), Reference("A-3", date(2026, 2, 1)))

    xml = serialize(as_credit_note(a_factur_x(), references=references))

    assert texts(xml, "ram:InvoiceReferencedDocument/ram:IssuerAssignedID") == ["A-1", "A-2", "A-3"]
    assert texts(xml, "ram:FormattedIssueDateTime/qdt:DateTimeString") == ["20260131", "20260201"]
    assert faults(xml) == []


def test_gross_and_net_price_are_for_the_same_quantity():
    line = a_line(
        gross_price=Decimal("120"),
        price_discount=Decimal("20"),
        base_quantity=Decimal("2"),
        base_quantity_unit="C62",
    )

    xml = serialize(a_factur_x(line))
    no_discount = serialize(a_factur_x(a_line(gross_price=Decimal("100"))))

    assert texts(xml, "ram:GrossPriceProductTradePrice/ram:ChargeAmount") == ["120.00"]
    assert texts(xml, "ram:BasisQuantity") == ["2", "2"]
    assert texts(no_discount, "ram:GrossPriceProductTradePrice/*") == ["100.00"]
    assert faults(xml) == faults(no_discount) == []


def test_a_discount_without_a_gross_price_gets_the_one_it_was_taken_off():
    discounted = serialize(a_factur_x(a_line(net="90.00", price_discount=Decimal("10"))))

    assert texts(discounted, "ram:GrossPriceProductTradePrice/ram:ChargeAmount") == ["100.00"]
    assert texts(discounted, "ram:AppliedTradeAllowanceCharge/ram:ActualAmount") == ["10.00"]
    assert faults(discounted) == []


def test_outside_vat_no_rate_is_written_whatever_the_document_says():
    invoice = outside_vat()
    zero = tuple(replace(line, tax_rate=Decimal(0)) for line in invoice.lines)

    assert texts(serialize(replace(invoice, lines=zero)), "ram:RateApplicablePercent") == []


def test_only_the_vat_totals_name_their_currency():
    root = etree.fromstring(serialize(INVOICES["accounting currency"]()))

    named = {
        (etree.QName(each).localname, each.get("currencyID"))
        for each in root.iter()
        if each.get("currencyID")
    }

    assert named == {("TaxTotalAmount", "SEK"), ("TaxTotalAmount", "EUR")}


def test_the_reason_of_a_credit_note_leads_its_first_note():
    invoice = a_factur_x(notes=(Note("Sorry", "AAI"), Note("See you")))

    assert texts(serialize(as_credit_note(invoice)), "ram:Content") == ["Ordered twice — Sorry", "See you"]
    assert texts(serialize(as_credit_note(a_factur_x())), "ram:Content") == ["Ordered twice"]
    assert texts(serialize(invoice), "ram:SubjectCode") == ["AAI"]


def test_files_are_embedded_under_their_references():
    two = tuple(replace(everything().attachments[0], filename=f"{name}.csv") for name in "ab")
    note = as_credit_note(a_factur_x(attachments=two))
    files = {"timesheet": b"a", "timesheet (2)": b"b"}

    found = parse_ubl_cii_xml(serialize(note, files=files, pdf=PDF))["BG-24"]
    unread = parse_ubl_cii_xml(serialize(note))["BG-24"]

    assert [(each["BT-122"], each["BT-125"]) for each in found] == [
        ("timesheet", b"a"),
        ("timesheet", b"b"),
        ("CR-2026-000001", PDF),
    ]
    assert b'filename="CR-2026-000001.pdf"' in serialize(note, pdf=PDF)
    assert b'filename="Credit note.pdf"' in serialize(note, pdf=PDF, pdf_name="Credit note.pdf")
    assert [(each["BT-122"], each.get("BT-125")) for each in unread] == [("timesheet", None)] * 2


def test_a_character_that_xml_cannot_carry_is_not_written():
    with pytest.raises(ValueError, match="XML compatible"):
        serialize(a_factur_x(notes=(Note("bell \x07"),)))


def test_what_cii_has_no_place_for_is_told():
    line = a_line(tax_inclusive_price=Decimal("119.00"))
    means = (
        replace(BANK, code="49", mandate="M-1"),
        replace(OTHER_BANK, code="49", remittance="another", mandate="M-2"),
        PaymentMeans("49", card_holder="I. Peeters"),
    )
    document = a_factur_x(
        line,
        buyer=replace(BUYER, tax_number="1", legal_info="BV"),
        references=(Reference("CR-1", kind="credit_note"),),
        payment_means=means,
    )

    xml = serialize(document)

    assert unwritten(document) == (
        "buyer.tax_number",
        "buyer.legal_info",
        "references.0.kind",
        "payment_means.1.remittance",
        "payment_means.1.mandate",
        "payment_means.2.card_holder",
        "lines.0.tax_inclusive_price",
    )
    assert not {"another", "M-2", "I. Peeters", "BV"} & set(texts(xml, "*"))
    assert texts(xml, "ram:DirectDebitMandateID") == ["M-1"]
    assert faults(xml) == []
