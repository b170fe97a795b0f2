"""UBL → Document: what cannot be read is refused by name, with its place; what is ignored is told.

CII has test_read_cii.py, PDFs test_read_hybrid.py.
"""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from billing.documents.snapshot import Identifier, Note
from billing.einvoice.reading import MAX_BYTES, read
from billing.einvoice.refusals import (
    DoctypeForbidden,
    EInvoiceInvalid,
    EInvoiceTooLarge,
    EInvoiceUnreadable,
    NotAnInvoice,
)
from billing.einvoice.ubl.writer import serialize
from tests.unit.einvoice.documents import INVOICES, a_line, an_invoice, as_credit_note, everything

ZUGFERD_1 = b'<CrossIndustryDocument xmlns="urn:ferd:CrossIndustryDocument:invoice:1p0"/>'
ORDER_X = (
    b"<SCRDMCCBDACIOMessageStructure "
    b'xmlns="urn:un:unece:uncefact:data:standard:SCRDMCCBDACIOMessageStructure:100"/>'
)
ORDER = b'<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>'
ENVELOPE = (
    b"<StandardBusinessDocument "
    b'xmlns="http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"/>'
)


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


# unreadable


def test_broken_xml_is_refused_with_line_and_column():
    xml = an_xml().replace("</cbc:IssueDate>", "</cbc:IssueDay>").encode()

    with pytest.raises(EInvoiceUnreadable) as refusal:
        read(xml)

    assert (refusal.value.code, refusal.value.status) == ("einvoice_unreadable", 400)
    assert refusal.value.facts["line"] == line_of(xml, "IssueDay>")
    assert "IssueDate line 6 and IssueDay" in refusal.value.detail


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b" \n", "The file is empty."),
        (b"PK\x03\x04...", "The file is a ZIP archive, not XML."),
        (b"invoice;total", "The XML is broken at line 1, column 1: Start tag expected, '<' not found."),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "Unsupported encoding: klingon"),
        (b"<a>" * 300 + b"</a>" * 300, "Excessive depth in document"),
        (b"<a>&undefined;</a>", "Entity 'undefined' not defined"),
        (b"<a>\x00</a>", "Char 0x0 out of allowed range"),
    ],
)
def test_what_is_not_xml_is_refused_by_name(content, sentence):
    with pytest.raises(EInvoiceUnreadable) as refusal:
        read(content)

    assert sentence in refusal.value.detail


def test_bytes_that_are_not_in_the_declared_encoding_are_refused():
    xml = an_xml().encode("latin-1", "replace")  # but it says UTF-8

    with pytest.raises(EInvoiceUnreadable) as refusal:
        read(xml)

    assert "Invalid bytes in character encoding" in refusal.value.detail
    assert refusal.value.facts["line"] == xml[: xml.index("ä".encode("latin-1"))].count(b"\n") + 1


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("ISO-8859-1", "ISO-8859-1"),
        ("ISO-8859-15", "ISO-8859-15"),
        ("windows-1252", "cp1252"),
        ("UTF-16", "UTF-16"),
        ("UTF-16", "UTF-16-LE"),
        ("UTF-16", "UTF-16-BE"),
        ("UTF-8", "UTF-16"),
        ("UTF-8", "UTF-8-SIG"),
        ("UTF-32", "UTF-32"),
    ],
)
def test_the_encoding_is_honoured_with_and_without_a_byte_order_mark(declared, encoding):
    invoice = an_invoice(seller=replace(everything().seller, legal_info="Geschäftsführer: Weiß"))
    text = serialize(invoice).decode().replace("'UTF-8'", f"'{declared}'")

    assert read(text.encode(encoding)).document == invoice


@pytest.mark.parametrize(
    ("declared", "encoding", "sentence"),
    [
        ("ISO-8859-1", "UTF-8", "The XML says that it is ISO-8859-1, but it is UTF-8. Declare it rightly."),
        ("windows-1252", "UTF-8", "The XML says that it is windows-1252, but it is UTF-8."),
        ("UTF-16", "UTF-8", "The XML is broken at line 1"),
        ("IBM037", "cp037", "Unsupported encoding"),
    ],
)
def test_an_encoding_that_is_not_the_declared_one_is_refused(declared, encoding, sentence):
    invoice = an_invoice(seller=replace(everything().seller, legal_info="Geschäftsführer: Weiß"))
    text = serialize(invoice).decode().replace("'UTF-8'", f"'{declared}'")

    with pytest.raises(EInvoiceUnreadable) as refusal:
        read(text.encode(encoding))

    assert sentence in refusal.value.detail


