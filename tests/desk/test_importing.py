"""Importing an invoice from a file."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from billing.documents.snapshot import Document
from billing.einvoice.cii import writer as cii
from billing.einvoice.ubl.writer import serialize
from billing.einvoice.untrusted import MAX_BYTES
from invoices.models import Invoice
from tests import hybrids
from tests.desk.conftest import text_of
from tests.factories import a_customer, a_platform, an_entity, an_invoice_document

pytestmark = pytest.mark.django_db


def a_document(**fields) -> Document:
    """An invoice of another system."""
    elsewhere = a_platform("Elsewhere")
    return an_invoice_document(an_entity(elsewhere), a_customer(elsewhere), **fields)


def a_ubl_file(**fields) -> bytes:
    return serialize(a_document(**fields))


def upload(client, content: bytes, name: str = "invoice.xml"):
    return client.post("/invoices/import/", {"file": SimpleUploadedFile(name, content)}, follow=True)


def test_a_ubl_invoice_is_taken_over_and_shown(clerk, platform):
    answer = upload(clerk, a_ubl_file(number="F-2026-7"))

    invoice = Invoice.objects.for_platform(platform).get()
    assert answer.redirect_chain == [(f"/invoices/{invoice.pk}/", 302)]
    page = text_of(answer)
    assert "Invoice F-2026-7 was imported." in page
    assert "Download as received The XML file it was imported from" in page
    assert "Clara Clerk" in page
    link = clerk.get(f"/invoices/{invoice.pk}/files/source/")
    assert link.status_code == 302


def test_a_hybrid_pdf_is_taken_over_and_can_be_had_back(clerk, platform):
    pdf = hybrids.a_hybrid(cii.serialize(a_document(number="F-2026-8")))

    answer = upload(clerk, pdf, "invoice.pdf")

    invoice = Invoice.objects.for_platform(platform).get()
    page = text_of(answer)
    assert "Invoice F-2026-8 was imported." in page
    assert "Download as received The XML file it was imported from" in page
    assert "Download PDF as received The PDF it was imported from" in page
    assert clerk.get(f"/invoices/{invoice.pk}/files/source_pdf/").status_code == 302


def test_the_form_takes_xml_and_pdf(clerk):
    page = clerk.get("/invoices/import/").content.decode()

    assert "XML (UBL or CII), or a Factur-X or ZUGFeRD PDF; 20 MB at most." in page
    assert 'accept=".xml,.pdf,application/xml,text/xml,application/pdf"' in page


def test_a_file_that_breaks_rules_is_refused_with_each_rule_its_sentence_and_its_place(clerk, platform):
    xml = a_ubl_file(number="F-1").replace(b"<cbc:CountrySubentity>", b"").replace(b">100.00<", b">90.00<", 1)

    answer = upload(clerk, xml)

    assert answer.status_code == 422
    page = text_of(answer)
    assert "Nothing was changed. Mend this first:" in page
    assert "BR-" in page
    assert Invoice.objects.count() == 0


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"%PDF-1.7", "The PDF is broken: it cannot be opened."),
        (hybrids.a_pdf(), "There is no e-invoice inside the PDF: it is paper only."),
        (b"<a><b></a>", "The XML is broken at line 1"),
        (b"<html/>", "The file is html of no namespace."),
        (b"<!DOCTYPE x><Invoice/>", "An e-invoice must not have a DOCTYPE"),
    ],
)
def test_what_is_no_invoice_is_refused_in_words(clerk, platform, content, sentence):
    answer = upload(clerk, content)

    assert answer.status_code == 400
    assert sentence in text_of(answer)
    assert Invoice.objects.count() == 0


def test_a_file_that_is_too_large_is_refused_beside_its_field(clerk, platform):
    answer = upload(clerk, b" " * (MAX_BYTES + 1))

    assert answer.status_code == 400
    assert "The file has 20.0 MB; 20 MB is the most that is read." in text_of(answer)


def test_no_file_at_all_is_refused_beside_its_field(clerk, platform):
    answer = clerk.post("/invoices/import/")

    assert answer.status_code == 400
    assert "Choose a file." in text_of(answer)


def test_a_number_that_the_seller_has_used_is_refused(clerk, platform):
    xml = a_ubl_file(number="F-1")
    upload(clerk, xml)

    again = upload(clerk, xml)

    assert again.status_code == 409
    assert "Acme Software B.V. already has an invoice F-1. Nothing was changed." in text_of(again)
    assert Invoice.objects.for_platform(platform).count() == 1
