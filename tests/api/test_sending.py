"""E-mail about papers: asked for over the API, sent once by a worker, and told of when it cannot be."""

from datetime import timedelta

import pytest

from billing.events import relay
from billing.events.models import Event, Reaction
from billing.platforms.models import Customer
from billing.platforms.permissions import ALL
from credit_notes.models import SentMessage
from credit_notes.services import void_credit_note
from credit_notes.tasks import email_credit_note
from tests.api.conftest import Caller
from tests.books import digest_of_rows
from tests.factories import (
    CLERK,
    NOON,
    a_draft_invoice,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_platform,
    an_api_key,
)
from tests.smtp_server import a_mail_server
from tests.work import do_all_work

USUAL = "ap@bieres.example"


@pytest.fixture
def note(platform):
    note = a_final_note(a_final_invoice(platform))
    do_all_work()
    return note


@pytest.fixture
def path(note):
    return f"credit-notes/{note.pk}/send"


def told(type):
    """What the events of a type say, oldest first."""
    return [event.data for event in Event.objects.filter(type=f"billing.{type}").order_by("id")]


def the_work():
    return Reaction.objects.filter(name="email_credit_note", event__type__endswith="email_requested").get()


def test_a_note_goes_to_its_customer_with_pdf_and_e_invoice(api, path, note, outbox):
    # when
    answer = api("POST", path, {})

    # then
    message = answer.body
    assert answer.status == 202
    assert message == {
        "object": "message",
        "id": Event.objects.get(type="billing.credit_note.email_requested").pk,
        "to": [USUAL],
        "cc": [],
        "subject": "Credit note CR-2026-000001 from Acme Software B.V.",
        "status": "queued",
    }
    assert len(outbox) == 0

    # when
    do_all_work()

    # then
    (mail,) = outbox
    assert (mail["To"], mail["Subject"]) == (USUAL, message["subject"])
    assert mail["Message-ID"] == f"<{message['id']}@localhost>"
    assert [part.get_content_type() for part in mail.iter_attachments()] == [
        "application/pdf",
        "application/xml",
    ]
    (emailed,) = told("credit_note.emailed")
    assert (emailed["to"], emailed["cc"], emailed["because_of"]) == ([USUAL], [], message["id"])
    assert SentMessage.objects.get().event_id == message["id"]


def test_an_invoice_goes_with_its_pdf(api, note, outbox):
    answer = api("POST", f"invoices/{note.invoice_id}/send", {"to": "cfo@bieres.example"})
    do_all_work()

    (mail,) = outbox
    assert (answer.status, mail["To"]) == (202, "cfo@bieres.example")
    assert [part.get_content_type() for part in mail.iter_attachments()] == ["application/pdf"]
    assert told("invoice.emailed")[0]["because_of"] == answer.body["id"]


def test_recipients_copies_subject_and_words_are_the_callers(api, path, outbox):
    body = {
        "to": ["one@a.example", "two@a.example", "one@a.example"],
        "cc": "boss@a.example",
        "subject": "Votre avoir 🧾",
        "message": "Bonjour,\nvoici l’avoir.",
    }

    answer = api("POST", path, body).body
    do_all_work()

    (mail,) = outbox
    assert (answer["to"], answer["cc"]) == (["one@a.example", "two@a.example"], ["boss@a.example"])
    assert (mail["To"], mail["Cc"]) == ("one@a.example, two@a.example", "boss@a.example")
    assert mail["X-Envelope-To"] == "one@a.example, two@a.example, boss@a.example"
    assert mail["Subject"] == "Votre avoir 🧾"
    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert text.startswith("Bonjour,\nvoici l’avoir.\n")
    assert "CR-2026-000001" in text
    assert SentMessage.objects.get().to == ["one@a.example", "two@a.example", "boss@a.example"]


def test_each_request_sends_a_message_and_a_repeated_one_none(api, path, outbox):
    first = api("POST", path, {}, Idempotency_Key="k-1")
    again = api("POST", path, {}, Idempotency_Key="k-1")
    other = api("POST", path, {}, Idempotency_Key="k-2")
    do_all_work()

    assert first.body == again.body != other.body
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(outbox) == 2


def test_a_worker_that_does_it_twice_sends_it_once(api, path, note, outbox):
    api("POST", path, {})
    do_all_work()

    email_credit_note(event=Event.objects.get(type="billing.credit_note.email_requested"), at=NOON)
    Reaction.objects.update(status="PENDING", attempts=0, leased_until=None)
    for work in Reaction.objects.all():
        relay.react(reaction_id=work.pk, at=NOON)

    assert len(outbox) == 1
    assert len(told("credit_note.emailed")) == 1


