"""What every page of the desk shows around its content."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from . import queries


def shell(request: HttpRequest) -> dict[str, Any]:
    """Give templates the navigation; nothing where nobody acts for a platform, as on the sign-in page."""
    member = getattr(request, "member", None)
    if member is None:
        return {}
    return {"shell": SimpleLazyObject(lambda: queries.shell_of(member, request.memberships))}
