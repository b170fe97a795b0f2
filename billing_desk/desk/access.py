"""Who is asking, on which platform, and what may they do there."""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from billing.platforms.models import Member, User
from billing.platforms.permissions import OF_ROLE, allows

CHOSEN = "platform"
"""The session's key for the platform that a person with several chose last."""


def memberships_of(user: User | AnonymousUser) -> list[Member]:
    """Return a person's places, by the platforms' names. A customer's own people have none at the desk."""
    places = Member.objects.filter(user_id=user.pk).exclude(role=Member.Role.CLIENT)
    return list(places.select_related("platform", "user"))


def member_of(request: HttpRequest, memberships: list[Member]) -> Member | None:
    """Return the place from which this request acts: the chosen one, else the first, else None."""
    chosen = request.session.get(CHOSEN)
    first = memberships[0] if memberships else None
    return next((member for member in memberships if member.platform_id == chosen), first)


def may(member: Member, permission: str) -> bool:
    """Tell whether a person's role covers a permission."""
    return allows(OF_ROLE[member.role], permission)
