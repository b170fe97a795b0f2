"""Webhook endpoints that were switched off because nothing arrived there."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from billing.events.models import WebhookEndpoint, Work
from billing.platforms.models import Member
from billing.platforms.permissions import SETTINGS_UPDATE
from billing_desk.desk.access import may

FEW = 5


@dataclass(frozen=True)
class SwitchedOff:
    id: str
    url: str
    because: str
    at: datetime
    waiting: int  # how much news is kept for it


def switched_off_for(member: Member) -> list[SwitchedOff]:
    """Return what Billing Desk itself switched off, latest first, for those who can switch it on again."""
    if not may(member, SETTINGS_UPDATE):
        return []
    rows = WebhookEndpoint.objects.for_platform(member.platform).filter(is_enabled=False)
    pending = Count("deliveries", filter=Q(deliveries__status=Work.Status.PENDING))
    found = rows.exclude(disabled_because="").annotate(waiting=pending).order_by("-disabled_at", "id")[:FEW]
    return [SwitchedOff(row.pk, row.url, row.disabled_because, row.disabled_at, row.waiting) for row in found]
