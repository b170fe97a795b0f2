"""A final paper's page says where its e-invoice is, sends it, and takes down what became of it."""

import re

import pytest

from billing.exchange.hear import News
from billing.exchange.models import Channel, EInvoice
from billing.platforms.models import Customer
from credit_notes.services import record_response
from invoices.models import Invoice
from invoices.services import finalize_invoice
from tests.books import digest_of_rows
from tests.desk.conftest import follow_up, text_of
from tests.desk.einvoicing import answered, sending_by_hand
from tests.factories import (
    CLERK,
    NOON,
    a_customer,
    a_draft_invoice,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_platform,
    an_entity,
)

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def note(platform, outbox):
    an_entity(platform)
    sending_by_hand(platform)
    note = a_final_note(a_final_invoice(platform, number="INV-1"))
    follow_up()
    return note


@pytest.fixture
def page(note):
    return f"/credit-notes/{note.pk}/"


def send(clerk, page):
    clerk.post(f"{page}e-invoice/send/")
    follow_up()


def test_a_seller_without_a_channel_sends_none(platform, clerk):
    note = a_final_note(a_final_invoice(platform))
    follow_up()

    page = text_of(clerk.get(f"/credit-notes/{note.pk}/"))

    assert "E-invoice Not sent Nobody has sent it yet." in page
    assert "sends no e-invoices: its channel is off, or there is none." in page
    assert "Send the e-invoice" not in page


def test_a_note_is_sent_and_its_page_says_so(clerk, page, outbox):
    answer = clerk.post(f"{page}e-invoice/send/", follow=True)
    assert "The e-invoice is sent in a moment." in text_of(answer)
    assert "E-invoice Scheduled A worker sends it in a moment." in text_of(answer)

    follow_up()

    shown = text_of(clerk.get(page))
    assert "E-invoice Delivered The other side has taken it." in shown
    assert "By E-mail to the customer To ap@bieres.example" in shown
    assert "E-invoice delivered" in shown
    assert len(outbox) == 1


def test_it_is_not_sent_twice(clerk, page):
    send(clerk, page)

    answer = clerk.post(f"{page}e-invoice/send/", follow=True)

    assert "it is not sent twice" in text_of(answer)
    assert EInvoice.objects.get().round == 1


def test_htmx_is_answered_with_the_panel(clerk, page):
    answer = clerk.post(f"{page}e-invoice/send/", headers=HTMX)

    assert answer.content.decode().count("<section") == 1
    assert "The e-invoice is sent in a moment." in text_of(answer)
    assert 'hx-trigger="every 5s"' in answer.content.decode()
    assert clerk.get(f"{page}e-invoice/").status_code == 302
    assert clerk.get(f"{page}e-invoice/", headers=HTMX).content.decode().count("<section") == 1


def test_an_answer_is_taken_down_and_only_what_may_follow_is_offered(clerk, page):
    send(clerk, page)
    said = {"news": "response:UNDER_QUERY", "message": "Which cost centre?", "reference": "R-7"}

    answer = clerk.post(f"{page}e-invoice/answer/", said, follow=True)

    shown = text_of(answer)
    assert "What they said was recorded." in shown
    assert "E-invoice Under query The receiver asks something." in shown
    assert "Delivery Delivered" in shown
    assert "Their reference R-7" in shown
    assert "The receiver asks something. Answer it there, then record what they say." in shown
    offered = answer.content.decode()
    assert 'value="response:ACCEPTED"' in offered
    assert 'value="response:ACKNOWLEDGED"' not in offered


@pytest.mark.parametrize(
    "said", [{"news": "response:SOMETHING"}, {}, {"news": "response:ACCEPTED", "reference": "x" * 201}]
)
def test_an_answer_that_makes_no_sense_is_not_taken_down(clerk, page, said):
    send(clerk, page)
    before = digest_of_rows()

    answer = clerk.post(f"{page}e-invoice/answer/", said, follow=True)

    assert "Nothing was recorded." in text_of(answer)
    assert digest_of_rows() == before


