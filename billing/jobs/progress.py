"""How far a job is, in counts of its items."""

from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from .models import Job, JobItem


def with_progress(jobs: QuerySet) -> QuerySet:
    """Return jobs that know how many of their items are `done` and how many have `failed`."""
    return jobs.annotate(done=counted(JobItem.Status.DONE), failed=counted(JobItem.Status.FAILED))


def counted(status: str) -> Coalesce:
    """Return how many items of a job have a status, as a column of the job."""
    items = JobItem.objects.filter(job=OuterRef("pk"), status=status).order_by().values("job")
    return Coalesce(
        Subquery(items.annotate(number=Count("pk")).values("number")), 0, output_field=IntegerField()
    )


def progress_of(job: Job) -> dict[str, int]:
    """Return a job's counts. It comes `with_progress`."""
    ended = job.done + job.failed
    return {
        "total": job.total,
        "done": job.done,
        "failed": job.failed,
        "pending": job.total - ended,
        "percent": ended * 100 // job.total,
    }


def parts_of(deed: str) -> tuple[str, str]:
    """Return what is done, and to what: `void_credit_note` voids credit notes."""
    action, object_type = deed.split("_", 1)
    return action, object_type


def summary_of(job: Job) -> dict[str, Any]:
    """Return a job in the few fields that its events carry."""
    job = with_progress(Job.objects.for_platform(job.platform)).get(pk=job.pk)
    action, object_type = parts_of(job.deed)
    return {
        "object": "job",
        "id": job.pk,
        "action": action,
        "object_type": object_type,
        "status": job.status,
        **progress_of(job),
    }
