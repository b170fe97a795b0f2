"""CII → Document: the same as from UBL, and what CII may say beyond EN 16931 is told."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from billing.documents.snapshot import Contact, Identifier, Note
from billing.einvoice.cii.reader import document_of
from billing.einvoice.cii.writer import serialize
from billing.einvoice.cursor import Reading
from billing.einvoice.reading import read
from billing.einvoice.refusals import DoctypeForbidden, EInvoiceInvalid, NotAnInvoice
from billing.einvoice.untrusted import parse
from tests.unit.einvoice.documents import (
    BANK,
    FILES,
    INVOICES,
    a_line,
    an_invoice,
    as_credit_note,
    everything,
)

SPECIFICATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"


def an_xml(**fields) -> str:
    return serialize(an_invoice(**fields)).decode()


def changed(xml: str, *pairs: tuple[str, str]) -> bytes:
    for old, new in pairs:
        assert old in xml, old
        xml = xml.replace(old, new, 1)
    return xml.encode()


def line_of(xml: bytes, what: str) -> int:
    return xml.decode()[: xml.decode().index(what)].count("\n") + 1


def rules(refusal: pytest.ExceptionInfo[EInvoiceInvalid]) -> list[tuple[str, str]]:
    return [(rule["id"], rule["location"]) for rule in refusal.value.facts["rules"]]


def after(start: str, text: str) -> tuple[str, str]:
    return start, start + text


def test_the_code_of_an_exemption_in_small_letters_is_one_and_an_unknown_code_is_refused_by_name():
    xml = serialize(INVOICES["exempt"]()).decode()

    small = read(changed(xml, ("VATEX-EU-132-1I", "vatex-eu-132-1i")))

    assert small.document == INVOICES["exempt"]()
    assert small.report.is_valid
    assert "FX-SCH-A-000589" in [warning.id for warning in small.report.findings]
    unknown = changed(xml, ("VATEX-EU-132-1I", "VATEX-XY-1"))
    with pytest.raises(EInvoiceInvalid, match="Value of 'ram:ExemptionReasonCode' is not allowed"):
        read(unknown)


def test_what_the_rules_let_through_and_the_reader_needs_is_refused_by_name():
    root = parse(an_xml().encode())
    (party,) = root.iter("{*}SellerTradeParty")
    party.getparent().remove(party)

    with pytest.raises(EInvoiceInvalid, match="SellerTradeParty is missing") as refusal:
        document_of(Reading(root))
    assert [rule for rule, _ in rules(refusal)] == ["BD-MISSING"]


# the same as from UBL


@pytest.mark.parametrize("name", INVOICES)
def test_an_invoice_is_read_back_equal(name):
    invoice = INVOICES[name]()
    files = FILES if name == "everything" else {}

    found = read(serialize(invoice, files=files))

    assert found.document == invoice
    assert found.attachments == files
    assert found.ignored == ()
    assert found.report.is_valid


@pytest.mark.parametrize("name", INVOICES)
def test_a_credit_note_is_read_back_equal(name):
    note = as_credit_note(INVOICES[name](), reason="")

    document, _ = document_of(Reading(parse(serialize(note, files=FILES))))

    assert document == note


@pytest.mark.parametrize("type_code", ["389", "380", "384", "326", "386"])
def test_every_kind_of_invoice_is_an_invoice(type_code):
    invoice = an_invoice(type_code=type_code, profile="en16931")

    found = read(serialize(invoice)).document

    assert (found.kind, found.type_code) == ("invoice", type_code)


# something else


@pytest.mark.parametrize("type_code", ["381", "261", "396"])
def test_a_credit_note_is_refused_by_its_name(type_code):
    with pytest.raises(NotAnInvoice) as refusal:
        read(serialize(as_credit_note(an_invoice(), type_code=type_code)))

    assert refusal.value.detail == "The file is a CII credit note; only invoices can be imported."


@pytest.mark.parametrize(
    ("specification", "profile"),
    [
        ("urn:factur-x.eu:1p0:minimum", "MINIMUM"),
        ("urn:factur-x.eu:1p0:basicwl", "BASIC WL"),
        ("urn:zugferd.de:2p0:minimum", "MINIMUM"),
        ("urn:zugferd.de:2p0:basicwl", "BASIC WL"),
    ],
)
def test_a_profile_without_lines_is_refused_with_what_is_allowed(specification, profile):
    xml = changed(an_xml(), (SPECIFICATION, specification))

    with pytest.raises(NotAnInvoice) as refusal:
        read(xml)

    assert refusal.value.detail == (
        f"The file is of Factur-X's profile {profile}, which has no lines and is no invoice by EN 16931; ask "
        "for BASIC, EN 16931 or XRechnung."
    )


def test_a_doctype_is_refused_here_too():
    with pytest.raises(DoctypeForbidden):
        read(b'<!DOCTYPE x [<!ENTITY a "b">]>' + serialize(an_invoice()).split(b"\n", 1)[1])


# broken rules and values


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("<ram:DuePayableAmount>119.00", "<ram:DuePayableAmount>119.01", "BR-CO-16"),
        ("<ram:BasisAmount>100.00", "<ram:BasisAmount>102.00", "BR-S-08"),
        ("<ram:ChargeAmount>100.00", "<ram:ChargeAmount>-100.00", "BR-27"),
        ("<ram:IssueDateTime>", "<ram:Issue>", "einvoice_unreadable"),
    ],
)
def test_a_broken_rule_is_refused_with_its_name(old, new, rule):
    with pytest.raises(Exception) as refusal:  # noqa: PT011 - two refusals, told apart below
        read(changed(an_xml(), (old, new)))

    assert rule in [refusal.value.code, *(found["id"] for found in refusal.value.facts.get("rules", []))]


@pytest.mark.parametrize("day", ["20260230", "2026-03-14", "00000101"])
def test_a_day_that_is_none_is_refused_with_its_line(day):
    xml = changed(
        an_xml(), ('<udt:DateTimeString format="102">20260314', f'<udt:DateTimeString format="102">{day}')
    )

    with pytest.raises(EInvoiceInvalid) as refusal:
        read(xml)

    assert rules(refusal)[0][0] in ("BD-DATE", "XSD", "BR-03")


def test_a_day_is_read_with_its_format_and_no_other():
    with_hours = changed(an_xml(), ('format="102">20260413', 'format="203">202604131200'))

    reading = Reading(parse(with_hours))
    document_of(reading)

    assert [(each.id, each.location) for each in reading.problems] == [
        ("BD-DATE", f"XML line {line_of(with_hours, '202604131200')}")
    ]


def test_an_amount_may_name_the_documents_currency_and_no_other():
    own = changed(an_xml(), ("<ram:LineTotalAmount>", '<ram:LineTotalAmount currencyID="EUR">'))
    other = changed(an_xml(), ("<ram:LineTotalAmount>", '<ram:LineTotalAmount currencyID="USD">'))
    mine, theirs = Reading(parse(own)), Reading(parse(other))

    document, _ = document_of(mine)
    document_of(theirs)

    assert (document, mine.problems, mine.ignored()) == (an_invoice(), [], ())
    assert [(each.id, each.message) for each in theirs.problems] == [
        ("BD-CURRENCY", "An amount is in USD, but the document is in EUR")
    ]


def test_a_number_longer_than_we_keep_is_refused():
    xml = changed(an_xml(), (">1</ram:BilledQuantity>", f">{'9' * 40}</ram:BilledQuantity>"))

    with pytest.raises(EInvoiceInvalid) as refusal:
        read(xml)

    assert ("BD-NUMBER", f"XML line {line_of(xml, '999')}") in rules(refusal)


# what CII says otherwise


def test_an_empty_element_says_nothing_and_is_not_told():
    xml = changed(an_xml(), after("</ram:TypeCode>\n", ""), after("<ram:BuyerTradeParty>", "<ram:ID/>"))

    found = read(xml)

    assert (found.document, found.ignored) == (an_invoice(), ())


def test_of_two_identifiers_of_a_buyer_the_one_with_a_scheme_is_kept_and_the_other_told():
    xml = changed(an_xml(), after("<ram:BuyerTradeParty>", "<ram:ID>K-17</ram:ID>"))

    found = Reading(parse(xml))
    document, _ = document_of(found)

    assert document.buyer.ids == (Identifier("7300010000001", "0088"),)
    assert found.ignored() == (
        "rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction/ram:ApplicableHeaderTradeAgreement/"
        f"ram:BuyerTradeParty/ram:ID (line {line_of(xml, 'K-17')})",
    )


def test_a_seller_keeps_all_its_identifiers():
    seller = replace(everything().seller, ids=(Identifier("L-1"), Identifier("4000001123452", "0088")))

    assert read(serialize(an_invoice(seller=seller))).document.seller == seller


def test_a_department_stands_for_a_person_where_none_is_named():
    xml = an_xml().replace("ram:PersonName", "ram:DepartmentName")

    assert read(xml.encode()).document.seller.contact == Contact(
        "Jonas Weiß", "+49 40 123456", "rechnung@nordwind.example"
    )


def test_a_mandate_is_said_once_and_goes_with_the_account_that_is_debited():
    plain = replace(BANK, code="59", account="", account_name="", bic="", text="", remittance="")
    debited = replace(plain, mandate="M-1", debited_account="BE68539007547034")
    invoice = an_invoice(payment_means=(plain, debited), creditor_id="DE98ZZZ09999999999", profile="en16931")

    document, _ = document_of(Reading(parse(serialize(invoice))))

    assert document == invoice


def test_means_of_payment_of_another_code_are_told_as_ignored():
    means = (BANK, replace(BANK, code="30", account="NL91ABNA0417164300"))
    reading = Reading(parse(serialize(an_invoice(payment_means=means))))

    document, _ = document_of(reading)

    assert document.payment_means == (BANK,)
    assert [path.rpartition("/")[2].split()[0] for path in reading.ignored()] == [
        "ram:SpecifiedTradeSettlementPaymentMeans[2]"
    ]


def test_an_account_that_is_no_iban_is_kept():
    invoice = an_invoice(payment_means=(replace(BANK, account="12345678"),))

    xml = serialize(invoice)

    assert b"<ram:ProprietaryID>12345678" in xml
    assert read(xml).document == invoice


@pytest.mark.parametrize(("of_document", "of_cii"), [("3", "5"), ("35", "29"), ("432", "72")])
def test_the_code_of_the_vat_date_is_translated(of_document, of_cii):
    xml = serialize(an_invoice(tax_point_code=of_document))

    assert f"<ram:DueDateTypeCode>{of_cii}<".encode() in xml
    assert read(xml).document.tax_point_code == of_document


def test_the_vat_date_may_stand_in_any_vat_group():
    date_of_it = '<ram:TaxPointDate><udt:DateString format="102">20260228</udt:DateString></ram:TaxPointDate>'
    two_rates = serialize(an_invoice(a_line(1), a_line(2, rate="7"))).decode()
    rate = "<ram:RateApplicablePercent>7</ram:RateApplicablePercent>"
    head, _, tail = two_rates.rpartition(rate)

    found = read(f"{head}{date_of_it}{rate}{tail}".encode())

    assert found.document.tax_point_date == date(2026, 2, 28)
    assert found.ignored == ()


def test_a_gross_price_for_another_quantity_is_told():
    line = a_line(
        gross_price=Decimal(110),
        price_discount=Decimal(10),
        base_quantity=Decimal(1),
        base_quantity_unit="C62",
    )
    same = serialize(an_invoice(line)).decode()
    other = changed(same, ('<ram:BasisQuantity unitCode="C62">1<', '<ram:BasisQuantity unitCode="C62">2<'))

    assert read(same.encode()).ignored == ()
    assert read(other).document == an_invoice(line)
    assert [path.rpartition("/")[2].split()[0] for path in read(other).ignored] == ["ram:BasisQuantity"]


def test_a_discount_of_nothing_is_none():
    line = a_line(gross_price=Decimal(100), price_discount=Decimal(0))

    assert read(serialize(an_invoice(line))).document.lines == (replace(line, price_discount=None),)


def test_another_specification_is_told_as_ignored():
    xml = changed(
        an_xml(), (SPECIFICATION, "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0")
    )

    found = read(xml)

    assert found.document == an_invoice()
    assert [path.rpartition("/")[2].split()[0] for path in found.ignored] == [
        "ram:GuidelineSpecifiedDocumentContextParameter"
    ]


def test_a_note_keeps_its_subject_code():
    invoice = an_invoice(notes=(Note("Return within\n14 days", "AAI"), Note("#AAI# is only a text")))

    assert read(serialize(invoice)).document.notes == invoice.notes
