"""Handing out work: what is due, and who has it."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

OUTCOME = ("status", "due_at", "leased_until", "last_error", "done_at")
HANDED_OUT_AGAIN_AFTER = timedelta(seconds=60)


class WorkQuerySet(models.QuerySet):
    def claim(self, pk: Any, *, at: datetime, lease: timedelta, **also: Any) -> Any | None:
        """Take one piece of work for the length of the lease; None when it is done or another has it.

        `also` are further columns to be written if it is taken.
        """
        free = Q(leased_until__isnull=True) | Q(leased_until__lte=at)
        taken = self.filter(free, pk=pk, status="PENDING").update(
            leased_until=at + lease, due_at=at + lease, attempts=F("attempts") + 1, **also
        )
        return self.get(pk=pk) if taken else None

    def settle(self, work: Any, *also: str) -> bool:
        """Write down how an attempt ended, unless its lease ran out and another attempt has begun.

        `also` names further columns of the outcome. Tells whether it was written.
        """
        outcome = {name: getattr(work, name) for name in (*OUTCOME, *also)}
        return bool(self.filter(pk=work.pk, status="PENDING", attempts=work.attempts).update(**outcome))

    def hand_out(self, *, at: datetime, most: int) -> list[Any]:
        """Return the keys of work that is due, and put it off, so that the next sweep leaves it alone.

        Needs a transaction. Two sweeps at once hand out different rows.
        """
        due = list(
            self.filter(status="PENDING", due_at__lte=at)
            .order_by("due_at")
            .select_for_update(skip_locked=True)
            .values_list("pk", flat=True)[:most]
        )
        self.filter(pk__in=due).update(due_at=at + HANDED_OUT_AGAIN_AFTER)
        return due

    def pending(self) -> Self:
        return self.filter(status="PENDING")


class DeliveryQuerySet(WorkQuerySet):
    def claim(self, pk: Any, *, at: datetime, lease: timedelta, **also: Any) -> Any | None:
        """Take a delivery, and keep when that was done first: a worker that dies of it logs no attempt."""
        first = Coalesce(F("first_tried_at"), Value(at))
        return super().claim(pk, at=at, lease=lease, first_tried_at=first, **also)
