"""Events are facts and never change; reactions and deliveries are work to do because of them."""

from datetime import datetime

import pgtrigger
from django.db import models
from django.db.models import Q

from billing.ids import id_field
from billing.platforms.models import Platform
from billing.platforms.querysets import PlatformQuerySet

from .querysets import WorkQuerySet


class Event(models.Model):
    """Something that happened to an object, written in the transaction that made it happen.

    It has no platform when its object has none: a person, who may have a place on several.
    """

    id = id_field("evt")
    platform = models.ForeignKey(Platform, models.PROTECT, null=True, related_name="events")
    type = models.CharField(max_length=80)
    object_id = models.CharField(max_length=40)
    data = models.JSONField(default=dict)
    actor = models.CharField(max_length=200, blank=True)
    actor_id = models.CharField(max_length=40, blank=True)
    request_id = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField()

    objects = PlatformQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["object_id", "id"]),
            models.Index(fields=["platform", "id"]),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.object_id}"


class Work(models.Model):
    """A deed that must be done once, by whichever worker takes it, however often it is handed out.

    PENDING ──▶ DONE | FAILED.  `due_at` is when the sweep hands it out again; `leased_until` is set while a
    worker has it, and a worker that dies simply lets the lease run out.
    """

    class Status(models.TextChoices):
        PENDING = "PENDING"
        DONE = "DONE"
        FAILED = "FAILED"

    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)

    objects = WorkQuerySet.as_manager()

    class Meta:
        abstract = True

    def finish(self, *, at: datetime) -> None:
        self.status, self.done_at, self.leased_until, self.last_error = self.Status.DONE, at, None, ""

    def put_off(self, *, until: datetime, error: str) -> None:
        self.due_at, self.leased_until, self.last_error = until, until, error

    def start_over(self, *, at: datetime) -> None:
        self.status, self.attempts, self.due_at = self.Status.PENDING, 0, at
        self.leased_until, self.done_at = None, None

    def give_up(self, *, at: datetime, error: str) -> None:
        self.status, self.done_at, self.leased_until, self.last_error = self.Status.FAILED, at, None, error


class Reaction(Work):
    """One thing that follows an event: a file to make, a message to send."""

    event = models.ForeignKey(Event, models.PROTECT, related_name="reactions")
    name = models.CharField(max_length=80)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["event", "name"], name="reaction_once_an_event")]
        indexes = [models.Index(fields=["due_at"], condition=Q(status="PENDING"), name="reaction_due")]

    def __str__(self) -> str:
        return f"{self.name} after {self.event_id}"


class WebhookEndpoint(models.Model):
    """A listener's address. Payloads are signed with its secret (Standard Webhooks)."""

    id = id_field("we")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="webhook_endpoints")
    url = models.URLField(max_length=500)
    secret = models.CharField(max_length=100, editable=False)
    event_types = models.JSONField(default=list, blank=True, help_text="Names of events; empty for all.")
    is_enabled = models.BooleanField(default=True)
    description = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PlatformQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.url

    def listens_to(self, event_type: str) -> bool:
        return not self.event_types or event_type in self.event_types


class Delivery(Work):
    """One event on its way to one endpoint."""

    id = id_field("whd")
    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(Event, models.PROTECT, related_name="deliveries")
    response_status = models.PositiveSmallIntegerField(null=True)
    response_body = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event"], name="delivery_once_an_endpoint")
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(status="PENDING"), name="delivery_due")]

    def __str__(self) -> str:
        return f"{self.event_id} to {self.endpoint}"
