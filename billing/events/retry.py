"""Try work again that was given up, or waits for its next turn, because a person says so."""

from datetime import datetime
from typing import Any

from billing.errors import BillingError
from billing.transactions import entrance, step

from . import names
from .models import Work
from .record import record
from .relay import LEASE


class NothingToTryAgain(BillingError):
    code = "nothing_to_try_again"
    title = "Only work that failed, or waits, can be tried again"


@entrance
def try_again(work: Work, *, reason: str, actor: str, at: datetime) -> None:
    """Put a reaction or a delivery back in line, with all its attempts before it; the next sweep finds it.

    :raises NothingToTryAgain: it is done, or a worker has it.
    """
    put_back(work, reason=reason, actor=actor, at=at)


@step
def put_back(work: Work, *, reason: str, also_done: bool = False, actor: str, at: datetime) -> Any:
    """Put work back in line and return it as it is now; what is done already only with `also_done`.

    :raises NothingToTryAgain: it is done, or a worker has it.
    """
    row = type(work).objects.select_for_update(of=("self",)).select_related("event__platform").get(pk=work.pk)
    if row.status == Work.Status.DONE and not also_done:
        raise NothingToTryAgain(f"It was done at {row.done_at:%Y-%m-%d %H:%M:%S}.")
    if is_held(row, at=at):
        raise NothingToTryAgain("A worker has it at this moment.")
    previous = {"status": row.status, "attempts": row.attempts, "last_error": row.last_error}
    row.start_over(at=at)
    row.save(update_fields=["status", "attempts", "due_at", "leased_until", "done_at"])
    data = {
        "object": {"object": row._meta.model_name, "id": row.pk, "name": str(row)},
        "previous": previous,
        "reason": reason,
    }
    platform, event = row.event.platform, row.event
    record(names.WORK_TRIED_AGAIN, platform=platform, about=event, actor=actor, at=at, data=data)
    return row


def is_held(work: Work, *, at: datetime) -> bool:
    """Tell whether a worker may have it. What was put off for longer than a lease, nobody has."""
    return work.leased_until is not None and at < work.leased_until <= at + LEASE
