"""Credit notes: the list, the page, changing, deleting and finalising a draft, fetching the papers."""

import re

import pytest

from billing.documents.models import SeriesCounter
from billing.events.models import Reaction
from credit_notes.models import CreditNote, ReasonCode
from credit_notes.services import void_credit_note
from tests.desk.conftest import follow_up, text_of
from tests.factories import (
    CLERK,
    NOON,
    a_customer,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_line,
    a_paid_invoice,
    a_payment,
)

pytestmark = pytest.mark.django_db

QUERIES_OF_A_LIST = 9
"""Session, person, memberships, notes, entities, reasons, drafts in the navigation, e-invoices, channels."""
QUERIES_OF_A_PAGE = 32


def finalize(client, note, **fields):
    return client.post(f"/credit-notes/{note.pk}/finalise/", fields, follow=True)


def test_the_list_shows_drafts_by_their_label_and_final_notes_by_their_number(clerk, platform):
    draft = a_draft_note(a_final_invoice(platform, number="INV-1"))
    final = a_final_note(a_paid_invoice(platform, number="INV-2"))

    page = text_of(clerk.get("/credit-notes/"))

    assert re.fullmatch("CR-DRAFT-[0-9A-Z]{6}", draft.display_number)
    assert f"{draft.display_number} Bières du Nord SA INV-1 – Draft €121.00" in page
    assert f"{final.number} Bières du Nord SA INV-2 20 Nov 2026 Final Refund due €121.00" in page


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        ("q=INV-1", {"draft"}),
        ("q=CR-2026", {"cleared", "owed", "voided"}),
        ("state=draft", {"draft", "held"}),
        ("state=final", {"cleared", "owed"}),
        ("state=refund_due", {"owed"}),
        ("state=on_hold", {"held"}),
        ("state=void", {"voided"}),
    ],
)
def test_the_list_is_searched_and_narrowed(clerk, platform, wish, found):
    notes = {
        "draft": a_draft_note(a_final_invoice(platform, number="INV-1")),
        "cleared": a_final_note(a_final_invoice(platform, number="INV-2")),
        "owed": a_final_note(a_paid_invoice(platform, number="INV-3")),
        "held": a_draft_note(a_final_invoice(platform, number="INV-4"), on_hold=True),
        "voided": a_final_note(a_final_invoice(platform, number="INV-5")),
    }
    void_credit_note(platform=platform, credit_note_id=notes["voided"].pk, reason="x", actor=CLERK, at=NOON)

    page = clerk.get(f"/credit-notes/?{wish}").content.decode()

    assert {name for name, note in notes.items() if f'href="/credit-notes/{note.pk}/"' in page} == found


def test_a_list_costs_the_same_number_of_queries_however_long_it_is(
    clerk, platform, django_assert_num_queries
):
    for length in (1, 29):
        for _ in range(length):
            a_draft_note(a_final_invoice(platform))
        with django_assert_num_queries(QUERIES_OF_A_LIST):
            clerk.get("/credit-notes/")


@pytest.mark.parametrize("make", [a_draft_note, a_final_note])
def test_a_page_costs_the_same_number_of_queries_however_long_it_is(
    clerk, platform, django_assert_max_num_queries, make
):
    short = make(a_final_invoice(platform))
    with django_assert_max_num_queries(QUERIES_OF_A_PAGE) as queries:
        clerk.get(f"/credit-notes/{short.pk}/")
    long = make(a_final_invoice(platform, lines=[a_line() for _ in range(30)]))
    with django_assert_max_num_queries(len(queries)):
        clerk.get(f"/credit-notes/{long.pk}/")


def test_a_draft_and_its_invoice_are_linked_both_ways(clerk, platform):
    note = a_draft_note(a_final_invoice(platform))

    assert f'href="/invoices/{note.invoice_id}/"' in clerk.get(f"/credit-notes/{note.pk}/").content.decode()
    assert f'href="/credit-notes/{note.pk}/"' in clerk.get(f"/invoices/{note.invoice_id}/").content.decode()


def test_the_reason_of_a_draft_can_be_changed(clerk, platform):
    note = a_draft_note(a_final_invoice(platform))

    answer = clerk.post(
        f"/credit-notes/{note.pk}/", {"note": "Other seats", "reason_code": "waiver"}, follow=True
    )

    saved = CreditNote.objects.get()
    assert (saved.note, saved.reason_code) == ("Other seats", "waiver")
    page = text_of(answer)
    assert f"The reason of {note.display_number} was saved." in page
    assert "Draft changed Note and reason code" in page


def test_a_draft_is_deleted_after_asking_and_the_invoice_can_be_credited_again(clerk, platform):
    note = a_draft_note(a_final_invoice(platform, number="INV-1"))
    assert "INV-1 stays as it is" in text_of(clerk.get(f"/credit-notes/{note.pk}/delete/"))

    answer = clerk.post(f"/credit-notes/{note.pk}/delete/", follow=True)

    assert CreditNote.objects.count() == 0
    assert answer.redirect_chain == [(f"/invoices/{note.invoice_id}/", 302)]
    page = text_of(answer)
    assert f"{note.display_number} was deleted." in page
    assert "Credit entire invoice Reverse every line" in page


