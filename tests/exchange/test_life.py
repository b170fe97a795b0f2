"""An e-invoice's life: sent by itself or by hand, handed over once, given up, sent again, kept at home."""

from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from billing.documents.models import StoredFile
from billing.errors import BillingError
from billing.events import names, relay
from billing.events.models import Event, Reaction
from billing.exchange import deliver
from billing.exchange.models import EInvoice, EInvoiceChange
from billing.platforms.models import Customer
from credit_notes import tasks
from credit_notes.models import CreditNote
from credit_notes.selection import Selection
from credit_notes.services import (
    import_credit_note,
    resend_einvoice,
    reverse_credit_note,
    send_einvoice,
    void_credit_note,
)
from credit_notes.wish import Wish
from invoices import services as invoicing
from tests.access_point import an_access_point, answering, hanging_up
from tests.books import digest_of_rows
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
from tests.work import do_all_work

from .parcels import a_channel

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=3)


@pytest.fixture
def point(settings):
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    with an_access_point() as point:
        yield point


@pytest.fixture
def channel(platform, point):
    """An access point, and e-invoices that are sent to it by hand."""
    return a_channel(an_entity(platform), transport="http", address=point.url)


@pytest.fixture
def note(platform, channel):
    return a_ready_note(platform)


def a_ready_note(platform, **fields) -> CreditNote:
    """A final note whose files are there."""
    note = a_final_note(a_final_invoice(platform, **fields))
    do_all_work()
    return note


def automatic(channel) -> None:
    channel.method = "automatic"
    channel.save()


def send(note, **fields) -> EInvoice:
    return send_einvoice(
        **{"platform": note.platform, "credit_note_id": note.pk, "actor": CLERK, "at": NOON} | fields
    )


def resend(note, **fields) -> EInvoice:
    return resend_einvoice(
        **{"platform": note.platform, "credit_note_id": note.pk, "actor": CLERK, "at": LATER} | fields
    )


def refused(deed, note, **fields) -> BillingError:
    """Return how a deed was refused. Nothing has happened."""
    before = digest_of_rows()
    with pytest.raises(BillingError) as caught:
        deed(note, **fields)
    assert digest_of_rows() == before
    return caught.value


def einvoice(note) -> EInvoice:
    return EInvoice.objects.get(document_id=note.pk)


def history(note) -> list[tuple[str, str]]:
    rows = EInvoiceChange.objects.filter(einvoice__document_id=note.pk)
    return [(row.status, row.reason_code) for row in rows]


def just(moment: datetime) -> datetime:
    """Return a moment without the while that the access point took to answer."""
    return moment.replace(second=0, microsecond=0)


def try_again(note, *, at) -> None:
    """Do what the sweep would: the delivery that was put off."""
    Reaction.objects.filter(
        event__object_id=note.pk, name="send_credit_note_einvoice", status="PENDING"
    ).update(due_at=at, leased_until=None)
    for pk in (
        Reaction.objects.pending().filter(name="send_credit_note_einvoice").values_list("pk", flat=True)
    ):
        relay.react(reaction_id=pk, at=at)


# By hand


def test_a_note_sent_by_hand_is_handed_over_and_every_step_is_told(note, point):
    sent = send(note)
    assert (sent.status, point.taken) == ("SCHEDULED", {})

    do_all_work()

    found = einvoice(note)
    assert (found.status, found.reference, found.transport, found.attempts) == ("SUCCESS", "AP-1", "http", 1)
    assert (just(found.sent_at), found.may_have_left, found.round) == (NOON, True, 1)
    assert list(point.taken) == [f"{found.pk}-1"]
    assert history(note) == [("SCHEDULED", ""), ("IN_PROGRESS", ""), ("SUCCESS", "")]
    told = Event.objects.filter(type=names.CREDIT_NOTE_EINVOICE_UPDATED).order_by("id")
    assert [event.data["einvoice"]["status"] for event in told] == ["SCHEDULED", "IN_PROGRESS", "SUCCESS"]
    assert told[0].data["previous"] == {"einvoice": None}
    assert told[2].data["previous"]["einvoice"]["status"] == "IN_PROGRESS"
    assert (told[0].actor, told[0].data["object"]["id"]) == (CLERK, note.pk)


