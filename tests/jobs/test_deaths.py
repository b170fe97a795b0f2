"""Workers killed with -9 in the middle of a job lose no item and do none twice."""

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.db import connection, transaction

from billing import clock
from billing.events.models import Event
from billing.events.record import nudge
from billing.jobs.create import create_job
from billing.jobs.models import Job, JobItem
from billing.jobs.resume import resume_job
from billing_desk.audit import audit
from billing_desk.embedded.processes import Process, last_lines, spawn, stop_all
from credit_notes.models import CreditNote
from tests.factories import CLERK, a_draft_invoice, a_final_invoice, a_platform

from .working import items_of

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 40
PATIENCE = 120
BETWEEN_SWEEPS = 0.3

STEPS = [
    "item claimed, not begun",
    "deed done, not written down",
    "item written down, not committed",
    "item committed, not settled",
    "before the next are handed out",
    "next handed out, not sent",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def workers(folder: Path) -> Iterator[list[Process]]:
    """Two workers, on the database and the broker of this run. One that dies is followed by another."""
    cache.clear()
    command = [sys.executable, "-m", "tests.jobs.dying_worker", folder]
    workers = [
        spawn(f"worker {name}", command, log=folder / f"{name}.log", environment=environment())
        for name in ("one", "two")
    ]
    yield workers
    stop_all(workers, patience=1)


def environment() -> dict[str, str]:
    database = connection.settings_dict
    who = f"{database['USER']}:{quote(database['PASSWORD'] or '', safe='')}"
    where = f"{quote(database['HOST'], safe='')}:{database['PORT'] or 5432}"
    return os.environ | {
        "DATABASE_URL": f"postgres://{who}@{where}/{database['NAME']}",
        "WORK_LEASE_SECONDS": "2",
    }


def await_the_end(job: Job, workers: list[Process], *, deaths: Iterator[Path]) -> None:
    """Sweep, as beat does, and let workers die in between, until the job has ended."""
    deadline = time.monotonic() + PATIENCE
    at = clock.now()
    death = next(deaths, None)
    while Job.objects.get(pk=job.pk).status == Job.Status.RUNNING or (death and death.exists()):
        logs = "\n".join(last_lines(worker.log, 30) for worker in workers)
        assert time.monotonic() < deadline, f"{Counter(item.status for item in items_of(job))}\n{logs}"
        if death and not death.exists():
            death = next(deaths, None)
        at += timedelta(minutes=2)
        with transaction.atomic():
            item_ids = JobItem.objects.filter(job=job).hand_out(at=at, most=5)
        nudge("do_item", room="jobs", item_id=item_ids)
        time.sleep(BETWEEN_SWEEPS)


def each(folder: Path, names: list[str]) -> Iterator[Path]:
    """Yield the file that makes a worker die, and lay it, one after the other."""
    for name in names:
        (folder / name).touch()
        yield folder / name


def test_a_job_outlives_its_workers_and_each_invoice_has_exactly_one_note(workers, folder):
    # given
    platform = a_platform()
    invoices = [a_final_invoice(platform) for _ in range(MANY - 1)] + [a_draft_invoice(platform)]
    job = create_job(
        platform=platform,
        deed="credit_invoice",
        object_ids=[invoice.pk for invoice in invoices],
        options={"finalize": True},
        actor=CLERK,
        at=clock.now(),
    )

    # when
    deaths = each(folder, STEPS)
    await_the_end(job, workers, deaths=deaths)

    # then
    assert [step for step in STEPS if (folder / step).exists()] == []
    assert list(deaths) == []
    items = items_of(job)
    assert Counter(item.status for item in items) == {"DONE": MANY - 1, "FAILED": 1}
    notes = CreditNote.objects.all()
    assert Counter(note.invoice_id for note in notes) == {invoice.pk: 1 for invoice in invoices[:-1]}
    assert {item.result_id for item in items if item.status == "DONE"} == {note.pk for note in notes}
    numbers = sorted(note.series_number for note in notes)
    assert numbers == list(range(1, MANY))
    assert Event.objects.filter(type="billing.job.finished").count() == 1

    # and when what was refused is tried again
    resume_job(platform=platform, job_id=job.pk, actor=CLERK, at=clock.now())
    await_the_end(job, workers, deaths=iter(()))

    assert Counter(item.status for item in items_of(job)) == {"DONE": MANY - 1, "FAILED": 1}
    assert CreditNote.objects.count() == MANY - 1
    assert [str(finding) for finding in audit(files=False).findings] == []
