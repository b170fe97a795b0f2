"""What the worker is asked to do for jobs. Each task takes ids and may run twice."""

from celery import shared_task

from billing import clock
from billing.events.record import nudge

from . import run


@shared_task
def go_on(*, job_id: str, **_: object) -> None:
    """Hand out the next items of a job."""
    nudge("do_item", room="jobs", item_id=run.hand_out(job_id=job_id, at=clock.now()))


@shared_task
def do_item(*, item_id: str, **_: object) -> None:
    """Do an item, and hand out the next."""
    run.do_item(item_id=item_id, at=clock.now())
    nudge("do_item", room="jobs", item_id=run.hand_out(job_id=run.job_of(item_id), at=clock.now()))


@shared_task
def sweep(**_: object) -> None:
    nudge("go_on", room="jobs", job_id=run.sweep(at=clock.now()))
