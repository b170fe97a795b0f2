"""A paper's files over the API: PDF, HTML and XML, links to them, and previews of drafts."""

import hashlib
from io import BytesIO

import pypdf
import pytest
import requests
from django.db import connection

from billing.documents.models import StoredFile
from billing.events.models import Event, Reaction
from credit_notes.models import CreditNote
from tests.books import digest_of_rows, stored_keys
from tests.factories import (
    a_customer,
    a_draft_invoice,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_line,
    a_platform,
    an_entity,
)
from tests.work import do_all_work


def words_in(pdf):
    return " ".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages)


@pytest.fixture
def note(platform):
    note = a_final_note(a_final_invoice(platform))
    do_all_work()
    return note


def papers_of(note):
    """The addresses of a note and of the invoice that it corrects."""
    return f"credit-notes/{note.pk}", f"invoices/{note.invoice_id}"


def test_the_html_is_answered_as_it_was_stored_and_can_do_nothing(api, note):
    for path in papers_of(note):
        shown = api("GET", path).body
        page = api("GET", f"{path}/html")

        assert page.status == 200
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert page.headers["Content-Security-Policy"].startswith(
            "default-src 'none'; style-src 'unsafe-inline'"
        )
        assert "sandbox" in page.headers["Content-Security-Policy"]
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Content-Disposition"] == f'inline; filename="{shown["number"]}.html"'
        assert hashlib.sha256(page.content).hexdigest() == shown["files"]["html"]["sha256"]
        assert shown["number"] in page.content.decode()


def test_pdf_html_and_xml_are_reached_by_a_link_that_is_good_for_minutes(api, note):
    for path in papers_of(note):
        for kind in ("pdf", "html") + ("xml",) * path.startswith("credit"):
            link = api("GET", f"{path}/download?format={kind}")
            fetched = requests.get(link.headers["Location"], timeout=10)

            assert link.status == 302
            assert "X-Amz-Expires=300" in link.headers["Location"]
            assert fetched.headers["Content-Disposition"].startswith("attachment;")
            own = api("GET", f"{path}/{'einvoice/xml' if kind == 'xml' else kind}")
            assert fetched.content == own.content


def test_the_link_is_to_the_pdf_by_default_and_under_invoiceahoys_other_address_too(api, note):
    usual = api("GET", f"credit-notes/{note.pk}/download").headers["Location"]
    other = api("GET", f"credit-notes/download/{note.pk}").headers["Location"]

    assert usual.split("?")[0] == other.split("?")[0]
    assert usual.split("?")[0].endswith("CR-2026-000001.pdf")
    assert api("GET", f"credit-notes/download/{note.pk}?format=html").status == 302


def test_an_invoice_has_an_xml_only_if_it_came_with_one(api, note):
    refused = api("GET", f"invoices/{note.invoice_id}/download?format=xml")

    assert (refused.status, refused.body["code"]) == (404, "not_found")


@pytest.mark.parametrize("kind", ["pdf", "html"])
def test_who_comes_before_the_file_is_told_to_come_again(api, platform, kind):
    note = a_final_note(a_final_invoice(platform))

    for path in papers_of(note):
        for address in (f"{path}/{kind}", f"{path}/download?format={kind}"):
            waiting = api("GET", address)
            assert (waiting.status, waiting.body["code"]) == (404, "file_not_ready")
            assert (waiting.headers["Retry-After"], waiting.body["retry_after"]) == ("2", 2)

    do_all_work()
    assert api("GET", f"credit-notes/{note.pk}/{kind}").status == 200


def test_a_file_that_could_not_be_made_is_not_waited_for(api, platform):
    note = a_final_note(a_final_invoice(platform))
    Reaction.objects.filter(event__object_id=note.pk).update(status="FAILED")

    refused = api("GET", f"credit-notes/{note.pk}/pdf")

    assert (refused.status, refused.body["code"]) == (404, "not_found")
    assert "Retry-After" not in refused.headers


def test_a_void_note_shows_the_files_that_say_so(api, note):
    before = api("GET", f"credit-notes/{note.pk}").body["files"]

    api("POST", f"credit-notes/{note.pk}/void", {"reason": "Wrong customer"})
    do_all_work()

    after = api("GET", f"credit-notes/{note.pk}").body["files"]
    assert {kind: file["name"] for kind, file in after.items()} == {
        "pdf": "CR-2026-000001-VOID.pdf",
        "html": "CR-2026-000001-VOID.html",
        "xml": "CR-2026-000001.xml",
    }
    assert after["xml"] == before["xml"]
    page = api("GET", f"credit-notes/{note.pk}/html").content.decode()
    assert page.count("Void") == 2
    assert StoredFile.objects.get(document_id=note.pk, kind="html").sha256 == before["html"]["sha256"]


