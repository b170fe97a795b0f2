"""Credit that went to invoices."""

from typing import ClassVar

import pgtrigger
from django.db import models

from billing.documents.fields import amount_field
from billing.documents.triggers import SamePlatform
from billing.ids import id_field
from billing.platforms.models import Platform
from billing.platforms.querysets import PlatformQuerySet
from invoices.models import Invoice

from .credit_note import CreditNote


class Allocation(models.Model):
    """Credit that a note gave to an invoice. Append-only: to undo one, a row with the opposite amount."""

    CUSTOMER_PATH: ClassVar = "credit_note__customer_id"

    id = id_field("al")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="allocations")
    credit_note = models.ForeignKey(CreditNote, models.PROTECT, related_name="allocations")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="allocations")
    amount = amount_field()
    allocated_at = models.DateTimeField()
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")

    objects = PlatformQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            SamePlatform(
                name="same_platform",
                tables={"credit_note_id": "credit_notes_creditnote", "invoice_id": "invoices_invoice"},
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.credit_note} to {self.invoice}"

    @property
    def currency(self) -> str:
        return self.credit_note.currency
