"""The worker's way in: `celery -A billing_desk …`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billing_desk.settings")
app = Celery("billing_desk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