def test_an_invoice_is_sent_like_a_note(platform, channel, point):
    draft = a_draft_invoice(platform)
    invoicing.finalize_invoice(platform=platform, invoice_id=draft.pk, actor=CLERK, at=NOON)
    do_all_work()

    invoicing.send_einvoice(platform=platform, invoice_id=draft.pk, actor=CLERK, at=NOON)
    do_all_work()

    assert EInvoice.objects.get(document_id=draft.pk).status == "SUCCESS"
    assert len(point.taken) == 1


def test_what_was_sent_is_not_sent_a_second_time(note):
    send(note)

    refusal = refused(send, note)

    assert (refusal.code, refusal.facts["einvoice"]["status"]) == ("einvoice_exists", "SCHEDULED")
    assert refused(resend, note).code == "nothing_to_resend"


def test_nobody_sends_where_the_channel_is_off_or_missing(note, channel):
    channel.method = "off"
    channel.save()
    assert refused(send, note).code == "einvoicing_not_enabled"

    channel.delete()
    assert refused(send, note).code == "einvoicing_not_enabled"


def test_what_is_sent_by_itself_is_not_sent_by_hand(note, channel):
    automatic(channel)

    assert refused(send, note).code == "einvoicing_is_automatic"


def test_what_was_issued_before_it_went_by_itself_is_told_so_and_is_sent_by_hand(note, channel):
    automatic(channel)

    assert refused(send, note).detail == (
        f"Acme Software B.V. sends by itself what is issued from now on. {note} was issued before: "
        "set the method to manual to send it by hand."
    )
    channel.method = "manual"
    channel.save()
    assert send(note).status == "SCHEDULED"


def test_what_goes_by_itself_in_a_moment_is_told_so(platform, channel):
    automatic(channel)
    note = a_final_note(a_final_invoice(platform))

    assert refused(send, note).detail.endswith(" sends its e-invoices by itself, this one in a moment.")


def test_a_customer_who_gets_no_einvoices_is_sent_none(note):
    Customer.objects.update(is_einvoice_enabled=False)

    assert refused(send, note).code == "einvoicing_not_enabled_for_customer"


def test_a_customer_without_an_address_is_refused_by_name(platform, channel):
    buyer = a_customer(platform, endpoint_id="", endpoint_scheme="", email="", einvoice_profile="en16931")
    note = a_ready_note(platform, buyer=buyer, profile="en16931")

    assert refused(send, note).code == "einvoice_receiver_missing"
    channel.transport = "email"
    channel.save()
    assert refused(send, note).code == "einvoice_receiver_missing"


def test_drafts_and_void_notes_are_not_sent(platform, channel):
    draft = a_draft_note(a_final_invoice(platform))
    assert refused(send, draft).code == "document_not_final"

    note = a_final_note(a_final_invoice(platform))
    void(note)
    assert refused(send, note).code == "document_void"
    assert refused(resend, note).code == "document_void"


def test_a_paper_that_was_issued_elsewhere_has_nothing_to_send(platform, channel):
    automatic(channel)
    invoice = a_final_invoice(platform)
    do_all_work()
    wish = Wish(selections=((invoice.pk, Selection()),), number="OLD-1", date=NOON.date())
    note = import_credit_note(platform=platform, wish=wish, actor=CLERK, at=NOON)
    do_all_work()
    assert EInvoice.objects.count() == 0

    channel.method = "manual"
    channel.save()

    assert refused(send, note).code == "einvoice_file_missing"


def test_a_profile_without_an_einvoice_has_nothing_to_send(note):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE credit_notes_creditnote SET profile = 'none' WHERE id = %s", [note.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")

    assert refused(send, note).code == "einvoice_profile_none"


def test_a_client_sends_nothing(platform, note):
    client = type(platform).objects.get(pk=platform.pk)
    client.seen_by = note.customer_id

    assert refused(send, note, platform=client).code == "einvoices_not_for_clients"
    assert refused(resend, note, platform=client).code == "einvoices_not_for_clients"


