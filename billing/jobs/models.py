"""A job and its items. Each item is work: it is done once, whoever takes it and however often."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from billing.events.models import Work
from billing.ids import id_field
from billing.platforms.models import Platform
from billing.platforms.querysets import PlatformQuerySet


class Job(models.Model):
    """The same deed for many objects, asked for in one call.   RUNNING ──▶ DONE; resumed, RUNNING again.

    `options` are the deed's own (a note, a reason); `customer_id` is set when a client of that customer
    asked, and the items then reach no further.
    """

    class Status(models.TextChoices):
        RUNNING = "RUNNING"
        DONE = "DONE"

    CUSTOMER_PATH: ClassVar = "customer_id"

    id = id_field("job")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="jobs")
    customer_id = models.CharField(max_length=40, blank=True)
    deed = models.CharField(max_length=50)
    options = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RUNNING)
    total = models.PositiveIntegerField()
    actor = models.CharField(max_length=200)
    actor_id = models.CharField(max_length=40, blank=True)
    request_id = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = PlatformQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["platform", "-id"])]

    def __str__(self) -> str:
        return f"{self.deed} × {self.total}"


class JobItem(Work):
    """One object of a job: DONE with a `result_id`, or FAILED with the problem as the API answers it."""

    id = id_field("ji")
    job = models.ForeignKey(Job, models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    object_id = models.CharField(max_length=40)
    result_id = models.CharField(max_length=40, blank=True)
    problem = models.JSONField(null=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["job", "position"], name="job_item_position_once"),
            models.UniqueConstraint(fields=["job", "object_id"], name="job_item_object_once"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(status="PENDING"), name="job_item_due"),
            models.Index(fields=["job", "status"]),
        ]

    def __str__(self) -> str:
        return f"{self.object_id} of {self.job_id}"