def test_finalising_asks_first_and_names_the_number_and_what_is_final(clerk, platform):
    a_final_note(a_final_invoice(platform))
    note = a_draft_note(a_final_invoice(platform, number="INV-2"))

    page = text_of(clerk.get(f"/credit-notes/{note.pk}/finalise/"))

    assert re.search(r"next number of its series, CR-\d{4}-00000[12] unless somebody else", page)
    assert "nothing that is printed on it can change" in page
    assert "It clears €121.00 that INV-2 still asks for" in page
    assert "E-mail it to ap@bieres.example with PDF and e-invoice" in page
    assert "It gives no reason." in page
    assert CreditNote.objects.get(pk=note.pk).is_draft


def test_finalising_numbers_the_note_and_says_so(clerk, platform):
    invoice = a_final_invoice(platform, number="INV-1")
    a_payment(invoice, "21.00")
    note = a_draft_note(invoice, note="Wrong seats")

    answer = finalize(clerk, note)

    number = CreditNote.objects.get().number
    assert re.fullmatch(r"CR-\d{4}-000001", number)
    page = text_of(answer)
    assert f"{number} was finalised." in page
    assert f"{number} Final Refund due" in page
    assert "Total €121.00 Cleared debt −€100.00 Refunded €0.00 Available €21.00" in page
    assert "Total €121.00 Used to clear debt −€100.00 Available to the customer €21.00" in page
    assert "INV-1 €100.00 cleared" in page
    assert "Reason Wrong seats" in page
    assert "Profile Peppol BIS Billing 3.0 Passed UBL 2.1, EN 16931" in page
    assert "E-mail Was not asked for" in page
    assert f"Finalised as {number}" in page


def test_a_second_click_on_finalise_leads_to_what_the_first_one_did(clerk, platform):
    note = a_draft_note(a_final_invoice(platform))
    finalize(clerk, note)

    again = finalize(clerk, note)

    number = CreditNote.objects.get().number
    assert f"{number} is final already." in text_of(again)
    assert SeriesCounter.objects.get().last_number == 1
    for page in ("finalise", "delete"):
        assert (
            clerk.get(f"/credit-notes/{note.pk}/{page}/").headers["Location"] == f"/credit-notes/{note.pk}/"
        )
    assert "is final already." in text_of(clerk.post(f"/credit-notes/{note.pk}/delete/", follow=True))


def test_a_note_that_would_be_no_valid_e_invoice_is_refused_with_the_rules_it_breaks(clerk, platform):
    buyer = a_customer(platform, buyer_reference="", endpoint_id="", endpoint_scheme="")
    note = a_draft_note(a_final_invoice(platform, buyer=buyer, buyer_reference=""))

    answer = finalize(clerk, note)

    assert answer.status_code == 422
    page = text_of(answer)
    assert "The e-invoice breaks the rules of EN 16931 Nothing was changed. Mend this first:" in page
    assert "PEPPOL-EN16931-R003" in page
    assert "PEPPOL-EN16931-R010" in page
    assert "Where: buyer" in page
    assert CreditNote.objects.get().is_draft
    assert not SeriesCounter.objects.exists()


def test_a_final_note_takes_no_changes_any_more(clerk, platform):
    note = a_draft_note(a_final_invoice(platform), note="Final words")
    finalize(clerk, note)

    answer = clerk.post(f"/credit-notes/{note.pk}/", {"note": "Other words"})

    assert answer.status_code == 409
    page = text_of(answer)
    assert "Only a draft can be changed" in page
    assert "Final words" in page
    assert "Printed on the credit note" not in page


def test_the_internal_comment_of_a_final_note_can_be_changed(clerk, platform):
    note = a_final_note(a_final_invoice(platform))

    answer = clerk.post(f"/credit-notes/{note.pk}/", {"internal_comment": "Ask Sanne first"}, follow=True)

    assert f"The internal comment of {note.number} was saved." in text_of(answer)
    assert ">Ask Sanne first</textarea>" in answer.content.decode().replace("\n", "")
    assert CreditNote.objects.get().internal_comment == "Ask Sanne first"


def test_words_that_were_typed_for_another_version_of_a_draft_are_kept_and_refused(clerk, platform):
    note = a_draft_note(a_final_invoice(platform), note="As seen")
    clerk.post(f"/credit-notes/{note.pk}/", {"note": "From another tab"})

    answer = clerk.post(f"/credit-notes/{note.pk}/", {"note": "From this tab", "version": "1"})

    assert answer.status_code == 409
    assert "From this tab" in answer.content.decode()
    assert CreditNote.objects.get().note == "From another tab"


