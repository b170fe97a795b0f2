"""Profiles in layers: who judges what, and Peppol's and XRechnung's rules where no file is installed."""

from decimal import Decimal

import pytest
from lxml import etree
from msgspec.structs import replace

from billing.documents.snapshot import Identifier
from billing.einvoice.profiles import (
    EN16931,
    FACTUR_X,
    NONE,
    PEPPOL,
    PROFILES,
    XRECHNUNG,
    XRECHNUNG_CII,
)
from billing.einvoice.rules import mock_einvoice, places
from billing.einvoice.rules.trial import SAMPLES
from billing.einvoice.rules.validation import validate
from billing.einvoice.ubl.writer import serialize
from tests.unit.einvoice.documents import a_line, an_invoice, as_credit_note

CII = (SAMPLES / "cii.xml").read_bytes()
UBL = (SAMPLES / "ubl.xml").read_bytes()
GUIDELINE = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"


def said(report) -> list[tuple[str, str, str]]:
    return [(finding.id, finding.flag, finding.field) for finding in report.findings]


def in_xrechnung(xml: bytes) -> bytes:
    """Return a sample with XRechnung's specification."""
    peppol = b"urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
    plain = b">urn:cen.eu:en16931:2017<"
    return xml.replace(peppol, GUIDELINE.encode()).replace(plain, f">{GUIDELINE}<".encode())


@pytest.mark.parametrize(
    ("xml", "profile", "layers"),
    [
        (UBL, None, ["schema UBL 2.1", "en16931 EN 16931 UBL 1.3.16"]),
        (UBL, NONE, ["schema UBL 2.1", "en16931 EN 16931 UBL 1.3.16"]),
        (UBL, EN16931, ["schema UBL 2.1", "en16931 EN 16931 UBL 1.3.16"]),
        (UBL, PEPPOL, ["schema UBL 2.1", "en16931 EN 16931 UBL 1.3.16", "peppol Peppol BIS Billing 3.0.21"]),
        (
            in_xrechnung(UBL),
            XRECHNUNG,
            ["schema UBL 2.1", "en16931 EN 16931 UBL 1.3.16", "xrechnung XRechnung Schematron 2.6.0"],
        ),
        (CII, None, ["schema Factur-X EN 16931 schema 1.09", "en16931 Factur-X EN 16931 1.09.2"]),
        (CII, FACTUR_X, ["schema Factur-X EN 16931 schema 1.09", "en16931 Factur-X EN 16931 1.09.2"]),
        (
            in_xrechnung(CII),
            XRECHNUNG_CII,
            [
                "schema Factur-X EN 16931 schema 1.09",
                "en16931 Factur-X EN 16931 1.09.2",
                "xrechnung XRechnung Schematron 2.6.0",
            ],
        ),
    ],
)
def test_a_profile_has_its_layers_each_with_version_and_digest(xml, profile, layers):
    report = validate(xml, profile and PROFILES[profile], twin=lambda: in_xrechnung(UBL))

    assert [f"{layer.name} {layer.ruleset} {layer.version}" for layer in report.layers] == layers
    assert all(layer.complete for layer in report.layers)
    assert {len(digest) for layer in report.layers for digest in layer.sha256.values()} == {64}
    assert said(report) == []


def test_peppol_s_rules_find_what_the_norm_allows():
    document = an_invoice(a_line(1), a_line(2, quantity=Decimal(3)), buyer_reference="")
    document = replace(document, buyer=replace(document.buyer, endpoint=Identifier("123", "0208")))

    xml = serialize(document)

    assert validate(xml, PROFILES[EN16931]).is_valid
    assert said(validate(xml, PROFILES[PEPPOL])) == [
        ("PEPPOL-EN16931-R003", "fatal", ""),
        ("PEPPOL-EN16931-R120", "fatal", "lines.1"),
        ("PEPPOL-COMMON-R043", "fatal", "buyer"),
    ]


