"""Credit that was paid out, or given back as withheld tax."""

from datetime import datetime
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django_fsm import FSMField, transition

from billing.documents.fields import amount_field
from billing.documents.triggers import SamePlatform
from billing.ids import id_field
from billing.platforms.models import Platform
from billing.platforms.querysets import PlatformQuerySet
from invoices.models import Payment, TaxWithheld

from .credit_note import CreditNote


class Refund(models.Model):
    """Money on its way back to the customer.   PENDING ──▶ SUCCEEDED | FAILED;  SUCCEEDED ──▶ FAILED

    A PENDING one already lowers what its note has available; a FAILED one no longer does. Its id is the
    gateway's idempotency key. One without a gateway was made elsewhere and is only recorded. A bank may
    return money that a provider had sent: then one that succeeded has failed after all.
    """

    class Status(models.TextChoices):
        PENDING = "PENDING"
        SUCCEEDED = "SUCCEEDED"
        FAILED = "FAILED"

    class Gateway(models.TextChoices):
        MANUAL = "manual", "By hand"
        STRIPE = "stripe", "Stripe"

    CUSTOMER_PATH: ClassVar = "credit_note__customer_id"

    id = id_field("re")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="refunds")
    credit_note = models.ForeignKey(CreditNote, models.PROTECT, related_name="refunds")
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, related_name="refunds")
    amount = amount_field()
    status = FSMField(choices=Status.choices, default=Status.PENDING, protected=True)
    gateway = models.CharField(max_length=20, choices=Gateway.choices, blank=True)
    method = models.CharField(max_length=20, choices=Payment.Method.choices)
    reference = models.CharField(max_length=200, blank=True)
    provider_reference = models.CharField(max_length=200, blank=True)
    reason_code = models.CharField(max_length=50, blank=True)
    failure = models.TextField(blank=True)
    date = models.DateField(null=True)
    created_at = models.DateTimeField()
    refunded_at = models.DateTimeField(null=True)

    objects = PlatformQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["status", "gateway"])]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="refund_is_positive")]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="settled_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status="FAILED")
                | (
                    pgtrigger.Q(old__status="SUCCEEDED")
                    & ~pgtrigger.Q(new__status="FAILED", old__gateway="stripe")
                ),
            ),
            pgtrigger.Protect(
                name="never_another_amount",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    exclude=["status", "provider_reference", "failure", "date", "refunded_at"]
                ),
            ),
            SamePlatform(
                name="same_platform",
                tables={"credit_note_id": "credit_notes_creditnote", "payment_id": "invoices_payment"},
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} back from {self.credit_note}"

    @transition(field=status, source=Status.PENDING, target=Status.SUCCEEDED)
    def succeed(self, *, at: datetime) -> None:
        """The money has gone."""
        self.refunded_at = at

    @transition(field=status, source=[Status.PENDING, Status.SUCCEEDED], target=Status.FAILED)
    def fail(self, *, why: str) -> None:
        """The money will not go, or came back; the note has it again."""
        self.failure = why
        self.date = self.refunded_at = None

    @property
    def counts(self) -> bool:
        """Whether it uses up the note's amount."""
        return self.status != self.Status.FAILED

    @property
    def currency(self) -> str:
        return self.credit_note.currency


class TaxWithheldRefund(models.Model):
    """Withheld tax that a note gives back. Append-only: to remove one, a row with the opposite amount."""

    CUSTOMER_PATH: ClassVar = "credit_note__customer_id"

    id = id_field("twr")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="tax_withheld_refunds")
    credit_note = models.ForeignKey(CreditNote, models.PROTECT, related_name="tax_withheld_refunds")
    tax_withheld = models.ForeignKey(TaxWithheld, models.PROTECT, related_name="refunds")
    amount = amount_field()
    date = models.DateField()
    reference = models.CharField(max_length=200, blank=True)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")
    created_at = models.DateTimeField()

    objects = PlatformQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            SamePlatform(
                name="same_platform",
                tables={
                    "credit_note_id": "credit_notes_creditnote",
                    "tax_withheld_id": "invoices_taxwithheld",
                },
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} of withheld tax back from {self.credit_note}"

    @property
    def currency(self) -> str:
        return self.credit_note.currency
