"""What the worker is asked to do. Each task takes ids and may run twice."""

from celery import shared_task

from billing import clock

from . import relay, webhooks


@shared_task
def react(*, reaction_id: int, **_: object) -> None:
    relay.react(reaction_id=reaction_id, at=clock.now())


@shared_task
def deliver(*, delivery_id: str, **_: object) -> None:
    webhooks.deliver(delivery_id=delivery_id, at=clock.now())


@shared_task
def sweep(**_: object) -> None:
    reaction_ids, delivery_ids = relay.sweep(at=clock.now())
    for reaction_id in reaction_ids:
        react.delay(reaction_id=reaction_id)
    for delivery_id in delivery_ids:
        deliver.delay(delivery_id=delivery_id)
