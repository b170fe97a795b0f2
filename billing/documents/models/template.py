"""How a platform's papers look."""

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models

from billing.ids import id_field
from billing.platforms.models import Platform
from billing.platforms.querysets import SHARED, PlatformQuerySet


class Template(models.Model):
    """A look for papers. A final paper keeps a copy of it (`BillingDocument.look`)."""

    class Style(models.TextChoices):
        CLASSIC = "classic"
        COMPACT = "compact"

    CUSTOMER_PATH: ClassVar = SHARED

    id = id_field("tpl")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="templates")
    name = models.CharField(max_length=100)
    style = models.CharField(max_length=20, choices=Style.choices, default=Style.CLASSIC)
    accent = models.CharField(
        max_length=7, default="#000000", validators=[RegexValidator(r"^#[0-9a-f]{6}$")], help_text="#rrggbb"
    )
    footer = models.TextField(blank=True, help_text="Printed at the end of every paper.")
    is_default = models.BooleanField(default=False, help_text="For papers that name no template.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PlatformQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["platform", "name"], name="template_name_once_a_platform"),
            models.UniqueConstraint(
                fields=["platform"], condition=models.Q(is_default=True), name="template_one_default"
            ),
        ]

    def __str__(self) -> str:
        return self.name
