"""Ask for the same deed with many objects."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction

from billing.errors import Invalid
from billing.events import names
from billing.events.record import actor_id, nudge, record, request_id
from billing.platforms.models import Platform
from billing.transactions import entrance

from .deeds import deeds
from .models import Job, JobItem
from .progress import summary_of

MOST_ITEMS = 1000
A_MOMENT = timedelta(microseconds=1)


class NoItems(Invalid):
    code = "no_items"
    title = "There is nothing to do"


class TooManyItems(Invalid):
    code = "too_many_items"
    title = "That is more than one job takes on"


class ItemTwice(Invalid):
    code = "item_twice"
    title = "The same thing is named more than once"


@entrance
def create_job(
    *,
    platform: Platform,
    deed: str,
    object_ids: Sequence[str],
    options: dict[str, Any],
    actor: str,
    at: datetime,
    field: str = "object_ids",
) -> Job:
    """Return a job that does a deed with each of 1 to 1000 objects; workers see to it, one by one.

    Whoever calls has looked whether the deed is permitted. `options` are the deed's own, JSON-ready. What is
    not there, or belongs to others, is found out when its turn comes. `field` is what the caller calls them.

    :raises NoItems, TooManyItems, ItemTwice: the ids are none, more than a job takes on, or not distinct.
    """
    assert deed in deeds()
    require_possible(object_ids, field=field)
    job = Job.objects.create(
        platform=platform,
        customer_id=platform.seen_by,
        deed=deed,
        options=options,
        total=len(object_ids),
        actor=actor,
        actor_id=actor_id.get(),
        request_id=request_id.get(),
        created_at=at,
    )
    JobItem.objects.bulk_create(
        JobItem(job=job, position=place, object_id=object_id, due_at=at + place * A_MOMENT)
        for place, object_id in enumerate(object_ids)
    )
    record(
        names.JOB_CREATED, platform=platform, about=job, actor=actor, at=at, data={"object": summary_of(job)}
    )
    begin(job)
    return job


def begin(job: Job) -> None:
    """Have workers look at a job once it is committed. Should they not hear of it, the sweep tells them."""
    transaction.on_commit(partial(nudge, "go_on", room="jobs", job_id=[job.pk]), robust=True)


def require_possible(object_ids: Sequence[str], *, field: str) -> None:
    if not object_ids:
        raise NoItems("Name at least one.", field=field)
    if len(object_ids) > MOST_ITEMS:
        raise TooManyItems(
            f"A job takes on at most {MOST_ITEMS}, and these are {len(object_ids)}: divide them.",
            field=field,
            limit=MOST_ITEMS,
            requested=len(object_ids),
        )
    twice = [object_id for object_id, times in Counter(object_ids).items() if times > 1]
    if twice:
        raise ItemTwice(f"Name each only once: {', '.join(twice[:5])}.", field=field, items=twice)
