"""Whose turn it is: news of one object reaches one endpoint in the order in which it happened."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from . import names
from .models import Delivery, Event, Reaction

HOLDS_UP_FOR = timedelta(hours=1)
"""How long a delivery that fails holds up later news of the same object, from its first attempt on."""
STEPS_BACK_FOR = timedelta(minutes=5)
"""After how long the sweep asks again whether it is a delivery's turn."""


def has_to_wait(delivery: Delivery, *, at: datetime) -> bool:
    """Tell whether earlier news of the same object is still on its way to the same endpoint."""
    if delivery.event.type == names.WEBHOOK_ENDPOINT_PINGED:
        return False
    earlier = in_line_with(delivery).filter(event_id__lt=delivery.event_id)
    earlier = earlier.exclude(event__type=names.WEBHOOK_ENDPOINT_PINGED)
    return earlier.exclude(first_tried_at__lte=at - HOLDS_UP_FOR).exists()


def step_back(delivery: Delivery, *, at: datetime) -> None:
    """Let the sweep leave a delivery alone that has to wait, unless a worker has taken it meanwhile.

    What it waits for nudges it; the sweep is for when that nudge is lost.
    """
    untaken = Delivery.objects.pending().filter(pk=delivery.pk, attempts=delivery.attempts)
    until = at + STEPS_BACK_FOR
    untaken.filter(due_at__lt=until).update(due_at=until)


def first_in_line(events: list[Event]) -> list[str]:
    """Return the ids of the events' deliveries that no earlier one holds up."""
    earlier = Delivery.objects.pending().filter(
        endpoint=OuterRef("endpoint"),
        event__object_id=OuterRef("event__object_id"),
        event_id__lt=OuterRef("event_id"),
    )
    pending = Delivery.objects.pending().filter(~Exists(earlier), event__in=events)
    return list(pending.order_by("event_id").values_list("pk", flat=True))


def next_in_line(delivery: Delivery) -> list[str]:
    """Return the id of the delivery that waited for this one; none if none did."""
    later = in_line_with(delivery).filter(event_id__gt=delivery.event_id, attempts=0)
    return list(later.order_by("event_id").values_list("pk", flat=True)[:1])


def in_line_with(delivery: Delivery) -> QuerySet[Delivery]:
    pending: QuerySet[Delivery] = Delivery.objects.pending()
    return pending.filter(endpoint=delivery.endpoint_id, event__object_id=delivery.event.object_id)


def told_no_later(event: Event, *, reaction: str) -> list[Event]:
    """Return an event after those about the same object whose own reaction has not been done yet.

    Each of them is put on its way before this one, so that none is overtaken by it.
    """
    undone = Reaction.objects.pending().filter(
        name=reaction, event__object_id=event.object_id, event_id__lt=event.pk
    )
    earlier = Event.objects.filter(platform=event.platform_id, pk__in=undone.values("event_id"))
    return [*earlier.order_by("id"), event]