def test_a_reason_is_chosen_from_the_platforms_own_list(clerk, platform):
    note = a_draft_note(a_final_invoice(platform), reason_code="waiver")
    ReasonCode.objects.create(platform=platform, kind="CREDIT", code="late", name="Delivered late")

    page = clerk.get(f"/credit-notes/{note.pk}/").content.decode()
    refused = clerk.post(f"/credit-notes/{note.pk}/", {"reason_code": "chargeback"})
    saved = clerk.post(f"/credit-notes/{note.pk}/", {"reason_code": "late"})

    assert '<option value="late">Delivered late</option>' in page
    assert '<option value="waiver" selected>waiver</option>' in page
    assert (refused.status_code, saved.status_code) == (400, 302)
    assert CreditNote.objects.get().reason_name == "Delivered late"


def test_an_e_mail_can_be_asked_for_and_its_sending_is_shown(clerk, platform, outbox):
    note = a_draft_note(a_final_invoice(platform))

    waiting = text_of(finalize(clerk, note, notify="on"))
    follow_up()
    sent = text_of(clerk.get(f"/credit-notes/{note.pk}/"))

    assert "Goes to ap@bieres.example once the files are made" in waiting
    assert "E-mail Sent to ap@bieres.example" in sent
    assert "Credit note e-mailed to ap@bieres.example" in sent
    assert [message["To"] for message in outbox] == ["ap@bieres.example"]


def test_a_customer_without_an_address_is_not_promised_an_e_mail(clerk, platform):
    buyer = a_customer(platform, email="")
    note = a_draft_note(a_final_invoice(platform, buyer=buyer))

    asked = text_of(clerk.get(f"/credit-notes/{note.pk}/finalise/"))
    forced = finalize(clerk, note, notify="on")

    assert "Bières du Nord SA has no e-mail address, so it is not sent" in asked
    assert forced.status_code == 409
    assert "There is nobody to send the e-mail to" in text_of(forced)
    assert CreditNote.objects.get().is_draft


def test_the_files_are_being_made_until_they_are_there_and_htmx_looks_for_them(clerk, platform):
    note = a_final_note(a_final_invoice(platform))
    address = f"/credit-notes/{note.pk}/"

    before = clerk.get(address).content.decode()
    follow_up()
    part = clerk.get(address, headers={"HX-Request": "true"}).content.decode()

    assert "PDF is being made" in before
    assert re.search(rf'hx-get="{address}" hx-trigger="every \d+s"', before)
    assert ">Refresh<" in before
    assert part.strip().startswith('<div class="buttons" id="files">')
    assert "hx-trigger" not in part
    assert part.count('hx-swap-oob="true"') == 3
    assert f'href="{address}files/pdf/"' in part
    assert f'href="{address}files/xml/"' in part


@pytest.mark.parametrize("kind", ["pdf", "xml"])
def test_a_file_is_fetched_by_a_signed_link(clerk, platform, kind):
    note = a_final_note(a_final_invoice(platform))
    assert clerk.get(f"/credit-notes/{note.pk}/files/{kind}/").status_code == 404

    follow_up()
    answer = clerk.get(f"/credit-notes/{note.pk}/files/{kind}/")

    assert answer.status_code == 302
    assert f"{note.number}.{kind}" in answer.headers["Location"]
    assert "X-Amz-Signature=" in answer.headers["Location"]


def test_files_that_were_given_up_are_shown_with_the_reason(clerk, platform):
    note = a_final_note(a_final_invoice(platform), notify=True)
    Reaction.objects.filter(name="render_credit_note_pdf").update(
        status="FAILED", last_error="OSError: no room", done_at=NOON
    )

    answer = clerk.get(f"/credit-notes/{note.pk}/")

    page = text_of(answer)
    assert "PDF Was not made: OSError: no room" in page
    assert "Was not sent to ap@bieres.example: OSError: no room" in page
    assert "hx-trigger" not in answer.content.decode()


def test_nobody_elses_words_become_markup(clerk, platform):
    note = a_draft_note(a_final_invoice(platform), note="<script>alert(1)</script>")
    finalize(clerk, note)

    page = clerk.get(f"/credit-notes/{note.pk}/").content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_draft_that_changed_since_it_was_looked_at_is_not_finalised(clerk, platform):
    note = a_draft_note(a_final_invoice(platform), note="As seen")
    page = clerk.get(f"/credit-notes/{note.pk}/finalise/").content.decode()
    assert '<input type="hidden" name="version" value="1">' in page
    clerk.post(f"/credit-notes/{note.pk}/", {"note": "Changed in another tab", "reason_code": ""})

    answer = clerk.post(f"/credit-notes/{note.pk}/finalise/", {"version": "1"})

    assert answer.status_code == 409
    assert "has changed since you looked at it" in answer.content.decode()
    assert CreditNote.objects.get(pk=note.pk).is_draft
