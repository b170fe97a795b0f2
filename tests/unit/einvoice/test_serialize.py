"""Document → UBL: everything is written, at its place, and nothing is added."""

import os
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from facturx import parse_ubl_cii_xml
from hypothesis import given
from hypothesis.strategies import decimals, integers
from lxml import etree
from msgspec.structs import fields, replace

from billing.documents.snapshot import Address, Contact, Identifier, Note, PaymentMeans
from billing.einvoice import gate
from billing.einvoice.attachments import attachment_keys
from billing.einvoice.cursor import Reading
from billing.einvoice.reading import read
from billing.einvoice.ubl.reader import document_of
from billing.einvoice.ubl.writer import serialize
from billing.einvoice.untrusted import parse
from billing.einvoice.xml import plain
from tests.unit.einvoice.documents import (
    BANK,
    FILES,
    INVOICES,
    SELLER,
    a_line,
    an_invoice,
    as_credit_note,
    everything,
    in_yen,
    outside_vat,
)

GOLDEN = Path(__file__).parents[2] / "golden" / "credit_note.xml"
PDF = b"%PDF-1.7 the paper itself"

every_invoice = pytest.mark.parametrize("name", INVOICES)


def names(xml: bytes) -> list[str]:
    return [etree.QName(child).localname for child in etree.fromstring(xml)]


def text(xml: bytes, path: str) -> str | None:
    return etree.fromstring(xml).findtext("/".join(f"{{*}}{step}" for step in path.split("/")))


@every_invoice
def test_an_invoice_is_valid_and_reads_back_equal(name):
    invoice = INVOICES[name]()

    xml = serialize(invoice, files=FILES)
    found = read(xml)

    assert gate.check(invoice, files=FILES).findings == ()
    assert found.document == invoice
    assert found.ignored == ()


@every_invoice
def test_a_credit_note_is_valid_and_says_the_same(name):
    note = as_credit_note(INVOICES[name]())

    reading = Reading(parse(serialize(note, files=FILES)))
    document, _ = document_of(reading)

    assert gate.check(note, files=FILES).findings == ()
    assert reading.ignored() == ()
    first, *others = note.notes or (Note(""),)
    joined = replace(first, text=" — ".join(filter(None, ["Ordered twice", first.text])))
    assert document == replace(note, reason="", notes=(joined, *others))


def test_no_field_is_left_out_of_these_tests():
    document = everything()

    unset = {
        f"{type(value).__name__}.{field.name}"
        for value in (document, *document.lines[:1], document.seller, document.buyer, document.totals)
        for field in fields(value)
        if getattr(value, field.name) in ("", (), None, 0)
    }

    assert unset == {
        "Document.tax_point_code",  # excludes the tax point date; has a document of its own
        "Document.reason",
        "Document.logo",
        "Line.tax_inclusive_price",  # of the price list; EN 16931 knows none
        "Party.tax_number",  # of the buyer, who has none in EN 16931
        "Party.legal_info",
    }


def test_a_full_credit_note_matches_the_golden_file():
    xml = serialize(as_credit_note(everything()), pdf=PDF, pdf_name="CR-2026-000001.pdf", files=FILES)

    if os.environ.get("GOLDEN") == "write":
        GOLDEN.write_bytes(xml)

    assert xml.decode() == GOLDEN.read_text("utf-8")


def test_an_independent_reader_finds_the_same_in_invoice_and_credit_note():
    invoice = everything()

    of_invoice = parse_ubl_cii_xml(serialize(invoice, files=FILES))
    of_note = parse_ubl_cii_xml(serialize(as_credit_note(invoice), files=FILES))

    assert (of_invoice["BT-3"], of_invoice["BT-1"]) == ("380", "INV-2026-0007")
    assert (of_note["BT-3"], of_note["BT-1"], of_note["BT-2"]) == ("381", "CR-2026-000001", date(2026, 3, 20))
    assert of_note["BT-24"] == "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
    assert [each["BT-25"] for each in of_note["BG-3"]] == ["INV-2026-0007"]
    assert (of_note["BT-11"], of_invoice["BT-11"]) == ("P-9", "P-9")
    assert of_note["BT-9"] == of_invoice["BT-9"] == date(2026, 4, 13)
    for term in ("BT-106", "BT-107", "BT-108", "BT-109", "BT-110", "BT-111", "BT-112", "BT-114", "BG-23"):
        assert of_note[term] == of_invoice[term], term
    assert of_note["BT-112"] == "1423.24"
    assert of_note["BG-4"]["vat_identifier"] == "DE136695976"
    assert of_note["BG-25"][0]["BT-129"] == "100"
    assert of_note["BG-25"][1]["BT-131"] == "-34.50"


def test_a_credit_note_has_the_element_order_of_its_own_schema():
    note = names(serialize(as_credit_note(everything()), files=FILES))
    invoice = names(serialize(everything(), files=FILES))

    assert note.index("TaxPointDate") < note.index("CreditNoteTypeCode") < note.index("Note")
    assert invoice.index("DueDate") < invoice.index("InvoiceTypeCode") < invoice.index("TaxPointDate")
    assert note.index("OriginatorDocumentReference") > note.index("AdditionalDocumentReference")
    assert invoice.index("OriginatorDocumentReference") < invoice.index("ContractDocumentReference")
    assert "ProjectReference" in invoice
    assert not {"ProjectReference", "DueDate", "InvoiceLine"} & set(note)


def test_the_due_date_of_a_credit_note_stands_beside_its_first_means_of_payment():
    two = (BANK, replace(BANK, account="NL91ABNA0417164300"))
    note = as_credit_note(an_invoice(payment_means=two))

    xml = serialize(note)

    assert [each.text for each in etree.fromstring(xml).iter("{*}PaymentDueDate")] == ["2026-04-13"]
    assert text(xml, "PaymentMeans/PaymentDueDate") == "2026-04-13"