def test_a_message_waits_for_the_files_that_go_with_it(api, platform, outbox):
    # given
    note = a_final_note(a_final_invoice(platform))
    assert api("POST", f"credit-notes/{note.pk}/send", {}).status == 202

    # when
    relay.react(reaction_id=the_work().pk, at=NOON)

    # then
    assert the_work().status == "PENDING"
    assert the_work().last_error.startswith("enclosure_not_ready: ")
    assert told("credit_note.email_failed") == []

    # when
    do_all_work()
    relay.react(reaction_id=the_work().pk, at=the_work().due_at)

    # then
    assert the_work().status == "DONE"
    assert len(outbox) == 1


# Refused


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"to": "nobody"}, "mail_address_invalid", "to.0"),
        ({"to": [USUAL, "two@@a.example"]}, "mail_address_invalid", "to.1"),
        ({"cc": ["Boss <boss@a.example>"]}, "mail_address_invalid", "cc.0"),
        ({"to": "a@a.example\r\nBcc: all@a.example"}, "mail_address_invalid", "to.0"),
        ({"to": []}, "invalid_request", "to"),
        ({"to": 7}, "invalid_request", "to"),
        ({"to": {"address": USUAL}}, "invalid_request", "to"),
        ({"to": [f"{at}@a.example" for at in range(21)]}, "mail_recipients", "to"),
        ({"cc": [f"{at}@a.example" for at in range(20)]}, "mail_recipients", "to"),
        ({"to": "x" * 400 + "@a.example"}, "invalid_request", "to.0"),
        ({"subject": "Hello\r\nBcc: all@a.example"}, "mail_text_invalid", "subject"),
        ({"subject": "Hello\nBcc: all@a.example"}, "mail_text_invalid", "subject"),
        ({"subject": "x" * 201}, "invalid_request", "subject"),
        ({"message": "bell \x07"}, "mail_text_invalid", "message"),
        ({"message": "x" * 5001}, "invalid_request", "message"),
        ({"bcc": [USUAL]}, "invalid_request", "bcc"),
    ],
)
def test_what_cannot_be_sent_is_refused_by_name(api, path, body, code, field):
    before = digest_of_rows()

    refused = api("POST", path, body)

    assert (refused.status, refused.body["code"], refused.body["field"]) == (400, code, field)
    assert digest_of_rows() == before


def test_a_customer_without_an_address_is_refused_unless_one_is_given(api, path, outbox):
    Customer.objects.update(email="")

    refused = api("POST", path, {"cc": "boss@a.example"})

    assert (refused.status, refused.body["code"], refused.body["field"]) == (409, "no_recipient", "to")
    assert api("POST", path, {"to": USUAL}).status == 202


def test_only_a_final_paper_is_sent(api, platform):
    note, invoice = a_draft_note(a_final_invoice(platform)), a_draft_invoice(platform)

    assert api("POST", f"credit-notes/{note.pk}/send", {}).body["code"] == "note_not_final"
    assert api("POST", f"invoices/{invoice.pk}/send", {}).body["code"] == "invoice_not_issued"
    assert not Event.objects.filter(type__endswith="email_requested").exists()


def test_a_void_note_is_not_sent(api, path, note):
    void_credit_note(platform=note.platform, credit_note_id=note.pk, reason="Wrong", actor=CLERK, at=NOON)

    refused = api("POST", path, {})

    assert (refused.status, refused.body["code"]) == (409, "already_voided")


def test_a_note_whose_files_could_not_be_made_is_not_promised(api, platform):
    note = a_final_note(a_final_invoice(platform))
    Reaction.objects.filter(event__object_id=note.pk).update(status="FAILED")

    refused = api("POST", f"credit-notes/{note.pk}/send", {})

    assert (refused.status, refused.body["code"], refused.body["kind"]) == (409, "nothing_to_send", "pdf")


def test_sending_needs_its_permission_and_the_right_platform(note, path, platform, caller):
    clerk = caller(platform, ["CREDIT_NOTE.VIEW", "INVOICE.VIEW"])

    assert clerk("POST", path, {}).body["permission"] == "CREDIT_NOTE.SEND_EMAIL"
    assert clerk("POST", f"invoices/{note.invoice_id}/send", {}).body["permission"] == "INVOICE.SEND_EMAIL"
    assert caller(a_platform("Other"))("POST", path, {}).status == 404


def test_a_clients_credential_writes_to_that_client_only(platform, note, path, outbox):
    client = Caller(
        an_api_key(platform, ["CREDIT_NOTE.SEND_EMAIL"], reach="client", customer_id=note.customer_id)
    )
    before = digest_of_rows()

    for body in ({"to": "all@a.example"}, {"cc": "all@a.example"}):
        refused = client("POST", path, body)
        assert (refused.status, refused.body["code"]) == (403, "recipient_not_allowed")
    assert digest_of_rows() == before
    assert client("POST", path, {}).body["to"] == [USUAL]


# Not sent


