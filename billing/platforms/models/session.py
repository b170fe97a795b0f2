from datetime import datetime

from django.db import models

from billing.ids import id_field

from .api_key import Reach
from .platform import Platform
from .user import User


class Session(models.Model):
    """A person's signing in over the API: what their short-lived tokens belong to, until it is revoked.

    The refresh token is kept as a digest and replaced at each use. Whoever brings one that was replaced has
    stolen it, or was stolen from: the session ends.
    """

    id = id_field("ses")
    user = models.ForeignKey(User, models.CASCADE, related_name="api_sessions")
    platform = models.ForeignKey(
        Platform, models.CASCADE, null=True, related_name="+", help_text="Empty: all that the person is at."
    )
    reach = models.CharField(max_length=10, choices=Reach.choices, default=Reach.STAFF)
    refresh_digest = models.CharField(max_length=64, unique=True)
    replaced_digests = models.JSONField(default=list)
    user_agent = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.user} since {self.created_at:%Y-%m-%d %H:%M}"

    def is_valid_at(self, at: datetime) -> bool:
        """Tell whether it has neither been revoked nor run out."""
        return self.revoked_at is None and at < self.expires_at
