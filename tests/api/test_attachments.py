"""Supporting documents of invoices: put to a draft, read again, and in the e-invoice to the last byte."""

import base64
import os
import re

import pytest
from lxml import etree

from billing import clock
from billing.einvoice.reading import read
from billing.einvoice.xml import NAMESPACES
from tests.api.test_import_and_files import follow_up
from tests.api.test_invoices import a_body
from tests.books import digest_of_rows
from tests.factories import a_customer, an_entity

PDF = b"%PDF-1.7\n" + bytes(range(256)) + b"\n%%EOF"
MOST = 5_000_000


@pytest.fixture
def draft(api, platform) -> str:
    """The path of a draft."""
    an_entity(platform)
    a_customer(platform, currency="EUR")
    return f"invoices/{api('POST', 'invoices', a_body(platform)).body['id']}"


def put(api, draft, content=PDF, id="timesheet", filename="hours.pdf", content_type="application/pdf"):
    path = f"{draft}/attachments/{id}?filename={filename}&description=Hours"
    return api("PUT", path, content, content_type=content_type)


def test_what_was_put_to_a_draft_travels_in_its_einvoice(api, draft):
    answer = put(api, draft)
    read = api("GET", f"{draft}/attachments/timesheet")
    api("POST", f"{draft}/finalize", {})
    follow_up()
    xml = api("GET", f"{draft}/einvoice/xml")

    assert answer.status == 200
    assert answer.body["attachments"] == [
        {
            "id": "timesheet",
            "description": "Hours",
            "uri": "",
            "filename": "hours.pdf",
            "mime_type": "application/pdf",
            "size": len(PDF),
        }
    ]
    assert (read.content, read.headers["Content-Type"]) == (PDF, "application/pdf")
    embedded = etree.fromstring(xml.content).findall(".//cbc:EmbeddedDocumentBinaryObject", NAMESPACES)
    assert [base64.b64decode(each.text) == PDF for each in embedded] == [True, False]  # ours comes last
    assert embedded[0].get("filename") == "hours.pdf"


def test_a_second_file_under_an_id_takes_the_place_of_the_first(api, draft):
    put(api, draft)
    answer = put(api, draft, b"%PDF-1.7 other")

    assert [each["size"] for each in answer.body["attachments"]] == [14]


def test_a_file_stays_when_the_draft_is_edited_with_what_was_read(api, draft):
    put(api, draft)

    answer = api("PATCH", draft, {"attachments": [{"id": "timesheet", "description": "All hours"}]})

    assert [(each["description"], each["size"]) for each in answer.body["attachments"]] == [
        ("All hours", len(PDF))
    ]
    assert api("GET", f"{draft}/attachments/timesheet").content == PDF


def test_a_file_is_taken_off_again(api, draft):
    put(api, draft)

    assert api("DELETE", f"{draft}/attachments/timesheet").body["attachments"] == []
    assert api("GET", f"{draft}/attachments/timesheet").status == 404
    assert api("DELETE", f"{draft}/attachments/timesheet").status == 404


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"content_type": "application/zip", "content": b"PK\x03\x04"}, 400, "attachment_not_usable"),
        ({"content_type": "image/png"}, 400, "attachment_not_usable"),
        ({"content": b""}, 400, "attachment_not_usable"),
        ({"filename": "%0A"}, 400, "invalid_request"),
        ({"filename": "../../etc/passwd"}, 400, "attachment_not_usable"),
        ({"content": b"%PDF-" + b"0" * MOST}, 413, "attachment_too_large"),
    ],
    ids=["a zip", "a PDF that says PNG", "nothing", "no name", "a path", "too large"],
)
def test_a_file_that_no_einvoice_can_carry_is_refused_and_changes_nothing(api, draft, wrong, status, code):
    before = digest_of_rows()

    answer = put(api, draft, **wrong)

    assert (answer.status, answer.body["code"]) == (status, code)
    assert digest_of_rows() == before


def test_all_files_of_an_invoice_have_a_limit_together(api, draft):
    content = b"%PDF-" + b"0" * (MOST - 5)
    answers = [put(api, draft, content, id=str(number)) for number in range(3)]

    assert [answer.status for answer in answers] == [200, 200, 413]


@pytest.mark.parametrize(("profile", "file"), [("peppol-bis-3", "einvoice/xml"), ("factur-x", "pdf")])
def test_as_much_as_an_invoice_may_carry_travels_in_its_einvoice(api, platform, draft, profile, file):
    platform.customers.update(einvoice_profile=profile)
    contents = [b"%PDF-" + os.urandom(MOST - 5) for _ in range(2)]
    for number, content in enumerate(contents):
        put(api, draft, content, id=str(number), filename=f"{number}.pdf")
    api("POST", f"{draft}/finalize", {})
    follow_up()

    found = read(api("GET", f"{draft}/{file}").content)

    assert [found.attachments["0"], found.attachments["1"]] == contents


def test_a_final_invoice_keeps_its_files_as_they_are(api, draft):
    put(api, draft)
    api("POST", f"{draft}/finalize", {})

    answers = [put(api, draft), api("DELETE", f"{draft}/attachments/timesheet")]

    assert [(answer.status, answer.body["code"]) for answer in answers] == [(409, "invoice_not_draft")] * 2


@pytest.mark.parametrize("profile", ["peppol-bis-3", "xrechnung-3", "xrechnung-3-cii"])
def test_our_own_pdf_never_has_the_name_of_an_attachment(api, platform, draft, profile):
    platform.customers.update(einvoice_profile=profile)
    number = f"INV-{clock.now():%Y}-000001"
    put(api, draft, filename=f"{number}.PDF")
    api("PATCH", draft, {"buyer_reference": "04011000-12345-34", "delivery": {"date": "2026-11-01"}})

    final = api("POST", f"{draft}/finalize", {})
    follow_up()
    xml = api("GET", f"{draft}/einvoice/xml")

    assert (final.status, final.body.get("number")) == (200, number), final.body
    names = sorted(re.findall(rb'filename="([^"]+)"', xml.content))
    assert names == sorted([f"{number}-2.pdf".encode(), f"{number}.PDF".encode()])