def test_a_note_that_is_voided_before_its_message_goes_out_is_not_sent_and_that_is_told(
    api, path, note, outbox
):
    asked = api("POST", path, {}).body
    void_credit_note(platform=note.platform, credit_note_id=note.pk, reason="Wrong", actor=CLERK, at=NOON)

    do_all_work()

    (failed,) = told("credit_note.email_failed")
    assert len(outbox) == 0
    assert (failed["reason"], failed["because_of"]) == ("CR-2026-000001 is void.", asked["id"])
    assert the_work().status == "DONE"


def test_what_the_mail_server_refuses_for_good_is_told_once_and_not_tried_again(api, path, settings):
    with a_mail_server(settings, {USUAL: "550 5.1.1 No such user here"}) as server:
        api("POST", path, {"cc": []})
        do_all_work()
        Reaction.objects.filter(pk=the_work().pk).update(status="PENDING", leased_until=None)
        relay.react(reaction_id=the_work().pk, at=NOON)

    (failed,) = told("credit_note.email_failed")
    assert failed["reason"] == f"{USUAL}: 550 5.1.1 No such user here"
    assert (failed["to"], failed["object"]["display_number"]) == ([USUAL], "CR-2026-000001")
    assert (the_work().status, server.messages) == ("FAILED", [])
    assert the_work().last_error == f"mail_not_sent: {failed['reason']}"


def test_a_message_that_is_refused_as_a_whole_is_told_too(api, path, settings):
    with a_mail_server(settings, {"DATA": "554 5.7.1 Spam"}):
        api("POST", path, {})
        do_all_work()

    assert told("credit_note.email_failed")[0]["reason"] == "the server: 554 5.7.1 Spam"


def test_the_message_of_the_issue_itself_is_told_of_as_well(platform, settings):
    with a_mail_server(settings, {USUAL: "550 No"}):
        a_final_note(a_final_invoice(platform), notify=True)
        do_all_work()

    (failed,) = told("credit_note.email_failed")
    asked = Event.objects.get(type="billing.credit_note.xml_generated")
    assert (failed["because_of"], failed["reason"]) == (asked.pk, f"{USUAL}: 550 No")


def test_what_the_server_cannot_take_now_is_tried_for_three_days(api, path, settings):
    with a_mail_server(settings, {USUAL: "451 Try later"}) as server:
        # when
        api("POST", path, {})
        do_all_work()

        # then
        assert (the_work().status, told("credit_note.email_failed")) == ("PENDING", [])

        # when
        asked = Event.objects.get(type="billing.credit_note.email_requested")
        Reaction.objects.filter(pk=the_work().pk).update(leased_until=None)
        relay.react(reaction_id=the_work().pk, at=asked.created_at + timedelta(days=3))

        # then
        assert the_work().status == "FAILED"
        assert told("credit_note.email_failed")[0]["reason"] == f"{USUAL}: 451 Try later"

        # when: somebody tries again, and the server takes it
        server.answers.clear()
        Reaction.objects.filter(pk=the_work().pk).update(status="PENDING", leased_until=None)
        relay.react(reaction_id=the_work().pk, at=NOON + timedelta(days=4))

        # then
        assert (the_work().status, server.messages) == ("DONE", [[USUAL]])
        assert len(told("credit_note.emailed")) == 1


def test_a_server_that_is_away_is_waited_for(api, path, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

    api("POST", path, {})
    do_all_work()

    assert the_work().status == "PENDING"
    assert the_work().last_error.startswith("ConnectionRefusedError: ")
    assert told("credit_note.email_failed") == []


def test_to_notify_needs_the_permission_to_send(platform):
    from_clerk = Caller(an_api_key(platform, sorted(ALL - {"CREDIT_NOTE.SEND_EMAIL", "INVOICE.SEND_EMAIL"})))
    invoice, draft = a_final_invoice(platform), a_draft_note(a_final_invoice(platform))
    bulk = {"action": "credit", "invoices": [invoice.pk], "finalize": True}

    for path, body in (
        (f"invoices/{invoice.pk}/credit", {"finalize": True}),
        (f"invoices/{invoice.pk}/write-off", {}),
        ("credit-notes", {"invoice": invoice.pk}),
        (f"credit-notes/{draft.pk}/finalize", {}),
        ("credit-notes/bulk", bulk),
        ("credit-notes/bulk", {"action": "finalize", "credit_notes": [draft.pk]}),
    ):
        answer = from_clerk("POST", path, body | {"notify": True})
        assert (answer.status, answer.body["permission"]) == (403, "CREDIT_NOTE.SEND_EMAIL"), path
    answer = from_clerk("POST", "invoices/inv_any/finalize", {"notify": True})
    assert (answer.status, answer.body["permission"]) == (403, "INVOICE.SEND_EMAIL")
    wish = {"finalize": False, "notify": True}
    answer = Caller(an_api_key(platform))("POST", f"invoices/{invoice.pk}/write-off", wish)
    assert (answer.status, answer.body["code"]) == (400, "needs_finalize")
