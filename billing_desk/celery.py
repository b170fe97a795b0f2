"""The worker's way in: `celery -A billing_desk …`."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billing_desk.settings")
app = Celery("billing_desk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def warm_up(**_: Any) -> None:
    """Compile the e-invoice rules in a fresh worker process, so that its first document need not wait."""
    from billing.einvoice.rules import validation

    validation.warm_up()
