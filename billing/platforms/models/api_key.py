from datetime import datetime

from django.db import models

from billing.ids import id_field
from billing.platforms.querysets import PlatformQuerySet

from .platform import Platform


class ApiKey(models.Model):
    """A machine's way in. Only a digest of it is kept; its first letters stay readable."""

    id = id_field("key")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    permissions = models.JSONField(default=list, blank=True, help_text="Names of permissions; * for all.")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = PlatformQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def is_valid_at(self, at: datetime) -> bool:
        """Tell whether the key is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)
