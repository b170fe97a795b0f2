"""E-invoices on their way, what happened to each, and how a seller's leave the house."""

from datetime import datetime
from typing import ClassVar

import pgtrigger
from django.db import models
from django_fsm import FSMField, FSMModelMixin, transition

from billing.ids import id_field
from billing.platforms.models import BillingEntity, Customer, Platform
from billing.platforms.querysets import SHARED, PlatformQuerySet


def can_have_arrived(einvoice: "EInvoice") -> bool:
    return einvoice.may_have_left


class EInvoice(FSMModelMixin, models.Model):
    """One paper's e-invoice and how far it has come.

        SCHEDULED ──▶ IN_PROGRESS ──▶ SUCCESS ──▶ REGISTERED
            │              └────────────┴──────▶ FAILED ──▶ SCHEDULED (sent again)
            └──▶ SKIPPED ──▶ SCHEDULED (sent after all)

    One that may have left can turn out to have arrived wherever it stands: SUCCESS or REGISTERED.

    SUCCESS: the transport has taken it. REGISTERED: the network or an authority has. `response` is what the
    receiver answered, and `reason_code` why it was skipped or failed. `round` counts how often somebody had
    it sent, `attempts` the tries of this round. `may_have_left` stays once anything can have gone out.
    """

    class Status(models.TextChoices):
        SCHEDULED = "SCHEDULED"
        IN_PROGRESS = "IN_PROGRESS"
        SUCCESS = "SUCCESS"
        REGISTERED = "REGISTERED"
        FAILED = "FAILED"
        SKIPPED = "SKIPPED"

    class Response(models.TextChoices):
        """The answers of Peppol's Invoice Response."""

        ACKNOWLEDGED = "ACKNOWLEDGED"
        IN_PROCESS = "IN_PROCESS"
        UNDER_QUERY = "UNDER_QUERY"
        CONDITIONALLY_ACCEPTED = "CONDITIONALLY_ACCEPTED"
        ACCEPTED = "ACCEPTED"
        REJECTED = "REJECTED"
        PAID = "PAID"

    CUSTOMER_PATH: ClassVar = "customer_id"
    ARRIVES_FROM: ClassVar = [Status.SCHEDULED, Status.IN_PROGRESS, Status.FAILED, Status.SKIPPED]

    id = id_field("einv")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="einvoices")
    billing_entity = models.ForeignKey(BillingEntity, models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    document_id = models.CharField(max_length=40, unique=True)
    document_kind = models.CharField(max_length=20)
    status = FSMField(choices=Status.choices, default=Status.SCHEDULED, protected=True)
    response = models.CharField(max_length=30, choices=Response.choices, blank=True)
    transport = models.CharField(max_length=20, blank=True)
    receiver = models.CharField(max_length=300, blank=True)
    reference = models.CharField(max_length=200, blank=True)
    reason_code = models.CharField(max_length=50, blank=True)
    message = models.TextField(blank=True)
    round = models.PositiveIntegerField(default=1)
    attempts = models.PositiveIntegerField(default=0)
    may_have_left = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)

    objects = PlatformQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = "e-invoice"
        indexes = [
            models.Index(fields=["platform", "-id"]),
            models.Index(fields=["platform", "status", "-id"]),
            models.Index(fields=["platform", "reference"]),
        ]

    def __str__(self) -> str:
        return f"{self.document_id} {self.status}"

    @transition(field=status, source=[Status.FAILED, Status.SKIPPED], target=Status.SCHEDULED)
    def schedule_again(self) -> None:
        self.round, self.attempts, self.reason_code, self.message = self.round + 1, 0, "", ""
        self.response, self.answered_at = "", None

    @transition(field=status, source=[Status.SCHEDULED, Status.IN_PROGRESS], target=Status.IN_PROGRESS)
    def start(self) -> None:
        self.attempts += 1
        self.may_have_left = True

    @transition(field=status, source=ARRIVES_FROM, target=Status.SUCCESS, conditions=[can_have_arrived])
    def succeed(self, *, at: datetime) -> None:
        self.sent_at = at

    @transition(
        field=status,
        source=[*ARRIVES_FROM, Status.SUCCESS],
        target=Status.REGISTERED,
        conditions=[can_have_arrived],
    )
    def register(self) -> None: ...

    @transition(
        field=status, source=[Status.SCHEDULED, Status.IN_PROGRESS, Status.SUCCESS], target=Status.FAILED
    )
    def fail(self) -> None: ...

    @transition(field=status, source=Status.SCHEDULED, target=Status.SKIPPED)
    def skip(self) -> None: ...


