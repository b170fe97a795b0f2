"""What would work by halves is said when the desk starts."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register("database")
def only_postgresql(**_: Any) -> list[CheckMessage]:
    """Refuse other databases: they ignore the locks and lack the triggers that the books depend on."""
    if settings.DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
        return []
    return [
        Error("Billing Desk needs PostgreSQL.", hint="Set DATABASE_URL=postgres://…", id="billing_desk.E001")
    ]
