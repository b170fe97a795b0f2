"""Do what follows the events, here and now, as the workers would."""

from datetime import datetime

from billing.events import relay, webhooks
from billing.events.models import Delivery, Reaction

from .factories import NOON

MOST_ROUNDS = 20


def do_all_work(*, at: datetime = NOON, about: str = "") -> None:
    """Do every pending reaction and delivery, and what follows from those, until nothing is left.

    `about` is the id of a paper, if only its work is to be done. Work that fails is not tried again; what
    waits for it stays.
    """
    which = {"attempts": 0} | ({"event__object_id": about} if about else {})
    waiting: tuple[list[int], list[str]] = [], []
    for _ in range(MOST_ROUNDS):
        fresh = Reaction.objects.pending().filter(**which).values_list("pk", flat=True)
        deliveries = Delivery.objects.pending().filter(**which).values_list("pk", flat=True)
        todo = list(fresh), list(deliveries)
        if todo == waiting:
            return
        waiting = todo
        for reaction_id in todo[0]:
            relay.react(reaction_id=reaction_id, at=at)
        for delivery_id in todo[1]:
            webhooks.deliver(delivery_id=delivery_id, at=at)
    raise AssertionError("The work does not come to an end.")
