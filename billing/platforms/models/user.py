from django.contrib.auth.models import AbstractUser
from django.db import models

from billing.ids import id_field

from .platform import Platform


class User(AbstractUser):
    """A person who signs in to the desk or the admin."""

    id = id_field("usr")


class Member(models.Model):
    """A person's place on a platform. The role says what they may do there (permissions.py)."""

    class Role(models.TextChoices):
        MANAGER = "MANAGER"
        CLERK = "CLERK"
        VIEWER = "VIEWER"

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    platform = models.ForeignKey(Platform, models.CASCADE, related_name="members")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.CLERK)

    class Meta:
        ordering = ["platform__name", "user__username"]
        constraints = [models.UniqueConstraint(fields=["user", "platform"], name="member_once_a_platform")]

    def __str__(self) -> str:
        return f"{self.user} at {self.platform}"
