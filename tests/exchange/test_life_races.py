"""E-invoices when everything happens at the same moment, and when workers die: one e-invoice, sent once."""

import signal
import subprocess
import sys
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from billing.errors import BillingError
from billing.events.models import Event
from billing.exchange.hear import News, hear
from billing.exchange.models import EInvoice, EInvoiceChange
from credit_notes.models import CreditNote
from credit_notes.services import resend_einvoice, send_einvoice, void_credit_note
from credit_notes.services.einvoice import ROUTE, deliver_einvoice
from tests.access_point import an_access_point, answering
from tests.factories import CLERK, NOON, a_final_invoice, a_final_note, a_platform, an_entity
from tests.threads import at_once, deadlocks
from tests.web import environment
from tests.work import do_all_work

from .dying_carrier import STEPS
from .parcels import a_channel

pytestmark = pytest.mark.django_db(transaction=True)
HOUSE = Path(__file__).parents[2]
SIXTEEN = range(16)


@pytest.fixture
def point(settings):
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    with an_access_point() as point:
        yield point


@pytest.fixture
def note(transactional_db, point):
    platform = a_platform()
    a_channel(an_entity(platform), transport="http", address=point.url)
    note = a_final_note(a_final_invoice(platform))
    do_all_work()
    return note


def by(note) -> dict[str, object]:
    return {"platform": note.platform, "credit_note_id": note.pk, "actor": CLERK, "at": NOON}


def fates(outcomes: list) -> Counter:
    """Count the refusals by code, and what was done as `done`. Nothing else may come."""
    strange = [row for row in outcomes if isinstance(row, Exception) and not isinstance(row, BillingError)]
    assert not strange, strange
    return Counter(getattr(outcome, "code", "done") for outcome in outcomes)


def statuses(note) -> list[str]:
    changes = EInvoiceChange.objects.filter(einvoice__document_id=note.pk)
    return list(changes.values_list("status", flat=True))


def test_sixteen_who_send_at_once_send_one(note, point):
    outcomes = at_once([partial(send_einvoice, **by(note)) for _ in SIXTEEN])

    assert fates(outcomes) == {"done": 1, "einvoice_exists": 15}
    do_all_work()
    assert (statuses(note), len(point.taken)) == (["SCHEDULED", "IN_PROGRESS", "SUCCESS"], 1)


def test_sixteen_who_send_again_at_once_send_one(note, point):
    point.moods = [answering(422, {"message": "No"})]
    send_einvoice(**by(note))
    do_all_work()

    outcomes = at_once([partial(resend_einvoice, **by(note)) for _ in SIXTEEN])

    assert fates(outcomes) == {"done": 1, "nothing_to_resend": 15}
    do_all_work()
    assert (EInvoice.objects.get().round, len(point.taken)) == (2, 1)


def test_sixteen_workers_with_one_delivery_hand_one_document_over(note, point):
    send_einvoice(**by(note))
    event = Event.objects.get(object_id=note.pk, data__einvoice__status="SCHEDULED")

    at_once([partial(deliver_einvoice, event=event, at=NOON) for _ in SIXTEEN])

    assert (EInvoice.objects.get().status, len(point.taken)) == ("SUCCESS", 1)
    assert statuses(note) == ["SCHEDULED", "IN_PROGRESS", "SUCCESS"]


@pytest.mark.parametrize("round_", range(4))
def test_a_note_is_voided_or_its_einvoice_leaves_but_never_both(note, point, round_):
    send_einvoice(**by(note))
    event = Event.objects.get(object_id=note.pk, data__einvoice__status="SCHEDULED")
    before = deadlocks()

    at_once(
        [
            partial(deliver_einvoice, event=event, at=NOON),
            partial(void_credit_note, **by(note), reason="Wrong"),
        ][:: 1 if round_ % 2 else -1]
    )

    einvoice, status = EInvoice.objects.get(), CreditNote.objects.get(pk=note.pk).status
    assert (status, einvoice.status, len(point.taken)) in {("VOID", "SKIPPED", 0), ("FINAL", "SUCCESS", 1)}
    assert deadlocks() == before


def test_sixteen_copies_of_one_message_are_taken_once(note, point):
    send_einvoice(**by(note))
    do_all_work()
    news = News(response="ACCEPTED", key="msg_1")

    outcomes = at_once(
        [
            partial(hear, ROUTE, platform=note.platform, document_id=note.pk, news=news, actor="AP", at=NOON)
            for _ in SIXTEEN
        ]
    )

    assert fates(outcomes) == {"done": 16}
    assert EInvoiceChange.objects.filter(response="ACCEPTED").count() == 1


@pytest.mark.parametrize("step", list(STEPS))
def test_a_worker_killed_in_any_step_loses_and_doubles_nothing(note, point, step):
    send_einvoice(**by(note))
    event = Event.objects.get(object_id=note.pk, data__einvoice__status="SCHEDULED")

    died = subprocess.run(
        [sys.executable, "-m", "tests.exchange.dying_carrier", step, event.pk],
        cwd=HOUSE,
        env=environment(WEBHOOKS_MAY_BE_PRIVATE="1"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    deliver_einvoice(event=event, at=NOON)

    einvoice = EInvoice.objects.get()
    assert (einvoice.status, einvoice.round, len(point.taken)) == ("SUCCESS", 1, 1)
    assert statuses(note) == ["SCHEDULED", "IN_PROGRESS", "SUCCESS"]
