"""Housekeeping of the API."""

from celery import shared_task

from billing import clock

from .idempotency import KEPT_FOR
from .models import IdempotencyKey


@shared_task
def forget_old_keys(**_: object) -> None:
    """Delete the idempotency keys that no caller may rely on any more."""
    IdempotencyKey.objects.filter(created_at__lt=clock.now() - KEPT_FOR).delete()
