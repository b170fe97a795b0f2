"""Try again what failed of a job that has ended."""

from datetime import datetime

from billing.errors import BillingError
from billing.events import names
from billing.events.record import actor_id, record, request_id
from billing.platforms.models import Platform
from billing.transactions import entrance

from .create import begin
from .models import Job, JobItem
from .progress import summary_of


class JobRunning(BillingError):
    code = "job_running"
    title = "The job has not ended yet"


class NothingToResume(BillingError):
    code = "nothing_to_resume"
    title = "No item of the job has failed"


@entrance
def resume_job(*, platform: Platform, job_id: str, actor: str, at: datetime) -> Job:
    """Have the failed items of a job done again, in the name of whoever asks for it now.

    :raises JobRunning: workers are still at it.
    :raises NothingToResume: every item is done.
    """
    job = Job.objects.for_platform(platform).locked().find(job_id)
    if job.status == Job.Status.RUNNING:
        raise JobRunning(f"{job} is still running; resume it when it has ended.")
    before = summary_of(job)
    if not before["failed"]:
        raise NothingToResume(f"All {job.total} items are done.")
    job.items.filter(status=JobItem.Status.FAILED).update(
        status=JobItem.Status.PENDING,
        attempts=0,
        due_at=at,
        leased_until=None,
        done_at=None,
        last_error="",
        problem=None,
    )
    job.status, job.finished_at = Job.Status.RUNNING, None
    job.actor, job.actor_id, job.request_id = actor, actor_id.get(), request_id.get()
    job.save(update_fields=["status", "finished_at", "actor", "actor_id", "request_id"])
    after = summary_of(job)
    data = {
        "object": after,
        "previous": {name: before[name] for name in before if before[name] != after[name]},
    }
    record(names.WORK_TRIED_AGAIN, platform=job.platform, about=job, actor=actor, at=at, data=data)
    begin(job)
    return job
