"""Money that came in."""

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

from .invoice import Invoice


class Payment(models.Model):
    """Money that came in for an invoice, or is on its way.   IN_PROGRESS ──▶ SUCCEEDED | FAILED"""

    class Status(models.TextChoices):
        IN_PROGRESS = "IN_PROGRESS"
        SUCCEEDED = "SUCCEEDED"
        FAILED = "FAILED"

    class Method(models.TextChoices):
        BANK_TRANSFER = "bank_transfer"
        CARD = "card"
        CASH = "cash"
        DIRECT_DEBIT = "direct_debit"
        STRIPE = "stripe"
        OVERPAYMENT = "overpayment"
        OTHER = "other"

        @classmethod
        def of_money(cls) -> list[tuple[str, str]]:
            """Return the choices by which money itself comes or goes; credit from an overpayment is none."""
            return [(method.value, str(method.label)) for method in cls if method != cls.OVERPAYMENT]

    CUSTOMER_PATH: ClassVar = "invoice__customer_id"

    id = id_field("pay")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="payments")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="payments")
    amount = amount_field()
    date = models.DateField()
    method = models.CharField(max_length=20, choices=Method.choices)
    reference = models.CharField(max_length=200, blank=True)
    status = FSMField(choices=Status.choices, default=Status.SUCCEEDED, protected=True)
    overpayment = models.ForeignKey("Overpayment", models.PROTECT, null=True, related_name="uses")
    created_at = models.DateTimeField()

    objects = PlatformQuerySet.as_manager()

    class Meta:
        ordering = ["date", "id"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="payment_is_positive")]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            SamePlatform(
                name="same_platform",
                tables={"invoice_id": "invoices_invoice", "overpayment_id": "invoices_overpayment"},
            ),
            pgtrigger.Protect(
                name="settled_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status__in=["SUCCEEDED", "FAILED"]),
            ),
            pgtrigger.Protect(
                name="never_another_amount",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["status"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.invoice.currency} on {self.date}"

    @transition(field=status, source=Status.IN_PROGRESS, target=Status.SUCCEEDED)
    def succeed(self) -> None:
        """The money has come."""

    @transition(field=status, source=Status.IN_PROGRESS, target=Status.FAILED)
    def fail(self) -> None:
        """The money will not come."""

    @property
    def currency(self) -> str:
        return self.invoice.currency
