"""`POST /v1/invoices/import`, and the files of a final note."""

import hashlib
from urllib.parse import urlsplit

import pytest
import requests

from billing import clock
from billing.documents import files
from billing.documents.snapshot import Document, digest
from billing.einvoice.cii import writer as cii
from billing.einvoice.ubl.writer import serialize
from billing.events import relay
from billing.events.models import Event, Reaction
from billing.platforms.models import BillingEntity, Customer
from invoices.models import Invoice
from tests import hybrids
from tests.books import digest_of_rows
from tests.factories import (
    a_customer,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_platform,
    an_entity,
    an_invoice_document,
)


def a_document(number="F-2026-1", **fields) -> Document:
    """An invoice of somebody else's system; its parties are on no platform of ours."""
    elsewhere = a_platform("Elsewhere")
    return an_invoice_document(an_entity(elsewhere), a_customer(elsewhere), number=number, **fields)


def a_ubl_invoice(**fields) -> bytes:
    return serialize(a_document(**fields))


def a_cii_invoice(**fields) -> bytes:
    return cii.serialize(a_document(**fields))


def follow_up() -> None:
    """Do what the worker would do."""
    while todo := list(Reaction.objects.pending()):
        for work in todo:
            relay.react(reaction_id=work.pk, at=clock.now())


def test_an_imported_invoice_is_final_and_says_what_the_file_said(api, platform):
    answer = api("POST", "invoices/import", a_ubl_invoice(), content_type="application/xml")

    assert answer.status == 201
    invoice = answer.body
    assert (invoice["number"], invoice["status"], invoice["total"]) == ("F-2026-1", "FINAL", "121.00")
    assert (invoice["creditable"], invoice["adjustable"], invoice["refundable"]) == (
        "121.00",
        "121.00",
        "0.00",
    )
    assert invoice["buyer"]["name"] == "Bières du Nord SA"
    assert BillingEntity.objects.for_platform(platform).get().vat_number == "NL123456782B90"
    assert Customer.objects.for_platform(platform).get().vat_number == "BE0123456749"


def test_an_invoice_in_cii_is_imported_and_its_e_invoice_is_the_file(api):
    xml = a_cii_invoice()

    answer = api("POST", "invoices/import", xml, content_type="application/xml")

    assert (answer.status, answer.body["number"], answer.body["total"]) == (201, "F-2026-1", "121.00")
    assert api("GET", f"invoices/{answer.body['id']}/einvoice/xml").content == xml


def test_a_hybrid_pdf_is_imported_and_its_e_invoice_is_the_xml_inside(api, platform):
    xml = a_cii_invoice()
    pdf = hybrids.a_hybrid(xml)

    answer = api("POST", "invoices/import", pdf, content_type="application/pdf")

    assert (answer.status, answer.body["number"], answer.body["status"]) == (201, "F-2026-1", "FINAL")
    invoice = Invoice.objects.for_platform(platform).get()
    assert api("GET", f"invoices/{invoice.pk}/einvoice/xml").content == xml
    assert files.read(files.get(document=invoice, kind="source_pdf")) == pdf


def test_a_repeated_import_of_a_pdf_is_replayed(api, platform):
    pdf = hybrids.a_hybrid(a_cii_invoice())
    first = api("POST", "invoices/import", pdf, content_type="application/pdf", Idempotency_Key="once")

    again = api("POST", "invoices/import", pdf, content_type="application/pdf", Idempotency_Key="once")

    assert (again.status, again.body) == (201, first.body)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Invoice.objects.for_platform(platform).count() == 1


@pytest.mark.parametrize(
    ("content_type", "make", "sentence"),
    [
        ("application/xml", hybrids.a_hybrid, "The body is a PDF: send it as application/pdf."),
        ("application/pdf", bytes, "The body is no PDF: XML is sent as application/xml."),
        ("text/plain", bytes, 'Unsupported media type "text/plain" in request.'),
        ("application/json", bytes, 'Unsupported media type "application/json" in request.'),
    ],
)
def test_a_body_that_says_it_is_something_else_is_refused(api, content_type, make, sentence):
    body, rows = make(a_cii_invoice()), digest_of_rows()

    answer = api("POST", "invoices/import", body, content_type=content_type)

    assert (answer.status, answer.body["code"]) == (415, "unsupported_media_type")
    assert answer.body["detail"] == sentence
    assert digest_of_rows() == rows


@pytest.mark.parametrize(
    ("spoil", "status", "code"),
    [
        (lambda xml: hybrids.a_pdf(), 400, "pdf_without_invoice"),
        (lambda xml: hybrids.a_hybrid(xml)[:500], 400, "pdf_unreadable"),
        (lambda xml: hybrids.encrypted(hybrids.a_hybrid(xml), user="x"), 400, "pdf_encrypted"),
        (
            lambda xml: hybrids.a_pdf(("factur-x.xml", xml), ("xrechnung.xml", b"<x/>")),
            400,
            "pdf_with_several_invoices",
        ),
        (lambda xml: hybrids.a_bomb(21), 413, "einvoice_too_large"),
        (lambda xml: hybrids.a_hybrid(xml) + b" " * 21_000_000, 413, "einvoice_too_large"),
        (lambda xml: hybrids.a_hybrid(xml.replace(b">121.00<", b">122.00<")), 422, "einvoice_invalid"),
    ],
)
def test_a_pdf_that_holds_no_valid_invoice_is_refused_and_nothing_is_stored(api, spoil, status, code):
    body, rows = spoil(a_cii_invoice()), digest_of_rows()

    answer = api("POST", "invoices/import", body, content_type="application/pdf")

    assert (answer.status, answer.body["code"]) == (status, code)
    assert digest_of_rows() == rows


