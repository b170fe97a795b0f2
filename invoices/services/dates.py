"""Days on which something can have happened."""

from datetime import date

from billing.errors import BillingError

EARLIEST = date(1970, 1, 1)
"""What is dated before it was mistyped: 0206-01-31."""


class DateInFuture(BillingError):
    code = "date_in_future"
    title = "That day has not come yet"


class DateTooLongAgo(BillingError):
    code = "date_too_long_ago"
    title = "That day is too long ago to be meant"


def require_past_day(on: date, *, today: date, field: str = "date") -> None:
    """Refuse a day after today, or before 1970.

    :raises DateInFuture: it has not come yet.
    :raises DateTooLongAgo: it must be mistyped.
    """
    if on > today:
        raise DateInFuture(f"{on} is in the future: today is {today}.", field=field, limit=str(today))
    if on < EARLIEST:
        raise DateTooLongAgo(f"{on} is before {EARLIEST}.", field=field, limit=str(EARLIEST))
