"""How fast a job is with real workers, and how long somebody else waits meanwhile.

    make bench-bulk
    make bench-bulk ARGS='--items 1000 --workers 2'

Invoices are credited and finalised. While that goes on, single notes are finalised as a person would: how
long it takes until their PDF is there says whether the job holds up other work.
"""

import argparse
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billing_desk.settings")
os.environ["LOG_LEVEL"] = "ERROR"
os.environ["DEBUG"] = "0"

import django

django.setup()

from django.core.cache import cache
from django.core.management import call_command

from billing import clock
from billing.documents.models import StoredFile
from billing.events.models import Reaction
from billing.jobs.create import create_job
from billing.jobs.models import Job, JobItem
from billing_desk.embedded.processes import Process, spawn, stop_all
from credit_notes.models import CreditNote
from tests.factories import a_final_invoice, a_final_note, a_platform

LOG = Path("/tmp/bench-bulk.log")
BETWEEN_NOTES = 10
"""Seconds between the notes that a person finalises meanwhile."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=1_000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    platform = a_platform("Benchmark")
    invoices = [a_final_invoice(platform) for _ in range(options.items)]
    mine = [a_final_invoice(platform) for _ in range(60)]
    Reaction.objects.all().delete()  # their own papers are not what is measured
    cache.clear()
    workers = start(options.workers)
    try:
        measure(platform, [invoice.pk for invoice in invoices], mine)
    finally:
        stop_all(workers, patience=5)


def start(concurrency: int) -> list[Process]:
    celery = [sys.executable, "-m", "celery", "-q", "-A", "billing_desk"]
    worker = [*celery, "worker", "--loglevel", "ERROR", "--concurrency", str(concurrency)]
    beat = [*celery, "beat", "--loglevel", "ERROR", "--schedule", "/tmp/bench-beat", "--pidfile="]
    return [spawn("worker", worker, log=LOG), spawn("beat", beat, log=LOG)]


def measure(platform, ids, mine) -> None:
    warm = create_job(
        platform=platform,
        deed="credit_invoice",
        object_ids=[mine.pop().pk for _ in range(10)],
        options={"finalize": True},
        actor="benchmark",
        at=clock.now(),
    )
    while Job.objects.get(pk=warm.pk).status == Job.Status.RUNNING:
        time.sleep(0.1)
    began = time.perf_counter()
    job = create_job(
        platform=platform,
        deed="credit_invoice",
        object_ids=ids,
        options={"finalize": True},
        actor="benchmark",
        at=clock.now(),
    )
    asked = time.perf_counter() - began
    waits, note, since, last = [], None, 0.0, 0.0
    while Job.objects.get(pk=job.pk).status == Job.Status.RUNNING or note:
        now = time.perf_counter()
        if note is None and now - last > BETWEEN_NOTES and mine:
            note, since, last = a_final_note(mine.pop(), at=clock.now()), time.perf_counter(), now
        if note and StoredFile.objects.filter(document_id=note.pk, kind="pdf").exists():
            waits.append(time.perf_counter() - since)
            note = None
        time.sleep(0.1)
    ended = time.perf_counter() - began
    print(f"asked for in {asked * 1000:.0f} ms")
    print(f"{len(ids)} credited and finalised in {ended:.1f} s: {len(ids) / ended:.1f} a second")
    print(f"a PDF asked for meanwhile: {[f'{wait:.1f} s' for wait in waits]}")
    while Reaction.objects.filter(status="PENDING").exists():
        time.sleep(0.2)
    print(f"all their papers were made after {time.perf_counter() - began:.1f} s")
    assert CreditNote.objects.filter(status="FINAL").count() >= len(ids)
    assert not JobItem.objects.exclude(status="DONE").exists()


if __name__ == "__main__":
    main()
