"""Gapless numbers: one counter row for each series and period, taken as the last thing before commit."""

from datetime import date
from typing import NamedTuple

from django.db import connection

from billing.errors import BillingError
from billing.platforms.models import BillingEntity
from billing.transactions import step

from .models import BillingDocument, Series, SeriesCounter

DEFAULT_PREFIX = {Series.Kind.INVOICE: "INV", Series.Kind.CREDIT_NOTE: "CR"}
PERIOD = {Series.Reset.NEVER: "", Series.Reset.YEARLY: "%Y", Series.Reset.MONTHLY: "%Y-%m"}

# One statement creates the counter or moves it on, and waits for whoever has it; it moves nothing when the
# date would go back. A rollback gives the number back, for the row is rolled back with it.
TAKE = """
    INSERT INTO documents_seriescounter (series_id, period, last_number, last_date)
    VALUES (%(series)s, %(period)s, %(first)s, %(on)s)
    ON CONFLICT (series_id, period) DO UPDATE
       SET last_number = documents_seriescounter.last_number + 1, last_date = EXCLUDED.last_date
     WHERE documents_seriescounter.last_date <= EXCLUDED.last_date
    RETURNING last_number
"""


class Number(NamedTuple):
    """A legal number and its place in its series."""

    series: Series
    period: str
    number: int
    text: str


class DateBeforeLastIssued(BillingError):
    code = "date_before_last_issued"
    title = "A later document of this series has an earlier number"


def default_series(billing_entity: BillingEntity, kind: Series.Kind) -> Series:
    """Return the entity's default series of a kind, made when first asked for."""
    series, _ = Series.objects.get_or_create(
        billing_entity=billing_entity,
        kind=kind,
        is_default=True,
        defaults={"platform_id": billing_entity.platform_id, "prefix": DEFAULT_PREFIX[kind]},
    )
    return series


@step
def take_number(series: Series, *, on: date) -> Number:
    """Return the next number of a series for a document dated `on`. Everybody else in the series waits.

    :raises DateBeforeLastIssued: the series has already numbered a document of a later date.
    """
    period = on.strftime(PERIOD[Series.Reset(series.reset)])
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"series": series.pk, "period": period, "first": series.first_number, "on": on})
        row = cursor.fetchone()
    if row is None:
        raise DateBeforeLastIssued(f"{series.prefix} has already numbered a document dated after {on}.")
    return Number(series, period, row[0], format_number(series, period=period, number=row[0]))


@step
def take_number_for(paper: BillingDocument, kind: Series.Kind, *, on: date) -> Number:
    """Return the number that a draft asked for, or else the next of its series, or of the default one."""
    return take_number(paper.series or default_series(paper.billing_entity, kind), on=on)


def peek_number(billing_entity: BillingEntity, kind: Series.Kind, *, on: date) -> str:
    """Return the number that the next document would get, without taking it."""
    series = Series.objects.filter(billing_entity=billing_entity, kind=kind, is_default=True).first()
    series = series or Series(billing_entity=billing_entity, kind=kind, prefix=DEFAULT_PREFIX[kind])
    period = on.strftime(PERIOD[Series.Reset(series.reset)])
    counter = SeriesCounter.objects.filter(series=series.pk, period=period).first()
    number = counter.last_number + 1 if counter else series.first_number
    return format_number(series, period=period, number=number)


def format_number(series: Series, *, period: str, number: int) -> str:
    """Return the legal number, such as `CR-2026-000007`."""
    parts = [series.prefix, *period.split("-"), str(number).zfill(series.digits)]
    return series.separator.join(part for part in parts if part)