def test_a_rejected_note_is_reversed_and_issued_anew(clerk, page, note):
    send(clerk, page)
    answered(note, "REJECTED", message="Wrong cost centre")

    answer = clerk.get(page)

    assert "E-invoice Rejected The receiver has rejected it" in text_of(answer)
    assert "They say Wrong cost centre" in text_of(answer)
    links = answer.content.decode()
    assert f'<a href="/credit-notes/{note.pk}/reverse/">Reverse {note}</a>' in links
    assert f'<a href="/invoices/{note.invoice_id}/credit/lines/">Credit the invoice again</a>' in links


def test_one_that_was_skipped_is_sent_again_once_nothing_keeps_it(platform, clerk, outbox):
    an_entity(platform)
    customer = a_customer(platform, is_einvoice_enabled=False)
    sending_by_hand(platform, method="automatic")
    note = a_final_note(a_final_invoice(platform))
    follow_up()
    page = f"/credit-notes/{note.pk}/"
    assert "E-invoice Skipped It was not sent, because it could not be." in text_of(clerk.get(page))
    assert "It cannot be sent again now:" in text_of(clerk.get(page))

    Customer.objects.filter(pk=customer.pk).update(is_einvoice_enabled=True)
    assert "Send again" in text_of(clerk.get(page))
    clerk.post(f"{page}e-invoice/send-again/")
    follow_up()

    assert "E-invoice Delivered" in text_of(clerk.get(page))


def test_a_viewer_looks_and_does_nothing(viewer, clerk, page):
    shown = viewer.get(page)
    assert "E-invoice Not sent" in text_of(shown)
    assert "Send the e-invoice" not in text_of(shown)
    send(clerk, page)
    assert "Record the receiver's answer" not in text_of(viewer.get(page))

    for deed in ("send", "send-again", "answer"):
        assert viewer.post(f"{page}e-invoice/{deed}/").status_code == 403


def test_an_invoice_has_the_same_panel(platform, clerk, outbox):
    an_entity(platform)
    sending_by_hand(platform)
    draft = a_draft_invoice(platform)
    finalize_invoice(platform=platform, invoice_id=draft.pk, actor=CLERK, at=NOON)
    follow_up()
    page = f"/invoices/{draft.pk}/"
    assert "PDF UBL" in text_of(clerk.get(page))

    send(clerk, page)

    assert "E-invoice Delivered" in text_of(clerk.get(page))
    answer = clerk.post(f"{page}e-invoice/answer/", {"news": "response:REJECTED"}, follow=True)
    assert (
        f'<a href="/invoices/{draft.pk}/credit-and-copy/">Credit and re-invoice</a>'
        in answer.content.decode()
    )


def test_an_imported_invoice_has_no_e_invoice_of_ours(platform, clerk):
    invoice = a_final_invoice(platform)

    assert "Nobody has sent it yet." not in text_of(clerk.get(f"/invoices/{invoice.pk}/"))
    assert clerk.get(f"/invoices/{invoice.pk}/e-invoice/", headers=HTMX).status_code == 404
    assert clerk.post(f"/invoices/{invoice.pk}/e-invoice/answer/", {}).status_code == 404


def test_anothers_e_invoice_does_not_exist(note, page, sign_in):
    stranger = sign_in(a_platform("Strangers"), username="stranger")
    assert Channel.objects.count() == 1

    for deed in ("", "send/", "send-again/", "answer/"):
        method = stranger.get if deed == "" else stranger.post
        assert method(f"{page}e-invoice/{deed}", headers=HTMX).status_code == 404


@pytest.mark.parametrize(
    ("profile", "files"),
    [("factur-x", "Factur-X PDF CII"), ("xrechnung-3-cii", "PDF CII"), ("none", "PDF")],
)
def test_files_are_named_as_those_who_ask_for_them_do(platform, clerk, profile, files):
    an_entity(platform)
    a_customer(platform, einvoice_profile=profile)
    draft = a_draft_invoice(platform)
    finalize_invoice(platform=platform, invoice_id=draft.pk, actor=CLERK, at=NOON)
    follow_up()

    shown = text_of(clerk.get(f"/invoices/{draft.pk}/"))

    assert f"dated 3 November 2026 · due 3 December 2026 {files} " in shown.replace("issued", "dated")
    assert Invoice.objects.get(pk=draft.pk).profile == profile


