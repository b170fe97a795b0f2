"""Why credit notes and refunds are made, in a platform's own words."""

from typing import ClassVar

from django.db import models

from billing.ids import id_field
from billing.platforms.models import Platform
from billing.platforms.querysets import SHARED, PlatformQuerySet


class ReasonCode(models.Model):
    """One entry of a platform's list. A platform without a list of its own has the default one."""

    class Kind(models.TextChoices):
        CREDIT = "CREDIT", "Credit notes"
        REFUND = "REFUND", "Refunds"

    CUSTOMER_PATH: ClassVar = SHARED

    id = id_field("rc")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="reason_codes")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.CREDIT)
    code = models.CharField(max_length=50, help_text="As callers send it; capital letters count.")
    name = models.CharField(max_length=200, help_text="As it is printed where a note has no text of its own.")
    position = models.PositiveIntegerField(default=1)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PlatformQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "position", "code"]
        constraints = [
            models.UniqueConstraint(fields=["platform", "kind", "code"], name="reason_code_once_a_platform")
        ]

    def __str__(self) -> str:
        return self.name
