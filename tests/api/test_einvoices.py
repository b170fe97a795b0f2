"""E-invoices over the API: how they stand, sending them, what became of them, and lists of them."""

from datetime import timedelta

import pytest

from billing import clock
from billing.events import relay
from billing.events.models import Reaction
from billing.exchange.models import EInvoice
from billing.exchange.shapes import what_follows
from credit_notes.services import reverse_credit_note, send_einvoice, void_credit_note
from invoices import services as invoicing
from invoices.models import Invoice
from tests.access_point import an_access_point, answering
from tests.api.conftest import Caller
from tests.books import digest_of_rows
from tests.exchange.parcels import a_channel
from tests.factories import (
    CLERK,
    NOON,
    a_draft_invoice,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_platform,
    an_api_key,
    an_entity,
)
from tests.work import do_all_work

pytestmark = pytest.mark.django_db
SENDING = ("CREDIT_NOTE.VIEW", "CREDIT_NOTE.EINVOICE.SEND")


def a_sent_invoice(platform) -> Invoice:
    """A final invoice whose e-invoice somebody has sent; a worker has still to do it."""
    draft = a_draft_invoice(platform)
    invoicing.finalize_invoice(platform=platform, invoice_id=draft.pk, actor=CLERK, at=NOON)
    do_all_work()
    invoicing.send_einvoice(platform=platform, invoice_id=draft.pk, actor=CLERK, at=NOON)
    return draft


@pytest.fixture
def point(settings):
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    with an_access_point() as point:
        yield point


@pytest.fixture
def channel(platform, point):
    return a_channel(an_entity(platform), transport="http", address=point.url)


@pytest.fixture
def note(platform, channel):
    note = a_final_note(a_final_invoice(platform))
    do_all_work()
    return note


def refused(api, method, path, body=None) -> tuple[int, str]:
    before = digest_of_rows()
    answer = api(method, path, body)
    assert digest_of_rows() == before
    return answer.status, answer.body["code"]


def test_before_anybody_sent_it_only_the_document_speaks(api, platform, channel):
    draft = a_draft_note(a_final_invoice(platform))
    final = a_final_note(a_final_invoice(platform))

    shown = api("GET", f"credit-notes/{draft.pk}/einvoice").body
    waiting = api("GET", f"credit-notes/{final.pk}/einvoice").body

    assert (shown["object"], shown["id"], shown["status"], shown["file"]) == ("einvoice", None, None, "NONE")
    assert (waiting["status"], waiting["file"], waiting["history"]) == (None, "GENERATING", [])
    assert waiting["rules"]["ruleset"]
    do_all_work()
    assert api("GET", f"credit-notes/{final.pk}/einvoice").body["file"] == "GENERATED"


def test_sending_answers_how_it_stands_and_the_note_shows_it_too(api, note):
    sent = api("POST", f"credit-notes/{note.pk}/einvoice/send")
    assert (sent.status, sent.body["status"], sent.body["attempts"]) == (200, "SCHEDULED", 0)

    do_all_work()

    shown = api("GET", f"credit-notes/{note.pk}/einvoice").body
    assert (shown["status"], shown["reference"], shown["transport"]) == ("SUCCESS", "AP-1", "http")
    assert [row["status"] for row in shown["history"]] == ["SCHEDULED", "IN_PROGRESS", "SUCCESS"]
    assert (shown["history"][0]["actor"][:16], shown["follow_up"]) == ("API key Test key", "")
    assert api("GET", f"credit-notes/{note.pk}").body["einvoice"] == shown


def test_a_post_with_a_key_is_done_once(api, note):
    first = api("POST", f"credit-notes/{note.pk}/einvoice/send", Idempotency_Key="k1")
    again = api("POST", f"credit-notes/{note.pk}/einvoice/send", Idempotency_Key="k1")

    assert (first.status, again.status, again.body) == (200, 200, first.body)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert EInvoice.objects.count() == 1


