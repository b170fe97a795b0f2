"""What is told of an e-invoice that was sent: by a person, who is refused what cannot be, or from outside."""

from datetime import timedelta
from itertools import product

import pytest

from billing.errors import BillingError
from billing.events import names
from billing.events.models import Event
from billing.exchange.hear import News, hear
from billing.exchange.models import EInvoice, EInvoiceChange
from billing.exchange.responses import FOLLOWS
from billing.exchange.shapes import what_follows
from credit_notes.services import record_response, resend_einvoice, send_einvoice
from credit_notes.services.einvoice import ROUTE
from tests.access_point import an_access_point, answering
from tests.books import digest_of_rows
from tests.factories import CLERK, NOON, a_final_invoice, a_final_note, an_entity
from tests.work import do_all_work

from .parcels import a_channel

pytestmark = pytest.mark.django_db
SOON, LATER = NOON + timedelta(hours=1), NOON + timedelta(hours=3)
RESPONSES = EInvoice.Response.values


@pytest.fixture
def point(settings):
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    with an_access_point() as point:
        yield point


@pytest.fixture
def note(platform, point):
    """A note whose e-invoice can be sent."""
    a_channel(an_entity(platform), transport="http", address=point.url)
    note = a_final_note(a_final_invoice(platform))
    do_all_work()
    return note


@pytest.fixture
def sent(note):
    """A note whose e-invoice the access point has."""
    send(note)
    return note


def send(note) -> None:
    send_einvoice(platform=note.platform, credit_note_id=note.pk, actor=CLERK, at=NOON)
    do_all_work()


def told(note, **news) -> EInvoice:
    """What a person knows."""
    return record_response(
        platform=note.platform, credit_note_id=note.pk, news=News(**news), actor=CLERK, at=LATER
    )


def heard(note, **news) -> EInvoice:
    """What a message says."""
    return hear(ROUTE, platform=note.platform, document_id=note.pk, news=News(**news), actor="AP", at=LATER)


def refused(note, **news) -> BillingError:
    before = digest_of_rows()
    with pytest.raises(BillingError) as caught:
        told(note, **news)
    assert digest_of_rows() == before
    return caught.value


def stands(note) -> tuple[str, str]:
    found = EInvoice.objects.get(document_id=note.pk)
    return found.status, found.response


def last_change(note) -> EInvoiceChange:
    return EInvoiceChange.objects.filter(einvoice__document_id=note.pk).last()


def test_an_answer_is_kept_told_and_asks_for_what_follows(sent):
    heard(sent, status="REGISTERED", reference="NET-7", key="a")
    found = heard(sent, response="REJECTED", message="REF: no order number", at=SOON, key="b")

    assert stands(sent) == ("REGISTERED", "REJECTED")
    assert (found.reference, found.message, found.answered_at) == ("NET-7", "REF: no order number", SOON)
    assert what_follows(found) == "reverse_and_reissue"
    event = Event.objects.filter(type=names.CREDIT_NOTE_EINVOICE_UPDATED).order_by("id").last()
    assert (event.actor, event.data["einvoice"]["response"]) == ("AP", "REJECTED")
    assert event.data["previous"]["einvoice"] == {"response": "", "message": ""}


def test_a_person_is_refused_an_answer_before_it_arrived(note):
    assert refused(note, response="ACCEPTED").code == "einvoice_not_sent"
    send_einvoice(platform=note.platform, credit_note_id=note.pk, actor=CLERK, at=NOON)

    assert refused(note, response="ACCEPTED").code == "einvoice_not_sent"
    assert refused(note, status="REGISTERED").code == "einvoice_not_sent"
    assert refused(note, message="They rang.").code == "einvoice_not_sent"


def test_what_waits_for_a_worker_that_never_comes_is_given_up_by_hand_and_sent_again(note):
    send_einvoice(platform=note.platform, credit_note_id=note.pk, actor=CLERK, at=NOON)

    told(note, status="FAILED", message="It hangs.")
    resend_einvoice(platform=note.platform, credit_note_id=note.pk, actor=CLERK, at=SOON)
    do_all_work()

    assert stands(note)[0] == "SUCCESS"