BOMB = (
    '<!DOCTYPE lolz [<!ENTITY lol0 "lol">'
    + "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
)


@pytest.mark.parametrize(
    ("doctype", "reference"),
    [
        ("<!DOCTYPE Invoice>", ""),
        (BOMB, "&lol9;"),
        ('<!DOCTYPE Invoice [<!ENTITY file SYSTEM "file:///etc/hostname">]>', "&file;"),
        ('<!DOCTYPE Invoice SYSTEM "http://127.0.0.1:9/invoice.dtd">', ""),
        ('<!DOCTYPE Invoice [<!ENTITY % far SYSTEM "http://127.0.0.1:9/far.dtd"> %far;]>', ""),
    ],
    ids=["bare", "entity bomb", "external entity", "external subset", "parameter entity"],
)
@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16"])
def test_a_doctype_is_refused_whatever_is_in_it(doctype, reference, encoding):
    xml = an_xml().replace("<Invoice ", f"{doctype}<Invoice ", 1).replace(">Ine<", f">Ine{reference}<", 1)

    with pytest.raises(DoctypeForbidden) as refusal:
        read(xml.replace("'UTF-8'", f"'{encoding}'").encode(encoding))

    assert (refusal.value.code, refusal.value.status) == ("doctype_forbidden", 400)


def test_a_large_file_is_refused_before_it_is_parsed():
    xml = b"<" * (100 * 1024**2)

    with pytest.raises(EInvoiceTooLarge) as refusal:
        read(xml)

    assert (refusal.value.code, refusal.value.status) == ("einvoice_too_large", 413)
    assert refusal.value.facts == {"limit": MAX_BYTES}
    assert refusal.value.detail == "The file has more than 20 MB, the most that is read."


def test_an_attachment_that_no_parser_takes_is_too_large():
    xml = serialize(an_invoice(), pdf=b"x" * 8_000_000)

    with pytest.raises(EInvoiceTooLarge) as refusal:
        read(xml)

    assert "attachment" in refusal.value.detail


# something else


@pytest.mark.parametrize(
    ("xml", "words"),
    [
        (serialize(as_credit_note(an_invoice())), "a UBL credit note"),
        (ZUGFERD_1, "a ZUGFeRD 1 invoice, which is older than EN 16931; ask for ZUGFeRD 2 or Factur-X"),
        (ORDER_X, "an order (Order-X), not an invoice"),
        (ENVELOPE, "a Peppol envelope (SBDH)"),
        (ORDER, "Order of urn:oasis:names:specification:ubl:schema:xsd:Order-2"),
        (b"<html/>", "html of no namespace"),
    ],
    ids=["credit note", "ZUGFeRD 1", "Order-X", "envelope", "order", "html"],
)
def test_what_is_no_invoice_is_refused_by_its_name(xml, words):
    with pytest.raises(NotAnInvoice) as refusal:
        read(xml)

    assert (refusal.value.code, refusal.value.status) == ("not_an_invoice", 400)
    assert words in refusal.value.detail


# broken rules


def test_a_fault_against_the_schema_is_refused_with_its_line():
    xml = changed(an_xml(), ("2026-03-14", "2026-13-14"))

    with pytest.raises(EInvoiceInvalid) as refusal:
        read(xml)

    assert (refusal.value.code, refusal.value.status) == ("einvoice_invalid", 422)
    assert rules(refusal) == [("XSD", "XML line 6")]
    assert "IssueDate" in refusal.value.detail
    assert "'2026-13-14'" in refusal.value.detail
    assert "urn:oasis" not in refusal.value.detail