def test_the_reason_and_the_note_of_a_credit_note_are_one_note():
    invoice = an_invoice(notes=(Note("Sorry"),))

    assert text(serialize(as_credit_note(invoice)), "Note") == "Ordered twice — Sorry"
    assert text(serialize(as_credit_note(an_invoice())), "Note") == "Ordered twice"
    assert text(serialize(as_credit_note(invoice, reason="")), "Note") == "Sorry"


def test_numbers_have_no_exponent_and_amounts_the_decimals_of_their_currency():
    line = a_line(net="1E+3", quantity=Decimal("1E+3"), unit_price=Decimal("1.000000"), rate="19.000")

    xml = serialize(an_invoice(line))
    yen = serialize(in_yen())

    assert text(xml, "InvoiceLine/InvoicedQuantity") == "1000"
    assert text(xml, "InvoiceLine/LineExtensionAmount") == "1000.00"
    assert text(xml, "InvoiceLine/Price/PriceAmount") == "1.00"
    assert text(xml, "InvoiceLine/Item/ClassifiedTaxCategory/Percent") == "19"
    assert text(yen, "LegalMonetaryTotal/PayableAmount") == "15000"


@given(decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12), integers(0, 4))
def test_a_number_as_text_is_the_same_number(value, places):
    written = plain(value, places=places)

    assert Decimal(written) == value
    assert len(written.partition(".")[2]) >= places
    assert re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", written)


def test_decimals_that_a_currency_does_not_have_are_not_cut_but_refused():
    invoice = an_invoice(a_line(net="10.005", unit_price=Decimal("10.005")), currency="KWD")

    assert text(serialize(invoice), "InvoiceLine/LineExtensionAmount") == "10.005"
    assert {finding.id for finding in gate.check(invoice).fatal} >= {"BD-CURRENCY-PLACES", "BR-DEC-23"}


def test_equal_documents_give_equal_bytes():
    one = an_invoice(a_line(rate="19"))
    other = an_invoice(a_line(rate="19.000", net="100.0000"))

    assert one == other
    assert serialize(one) == serialize(other)
    assert serialize(everything(), files=FILES) == serialize(everything(), files=FILES)


def test_nothing_empty_is_written():
    blank = replace(
        SELLER,
        trading_name=" ",
        ids=(Identifier(" "),),
        address=Address(line1="\n", country="DE"),
        contact=Contact(),
    )
    invoice = an_invoice(seller=blank, notes=(Note(" "),), payment_means=(PaymentMeans("30", account=""),))

    root = etree.fromstring(serialize(invoice))

    assert [each.tag for each in root.iter() if not len(each) and not (each.text or "").strip()] == []
    assert root.find("{*}AccountingSupplierParty//{*}Contact") is None
    assert root.find("{*}Note") is None


def test_outside_vat_no_rate_is_written_whatever_the_document_says():
    invoice = outside_vat()
    zero = tuple(replace(line, tax_rate=Decimal(0)) for line in invoice.lines)

    root = etree.fromstring(serialize(replace(invoice, lines=zero)))

    assert root.find(".//{*}Percent") is None


def test_the_pdf_is_embedded_under_the_number_of_the_document():
    note = as_credit_note(an_invoice())

    document, files = document_of(Reading(parse(serialize(note, pdf=PDF, pdf_name="Credit note.pdf"))))
    unnamed = serialize(note, pdf=PDF)

    assert files == {"CR-2026-000001": PDF}
    (attachment,) = document.attachments
    assert (attachment.filename, attachment.mime_type) == ("Credit note.pdf", "application/pdf")
    assert b'filename="CR-2026-000001.pdf"' in unnamed
    assert gate.check(note, pdf=PDF).findings == ()


def test_attachments_with_the_same_reference_keep_their_own_bytes():
    two = tuple(replace(everything().attachments[0], filename=f"{name}.csv") for name in "ab")
    invoice = an_invoice(attachments=two)

    found = read(serialize(invoice, files={"timesheet": b"a", "timesheet (2)": b"b"}))

    assert attachment_keys(two) == ("timesheet", "timesheet (2)")
    assert found.attachments == {"timesheet": b"a", "timesheet (2)": b"b"}
    assert found.document == invoice


def test_seller_numbers_stand_under_their_schemes():
    root = etree.fromstring(serialize(everything(), files=FILES))

    seller = root.find("{*}AccountingSupplierParty/{*}Party")
    numbers = {
        each.findtext("{*}TaxScheme/{*}ID"): each.findtext("{*}CompanyID")
        for each in seller.iter("{*}PartyTaxScheme")
    }
    ids = {each.get("schemeID"): each.text for each in seller.iterfind("{*}PartyIdentification/{*}ID")}

    assert numbers == {"VAT": "DE136695976", "TAX": "27/123/45678"}
    assert ids == {"0088": "4000001123452", "SEPA": "DE98ZZZ09999999999"}


def test_a_sales_order_without_a_purchase_order_gets_the_placeholder_ubl_wants():
    invoice = an_invoice(sales_order_reference="SO-1")

    xml = serialize(invoice)

    assert text(xml, "OrderReference/ID") == "NA"
    assert read(xml).document == invoice


def test_the_accounting_currency_has_a_vat_total_without_groups():
    root = etree.fromstring(serialize(INVOICES["accounting currency"]()))

    first, second = root.findall("{*}TaxTotal")

    assert first.find("{*}TaxAmount").get("currencyID") == "SEK"
    assert [each.text for each in second] == ["22.31"]
    assert second[0].get("currencyID") == "EUR"
