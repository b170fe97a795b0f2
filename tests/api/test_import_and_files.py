"""`POST /v1/invoices/import`, and the files of a final note."""

import hashlib
from urllib.parse import urlsplit

import pytest
import requests

from billing import clock
from billing.documents.snapshot import digest
from billing.einvoice.ubl.writer import serialize
from billing.events import relay
from billing.events.models import Event, Reaction
from billing.platforms.models import BillingEntity, Customer
from invoices.models import Invoice
from tests.factories import (
    a_customer,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_platform,
    an_entity,
    an_invoice_document,
)


def a_ubl_invoice(number="F-2026-1", **fields) -> bytes:
    """An invoice in UBL, as somebody else's system would send it; its parties are on no platform of ours."""
    elsewhere = a_platform("Elsewhere")
    return serialize(
        an_invoice_document(an_entity(elsewhere), a_customer(elsewhere), number=number, **fields)
    )


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
    assert api("GET", f"credit-notes/{note.pk}/einvoice").body["status"] == "GENERATING"

    follow_up()

    shown = api("GET", f"credit-notes/{note.pk}").body
    pdf = api("GET", f"credit-notes/{note.pk}/pdf")
    xml = api("GET", f"credit-notes/{note.pk}/einvoice/xml")
    assert pdf.content.startswith(b"%PDF")
    assert hashlib.sha256(pdf.content).hexdigest() == shown["files"]["pdf"]["sha256"]
    assert hashlib.sha256(xml.content).hexdigest() == shown["files"]["xml"]["sha256"]
    assert b"<cbc:ID>CR-2026-000001</cbc:ID>" in xml.content
    assert b"EmbeddedDocumentBinaryObject" in xml.content
    assert shown["einvoice"]["status"] == "GENERATED"
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