def test_another_platforms_note_does_not_exist(note):
    assert refused(send, note, platform=a_platform("Other")).code == "not_found"


# By itself


def test_a_final_note_goes_by_itself_once_its_file_is_there(platform, channel, point):
    automatic(channel)

    note = a_ready_note(platform)
    do_all_work()

    assert (einvoice(note).status, len(point.taken)) == ("SUCCESS", 1)
    assert StoredFile.objects.filter(document_id=note.pk, kind="xml").exists()


def test_what_cannot_go_by_itself_is_skipped_and_says_why(platform, channel, point):
    automatic(channel)
    buyer = a_customer(platform, is_einvoice_enabled=False)

    note = a_ready_note(platform, buyer=buyer)

    assert (einvoice(note).status, einvoice(note).reason_code) == ("SKIPPED", "customer_not_enabled")
    assert einvoice(note).message.endswith("gets no e-invoices: that is off in the customer's settings.")
    assert (point.taken, einvoice(note).may_have_left) == ({}, False)


def test_a_receiver_that_nobody_knows_is_skipped_and_sent_once_it_is_known(platform, channel, point):
    automatic(channel)
    channel.lookup, channel.lookup_address = "http", point.directory
    channel.save()
    note = a_ready_note(platform)
    assert (einvoice(note).status, einvoice(note).reason_code) == ("SKIPPED", "receiver_not_found")

    point.receivers["0208", "0123456749"] = ["peppol-bis-3"]
    channel.lookup = "none"  # its answers are remembered for a minute
    channel.save()
    resend(note)
    do_all_work(at=LATER)

    assert history(note)[-3:] == [("SCHEDULED", ""), ("IN_PROGRESS", ""), ("SUCCESS", "")]
    assert list(point.taken) == [f"{einvoice(note).pk}-2"]


def test_the_reaction_may_run_twice_and_schedules_once(platform, channel, point):
    automatic(channel)
    note = a_ready_note(platform)
    events = Event.objects.filter(object_id=note.pk)

    for event in events:
        if event.type in {names.CREDIT_NOTE_PDF_GENERATED, names.CREDIT_NOTE_XML_GENERATED}:
            tasks.schedule_credit_note_einvoice(event=event, at=LATER)
        if event.type == names.CREDIT_NOTE_EINVOICE_UPDATED:
            tasks.send_credit_note_einvoice(event=event, at=LATER)

    assert (EInvoice.objects.count(), len(point.calls), len(history(note))) == (1, 1, 3)


# What goes wrong


def test_a_line_that_is_cut_after_the_document_was_taken_doubles_nothing(note, point):
    point.moods = [hanging_up]
    send(note)
    do_all_work()
    assert einvoice(note).status == "IN_PROGRESS"
    assert "gave no answer" in einvoice(note).message

    try_again(note, at=LATER)

    found = einvoice(note)
    assert (found.status, found.attempts, len(point.calls), len(point.taken)) == ("SUCCESS", 2, 2, 1)
    assert history(note) == [("SCHEDULED", ""), ("IN_PROGRESS", ""), ("SUCCESS", "")]


def test_a_refusal_for_good_ends_in_failed_and_it_can_be_sent_again(note, point):
    point.moods = [answering(422, {"message": "No such participant"})]
    send(note)
    do_all_work()
    found = einvoice(note)
    assert (found.status, found.reason_code) == ("FAILED", "access_point_refused")
    assert found.message == "No such participant"

    resend(note)
    do_all_work(at=LATER)

    found = einvoice(note)
    assert (found.status, found.round, found.attempts, just(found.sent_at)) == ("SUCCESS", 2, 1, LATER)
    assert (found.reason_code, found.message) == ("", "")
    assert list(point.taken) == [f"{found.pk}-2"]


