"""Do a job's items: each once, in one transaction with its result; the last one ends the job."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from datetime import datetime

from django.db import transaction

from billing import clock
from billing.errors import BillingError, problem_of
from billing.events import names
from billing.events.record import actor_id, part_of, record
from billing.events.relay import LEASE, attempt
from billing.platforms.models import Platform
from billing.transactions import entrance, step

from .deeds import deed_named
from .models import Job, JobItem
from .progress import summary_of

MOST_ATTEMPTS = 6
"""With the pauses in between that is about three minutes."""
PORTION = 20
"""How many items of one job are handed out at a time, so that jobs take turns and no queue grows long."""
SWEEP_SIZE = 100


class TriedInVain(BillingError):
    code = "tried_in_vain"
    status = 500
    title = "We have failed at it, however often it was tried"


class AnotherHasIt(Exception):
    """The lease ran out while the deed was done, and another worker has begun: what was done is undone."""


def do_item(*, item_id: str, at: datetime) -> None:
    """Do an item, unless it is done or another worker has it."""
    item = JobItem.objects.select_related("job__platform").claim(item_id, at=at, lease=LEASE)
    if item is not None:
        with in_the_name_of(item.job):
            attempt(item, lambda: do(item, at=at), most=MOST_ATTEMPTS, settle=settle)


def do(item: JobItem, *, at: datetime) -> None:
    """Do the deed and write down its result. A refusal is kept as the API would answer it.

    :raises BillingError: the deed was refused.
    """
    try:
        do_and_settle(item, at=at)
    except BillingError as refusal:
        item.problem = problem_of(refusal)
        raise


@entrance
def do_and_settle(item: JobItem, *, at: datetime) -> None:
    """Do the deed and write down its result: both or neither.

    :raises AnotherHasIt: somebody else does it by now.
    """
    job, done = item.job, copy(item)
    done.result_id = deed_named(job.deed).do(
        platform=whose(job), object_id=item.object_id, options=job.options, actor=job.actor, at=at
    )
    done.finish(at=clock.now())
    if not settle(done):
        raise AnotherHasIt(f"{item} took longer than its lease.")


@entrance
def settle(item: JobItem) -> bool:
    """Write down how an attempt ended, and with the last item the end of the job.

    Tells whether it was written: it is not when another attempt has begun, or the item has ended.
    """
    has_failed = item.status == JobItem.Status.FAILED
    item.problem = (item.problem or problem_of(given_up(item))) if has_failed else None
    if not JobItem.objects.settle(item, "result_id", "problem"):
        return False
    if item.status != JobItem.Status.PENDING:
        finish_with_last(item.job, at=item.done_at)
    return True


def given_up(item: JobItem) -> TriedInVain:
    return TriedInVain("It was tried several times. The fault is ours, and it has been logged.")


@step
def finish_with_last(job: Job, *, at: datetime) -> None:
    """End a job of which no item is left. Whoever ends another item at this moment is waited for."""
    job = Job.objects.for_platform(job.platform).select_related("platform").locked().get(pk=job.pk)
    if job.status == Job.Status.DONE or job.items.filter(status=JobItem.Status.PENDING).exists():
        return
    job.status, job.finished_at = Job.Status.DONE, at
    job.save(update_fields=["status", "finished_at"])
    data = {"object": summary_of(job), "previous": {"status": Job.Status.RUNNING}}
    record(names.JOB_FINISHED, platform=job.platform, about=job, actor=job.actor, at=at, data=data)


def whose(job: Job) -> Platform:
    """Return the platform of a job, seen as whoever asked for it saw it."""
    job.platform.seen_by = job.customer_id
    return job.platform


@contextmanager
def in_the_name_of(job: Job) -> Iterator[None]:
    """Let events tell who asked for a job, and in which request."""
    token = actor_id.set(job.actor_id)
    try:
        with part_of(job.request_id):
            yield
    finally:
        actor_id.reset(token)


def job_of(item_id: str) -> str:
    """Return the id of the job that an item belongs to."""
    job_id: str = JobItem.objects.values_list("job", flat=True).get(pk=item_id)
    return job_id


def hand_out(*, job_id: str, at: datetime) -> list[str]:
    """Return the ids of a job's next items, so that a portion of them is on its way.

    What failed and waits for its next turn does not count.
    """
    items = JobItem.objects.filter(job_id=job_id)
    with transaction.atomic():
        on_their_way = items.pending().filter(due_at__gt=at, last_error="").count()
        return items.hand_out(at=at, most=max(PORTION - on_their_way, 0))


def sweep(*, at: datetime) -> list[str]:
    """Return the ids of jobs that have items which nobody has seen to."""
    due = JobItem.objects.pending().filter(due_at__lte=at)
    return list(due.order_by("job").values_list("job", flat=True).distinct()[:SWEEP_SIZE])
