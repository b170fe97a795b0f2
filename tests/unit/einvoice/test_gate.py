"""The one gate: ours and the official rules together, and a refusal a clerk can act on."""

import re
from datetime import date

import pytest
from msgspec.structs import replace

from billing.documents.snapshot import Delivery, Note
from billing.einvoice.gate import EInvoiceInvalid, check, require_valid
from billing.einvoice.ubl.writer import serialize
from tests.unit.einvoice.documents import BUYER, a_line, an_invoice, as_credit_note, outside_vat


def test_a_valid_document_comes_out_as_its_xml():
    note = as_credit_note(an_invoice())

    assert require_valid(note) == serialize(note)
    assert require_valid(note, pdf=b"%PDF", pdf_name="a.pdf") == serialize(
        note, pdf=b"%PDF", pdf_name="a.pdf"
    )


def test_a_refusal_has_the_rules_their_places_and_a_sentence():
    note = as_credit_note(an_invoice(a_line(1), a_line(2, unit="h"), buyer_reference=""))

    with pytest.raises(EInvoiceInvalid) as refusal:
        require_valid(note)

    assert (refusal.value.code, refusal.value.status) == ("einvoice_invalid", 422)
    assert refusal.value.facts["rules"] == [
        {
            "id": "BR-CL-23",
            "message": "The unit h is not in UNECE Recommendation 20: pieces are C62, hours HUR",
            "location": "line 2",
            "flag": "fatal",
            "field": "lines.1.unit",
        },
        {
            "id": "PEPPOL-EN16931-R003",
            "message": "Peppol asks for the buyer's reference or the number of the purchase order",
            "location": "",
            "flag": "fatal",
            "field": "buyer_reference",
        },
    ]
    assert refusal.value.detail == (
        "The unit h is not in UNECE Recommendation 20: pieces are C62, hours HUR (line 2) [BR-CL-23]. "
        "Peppol asks for the buyer's reference or the number of the purchase order [PEPPOL-EN16931-R003]."
    )


def test_what_both_know_is_told_once_and_what_only_the_official_rules_know_is_told_too():
    invoice = an_invoice(a_line(unit="h"))
    invoice = replace(invoice, notes=(Note("Thank you", "QQQ"),))

    report = check(invoice)

    assert [(finding.id, finding.field) for finding in report.findings] == [
        ("BR-CL-23", "lines.0.unit"),
        ("BR-CL-08", "notes"),
    ]
    assert (report.complete, report.is_valid) == (True, False)


def test_warnings_come_last_and_block_nothing():
    invoice = an_invoice(buyer=replace(BUYER, vat_number="BE0428759498"))

    report = check(invoice)

    assert [(finding.id, finding.flag) for finding in report.findings] == [("BD-VAT-NUMBER", "warning")]
    assert report.is_valid
    require_valid(invoice)


def test_a_document_that_no_xml_can_carry_is_refused_and_not_written():
    invoice = an_invoice(a_line(name="bell\x07"))

    report = check(invoice)

    assert [finding.id for finding in report.findings] == ["BD-TEXT"]
    assert (report.complete, report.is_valid) == (False, False)


def test_a_standalone_credit_note_needs_no_invoice():
    note = as_credit_note(an_invoice(), references=())

    assert not check(note).is_valid
    assert check(replace(note, type_code="83")).is_valid


def test_a_refusal_names_three_findings_and_counts_the_rest():
    lines = [a_line(number, unit="h") for number in range(1, 6)]

    with pytest.raises(EInvoiceInvalid) as refusal:
        require_valid(an_invoice(*lines))

    assert refusal.value.detail.endswith("(line 3) [BR-CL-23]. And 2 more.")
    assert len(refusal.value.facts["rules"]) == 5


def test_a_paper_with_too_large_a_pdf_is_not_valid():
    report = check(an_invoice(), pdf=b"x" * 8_000_000)

    assert [finding.id for finding in report.findings] == ["XML"]
    assert not report.is_valid


@pytest.mark.parametrize(
    ("profile", "rates"),
    [("peppol-bis-3", 1), ("xrechnung-3", 1), ("xrechnung-3-cii", 1), ("en16931", 0), ("factur-x", 0)],
)
def test_outside_vat_german_rules_are_told_a_rate_of_0_for_the_group_alone(profile, rates):
    invoice = replace(outside_vat(), profile=profile, delivery=Delivery(date=date(2026, 3, 1)))
    neighbours = replace(invoice, buyer=replace(invoice.buyer, address=invoice.seller.address))

    xml = require_valid(neighbours)

    assert len(re.findall(rb"<(?:cbc:Percent|ram:RateApplicablePercent)>0<", xml)) == rates