def test_after_three_days_it_is_given_up(note, point):
    point.moods = [answering(503, b"")] * 3
    send(note)
    do_all_work()
    try_again(note, at=NOON + timedelta(days=2))
    assert einvoice(note).status == "IN_PROGRESS"

    try_again(note, at=NOON + deliver.GIVEN_UP_AFTER)

    assert (einvoice(note).status, einvoice(note).reason_code) == ("FAILED", "given_up")
    assert history(note) == [("SCHEDULED", ""), ("IN_PROGRESS", ""), ("FAILED", "given_up")]
    assert len(point.calls) == 3


def test_what_is_taken_for_later_stays_in_progress(note, point):
    point.moods = [answering(202, {"reference": "AP-9", "status": "IN_PROGRESS"})]
    send(note)
    do_all_work()

    found = einvoice(note)
    assert (found.status, found.reference, just(found.sent_at)) == ("IN_PROGRESS", "AP-9", NOON)
    for event in Event.objects.filter(type=names.CREDIT_NOTE_EINVOICE_UPDATED):
        tasks.send_credit_note_einvoice(event=event, at=LATER)
    assert len(point.calls) == 1


def test_a_channel_that_is_switched_off_meanwhile_keeps_it_at_home(note, channel, point):
    send(note)
    channel.method = "off"
    channel.save()

    do_all_work()

    assert (einvoice(note).status, einvoice(note).reason_code) == ("SKIPPED", "einvoicing_not_enabled")
    assert point.calls == []


def test_what_has_set_out_by_one_transport_is_tried_by_that_one(note, channel, point):
    point.moods = [hanging_up]
    send(note)
    do_all_work()
    channel.transport = "directory"
    channel.save()

    try_again(note, at=LATER)

    found = einvoice(note)
    assert (found.status, found.transport, found.reference) == ("SUCCESS", "http", "AP-1")
    assert (len(point.calls), len(point.taken)) == (2, 1)
    said = found.changes.get(status="IN_PROGRESS").message
    assert (said, found.message) == ("By HTTP access point.", "")


def test_what_was_not_started_leaves_by_the_channel_as_it_is_then(note, channel, point, mailoutbox):
    send(note)
    channel.transport = "email"
    channel.save()

    do_all_work()

    found = einvoice(note)
    assert (found.status, found.transport, len(mailoutbox), point.calls) == ("SUCCESS", "email", 1, [])
    assert found.changes.get(status="IN_PROGRESS").message == "By E-mail to the customer."


def test_the_trouble_of_a_try_is_not_the_message_of_the_next_step(note, channel, point):
    channel.lookup, channel.lookup_address = "http", point.directory
    channel.save()
    point.moods = [answering(503, b""), answering(202, b"")]
    send(note)
    do_all_work()
    assert "answered 503" in einvoice(note).message
    point.receivers["0208", "0123456749"] = ["peppol-bis-3"]
    point.moods = []

    try_again(note, at=LATER)

    assert einvoice(note).message == ""
    assert [row.message for row in einvoice(note).changes.all()] == ["", "By HTTP access point.", ""]


# Void


def void(note) -> CreditNote:
    return void_credit_note(
        platform=note.platform, credit_note_id=note.pk, reason="Wrong", actor=CLERK, at=LATER
    )


def test_voiding_keeps_what_has_not_gone_at_home(note, point):
    send(note)

    void(note)
    do_all_work(at=LATER)

    assert (einvoice(note).status, einvoice(note).reason_code) == ("SKIPPED", "document_void")
    assert point.calls == []


def test_a_note_whose_einvoice_may_have_left_is_reversed_and_not_voided(note, point):
    send(note)
    do_all_work()

    refusal = refused(void, note)

    assert (refusal.code, refusal.facts["einvoice"]) == (
        "einvoice_already_sent",
        {"id": einvoice(note).pk, "status": "SUCCESS"},
    )
    reversing = reverse_credit_note(
        platform=note.platform, credit_note_id=note.pk, reason="Wrong", actor=CLERK, at=LATER
    )
    assert reversing.is_final


def test_one_that_failed_after_it_may_have_left_still_hinders(note, point):
    point.moods = [answering(422, {"message": "No"})]
    send(note)
    do_all_work()

    assert refused(void, note).facts["einvoice"]["status"] == "FAILED"