def test_an_invoice_has_the_same_calls(api, platform, channel):
    draft = a_draft_invoice(platform)
    assert refused(api, "POST", f"invoices/{draft.pk}/einvoice/send") == (409, "document_not_final")
    invoicing.finalize_invoice(platform=platform, invoice_id=draft.pk, actor=CLERK, at=NOON)
    do_all_work()

    api("POST", f"invoices/{draft.pk}/einvoice/send")
    do_all_work()
    told = api("PATCH", f"invoices/{draft.pk}/einvoice", {"response": "REJECTED", "message": "Wrong order"})

    assert (told.status, told.body["status"], told.body["response"]) == (200, "SUCCESS", "REJECTED")
    assert (told.body["follow_up"], told.body["message"]) == ("credit_and_reissue", "Wrong order")
    assert api("GET", f"invoices/{draft.pk}").body["einvoice"] == told.body


def test_what_failed_is_sent_again(api, note, point):
    point.moods = [answering(422, {"message": "No"})]
    api("POST", f"credit-notes/{note.pk}/einvoice/send")
    do_all_work()
    assert api("GET", f"credit-notes/{note.pk}/einvoice").body["follow_up"] == "resend"

    again = api("POST", f"credit-notes/{note.pk}/einvoice/resend")

    assert (again.status, again.body["status"], again.body["reason_code"]) == (200, "SCHEDULED", "")
    assert refused(api, "POST", f"credit-notes/{note.pk}/einvoice/resend") == (409, "nothing_to_resend")


def test_bad_words_are_refused_by_name_and_change_nothing(api, note):
    api("POST", f"credit-notes/{note.pk}/einvoice/send")
    do_all_work()
    path = f"credit-notes/{note.pk}/einvoice"

    assert refused(api, "PATCH", path, {}) == (400, "invalid_request")
    assert refused(api, "PATCH", path, {"status": "SCHEDULED"}) == (400, "invalid_request")
    assert refused(api, "PATCH", path, {"response": "MAYBE"}) == (400, "invalid_request")
    assert refused(api, "PATCH", path, {"state": "FAILED"}) == (400, "invalid_request")
    assert refused(api, "PATCH", path, {"message": "x" * 2001}) == (400, "invalid_request")
    assert refused(api, "PATCH", path, {"response": "ACCEPTED", "at": "yesterday"}) == (
        400,
        "invalid_request",
    )
    assert refused(api, "POST", f"{path}/send", {"to": "me"}) == (400, "invalid_request")
    assert refused(api, "POST", f"{path}/send") == (409, "einvoice_exists")


def test_solvimons_name_for_a_reference_is_understood(api, note):
    api("POST", f"credit-notes/{note.pk}/einvoice/send")
    do_all_work()

    told = api(
        "PATCH", f"credit-notes/{note.pk}/einvoice", {"external_reference": "X-1", "status": "REGISTERED"}
    )

    assert (told.body["reference"], told.body["status"]) == ("X-1", "REGISTERED")


def test_sending_needs_its_permission_and_another_platforms_note_does_not_exist(caller, platform, note):
    reader, sender = caller(platform, ("CREDIT_NOTE.VIEW",)), caller(platform, SENDING)
    stranger = caller(a_platform("Other"))
    path = f"credit-notes/{note.pk}/einvoice"

    assert refused(reader, "POST", f"{path}/send") == (403, "permission_denied")
    assert refused(reader, "POST", f"{path}/resend") == (403, "permission_denied")
    assert refused(reader, "PATCH", path, {"status": "FAILED"}) == (403, "permission_denied")
    for method, where in (("GET", path), ("POST", f"{path}/send"), ("POST", f"{path}/resend")):
        assert stranger(method, where).status == 404
    assert sender("POST", f"{path}/send").status == 200


