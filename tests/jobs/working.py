"""Jobs, and workers for them, here and now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from billing import clock
from billing.jobs import run
from billing.jobs.create import create_job
from billing.jobs.models import Job, JobItem
from billing.platforms.models import Platform
from tests.factories import CLERK, NOON


def a_job(platform: Platform, deed: str, object_ids: Sequence[str], **options: Any) -> Job:
    return create_job(
        platform=platform, deed=deed, object_ids=object_ids, options=options, actor=CLERK, at=NOON
    )


def work_on(job: Job, *, at: datetime | None = None) -> Job:
    """Do the items of a job as one worker would, until none is due; return the job as it is then."""
    while todo := run.hand_out(job_id=job.pk, at=at or clock.now()):
        for item_id in todo:
            run.do_item(item_id=item_id, at=at or clock.now())
    return Job.objects.get(pk=job.pk)


def items_of(job: Job) -> list[JobItem]:
    return list(JobItem.objects.filter(job=job).order_by("position"))