def test_a_second_import_of_the_same_number_is_refused(api, platform):
    xml = a_ubl_invoice()
    api("POST", "invoices/import", xml, content_type="application/xml")

    answer = api("POST", "invoices/import", xml, content_type="application/xml")

    assert (answer.status, answer.body["code"], answer.body["field"]) == (409, "number_in_use", "number")
    assert Invoice.objects.for_platform(platform).count() == 1


@pytest.mark.parametrize(
    ("spoil", "status", "code"),
    [
        (lambda xml: xml[:-20], 400, "einvoice_unreadable"),
        (lambda xml: b"", 400, "einvoice_unreadable"),
        (lambda xml: b"<html/>", 400, "not_an_invoice"),
        (
            lambda xml: xml.replace(b">121.00</cbc:TaxInclusiveAmount", b">122.00</cbc:TaxInclusiveAmount"),
            422,
            "einvoice_invalid",
        ),
        (lambda xml: xml.replace(b"EUR", b"EUX"), 422, "einvoice_invalid"),
        (lambda xml: b'<!DOCTYPE a [<!ENTITY b "c">]>' + xml, 400, "doctype_forbidden"),
        (lambda xml: xml + b" " * 21_000_000, 413, "einvoice_too_large"),
    ],
)
def test_a_file_that_is_no_valid_invoice_is_refused_and_nothing_is_stored(api, platform, spoil, status, code):
    answer = api("POST", "invoices/import", spoil(a_ubl_invoice()), content_type="application/xml")

    assert (answer.status, answer.body["code"]) == (status, code)
    assert Invoice.objects.for_platform(platform).count() == 0
    assert not Event.objects.for_platform(platform).exclude(type="billing.api_key.created").exists()


def test_a_broken_sum_is_named_by_rule_and_place(api, platform):
    xml = a_ubl_invoice().replace(b">121.00</cbc:PayableAmount", b">120.00</cbc:PayableAmount")

    answer = api("POST", "invoices/import", xml, content_type="application/xml")

    assert "BR-CO-16" in [rule["id"] for rule in answer.body["rules"]]
    assert all(rule["message"] for rule in answer.body["rules"])


def test_a_final_note_gets_a_pdf_an_e_invoice_and_a_signed_link_to_each(api, platform):
    note = a_final_note(a_final_invoice(platform))
    waiting = api("GET", f"credit-notes/{note.pk}/pdf")
    assert (waiting.status, waiting.body["code"]) == (404, "file_not_ready")
    assert waiting.headers["Retry-After"] == "2"
    assert api("GET", f"credit-notes/{note.pk}/einvoice").body["file"] == "GENERATING"

    follow_up()

    shown = api("GET", f"credit-notes/{note.pk}").body
    pdf = api("GET", f"credit-notes/{note.pk}/pdf")
    xml = api("GET", f"credit-notes/{note.pk}/einvoice/xml")
    assert pdf.content.startswith(b"%PDF")
    assert hashlib.sha256(pdf.content).hexdigest() == shown["files"]["pdf"]["sha256"]
    assert hashlib.sha256(xml.content).hexdigest() == shown["files"]["xml"]["sha256"]
    assert b"<cbc:ID>CR-2026-000001</cbc:ID>" in xml.content
    assert b"EmbeddedDocumentBinaryObject" in xml.content
    assert shown["einvoice"]["file"] == "GENERATED"
    for kind, content in (("pdf", pdf.content), ("xml", xml.content)):
        link = api("GET", f"credit-notes/{note.pk}/download?format={kind}")
        assert link.status == 302
        assert "X-Amz-Expires=300" in link.headers["Location"]
        fetched = requests.get(link.headers["Location"], timeout=10)
        assert fetched.content == content
        assert f"CR-2026-000001.{kind}" in fetched.headers["Content-Disposition"]
        assert note.pk in urlsplit(link.headers["Location"]).path


def test_a_draft_has_nothing_to_download(api, platform):
    draft = a_draft_note(a_final_invoice(platform))

    assert api("GET", f"credit-notes/{draft.pk}/download").body["code"] == "not_found"
    assert api("GET", f"credit-notes/{draft.pk}/download?format=docx").body["code"] == "invalid_request"


def test_the_snapshot_survives_the_database(platform):
    invoice = a_final_invoice(platform)

    stored = Invoice.objects.with_snapshot().get(pk=invoice.pk)

    assert stored.snapshot == invoice.snapshot
    assert digest(stored.snapshot) == stored.snapshot_digest