def test_elements_in_the_wrong_order_are_refused():
    number = "<cbc:ID>INV-2026-0007</cbc:ID>"
    xml = changed(
        an_xml(), (number, ""), ("<cbc:DocumentCurrencyCode>", f"{number}<cbc:DocumentCurrencyCode>")
    )

    with pytest.raises(EInvoiceInvalid) as refusal:
        read(xml)

    assert [rule for rule, _ in rules(refusal)] == ["XSD"]


@pytest.mark.parametrize(
    ("old", "new", "rule", "location"),
    [
        ('unitCode="C62"', 'unitCode="h"', "BR-CL-23", "line 1"),
        ("<cbc:IdentificationCode>BE", "<cbc:IdentificationCode>UK", "BR-CL-14", "buyer"),
        ("<cbc:DocumentCurrencyCode>EUR", "<cbc:DocumentCurrencyCode>EUX", "BR-CL-04", "currency"),
        (
            'PayableAmount currencyID="EUR">119.00',
            'PayableAmount currencyID="EUR">119.01',
            "BR-CO-16",
            "totals",
        ),
        (
            'TaxableAmount currencyID="EUR">100',
            'TaxableAmount currencyID="EUR">101',
            "BR-S-08",
            "VAT group S 19 %",
        ),
        ('PriceAmount currencyID="EUR">100.00', 'PriceAmount currencyID="EUR">-100.00', "BR-27", "line 1"),
    ],
)
def test_a_broken_official_rule_is_refused_with_its_name_and_place(old, new, rule, location):
    xml = changed(an_xml(), (old, new))

    with pytest.raises(EInvoiceInvalid) as refusal:
        read(xml)

    assert (rule, location) in rules(refusal)
    assert f"[{rule}]" in refusal.value.detail


def test_a_warning_of_the_official_rules_refuses_nothing():
    xml = changed(an_xml(), ("<cbc:PaymentMeansCode name", "<cbc:PaymentMeansCode listID='x' name"))

    found = read(xml)

    assert [(finding.id, finding.flag) for finding in found.report.findings] == [("UBL-CR-661", "warning")]
    assert found.report.is_valid


def test_an_amount_in_another_currency_is_refused_although_the_core_rules_let_it_pass():
    price = '<cbc:PriceAmount currencyID="EUR">'
    xml = changed(an_xml(), (price, price.replace("EUR", "USD")))

    with pytest.raises(EInvoiceInvalid) as refusal:
        read(xml)

    assert rules(refusal) == [("BD-CURRENCY", f"XML line {line_of(xml, 'USD')}")]
    assert "An amount is in USD, but the document is in EUR" in refusal.value.detail


def test_a_number_longer_than_we_keep_is_refused():
    xml = changed(an_xml(), (">1</cbc:InvoicedQuantity>", f">{'9' * 40}</cbc:InvoicedQuantity>"))

    with pytest.raises(EInvoiceInvalid) as refusal:
        read(xml)

    assert rules(refusal) == [("BD-NUMBER", f"XML line {line_of(xml, '999')}")]


# what is kept, and what is told


def test_what_en16931_does_not_know_is_ignored_but_told():
    xml = changed(
        an_xml(),
        ("<cbc:IssueDate>", "<cbc:UUID>5a</cbc:UUID><cbc:IssueDate>"),
        ('<cbc:ID schemeID="0088">4000001123452', '<cbc:ID schemeID="0088" schemeName="GLN">4000001123452'),
    )

    found = read(xml)

    assert found.document == an_invoice()
    assert found.ignored == (
        "Invoice/cbc:UUID (line 6)",
        "Invoice/cac:AccountingSupplierParty/cac:Party/cac:PartyIdentification/cbc:ID/@schemeName (line 15)",
    )


def test_extensions_are_ignored_but_told():
    extension = (
        "<ext:UBLExtensions "
        'xmlns:ext="urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2">'
        '<ext:UBLExtension><ext:ExtensionContent><x:y xmlns:x="urn:x">1</x:y></ext:ExtensionContent>'
        "</ext:UBLExtension></ext:UBLExtensions>"
    )
    xml = changed(an_xml(), ("<cbc:CustomizationID>", f"{extension}<cbc:CustomizationID>"))

    found = read(xml)

    assert found.document == an_invoice()
    assert found.ignored == ("Invoice/UBLExtensions (line 3)",)


