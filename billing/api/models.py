from django.db import models

from billing.platforms.models import Platform


class IdempotencyKey(models.Model):
    """A caller's key, the request it came with and the answer it got. Committed with what the request did."""

    platform = models.ForeignKey(Platform, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    customer_id = models.CharField(max_length=40, blank=True, help_text="Whose client called, if one did.")
    request_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["platform", "customer_id", "key"], name="idempotency_key_once")
        ]
        indexes = [models.Index(fields=["created_at"])]

    def __str__(self) -> str:
        return self.key