def test_xrechnung_s_rules_are_germany_s_and_those_it_repeats_of_peppol():
    # R003 is Peppol's alone; of R120 XRechnung only warns
    document = an_invoice(a_line(1), a_line(2, quantity=Decimal(3)), buyer_reference="")
    document = replace(document, profile=XRECHNUNG, buyer=replace(document.buyer, endpoint=None))

    report = validate(in_xrechnung(serialize(document)), PROFILES[XRECHNUNG])

    assert ("BR-DE-15", "fatal", "") in said(report)
    assert ("PEPPOL-EN16931-R010", "fatal", "buyer") in said(report)
    assert ("PEPPOL-EN16931-R120", "warning", "lines.1") in said(report)
    assert "PEPPOL-EN16931-R003" not in [finding.id for finding in report.findings]


def test_information_is_a_warning_and_forbids_nothing():
    xml = in_xrechnung(UBL).replace(
        b"<cac:Delivery><cbc:ActualDeliveryDate>2026-01-02</cbc:ActualDeliveryDate></cac:Delivery>", b""
    )

    report = validate(xml, PROFILES[XRECHNUNG])

    assert said(report) == [("BR-DE-TMP-32", "warning", "")]
    assert report.is_valid


def test_a_rule_that_cannot_be_computed_is_fatal_whatever_its_flag():
    found = mock_einvoice._package().Finding(
        "warning", "BR-DE-19", "/Invoice/cac:PaymentMeans[2]", "an IBAN: could not be computed: ?"
    )

    finding = mock_einvoice._finding(found, etree.fromstring(UBL))

    assert (finding.flag, finding.field) == ("fatal", "payment_means")


def test_xrechnung_in_cii_is_judged_by_its_twin_and_by_nothing_without_one():
    document = in_xrechnung(CII)
    wrong = in_xrechnung(UBL).replace(b"<cbc:BuyerReference>04011000-12345-03</cbc:BuyerReference>", b"")

    assert said(validate(document, PROFILES[XRECHNUNG_CII], twin=lambda: wrong)) == [
        ("BR-DE-15", "fatal", "")
    ]
    for twin in (None, lambda: b"<Invoice/>", lambda: b"", lambda: 1 / 0):
        report = validate(document, PROFILES[XRECHNUNG_CII], twin=twin)
        assert said(report) == [("BD-RULES", "fatal", "")]
        assert report.findings[0].message == "The rules XRechnung Schematron 2.6.0 did not run to their end."
        assert [layer.complete for layer in report.layers] == [True, True, False]
        assert not report.is_valid


def test_factur_x_s_rule_on_its_specification_is_for_factur_x_only():
    document = in_xrechnung(CII)

    assert validate(document).findings == ()
    assert said(validate(document, PROFILES[FACTUR_X])) == [("FX-SCH-A-000556", "fatal", "profile")]


def test_what_factur_x_has_no_use_for_is_a_warning_elsewhere():
    document = CII.replace(b"<ram:ID>SAMPLE-1</ram:ID>", b'<ram:ID schemeID="x">SAMPLE-1</ram:ID>')

    assert said(validate(document)) == [("FX-NOT-USED", "warning", "number")]
    assert said(validate(document, PROFILES[FACTUR_X])) == [("FX-NOT-USED", "fatal", "number")]


UNTYPED = b"""<ram:AdditionalReferencedDocument><ram:IssuerAssignedID>7</ram:IssuerAssignedID>
</ram:AdditionalReferencedDocument></ram:SpecifiedLineTradeSettlement>"""


def test_what_only_factur_x_asks_for_is_a_warning_elsewhere():
    document = CII.replace(b"</ram:SpecifiedLineTradeSettlement>", UNTYPED)
    as_xrechnung = validate(in_xrechnung(document), PROFILES[XRECHNUNG_CII], twin=lambda: in_xrechnung(UBL))

    assert said(validate(document)) == [("FX-SCH-A-000616", "warning", "lines.0")]
    assert said(as_xrechnung) == [("FX-SCH-A-000616", "warning", "lines.0")]
    assert said(validate(document, PROFILES[FACTUR_X])) == [("FX-SCH-A-000616", "fatal", "lines.0")]


