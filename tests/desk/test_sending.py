"""E-mailing a final document from its page."""

import pytest

from billing.events.models import Event
from billing.platforms.models import Customer
from tests.books import digest_of_rows
from tests.desk.conftest import follow_up, text_of
from tests.factories import a_draft_note, a_final_invoice, a_final_note, a_platform
from tests.smtp_server import a_mail_server

pytestmark = pytest.mark.django_db

WISH = {
    "to": "ap@bieres.example; cfo@bieres.example",
    "cc": "",
    "subject": "Your credit",
    "message": "Voilà.",
}


@pytest.fixture
def note(platform):
    note = a_final_note(a_final_invoice(platform))
    follow_up()
    return note


@pytest.fixture
def page(note):
    return f"/credit-notes/{note.pk}/"


def test_the_page_asks_with_the_customers_address_and_the_usual_subject(clerk, page):
    assert "Send by e-mail…" in text_of(clerk.get(page))

    asked = clerk.get(f"{page}send/")

    assert 'value="ap@bieres.example"' in asked.content.decode()
    assert 'value="Credit note CR-2026-000001 from Acme Software B.V."' in asked.content.decode()
    assert "can be reversed, but no longer voided" in text_of(asked)


def test_a_note_is_sent_and_its_page_says_so(clerk, page, outbox):
    # when
    answer = clerk.post(f"{page}send/", WISH, follow=True)

    # then
    assert "CR-2026-000001 goes to ap@bieres.example, cfo@bieres.example in a moment." in text_of(answer)
    assert "Goes to ap@bieres.example, cfo@bieres.example once the files are made" in text_of(answer)
    assert "E-mail asked for" in text_of(answer)

    # when
    follow_up()

    # then
    (mail,) = outbox
    assert (mail["To"], mail["Subject"]) == ("ap@bieres.example, cfo@bieres.example", "Your credit")
    shown = text_of(clerk.get(page))
    assert "Sent to ap@bieres.example, cfo@bieres.example" in shown
    assert "Send again…" in shown


def test_an_invoice_is_sent_from_its_page(clerk, note, outbox):
    page = f"/invoices/{note.invoice_id}/"
    assert "Send by e-mail…" in text_of(clerk.get(page))

    clerk.post(f"{page}send/", WISH)
    follow_up()

    assert outbox[0]["To"] == "ap@bieres.example, cfo@bieres.example"
    assert "Invoice e-mailed" in text_of(clerk.get(page))


def test_a_message_that_was_refused_is_told_on_the_page(clerk, page, settings):
    with a_mail_server(settings, {"ap@bieres.example": "550 No such user"}):
        clerk.post(f"{page}send/", WISH | {"to": "ap@bieres.example"})
        follow_up()

    shown = text_of(clerk.get(page))
    assert "E-mail was not sent to ap@bieres.example: ap@bieres.example: 550 No such user" in shown
    assert "Was not sent to ap@bieres.example" in shown


@pytest.mark.parametrize(
    ("wish", "status", "words"),
    [
        ({"to": "nobody"}, 400, "'nobody' is not an e-mail address."),
        ({"to": ""}, 400, "This field is required."),
        ({"subject": "Hello\r\nBcc: all@a.example"}, 400, "one line"),
    ],
)
def test_what_cannot_be_sent_is_said_beside_what_was_typed(clerk, page, wish, status, words):
    before = digest_of_rows()

    answer = clerk.post(f"{page}send/", WISH | wish)

    assert answer.status_code == status
    assert words in text_of(answer)
    assert "Voilà." in answer.content.decode()
    assert digest_of_rows() == before


def test_a_customer_without_an_address_leaves_the_field_empty(clerk, page):
    Customer.objects.update(email="")

    assert clerk.get(f"{page}send/").status_code == 200


def test_a_draft_is_not_sent(clerk, platform):
    draft = a_draft_note(a_final_invoice(platform))

    answer = clerk.post(f"/credit-notes/{draft.pk}/send/", WISH, follow=True)

    assert "is a draft: finalise it first" in text_of(answer)
    assert not Event.objects.filter(type__endswith="email_requested").exists()


def test_who_may_only_read_sends_nothing_and_strangers_find_nothing(viewer, sign_in, page):
    stranger = sign_in(a_platform("Other"), username="sam")

    assert "Send by e-mail…" not in text_of(viewer.get(page))
    assert viewer.post(f"{page}send/", WISH).status_code == 403
    assert stranger.get(f"{page}send/").status_code == 404