def test_lists_find_papers_by_their_einvoice(api, platform, note):
    api("POST", f"credit-notes/{note.pk}/einvoice/send")
    do_all_work()
    other = a_final_note(a_final_invoice(platform))

    def ids(path: str) -> list[str]:
        answer = api("GET", path)
        assert answer.status == 200, answer.body
        return [row["id"] for row in answer.body["data"]]

    assert ids("credit-notes?einvoice[status]=success") == [note.pk]
    assert ids("credit-notes?einvoice[status][in]=[success,registered]") == [note.pk]
    assert ids("credit-notes?einvoice_status=FAILED") == []
    assert other.pk in ids("credit-notes?einvoice_status[is_not]=SUCCESS")
    assert ids("invoices?einvoice[status]=SUCCESS") == []
    assert api("GET", "credit-notes?einvoice[colour]=red").status == 400
    assert api("GET", "credit-notes?einvoice[status]=red").body["code"] == "filter_invalid"


def test_all_einvoices_are_a_list(api, caller, platform, note):
    api("POST", f"credit-notes/{note.pk}/einvoice/send")
    do_all_work()

    page = api("GET", "einvoices?status[in]=[SUCCESS]&document_kind=credit_note&order_by=updated_at")
    [row] = page.body["data"]

    assert (row["document"], row["document_kind"], row["status"]) == (note.pk, "credit_note", "SUCCESS")
    assert api("GET", f"einvoices?customer={note.customer_id}&sent_at[after]=2020-01-01").body["data"] == [
        row
    ]
    assert api("GET", "einvoices?transport=email").body["data"] == []
    assert caller(a_platform("Other"))("GET", "einvoices").body["data"] == []
    assert api("GET", f"einvoices/{row['id']}").body == row
    assert refused(caller(a_platform("Third")), "GET", f"einvoices/{row['id']}") == (404, "not_found")


def test_each_credential_sees_the_einvoices_of_the_documents_that_it_sees(caller, platform, note):
    invoice = a_sent_invoice(platform)
    send_einvoice(platform=platform, credit_note_id=note.pk, actor=CLERK, at=NOON)
    einvoice = EInvoice.objects.get(document_id=note.pk)

    def seen(*permissions):
        rows = caller(platform, permissions)("GET", "einvoices").body["data"]
        return {row["document"] for row in rows}

    assert seen("CREDIT_NOTE.VIEW", "INVOICE.VIEW") == {note.pk, invoice.pk}
    assert (seen("CREDIT_NOTE.VIEW"), seen("INVOICE.VIEW")) == ({note.pk}, {invoice.pk})
    assert refused(caller(platform, ("CUSTOMER.VIEW",)), "GET", "einvoices") == (403, "permission_denied")
    reader = caller(platform, ("INVOICE.VIEW",))
    assert refused(reader, "GET", f"einvoices/{einvoice.pk}") == (404, "not_found")


def test_documents_that_nobody_has_sent_can_be_found(api, platform, note):
    sent = a_sent_invoice(platform)
    send_einvoice(platform=platform, credit_note_id=note.pk, actor=CLERK, at=NOON)
    draft = a_draft_note(a_final_invoice(platform))

    def ids(path):
        return {row["id"] for row in api("GET", path).body["data"]}

    assert ids("credit-notes?einvoice[status]=none") == {draft.pk}
    assert ids("credit-notes?einvoice_status[is_not]=NONE") == {note.pk}
    assert ids("credit-notes?einvoice_status[in]=[none,SCHEDULED]") == {note.pk, draft.pk}
    assert ids("credit-notes?einvoice_status[not_in]=[none,FAILED]") == {note.pk}
    assert sent.pk not in ids("invoices?einvoice[status]=none")