def test_why_a_note_was_rejected_stays_to_be_read(clerk, page, note):
    send(clerk, page)
    answered(note, "REJECTED", message="Wrong cost centre")
    record_response(
        platform=note.platform, credit_note_id=note.pk, news=News(reference="R-9"), actor=CLERK, at=NOON
    )
    EInvoice.objects.update(message="")

    shown = text_of(clerk.get(page))

    assert "Wrong cost centre" in shown.split("History")[0]


def test_what_was_dropped_into_a_folder_was_taken_by_nobody_yet(platform, clerk, outbox):
    an_entity(platform)
    note = a_final_note(a_final_invoice(platform))
    follow_up()
    sending_by_hand(platform)
    send(clerk, f"/credit-notes/{note.pk}/")
    EInvoice.objects.update(transport="directory", receiver="outbox/acme/ent_1/20261120-CR-1.xml")

    shown = text_of(clerk.get(f"/credit-notes/{note.pk}/"))

    assert "E-invoice Put in the folder It lies in the folder from which the access point takes it." in shown
    assert "To …/ent_1/20261120-CR-1.xml" in shown
    assert "The other side has taken it." not in shown


def test_what_to_do_comes_first(clerk, page, note):
    send(clerk, page)
    answered(note, "REJECTED", message="Wrong cost centre")

    shown = text_of(clerk.get(page))

    assert shown.index("Reverse it, then issue it anew") < shown.index("Profile Peppol BIS Billing 3.0")


def test_what_is_paper_only_is_told_once(platform, clerk):
    an_entity(platform)
    a_customer(platform, einvoice_profile="none")
    draft = a_draft_invoice(platform)
    sending_by_hand(platform, method="automatic")
    finalize_invoice(platform=platform, invoice_id=draft.pk, actor=CLERK, at=NOON)
    follow_up()

    panel = text_of(clerk.get(f"/invoices/{draft.pk}/e-invoice/", headers=HTMX))

    assert panel == "E-invoice Paper only No e-invoice is made of it: its profile wants none."


def test_what_was_issued_before_the_channel_was_automatic_is_not_said_to_go_by_itself(platform, clerk):
    an_entity(platform)
    note = a_final_note(a_final_invoice(platform))
    follow_up()
    sending_by_hand(platform, method="automatic")

    shown = text_of(clerk.get(f"/credit-notes/{note.pk}/"))

    assert "this one too" not in shown
    assert f"{note.number} was issued before" in shown


def test_the_rules_are_named_with_who_ran_them_and_their_warnings_kept(platform, clerk):
    an_entity(platform)
    a_customer(platform, einvoice_profile="xrechnung-3")
    draft = a_draft_invoice(platform)
    asked = text_of(clerk.get(f"/invoices/{draft.pk}/finalise/"))
    assert re.search(r"EN 16931 UBL [0-9.]+, XRechnung Schematron [0-9.]+ \(by mock-einvoice\)", asked)
    finalize_invoice(platform=platform, invoice_id=draft.pk, actor=CLERK, at=NOON)

    shown = text_of(clerk.get(f"/invoices/{draft.pk}/"))

    assert re.search(
        r"Passed UBL 2.1, EN 16931 UBL [0-9.]+, XRechnung Schematron [0-9.]+ \(by mock-einvoice\)", shown
    )
    assert "1 warning when it was issued Warning It does not say when it was delivered" in shown


@pytest.mark.parametrize(("method", "is_ticked"), [("automatic", False), ("manual", True)])
def test_where_the_e_invoice_is_mailed_by_itself_the_usual_letter_is_not(platform, clerk, method, is_ticked):
    an_entity(platform)
    sending_by_hand(platform, method=method)
    note = a_draft_note(a_final_invoice(platform))
    draft = a_draft_invoice(platform)

    for address in (f"/credit-notes/{note.pk}/finalise/", f"/invoices/{draft.pk}/finalise/"):
        answer = clerk.get(address)
        assert answer.context["form"]["notify"].value() is is_ticked
        words = "Its e-invoice goes to ap@bieres.example by itself; tick to send the usual letter as well"
        assert (words in text_of(answer)) is not is_ticked
