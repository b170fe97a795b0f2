"""Events are facts and never change; reactions and deliveries are work to do because of them."""

from datetime import datetime

import pgtrigger
from django.db import models
from django.db.models import Q

from billing.ids import id_field
from billing.platforms.models import Platform
from billing.platforms.querysets import PlatformQuerySet

from .querysets import DeliveryQuerySet, WorkQuerySet
from .texts import storable

PAYLOAD_VERSION = "2026-11-22"
"""The newest version of webhook payloads; an endpoint keeps the one that it was made with."""


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
            models.Index(fields=["platform", "type", "id"]),
            models.Index(fields=["platform", "request_id", "id"]),
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
        self.due_at, self.leased_until, self.last_error = until, until, storable(error)

    def start_over(self, *, at: datetime) -> None:
        self.status, self.attempts, self.due_at = self.Status.PENDING, 0, at
        self.leased_until, self.done_at = None, None

    def give_up(self, *, at: datetime, error: str) -> None:
        self.status, self.done_at, self.leased_until = self.Status.FAILED, at, None
        self.last_error = storable(error)


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
    """A listener's address. Payloads are signed with its secret (Standard Webhooks).

    After a rotation the secret before it signs too, until `previous_secret_until`. An endpoint at which
    nothing has arrived since `failing_since` is disabled in the end; `disabled_because` tells why.
    """

    id = id_field("we")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="webhook_endpoints")
    url = models.URLField(max_length=500)
    secret = models.CharField(max_length=100, editable=False)
    previous_secret = models.CharField(max_length=100, blank=True, editable=False)
    previous_secret_until = models.DateTimeField(null=True, editable=False)
    event_types = models.JSONField(default=list, blank=True, help_text="Names of events; empty for all.")
    is_enabled = models.BooleanField(default=True)
    description = models.CharField(max_length=200, blank=True)
    api_version = models.CharField(
        max_length=10, default=PAYLOAD_VERSION, help_text="The version of the payloads that it is sent."
    )
    failing_since = models.DateTimeField(null=True, editable=False)
    disabled_at = models.DateTimeField(null=True, editable=False)
    disabled_because = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PlatformQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.url

    def listens_to(self, event_type: str) -> bool:
        return not self.event_types or event_type in self.event_types


class Delivery(Work):
    """One event on its way to one endpoint. `first_tried_at` is when a worker first took it."""

    id = id_field("whd")
    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(Event, models.PROTECT, related_name="deliveries")
    response_status = models.PositiveSmallIntegerField(null=True)
    response_body = models.TextField(blank=True)
    first_tried_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event"], name="delivery_once_an_endpoint")
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(status="PENDING"), name="delivery_due")]

    def __str__(self) -> str:
        return f"{self.event_id} to {self.endpoint}"


class DeliveryAttempt(models.Model):
    """One try of a delivery: what was sent, and what came back or went wrong. Rows are only added."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="log")
    at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()
    url = models.URLField(max_length=500)
    request_headers = models.JSONField(default=dict)
    request_body = models.TextField()
    response_status = models.PositiveSmallIntegerField(null=True)
    response_headers = models.JSONField(default=dict)
    response_body = models.TextField(blank=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.delivery_id} at {self.at:%Y-%m-%d %H:%M:%S}"
