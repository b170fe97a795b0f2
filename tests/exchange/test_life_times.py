"""When each step happened: after the other side answered, when they say, and never backwards."""

from datetime import timedelta

import pytest

from billing.errors import BillingError
from billing.exchange.hear import News, hear
from billing.exchange.models import EInvoice
from credit_notes.services import record_response, send_einvoice
from credit_notes.services.einvoice import ROUTE
from tests.access_point import an_access_point, stalling
from tests.books import digest_of_rows
from tests.factories import CLERK, NOON, a_final_invoice, a_final_note, an_entity
from tests.work import do_all_work

from .parcels import a_channel

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NOW = NOON + 3 * HOUR


@pytest.fixture
def point(settings):
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    with an_access_point() as point:
        yield point


@pytest.fixture
def note(platform, point):
    """A note whose e-invoice was sent at noon."""
    a_channel(an_entity(platform), transport="http", address=point.url)
    note = a_final_note(a_final_invoice(platform))
    do_all_work()
    send_einvoice(platform=platform, credit_note_id=note.pk, actor=CLERK, at=NOON)
    point.moods = [stalling(0.4)]
    do_all_work()
    return note


def told(note, *, now=NOW, **news) -> EInvoice:
    return record_response(
        platform=note.platform, credit_note_id=note.pk, news=News(**news), actor=CLERK, at=now
    )


def heard(note, **news) -> EInvoice:
    return hear(ROUTE, platform=note.platform, document_id=note.pk, news=News(**news), actor="AP", at=NOW)


def times(note) -> list:
    """Return when each step happened, and see that the history does not run backwards."""
    found = list(EInvoice.objects.get(document_id=note.pk).changes.values_list("at", flat=True))
    assert found == sorted(found)
    return found


def test_it_was_sent_when_the_other_side_answered_and_not_when_the_worker_began(note):
    einvoice = EInvoice.objects.get(document_id=note.pk)

    scheduled, began, handed = times(note)
    assert scheduled == NOON <= began < handed
    assert timedelta(seconds=0.4) <= handed - began < timedelta(seconds=5)
    assert (einvoice.sent_at, einvoice.updated_at) == (handed, handed)


def test_statuses_and_answers_happened_when_a_person_says(note):
    told(note, status="REGISTERED", at=NOON + HOUR)
    einvoice = told(note, response="ACCEPTED", at=NOON + 2 * HOUR)

    assert times(note)[-2:] == [NOON + HOUR, NOON + 2 * HOUR]
    assert (einvoice.answered_at, einvoice.updated_at) == (NOON + 2 * HOUR, NOW)


def test_a_failure_happened_when_a_person_says_and_so_did_the_arrival_after_all(note):
    told(note, status="FAILED", at=NOON + HOUR)
    told(note, status="REGISTERED", at=NOON + 2 * HOUR)

    assert times(note)[-2:] == [NOON + HOUR, NOON + 2 * HOUR]


@pytest.mark.parametrize("news", [{"status": "REGISTERED"}, {"status": "FAILED"}, {"response": "PAID"}])
def test_nobody_tells_of_what_is_still_to_come_or_was_before_it_left(note, news):
    before = digest_of_rows()
    for moment in (NOW + timedelta(seconds=1), NOON - timedelta(seconds=1)):
        with pytest.raises(BillingError) as caught:
            told(note, **news, at=moment)
        assert (caught.value.code, caught.value.status) == ("moment_not_possible", 400)
        assert caught.value.field == "at"
    assert caught.value.facts["left_at"].startswith("2026-11-20T12:00:00.")
    assert digest_of_rows() == before


def test_who_tells_the_time_by_the_second_may_name_the_second_in_which_it_left(note):
    assert told(note, response="ACCEPTED", at=NOON).answered_at > NOON
    times(note)


def test_what_is_told_late_is_written_beside_the_last_step(note):
    told(note, status="REGISTERED")
    einvoice = told(note, response="ACCEPTED", at=NOON + HOUR)

    assert times(note)[-2:] == [NOW, NOW]
    assert einvoice.answered_at == NOON + HOUR


def test_the_clock_of_an_access_point_may_be_off(note):
    heard(note, status="REGISTERED", at=NOON - HOUR, key="a")
    einvoice = heard(note, response="ACCEPTED", at=NOW + HOUR, key="b")

    assert (einvoice.status, einvoice.answered_at, times(note)[-1]) == ("REGISTERED", NOW, NOW)
