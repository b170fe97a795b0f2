"""The only reader of the clock. Views, tasks and commands read it; services are told the time."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone


def now() -> datetime:
    """Return this moment, aware, in UTC."""
    return timezone.now()


def day(at: datetime, time_zone: str) -> date:
    """Return the calendar day that `at` falls on in a time zone such as `Europe/Berlin`."""
    return at.astimezone(ZoneInfo(time_zone)).date()
