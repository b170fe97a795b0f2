"""A platform's account at a payment provider."""

from typing import ClassVar

from django.db import models

from billing.ids import id_field
from billing.platforms.models import Platform
from billing.platforms.querysets import SHARED, PlatformQuerySet


class GatewayAccount(models.Model):
    """Where refunds of online payments go out. The secrets are never shown again."""

    class Kind(models.TextChoices):
        STRIPE = "stripe", "Stripe"

    CUSTOMER_PATH: ClassVar = SHARED

    id = id_field("ga")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="gateway_accounts")
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.STRIPE)
    secret_key = models.CharField(max_length=255)
    webhook_secret = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PlatformQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["platform", "kind"], name="gateway_account_once_a_platform")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.platform}"
