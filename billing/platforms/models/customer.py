from typing import ClassVar

import pgtrigger
from django.db import models

from billing.ids import id_field
from billing.platforms.querysets import PlatformQuerySet

from .party import PartyFields
from .platform import Platform


class Customer(PartyFields):
    """A buyer."""

    CUSTOMER_PATH: ClassVar = "pk"

    id = id_field("cus")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="customers")
    language = models.CharField(max_length=10, default="en")
    currency = models.CharField(max_length=3, blank=True)
    buyer_reference = models.CharField(
        max_length=200, blank=True, help_text="BT-10, the Leitweg-ID in Germany."
    )
    delivery_address = models.JSONField(default=dict, blank=True)
    mandate = models.CharField("SEPA mandate", max_length=50, blank=True)
    debited_account = models.CharField("IBAN to debit", max_length=40, blank=True)
    einvoice_profile = models.CharField(
        "e-invoice profile", max_length=30, blank=True, help_text="Empty: the billing entity's profile."
    )
    is_einvoice_enabled = models.BooleanField(
        "gets e-invoices", default=True, help_text="Off: its e-invoices are made, and sent to nobody."
    )
    is_business = models.BooleanField(default=True)
    applies_credits = models.BooleanField(
        default=True, help_text="Credit may be given to this customer's new invoices by itself."
    )
    external_reference = models.CharField(max_length=200, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PlatformQuerySet.as_manager()

    class Meta:
        triggers = [pgtrigger.ReadOnly(name="keeps_its_platform", fields=["platform"])]
        ordering = ["name", "id"]
        indexes = [
            models.Index(fields=["platform", "-id"]),
            models.Index(fields=["platform", "vat_number"]),
        ]