@pytest.mark.parametrize("profile", [None, PROFILES[FACTUR_X]])
def test_the_norm_s_code_lists_hold_under_factur_x_s_ids_too(profile):
    document = CII.replace(b"<ram:CountryID>DE<", b"<ram:CountryID>XY<", 1)

    assert said(validate(document, profile)) == [("FX-SCH-A-000580", "fatal", "seller")]


@pytest.mark.parametrize(
    ("xml", "profile", "sentence"),
    [
        (
            CII,
            PEPPOL,
            "The root element CrossIndustryInvoice is not that of a UBL 2.1 Invoice or CreditNote.",
        ),
        (UBL, FACTUR_X, "The root element Invoice is not that of a CII CrossIndustryInvoice."),
        (
            b"<Order/>",
            None,
            "The root element Order is not that of a UBL 2.1 Invoice or CreditNote "
            "or a CII CrossIndustryInvoice.",
        ),
    ],
)
def test_a_document_in_another_syntax_than_its_profile_s_is_judged_by_nothing(xml, profile, sentence):
    report = validate(xml, profile and PROFILES[profile])

    assert [(finding.id, finding.message) for finding in report.findings] == [("XSD", sentence)]
    assert not any(layer.complete for layer in report.layers)


def test_what_breaks_its_schema_is_judged_no_further():
    report = validate(UBL.replace(b"IssueDate>2026", b"IssueDate>x026"), PROFILES[PEPPOL])

    assert {finding.id for finding in report.findings} == {"XSD"}
    assert [(layer.name, layer.complete) for layer in report.layers] == [
        ("schema", True),
        ("en16931", False),
        ("peppol", False),
    ]


def test_a_layer_that_crashes_is_not_passed(monkeypatch):
    package = mock_einvoice._package()
    monkeypatch.delitem(package.rules.REGISTRY["peppol"], "PEPPOL-EN16931-R001")

    report = validate(UBL, PROFILES[PEPPOL])

    assert said(report) == [("BD-RULES", "fatal", "")]
    assert (report.complete, report.layers[-1].complete) == (False, False)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/Invoice/cac:InvoiceLine[2]/cac:Price", ("line 2", "lines.1")),
        ("/Q{urn:x}Invoice[1]/Q{urn:y}InvoiceLine[1]", ("line 1", "lines.0")),
        ("/ubl:Invoice[1]/cac:TaxTotal[1]/cac:TaxSubtotal[1]", ("VAT group S 19 %", "taxes")),
        ("/Invoice/cac:AccountingSupplierParty/cac:Party/cbc:EndpointID", ("seller", "seller")),
        ("/Invoice/cbc:Unheard", ("Unheard", "")),
        ("/Invoice", ("", "")),
        ("/", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_place_in_ubl_is_told_in_words_and_as_a_field(path, place):
    assert places.find(path, etree.fromstring(UBL)) == place


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("ram:IncludedSupplyChainTradeLineItem[1]/ram:X", ("line 1", "lines.0")),
        ("ram:ApplicableHeaderTradeAgreement/ram:BuyerTradeParty[1]", ("buyer", "buyer")),
        ("ram:ApplicableHeaderTradeSettlement[1]/ram:ApplicableTradeTax[1]", ("VAT group S 19 %", "taxes")),
        (
            "ram:ApplicableHeaderTradeSettlement[1]/ram:SpecifiedTradeAllowanceCharge[1]",
            ("allowance 1", "allowances_charges.0"),
        ),
        ("ram:ApplicableHeaderTradeDelivery", ("", "")),
    ],
)
def test_a_place_in_cii_is_told_in_the_same_words(path, place):
    start = "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction/"

    assert places.find(start + path, etree.fromstring(CII)) == place


def test_a_credit_note_in_peppol_s_profile_is_valid():
    report = validate(serialize(as_credit_note(an_invoice())), PROFILES[PEPPOL])

    assert (report.is_valid, report.findings) == (True, ())
