"""Tell a platform's managers what the machinery cannot mend by itself."""

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from billing.platforms.models import Member, Platform

from .models import Event


def tell_managers(*, event: Event, at: datetime) -> None:
    """Mail the managers that a webhook endpoint was disabled (a reaction).

    The Message-ID is made of the event's id: a second message, after a crash, is recognised by it.
    """
    to = managers_of(event.platform)
    if not to:
        return
    endpoint = event.data["object"]
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    EmailMessage(
        subject=f"Webhooks to {endpoint['url']} are switched off"[:200],
        body=render_to_string("email/endpoint_disabled.txt", {"endpoint": endpoint, "event": event}),
        to=to,
        headers={"Message-ID": f"<{event.pk}@{domain}>"},
    ).send()


def managers_of(platform: Platform) -> list[str]:
    """Return the addresses of the managers who may sign in and have one."""
    managers = Member.objects.filter(platform=platform, role=Member.Role.MANAGER, user__is_active=True)
    found = managers.exclude(user__email="").order_by("user__username")
    return list(dict.fromkeys(found.values_list("user__email", flat=True)))
