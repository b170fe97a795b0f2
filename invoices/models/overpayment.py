"""What a customer paid too much, kept as their credit."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q

from billing.documents.fields import amount_field
from billing.documents.triggers import PARTIES, SamePlatform
from billing.ids import id_field
from billing.money import ZERO
from billing.platforms.models import BillingEntity, Customer, Platform
from billing.platforms.querysets import PlatformQuerySet


class Overpayment(models.Model):
    """The part of a payment beyond what its invoice owed. It pays other invoices: its `uses`."""

    CUSTOMER_PATH: ClassVar = "customer_id"

    id = id_field("op")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="overpayments")
    billing_entity = models.ForeignKey(BillingEntity, models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="overpayments")
    payment = models.OneToOneField("Payment", models.PROTECT, related_name="excess")
    currency = models.CharField(max_length=3)
    amount = amount_field()
    amount_applied = amount_field(default=ZERO)
    amount_available = models.GeneratedField(
        expression=F("amount") - F("amount_applied"), output_field=amount_field(), db_persist=True
    )
    created_at = models.DateTimeField()

    objects = PlatformQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, amount_applied__gte=0, amount__gte=F("amount_applied")),
                name="overpayment_gives_no_more_than_it_has",
            )
        ]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="only_applied",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["amount_applied", "amount_available"]),
            ),
            SamePlatform(name="same_platform", tables=PARTIES | {"payment_id": "invoices_payment"}),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} paid too much"
