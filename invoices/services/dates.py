"""Days that have not come yet."""

from datetime import date, datetime

from billing import clock
from billing.errors import BillingError
from billing.platforms.models import BillingEntity


class DateInFuture(BillingError):
    code = "date_in_future"
    title = "That day has not come yet"


def require_not_future(on: date, entity: BillingEntity, *, at: datetime, field: str = "date") -> None:
    """Refuse a day after the billing entity's own.

    :raises DateInFuture: it has not come yet.
    """
    today = clock.day(at, entity.time_zone)
    if on > today:
        raise DateInFuture(f"{on} is in the future: today is {today}.", field=field, today=str(today))
