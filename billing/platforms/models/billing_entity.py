from datetime import date, datetime
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q

from billing import clock
from billing.ids import id_field
from billing.platforms.querysets import SHARED, PlatformQuerySet

from .party import PartyFields
from .platform import Platform


class BillingEntity(PartyFields):
    """A legal seller. It numbers its own documents."""

    CUSTOMER_PATH: ClassVar = SHARED

    id = id_field("be")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="billing_entities")
    tax_number = models.CharField(max_length=50, blank=True, help_text="The local tax number (BT-32).")
    legal_info = models.TextField(
        blank=True, help_text="Printed at the foot: capital, court, directors (BT-33)."
    )
    language = models.CharField(max_length=10, default="en")
    time_zone = models.CharField(max_length=50, default="UTC", help_text="Its day decides a document's date.")
    accounting_currency = models.CharField(max_length=3, blank=True)
    bank_account = models.CharField("IBAN", max_length=40, blank=True)
    bic = models.CharField("BIC", max_length=15, blank=True)
    account_name = models.CharField(
        "account holder", max_length=300, blank=True, help_text="Empty: the legal name."
    )
    creditor_id = models.CharField("SEPA creditor id", max_length=50, blank=True)
    payee = models.JSONField(default=dict, blank=True, help_text="BG-10, when somebody else is paid.")
    tax_representative = models.JSONField(default=dict, blank=True, help_text="BG-11.")
    einvoice_profile = models.CharField("e-invoice profile", max_length=30, default="peppol-bis-3")
    logo = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PlatformQuerySet.as_manager()

    class Meta:
        triggers = [pgtrigger.ReadOnly(name="keeps_its_platform", fields=["platform"])]
        ordering = ["name", "id"]
        verbose_name_plural = "billing entities"
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "vat_number"],
                condition=~Q(vat_number=""),
                name="billing_entity_vat_number_once_a_platform",
            )
        ]

    def day(self, at: datetime, time_zone: str = "") -> date:
        """Return the day of a moment, or that of a paper's own time zone, which is never later.

        Dated tomorrow, a paper would keep all others out of its series until then.
        """
        return min(clock.day(at, self.time_zone), clock.day(at, time_zone or self.time_zone))
