from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q

from billing.ids import id_field

from .customer import Customer
from .platform import Platform

LONGEST_ACTOR = 200
"""What an event's actor has room for."""


class User(AbstractUser):
    """A person who signs in to the desk, the admin or the API."""

    id = id_field("usr")

    @property
    def known_as(self) -> str:
        """How the person is called, on screens and in what events record."""
        return (self.get_full_name() or self.username)[:LONGEST_ACTOR]


class Member(models.Model):
    """A person's place on a platform. The role says what they may do there (permissions.py).

    A CLIENT is one of the customer's own people, who has no desk and reaches only that customer's papers.
    """

    class Role(models.TextChoices):
        MANAGER = "MANAGER"
        CLERK = "CLERK"
        VIEWER = "VIEWER"
        CLIENT = "CLIENT"

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    platform = models.ForeignKey(Platform, models.CASCADE, related_name="members")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.CLERK)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="members")

    class Meta:
        ordering = ["platform__name", "user__username"]
        constraints = [
            models.UniqueConstraint(fields=["user", "platform"], name="member_once_a_platform"),
            models.CheckConstraint(
                condition=Q(role="CLIENT", customer__isnull=False)
                | ~Q(role="CLIENT") & Q(customer__isnull=True),
                name="member_who_is_a_client_has_a_customer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.platform}"
