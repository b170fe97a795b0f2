from django.db import models

from billing.ids import id_field


class Platform(models.Model):
    """A tenant: everything belongs to one, and nobody sees another's."""

    seen_by = ""
    """The customer for whom a client looks at it: an id, set on the instance that its credential hands on.
    `for_platform` then finds that customer's rows only. Whoever reads the platform anew sees it whole."""

    id = id_field("plt")
    name = models.CharField(max_length=200)
    finalizes_drafts_after_hours = models.PositiveSmallIntegerField(
        "finalise drafts after hours", null=True, blank=True, help_text="Empty: a person finalises them."
    )
    applies_credits = models.BooleanField(
        default=False, help_text="Give available credit to new invoices when they are finalised."
    )
    keeps_overpayments = models.BooleanField(
        default=False, help_text="Keep what a customer paid too much as their credit, rather than refuse it."
    )
    approval_above = models.DecimalField(
        max_digits=19,
        decimal_places=4,
        null=True,
        blank=True,
        help_text="A credit note of more than this needs somebody else's approval. Empty: none does.",
    )
    requires_reason = models.BooleanField(default=False, help_text="A credit note must have a reason code.")
    requires_refund_reason = models.BooleanField(default=False, help_text="A refund must have a reason code.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name
