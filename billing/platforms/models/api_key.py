from datetime import datetime

from django.db import models
from django.db.models import Q

from billing.ids import id_field
from billing.platforms.querysets import PlatformQuerySet

from .customer import Customer
from .platform import Platform


class Reach(models.TextChoices):
    """How far a credential reaches: one platform, several, or one customer's papers."""

    STAFF = "staff"
    DIRECTORY = "directory"
    CLIENT = "client"


class ApiKey(models.Model):
    """A machine's way in. Only a digest of it is kept; its first letters stay readable.

    `platform` is the one that it belongs to; a directory's key also acts for `more_platforms`, a client's
    only for `customer`. A key that replaces another leaves that one valid until the overlap ends.
    """

    id = id_field("key")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    permissions = models.JSONField(default=list, blank=True, help_text="Names of permissions; * for all.")
    reach = models.CharField(max_length=10, choices=Reach.choices, default=Reach.STAFF)
    more_platforms = models.ManyToManyField(Platform, blank=True, related_name="directory_keys")
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="api_keys")
    requests_per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="Empty: as many as every key may make."
    )
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="replaced_by"
    )
    created_by = models.CharField(max_length=200, blank=True, editable=False)
    created_by_id = models.CharField(max_length=40, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = PlatformQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]
        verbose_name = "API key"
        constraints = [
            models.CheckConstraint(
                condition=Q(reach=Reach.CLIENT, customer__isnull=False)
                | ~Q(reach=Reach.CLIENT) & Q(customer__isnull=True),
                name="api_key_of_a_client_has_a_customer",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def is_valid_at(self, at: datetime) -> bool:
        """Tell whether the key is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)
