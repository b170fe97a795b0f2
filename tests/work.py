"""Do what follows the events, here and now, as the workers would."""

from datetime import datetime

from billing.events import relay, webhooks
from billing.events.models import Delivery, Reaction

from .factories import NOON

MOST_ROUNDS = 20


def do_all_work(*, at: datetime = NOON) -> None:
    """Do every pending reaction and delivery, and what follows from those, until nothing is left.

    Work that fails is put off and not tried again.
    """
    for _ in range(MOST_ROUNDS):
        fresh = Reaction.objects.pending().filter(attempts=0).values_list("pk", flat=True)
        deliveries = Delivery.objects.pending().filter(attempts=0).values_list("pk", flat=True)
        todo = list(fresh), list(deliveries)
        if not any(todo):
            return
        for reaction_id in todo[0]:
            relay.react(reaction_id=reaction_id, at=at)
        for delivery_id in todo[1]:
            webhooks.deliver(delivery_id=delivery_id, at=at)
    raise AssertionError("The work does not come to an end.")