# Drafts


def test_a_draft_is_shown_as_it_would_be_printed_and_nothing_is_stored(api, platform):
    # given
    invoice = a_draft_invoice(platform)
    note = a_draft_note(a_final_invoice(platform))
    do_all_work()
    rows, keys = digest_of_rows(), stored_keys()

    # then
    for path, label in (
        (f"invoices/{invoice.pk}", invoice.display_number),
        (f"credit-notes/{note.pk}", note.display_number),
    ):
        pdf, page = api("GET", f"{path}/pdf"), api("GET", f"{path}/html")
        assert (pdf.status, pdf.headers["Content-Type"]) == (200, "application/pdf")
        assert words_in(pdf.content).count("Draft") == 2
        assert label in words_in(pdf.content)
        assert page.content.decode().count("Draft") == 2
        assert page.headers["Cache-Control"] == "no-store"
        assert "sandbox" in page.headers["Content-Security-Policy"]
        assert page.headers["Content-Disposition"] == f'inline; filename="{label}.html"'
    assert (digest_of_rows(), stored_keys()) == (rows, keys)


def test_a_draft_has_no_file_to_download(api, platform):
    note = a_draft_note(a_final_invoice(platform))

    for kind in ("pdf", "html", "xml"):
        refused = api("GET", f"credit-notes/{note.pk}/download?format={kind}")
        assert (refused.status, refused.body["code"]) == (404, "not_found")
        assert "it gets its files when it is final" in refused.body["detail"]
    assert api("GET", f"credit-notes/{note.pk}").body["files"] == {"pdf": None, "html": None, "xml": None}


def test_a_long_draft_is_previewed_as_html_only(api, platform):
    invoice = a_draft_invoice(platform, lines=[a_line("1.00") for _ in range(201)])

    refused = api("GET", f"invoices/{invoice.pk}/pdf")

    assert (refused.status, refused.body["code"], refused.body["limit"]) == (409, "preview_too_long", 200)
    assert api("GET", f"invoices/{invoice.pk}/html").status == 200


# Papers from before there were HTML files


def without_html(note):
    """Take a note's HTML away, as if it had been issued by an older version."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM documents_storedfile WHERE document_id = %s AND kind = 'html'", [note.pk])
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def test_the_html_of_an_old_paper_is_made_when_it_is_asked_for_and_kept(api, note):
    # given
    expected = api("GET", f"credit-notes/{note.pk}/html").content
    without_html(note)
    events = Event.objects.count()
    assert api("GET", f"credit-notes/{note.pk}").body["files"]["html"] is None

    # when
    first, second = (api("GET", f"credit-notes/{note.pk}/html") for _ in range(2))

    # then
    assert first.content == second.content == expected
    assert StoredFile.objects.filter(document_id=note.pk, kind="html").count() == 1
    assert api("GET", f"credit-notes/{note.pk}/download?format=html").status == 302
    assert Event.objects.count() == events


# Who may


def test_another_platforms_papers_do_not_exist(note, caller):
    stranger = caller(a_platform("Other"))

    for path in papers_of(note):
        for address in ("pdf", "html", "download", "download?format=html"):
            assert stranger("GET", f"{path}/{address}").status == 404


def test_files_need_their_permission(note, platform, caller):
    reader = caller(platform, ["INVOICE.VIEW", "CREDIT_NOTE.VIEW", "INVOICE.PDF.DOWNLOAD"])

    assert reader("GET", f"credit-notes/{note.pk}/html").body["permission"] == "CREDIT_NOTE.PDF.DOWNLOAD"
    assert reader("GET", f"credit-notes/download/{note.pk}").status == 403
    assert reader("GET", f"invoices/{note.invoice_id}/html").status == 200
    refused = reader("GET", f"invoices/{note.invoice_id}/download?format=xml")
    assert refused.body["permission"] == "INVOICE.UBL.DOWNLOAD"


def test_what_people_wrote_does_nothing_in_the_html(api, platform):
    # given
    nasty = '</style><script>alert(1)</script><img src="https://evil.example/x.png">'
    seller = an_entity(platform, name=f"Acme {nasty}")
    buyer = a_customer(platform, name=f"Buyer {nasty}")
    api("POST", "templates", {"name": "x", "footer": nasty, "is_default": True})
    note = a_final_note(a_final_invoice(platform, seller=seller, buyer=buyer))

    # when
    do_all_work()

    # then
    page = api("GET", f"credit-notes/{note.pk}/html").content.decode()
    assert "<script" not in page
    assert "<img" not in page
    assert page.count("&lt;script&gt;") >= 3
    assert CreditNote.objects.get(pk=note.pk).look["footer"] == nasty
