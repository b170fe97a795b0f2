"""Which queue a task waits in. Workers take from each in turn, so that no queue holds up another.

What people wait for goes into the first; a job's items into the second; into the third what follows from
those items, and what the sweep has found.
"""

from typing import Any

from celery import current_task
from kombu import Queue

NOW, JOBS, LATER = "celery", "jobs", "later"
QUEUES = tuple(Queue(name, routing_key=name) for name in (NOW, JOBS, LATER))


def route(name: str, *_: Any, **__: Any) -> dict[str, str] | None:
    """Return the queue of a task that is being sent; None for the first one."""
    if name.startswith("billing.jobs."):
        return {"queue": JOBS}
    return {"queue": LATER} if is_sent_by_what_can_wait() else None


def is_sent_by_what_can_wait() -> bool:
    if not current_task:
        return False
    came_through = (current_task.request.delivery_info or {}).get("routing_key")
    return came_through in {JOBS, LATER} or current_task.name == "billing.events.tasks.sweep"
