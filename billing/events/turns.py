"""Whose turn it is: news of one object reaches one endpoint in the order in which it happened."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from . import names
from .models import Delivery, DeliveryAttempt, Event, Reaction

HOLDS_UP_FOR = timedelta(hours=1)
"""How long a delivery that fails holds up later news of the same object, from its first attempt on."""


def has_to_wait(delivery: Delivery, *, at: datetime) -> bool:
    """Tell whether earlier news of the same object is still on its way to the same endpoint."""
    if delivery.event.type == names.WEBHOOK_ENDPOINT_PINGED:
        return False
    long_ago = DeliveryAttempt.objects.filter(delivery=OuterRef("pk"), at__lte=at - HOLDS_UP_FOR)
    earlier = in_line_with(delivery).filter(event_id__lt=delivery.event_id)
    return earlier.exclude(event__type=names.WEBHOOK_ENDPOINT_PINGED).filter(~Exists(long_ago)).exists()


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