def test_what_is_tried_again_differs_from_what_somebody_has_and_keeps_to_themselves(api, note, point):
    point.moods = [answering(503, b""), answering(202, {"reference": "AP-9"})]
    api("POST", f"credit-notes/{note.pk}/einvoice/send")
    do_all_work(at=clock.now())
    path = f"credit-notes/{note.pk}/einvoice"

    waiting = api("GET", path).body
    assert (waiting["status"], waiting["sent_at"], waiting["follow_up"]) == ("IN_PROGRESS", None, "")
    assert waiting["next_try_at"] > clock.now().isoformat()
    assert api("GET", "einvoices").body["data"][0]["next_try_at"] == waiting["next_try_at"]

    reaction = Reaction.objects.pending().get(name="send_credit_note_einvoice")
    Reaction.objects.update(leased_until=None)
    relay.react(reaction_id=reaction.pk, at=clock.now())
    handed = api("GET", path).body
    assert (handed["status"], handed["next_try_at"], handed["follow_up"]) == ("IN_PROGRESS", None, "")
    assert handed["sent_at"] <= clock.now().isoformat()

    EInvoice.objects.update(updated_at=clock.now() - timedelta(days=1))
    assert api("GET", path).body["follow_up"] == "ask_the_access_point"
    assert api("PATCH", path, {"status": "FAILED", "message": "They lost it."}).body["follow_up"] == "resend"
    assert api("POST", f"{path}/resend").body["status"] == "SCHEDULED"


def test_a_rejected_note_asks_for_nothing_once_it_was_reversed(api, platform, note):
    api("POST", f"credit-notes/{note.pk}/einvoice/send")
    do_all_work()
    path = f"credit-notes/{note.pk}/einvoice"
    assert api("PATCH", path, {"response": "REJECTED"}).body["follow_up"] == "reverse_and_reissue"

    reverse_credit_note(platform=platform, credit_note_id=note.pk, reason="Wrong", actor=CLERK, at=NOON)

    assert api("GET", path).body["follow_up"] == ""
    assert [row["follow_up"] for row in api("GET", "einvoices").body["data"]] == [""]


def test_a_rejected_invoice_asks_for_nothing_once_it_was_credited_in_full(api, platform, channel):
    invoice = a_sent_invoice(platform)
    do_all_work()
    path = f"invoices/{invoice.pk}/einvoice"
    assert api("PATCH", path, {"response": "REJECTED"}).body["follow_up"] == "credit_and_reissue"

    api("POST", f"invoices/{invoice.pk}/credit", {"amount": "1.00", "finalize": True})
    assert api("GET", path).body["follow_up"] == "credit_and_reissue"
    rest = api("POST", f"invoices/{invoice.pk}/credit", {"finalize": True}).body
    assert api("GET", path).body["follow_up"] == ""
    assert [row["follow_up"] for row in api("GET", "einvoices").body["data"]] == [""]

    void_credit_note(platform=platform, credit_note_id=rest["id"], reason="Wrong", actor=CLERK, at=NOON)
    assert api("GET", path).body["follow_up"] == "credit_and_reissue"


def test_a_paper_without_an_einvoice_asks_for_nothing():
    skipped = EInvoice(status="SKIPPED", reason_code="profile_none")

    assert what_follows(skipped) == ""


def test_a_client_reads_where_it_stands_and_no_words_of_the_house(platform, channel):
    channel.transport = "directory"
    channel.save()
    invoice = a_sent_invoice(platform)
    do_all_work()
    einvoice = EInvoice.objects.get()
    assert einvoice.reference.startswith(platform.pk)
    key = an_api_key(
        platform, ("INVOICE.VIEW",), name="Shop", reach="client", customer_id=invoice.customer_id
    )
    client = Caller(key)

    answers = [
        client("GET", path)
        for path in (
            f"invoices/{invoice.pk}",
            f"invoices/{invoice.pk}/einvoice",
            "einvoices",
            f"einvoices/{einvoice.pk}",
            "einvoices?format=csv",
        )
    ]

    assert {answer.status for answer in answers} == {200}
    for answer in answers:
        assert b"SUCCESS" in answer.content
        assert platform.pk.encode() not in answer.content.replace(f'"platform":"{platform.pk}"'.encode(), b"")
        assert b"outbox" not in answer.content
    history = answers[1].body["history"]
    assert [(row["reference"], row["message"]) for row in history] == [("", "")] * 3
    assert refused(client, "GET", f"einvoices?reference={einvoice.reference}") == (400, "parameter_unknown")
