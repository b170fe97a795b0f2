"""Number series, how far each has come, and the numbers that were left out."""

from typing import ClassVar

import pgtrigger
from django.db import models

from billing.ids import id_field
from billing.platforms.models import BillingEntity, Platform
from billing.platforms.querysets import SHARED, PlatformQuerySet


class Series(models.Model):
    """A run of numbers of one billing entity and kind of paper: `CR-2026-000007`."""

    class Kind(models.TextChoices):
        INVOICE = "INVOICE"
        CREDIT_NOTE = "CREDIT_NOTE"

    class Reset(models.TextChoices):
        NEVER = "NEVER"
        YEARLY = "YEARLY"
        MONTHLY = "MONTHLY"

    CUSTOMER_PATH: ClassVar = SHARED

    id = id_field("ser")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="series")
    billing_entity = models.ForeignKey(BillingEntity, models.PROTECT, related_name="series")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    prefix = models.CharField(max_length=30, help_text="Also the name by which callers ask for it.")
    reset = models.CharField(max_length=10, choices=Reset.choices, default=Reset.YEARLY)
    separator = models.CharField(max_length=3, default="-", blank=True)
    digits = models.PositiveSmallIntegerField(default=6, help_text="Padded with zeros to this many.")
    first_number = models.PositiveIntegerField(default=1)
    is_default = models.BooleanField(default=True)

    objects = PlatformQuerySet.as_manager()

    class Meta:
        ordering = ["billing_entity", "kind", "prefix"]
        verbose_name_plural = "series"
        constraints = [
            models.UniqueConstraint(fields=["billing_entity", "kind", "prefix"], name="series_prefix_once"),
            models.UniqueConstraint(
                fields=["billing_entity", "kind"],
                condition=models.Q(is_default=True),
                name="series_one_default",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix} ({self.billing_entity})"


class SeriesCounter(models.Model):
    """The last number and date of a series within one period ("2026", "2026-07", or "" for ever)."""

    series = models.ForeignKey(Series, models.PROTECT, related_name="counters")
    period = models.CharField(max_length=10, blank=True)
    last_number = models.PositiveBigIntegerField()
    last_date = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "period"], name="series_counter_once")]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="never_back",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__last_number__gt=pgtrigger.F("new__last_number"))
                | pgtrigger.Q(old__last_date__gt=pgtrigger.F("new__last_date")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.series} {self.period}: {self.last_number}"


class NumberGap(models.Model):
    """Numbers of a series that were left out, because a document was given a later one. Append-only."""

    CUSTOMER_PATH: ClassVar = SHARED

    id = id_field("gap")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="number_gaps")
    series = models.ForeignKey(Series, models.PROTECT, related_name="gaps")
    period = models.CharField(max_length=10, blank=True)
    first = models.PositiveBigIntegerField()
    last = models.PositiveBigIntegerField()
    left_by = models.CharField(max_length=200, help_text="The number that was given instead.")
    created_at = models.DateTimeField()

    objects = PlatformQuerySet.as_manager()

    class Meta:
        ordering = ["series", "period", "first"]
        constraints = [
            models.CheckConstraint(condition=models.Q(last__gte=models.F("first")), name="gap_has_numbers")
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.series} {self.period}: {self.first} to {self.last}"
