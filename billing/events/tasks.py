"""What the worker is asked to do. Each task takes ids and may run twice."""

from datetime import timedelta

from celery import shared_task

from billing import clock

from . import relay, webhooks
from .models import DeliveryAttempt

ATTEMPTS_ARE_KEPT_FOR = timedelta(days=30)
"""What was sent and answered; that a delivery was made is kept for ever."""


@shared_task
def react(*, reaction_id: int, **_: object) -> None:
    relay.react(reaction_id=reaction_id, at=clock.now())


@shared_task
def deliver(*, delivery_id: str, **_: object) -> None:
    webhooks.deliver(delivery_id=delivery_id, at=clock.now())


@shared_task
def forget_old_attempts(**_: object) -> None:
    DeliveryAttempt.objects.filter(at__lt=clock.now() - ATTEMPTS_ARE_KEPT_FOR).delete()


@shared_task
def sweep(**_: object) -> None:
    reaction_ids, delivery_ids = relay.sweep(at=clock.now())
    for reaction_id in reaction_ids:
        react.delay(reaction_id=reaction_id)
    for delivery_id in delivery_ids:
        deliver.delay(delivery_id=delivery_id)