def test_a_payment_that_only_ubl_knows_is_ignored_but_told():
    payment = '<cac:PrepaidPayment><cbc:PaidAmount currencyID="EUR">1</cbc:PaidAmount></cac:PrepaidPayment>'
    xml = changed(an_xml(), ("<cac:TaxTotal>", f"{payment}<cac:TaxTotal>"))

    assert read(xml).ignored == (f"Invoice/cac:PrepaidPayment (line {line_of(xml, payment)})",)


def test_a_peppol_invoice_is_a_peppol_document():
    assert read(an_xml().encode()).document.profile == "peppol-bis-3"


def test_a_plain_invoice_that_peppol_would_take_becomes_a_peppol_document():
    xml = serialize(an_invoice(profile="en16931"))

    found = read(xml)

    assert b"<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>" in xml
    assert b"ProfileID" not in xml
    assert found.document.profile == "peppol-bis-3"
    assert found.ignored == ()


def test_a_plain_invoice_that_peppol_would_not_take_stays_plain():
    invoice = an_invoice(profile="en16931", buyer_reference="")

    assert read(serialize(invoice)).document == invoice


def test_an_invoice_that_only_says_it_is_peppol_is_plain_and_that_is_told():
    invoice = an_invoice(buyer_reference="")

    found = read(serialize(invoice))

    assert found.document == replace(invoice, profile="en16931")
    assert found.ignored == ("Invoice/cbc:CustomizationID (line 3)", "Invoice/cbc:ProfileID (line 4)")


def test_another_specification_is_told_as_ignored():
    xrechnung = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
    xml = serialize(an_invoice()).replace(
        b"urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0", xrechnung.encode()
    )

    assert read(xml).ignored == ("Invoice/cbc:CustomizationID (line 3)",)


def test_an_accounting_currency_that_is_the_documents_own_is_none():
    own = "</cbc:DocumentCurrencyCode><cbc:TaxCurrencyCode>EUR</cbc:TaxCurrencyCode>"
    xml = changed(an_xml(), ("</cbc:DocumentCurrencyCode>", own))

    assert read(xml).document.accounting_currency == ""


def test_a_subject_code_is_told_from_a_note_that_has_a_hash():
    coded = an_invoice(notes=(Note("Return within\n14 days", "AAI"),))
    hashed = an_invoice(notes=(Note("Ordered online#Order 7"),))

    assert read(serialize(coded)).document.notes == (Note("Return within\n14 days", "AAI"),)
    assert read(serialize(hashed)).document.notes == (Note("Ordered online#Order 7"),)


def test_blanks_around_values_and_comments_inside_them_do_not_count():
    xml = changed(an_xml(), (">INV-2026-0007</cbc:ID>", ">\n INV-2026-<!-- x -->0007 </cbc:ID>"))

    assert read(xml).document.number == "INV-2026-0007"


def test_a_time_zone_behind_a_day_is_dropped():
    xml = changed(an_xml(), ("<cbc:IssueDate>2026-03-14", "<cbc:IssueDate>2026-03-14+01:00"))

    assert read(xml).document.date.isoformat() == "2026-03-14"


def test_prices_rates_and_quantities_keep_all_their_decimals():
    line = a_line(net="0.37", quantity=Decimal("3.000125"), unit_price=Decimal("0.1234567891"), rate="7.125")

    found = read(serialize(an_invoice(line)))

    assert found.document.lines == (line,)


def test_the_object_of_a_line_is_read_even_if_the_file_does_not_say_that_it_is_one():
    invoice = an_invoice(a_line(object_id=Identifier("SN-1")))
    xml = changed(serialize(invoice).decode(), ("<cbc:DocumentTypeCode>130</cbc:DocumentTypeCode>", ""))

    assert read(xml).document == invoice


def test_a_zero_rate_outside_vat_is_none():
    xml = serialize(INVOICES["outside VAT"]())
    with_rate = xml.replace(
        b"<cbc:TaxExemptionReasonCode>", b"<cbc:Percent>0</cbc:Percent><cbc:TaxExemptionReasonCode>"
    )

    assert read(with_rate).document == INVOICES["outside VAT"]()
