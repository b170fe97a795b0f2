"""Time zones by their IANA names."""

from functools import cache
from zoneinfo import available_timezones

from billing.errors import Invalid


class TimeZoneUnknown(Invalid):
    code = "timezone_unknown"
    title = "There is no such time zone"


@cache
def time_zones() -> tuple[str, ...]:
    """Return the names of all time zones."""
    return tuple(sorted(available_timezones()))


def require_time_zone(name: str, *, field: str = "timezone") -> None:
    """Refuse a name that is no time zone's; an empty one leaves it to somebody else.

    :raises TimeZoneUnknown: IANA does not have it.
    """
    if name and name not in time_zones():
        raise TimeZoneUnknown(f"There is no time zone {name!r}; Europe/Amsterdam is one.", field=field)
