"""A worker killed with -9 in any step loses nothing, and what follows an event takes effect once."""

import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.db import connection

from billing import clock
from billing.documents import files
from billing.documents.models import StoredFile
from billing.events import relay
from billing.events.models import Delivery, Event, Reaction
from billing.events.record import nudge
from billing.paper import render_html, render_pdf
from billing_desk.embedded.processes import Process, last_lines, spawn, stop_all
from credit_notes.models import CreditNote, SentMessage
from invoices.models import Invoice
from tests.factories import a_final_invoice, a_final_note, a_platform, a_webhook_endpoint

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 60
BETWEEN_SWEEPS = 0.5

DEATHS = {
    "pdf": [
        "before anything is claimed",
        "render_credit_note_pdf claimed",
        "before the pdf is drawn",
        "before the html is drawn",
        "pdf uploaded, not recorded",
        "html uploaded, not recorded",
        "pdf recorded, not committed",
        "html recorded, not committed",
        "pdf committed, not marked done",
    ],
    "xml": [
        "before the xml is written",
        "xml uploaded, not recorded",
        "xml recorded, not committed",
        "xml committed, not marked done",
    ],
    "mail": [
        "before the mail is sent",
        "mail accepted, not recorded",
        "mail recorded, not marked done",
    ],
    "webhooks": [
        "deliver_webhooks done, not marked done",
        "delivery claimed",
        "before the webhook is posted",
        "webhook posted, not recorded",
        "delivery done, not marked done",
    ],
}
"""Steps at which workers die, one after the other, over one credit note."""

MAILED_TWICE = {"mail accepted, not recorded"}
POSTED_TWICE = {"webhook posted, not recorded", "delivery done, not marked done"}
"""Windows that nobody can close. The message has the same id both times, by which it is recognised."""


class Worker:
    """The worker of tests/events/dying_worker.py, on the database, store, broker and mail of this run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "worker.log"
        command = [sys.executable, "-m", "tests.events.dying_worker", folder]
        self.process: Process = spawn("worker", command, log=self.log, environment=environment())

    def die_at(self, step: str) -> None:
        (self.folder / step).touch()

    def has_died_at(self, step: str) -> bool:
        return not (self.folder / step).exists()

    def signal(self, number: signal.Signals) -> None:
        os.killpg(self.process.pid, number)


def environment() -> dict[str, str]:
    database = connection.settings_dict
    who = f"{database['USER']}:{quote(database['PASSWORD'] or '', safe='')}"
    where = f"{quote(database['HOST'], safe='')}:{database['PORT'] or 5432}"
    return os.environ | {
        "DATABASE_URL": f"postgres://{who}@{where}/{database['NAME']}",
        "WORK_LEASE_SECONDS": "0.5",
        "WEBHOOKS_MAY_BE_PRIVATE": "1",
    }


@pytest.fixture(scope="module")
def worker(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    cache.clear()  # with what earlier tests have nudged
    worker = Worker(tmp_path_factory.mktemp("worker"))
    yield worker
    stop_all([worker.process], patience=1)


def await_all_work(worker: Worker) -> None:
    """Sweep, as beat does, until no work is left. Each sweep is a minute later than the last."""
    deadline = time.monotonic() + PATIENCE
    at = clock.now()
    while Reaction.objects.pending().exists() or Delivery.objects.pending().exists():
        assert time.monotonic() < deadline, f"{pending()}\n{last_lines(worker.log, 40)}"
        assert not worker.process.has_ended, worker.process.ending
        at += timedelta(minutes=2)
        reaction_ids, delivery_ids = relay.sweep(at=at)
        nudge("react", reaction_id=reaction_ids)
        nudge("deliver", delivery_id=delivery_ids)
        time.sleep(BETWEEN_SWEEPS)


def pending() -> list[str]:
    rows = [*Reaction.objects.pending(), *Delivery.objects.pending()]
    return [f"{row}: {row.attempts} attempts, {row.last_error}" for row in rows]


@pytest.fixture
def invoice(listener) -> Invoice:
    platform = a_platform()
    a_webhook_endpoint(platform, listener.url)
    return a_final_invoice(platform)


def all_is_there_once(note: CreditNote) -> None:
    """Check the files and what is recorded of them, the events and the message of a note."""
    assert set(Reaction.objects.values_list("status", flat=True)) == {"DONE"}
    assert set(Delivery.objects.values_list("status", flat=True)) == {"DONE"}
    stored = {file.kind: file for file in StoredFile.objects.filter(document_id=note.pk)}
    assert sorted(stored) == ["html", "pdf", "xml"]
    assert StoredFile.objects.filter(document_id=note.pk).count() == 3
    html, pdf, xml = (files.read(stored[kind]) for kind in ("html", "pdf", "xml"))
    assert (html, pdf) == (render_html(note.snapshot), render_pdf(note.snapshot))
    assert note.number.encode() in xml
    happened = Counter(Event.objects.filter(object_id=note.pk).values_list("type", flat=True))
    assert happened == dict.fromkeys(
        (
            "billing.credit_note.drafted",
            "billing.credit_note.created",
            "billing.credit_note.finalized",
            "billing.credit_note.allocated",
            "billing.credit_note.pdf_generated",
            "billing.credit_note.xml_generated",
            "billing.credit_note.emailed",
        ),
        1,
    )
    assert SentMessage.objects.count() == 1


@pytest.mark.parametrize("steps", DEATHS.values(), ids=DEATHS)
def test_workers_killed_in_any_step_lose_nothing(steps, worker, invoice, listener, outbox):
    # given
    for step in steps:
        worker.die_at(step)

    # when
    note = a_final_note(invoice, notify=True, at=clock.now())
    await_all_work(worker)

    # then
    assert [step for step in steps if not worker.has_died_at(step)] == []
    all_is_there_once(note)
    assert len(outbox) == 1 + len(MAILED_TWICE & {*steps})
    assert len({message["Message-ID"] for message in outbox}) == 1
    heard = Counter(call.headers["webhook-id"] for call in listener.calls)
    told = Event.objects.filter(reactions__name="deliver_webhooks").values_list("pk", flat=True)
    assert heard.keys() == set(told)
    assert heard.total() == len(told) + len(POSTED_TWICE & {*steps})


def test_what_the_broker_forgot_is_found_again(worker, invoice, listener, outbox):
    # given
    await_all_work(worker)
    worker.signal(signal.SIGSTOP)
    note = a_final_note(invoice, notify=True, at=clock.now())

    # when
    cache.clear()
    worker.signal(signal.SIGCONT)
    await_all_work(worker)

    # then
    all_is_there_once(note)
    assert len(outbox) == 1