class EInvoiceChange(models.Model):
    """One step of an e-invoice. `key` is that of the message that told of it, told once."""

    id = id_field("einc")
    einvoice = models.ForeignKey(EInvoice, models.PROTECT, related_name="changes")
    position = models.PositiveIntegerField()
    status = models.CharField(max_length=20)
    response = models.CharField(max_length=30, blank=True)
    reason_code = models.CharField(max_length=50, blank=True)
    message = models.TextField(blank=True)
    reference = models.CharField(max_length=200, blank=True)
    key = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["einvoice_id", "position"]
        verbose_name = "e-invoice step"
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]
        constraints = [
            models.UniqueConstraint(fields=["einvoice", "position"], name="one_step_at_a_time"),
            models.UniqueConstraint(
                fields=["einvoice", "key"], condition=~models.Q(key=""), name="told_once_an_einvoice"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.einvoice_id} {self.status} {self.response}".strip()


class Channel(models.Model):
    """How a seller's e-invoices leave the house; without a row they do not.

    `address` is an access point's URL, `folder` the place below the outbox for a directory drop. `secret`
    signs what we send to an access point and what it tells us.
    """

    class Method(models.TextChoices):
        OFF = "off"
        MANUAL = "manual"
        AUTOMATIC = "automatic"

    class Transport(models.TextChoices):
        EMAIL = "email", "E-mail to the customer"
        DIRECTORY = "directory", "Directory drop"
        HTTP = "http", "HTTP access point"

    class Lookup(models.TextChoices):
        NONE = "none", "No look-up"
        STATIC = "static", "List of known receivers"
        HTTP = "http", "HTTP directory"

    CUSTOMER_PATH: ClassVar = SHARED

    id = id_field("chan")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+")
    billing_entity = models.OneToOneField(BillingEntity, models.PROTECT, related_name="channel")
    method = models.CharField(max_length=20, choices=Method.choices, default=Method.OFF)
    transport = models.CharField(max_length=20, choices=Transport.choices, default=Transport.EMAIL)
    address = models.URLField(max_length=500, blank=True)
    folder = models.CharField(max_length=200, blank=True)
    secret = models.CharField(max_length=100, editable=False)
    previous_secret = models.CharField(max_length=100, blank=True, editable=False)
    previous_secret_until = models.DateTimeField(null=True, editable=False)
    lookup = models.CharField(max_length=20, choices=Lookup.choices, default=Lookup.NONE)
    lookup_address = models.URLField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = PlatformQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        triggers = [
            pgtrigger.ReadOnly(name="keeps_its_owner", fields=["platform", "billing_entity"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_transport_display()}, {self.method}"


class KnownReceiver(models.Model):
    """An electronic address that can receive, for the static look-up. No profiles mean all of them."""

    CUSTOMER_PATH: ClassVar = None

    id = id_field("recv")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="+")
    scheme = models.CharField(max_length=10)
    identifier = models.CharField(max_length=200)
    profiles = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PlatformQuerySet.as_manager()

    class Meta:
        ordering = ["scheme", "identifier"]
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "scheme", "identifier"], name="receiver_once_a_platform"
            )
        ]

    def __str__(self) -> str:
        return f"{self.scheme}:{self.identifier}"
