"""Tax that a customer withheld and paid to the state in the seller's name."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q

from billing.documents.fields import amount_field
from billing.documents.triggers import SamePlatform
from billing.ids import id_field
from billing.platforms.models import Platform
from billing.platforms.querysets import PlatformQuerySet

from .invoice import Invoice


class TaxWithheld(models.Model):
    """A part of an invoice that its customer settled by paying tax (TDS). Append-only."""

    CUSTOMER_PATH: ClassVar = "invoice__customer_id"

    id = id_field("tw")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="taxes_withheld")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="taxes_withheld")
    amount = amount_field()
    date = models.DateField()
    reference = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()

    objects = PlatformQuerySet.as_manager()

    class Meta:
        ordering = ["date", "id"]
        verbose_name_plural = "taxes withheld"
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="tax_withheld_is_positive")]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            SamePlatform(name="same_platform", tables={"invoice_id": "invoices_invoice"}),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.invoice.currency} withheld on {self.date}"

    @property
    def currency(self) -> str:
        return self.invoice.currency