def test_a_word_about_what_waits_to_be_sent_again_does_not_send_it_twice(sent):
    told(sent, status="FAILED")
    resend_einvoice(platform=sent.platform, credit_note_id=sent.pk, actor=CLERK, at=SOON)
    told(sent, message="They rang.")
    before = EInvoiceChange.objects.filter(status="IN_PROGRESS").count()

    do_all_work()

    assert EInvoiceChange.objects.filter(status="IN_PROGRESS").count() == before + 1


def test_saying_nothing_is_refused(sent):
    assert refused(sent).code == "invalid_request"


@pytest.mark.parametrize(("first", "second"), list(product(["", *RESPONSES], RESPONSES)))
def test_answers_come_in_peppols_order(sent, first, second):
    if first:
        told(sent, response=first)
    count = EInvoiceChange.objects.count()

    if second == first:
        told(sent, response=second)
        assert EInvoiceChange.objects.count() == count
    elif second in FOLLOWS[first]:
        told(sent, response=second)
        assert stands(sent) == ("SUCCESS", second)
    else:
        assert refused(sent, response=second).code == "response_out_of_order"
        heard(sent, response=second, key="late")
        assert stands(sent) == ("SUCCESS", first)
        assert (last_change(sent).reason_code, last_change(sent).response) == ("ignored", first)
        assert second in last_change(sent).message


def test_final_answers_are_final():
    assert FOLLOWS["REJECTED"] == FOLLOWS["PAID"] == frozenset()
    assert FOLLOWS["ACCEPTED"] == {"PAID"}
    assert all("ACKNOWLEDGED" not in after for before, after in FOLLOWS.items() if before)


def test_a_message_is_taken_once(sent):
    heard(sent, response="IN_PROCESS", key="msg_1")
    heard(sent, response="UNDER_QUERY", key="msg_2")
    count, events = EInvoiceChange.objects.count(), Event.objects.count()

    heard(sent, response="IN_PROCESS", key="msg_1")

    assert stands(sent) == ("SUCCESS", "UNDER_QUERY")
    assert (EInvoiceChange.objects.count(), Event.objects.count()) == (count, events)


def test_an_answer_that_overtakes_our_own_record_proves_the_arrival(note, point):
    point.moods = [answering(202, {"reference": "AP-1"})]
    send(note)
    assert stands(note) == ("IN_PROGRESS", "")

    heard(note, response="ACKNOWLEDGED", key="a")
    assert stands(note) == ("SUCCESS", "ACKNOWLEDGED")

    heard(note, status="SUCCESS", key="b")
    heard(note, status="REGISTERED", key="c")
    heard(note, status="SUCCESS", key="d")
    assert stands(note) == ("REGISTERED", "ACKNOWLEDGED")
    assert last_change(note).reason_code == "ignored"


def test_a_failure_is_told_and_sent_again_and_old_messages_do_not_count(note, point):
    point.moods = [answering(202, {"reference": "AP-1"})]
    send(note)
    found = heard(note, status="FAILED", message="The receiver is gone", round=1, key="a")
    assert (found.status, found.reason_code) == ("FAILED", "reported")
    assert what_follows(found) == "resend"

    resend_einvoice(platform=note.platform, credit_note_id=note.pk, actor=CLERK, at=LATER)
    do_all_work(at=LATER)
    heard(note, status="FAILED", round=1, key="b")

    assert stands(note) == ("SUCCESS", "")
    assert (last_change(note).reason_code, last_change(note).status) == ("ignored", "SUCCESS")


def test_what_was_answered_has_not_failed(sent):
    told(sent, response="ACKNOWLEDGED")

    assert refused(sent, status="FAILED").code == "einvoice_status_out_of_order"


def test_texts_that_cannot_be_kept_are_cut_and_cleaned(sent):
    heard(sent, response="REJECTED", message="x\0" + "y" * 5000, reference="r" * 500, key="a")

    found = EInvoice.objects.get(document_id=sent.pk)
    assert (found.message[:2], len(found.message), len(found.reference)) == ("xy", 2000, 200)


def test_every_change_stands_where_the_einvoice_stood(sent):
    for response in ("ACKNOWLEDGED", "IN_PROCESS", "ACCEPTED", "PAID"):
        told(sent, response=response)

    found = EInvoice.objects.get(document_id=sent.pk)
    changes = list(found.changes.all())
    assert [row.response for row in changes][-4:] == ["ACKNOWLEDGED", "IN_PROCESS", "ACCEPTED", "PAID"]
    assert (changes[-1].status, changes[-1].response) == (found.status, found.response)
