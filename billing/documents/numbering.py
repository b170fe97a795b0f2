"""Gapless numbers: one counter row for each series and period, taken as the last thing before commit.

A number that somebody named, or that a document was issued with elsewhere, moves the same counter; what it
leaves out is written down as a gap. A number that a draft was given in an edit leaves the counter where it
is: when the series comes there, it passes over it.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from django.db import connection

from billing.errors import BillingError
from billing.platforms.models import BillingEntity
from billing.transactions import step

from .models import BillingDocument, Series, SeriesCounter
from .number_format import (
    LARGEST_NUMBER,
    MOST_DIGITS,
    Place,
    first_day_of,
    format_number,
    period_of,
    read_number,
)
from .series import (
    default_series,
    find_default,
    hold_series_of,
    leave_gap,
    numbered,
    papers_of,
)
from .wanted import fitting, others_with, refuse_far, refuse_passed, refuse_used

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


class DateOutOfSequence(BillingError):
    code = "date_out_of_sequence"
    title = "The documents on both sides of this number have other dates"


class SeriesExhausted(BillingError):
    code = "series_exhausted"
    title = "The series has no numbers left"


@step
def take_number(series: Series, *, on: date) -> Number:
    """Return the next number of a series for a document dated `on`. Everybody else in the series waits.

    :raises DateBeforeLastIssued: the series has already numbered a document of a later date.
    :raises SeriesExhausted: the next one would have more than twelve digits.
    """
    period = period_of(series, on)
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"series": series.pk, "period": period, "first": series.first_number, "on": on})
        row = cursor.fetchone()
    if row is None:
        raise date_before_last_issued(series, on)
    if row[0] > LARGEST_NUMBER:
        raise SeriesExhausted(f"{label_of(series)} has given out its last number of {MOST_DIGITS} digits.")
    return number_at(series, Place(period, row[0]))


@step
def take_number_for(
    paper: BillingDocument, kind: Series.Kind, *, on: date, leaves_counter: bool = False
) -> Number:
    """Return the number that a draft asked for, or else the next of its series, or of the default one.

    The series goes on after it, unless one that was asked for `leaves_counter`.

    :raises DateBeforeLastIssued, NumberDoesNotFit, NumberOutOfSequence, NumberInUse: it cannot be had.
    """
    series = paper.series or default_series(paper.billing_entity, kind)
    if not paper.wanted_number:
        return next_free(paper, series, on=on)
    place = fitting(series, paper.wanted_number, on=on)
    counter = hold_counter(series, place.period)
    refuse_used(paper, paper.wanted_number)
    refuse_passed(series, place, counter)
    refuse_far(series, place, counter)
    if leaves_counter:
        require_not_before(counter, series, on)
        return number_at(series, place)
    return move_to(series, place, counter, on=on, at=paper.updated_at)


@step
def next_free(paper: BillingDocument, series: Series, *, on: date) -> Number:
    """Return the next number of a series that no document has.

    One that is passed over is a gap, unless the document that has it was given it by the series.
    """
    while True:
        number = take_number(series, on=on)
        other = others_with(paper, number.text).first()
        if other is None:
            return number
        if other.series_id != series.pk:
            leave_gap(
                series,
                Place(number.period, number.number + 1),
                after=number.number - 1,
                left_by=number.text,
                at=paper.updated_at,
            )


@step
def claim_number(
    paper: BillingDocument, kind: Series.Kind, text: str, *, on: date, at: datetime
) -> Number | None:
    """Take the place of the number that a document was issued with elsewhere, so that no other gets it.

    A series that writes such numbers goes on after it; one that has passed it must have left it out. If no
    series of the billing entity can ever write it there is no place to take, and the answer is None.

    :raises NumberInUse: another document has it.
    :raises NumberDoesNotFit: it names another year or month than that of its date.
    :raises NumberOutOfSequence: the series has passed it and did not leave it out.
    :raises DateBeforeLastIssued, DateOutOfSequence: the dates would not rise along the series.
    """
    hold_series_of(paper.billing_entity)
    refuse_used(paper, text)
    default_series(paper.billing_entity, kind)
    for series in Series.objects.filter(billing_entity=paper.billing_entity, kind=kind):
        place = read_number(series, text)
        if place is None or place.number < series.first_number:
            continue
        place = fitting(series, text, on=on)
        counter = hold_counter(series, place.period)
        if place.number > counter.last_number:
            refuse_far(series, place, counter)
            return move_to(series, place, counter, on=on, at=at)
        if not series.gaps.filter(period=place.period, first__lte=place.number, last__gte=place.number):
            refuse_passed(series, place, counter)
        refuse_date_between(series, place, on=on)
        return number_at(series, place)
    return None


def require_possible_number(paper: BillingDocument, kind: Series.Kind, *, on: date) -> None:
    """Refuse a wanted number that could not be had on a day as things are now. Nothing is taken.

    :raises NumberDoesNotFit, NumberOutOfSequence, NumberInUse: saying what could.
    """
    series = paper.series or find_default(paper.billing_entity, kind)
    place = fitting(series, paper.wanted_number, on=on)
    refuse_used(paper, paper.wanted_number)
    counter = SeriesCounter.objects.filter(series=series.pk, period=place.period).first()
    counter = counter or untouched(series, place.period)
    refuse_passed(series, place, counter)
    refuse_far(series, place, counter)


def peek_number(
    billing_entity: BillingEntity, kind: Series.Kind, *, series: Series | None = None, on: date
) -> str:
    """Return the number that the next document would get, without taking it."""
    series = series or find_default(billing_entity, kind)
    period = period_of(series, on)
    counter = SeriesCounter.objects.filter(series=series.pk, period=period).first()
    number = (counter or untouched(series, period)).last_number + 1
    named = set(numbers_beyond(counter)) if counter else ()
    while number in named:
        number += 1
    return format_number(series, period=period, number=number)


def untouched(series: Series, period: str) -> SeriesCounter:
    """Return the counter of a period in which nothing has been taken."""
    first_day = first_day_of(period)
    return SeriesCounter(
        series=series, period=period, last_number=series.first_number - 1, last_date=first_day
    )


@step
def hold_counter(series: Series, period: str) -> SeriesCounter:
    """Return the counter of a period, locked; made when first asked for."""
    SeriesCounter.objects.bulk_create([untouched(series, period)], ignore_conflicts=True)
    return SeriesCounter.objects.select_for_update().get(series=series, period=period)


@step
def move_to(series: Series, place: Place, counter: SeriesCounter, *, on: date, at: datetime) -> Number:
    """Let the series go on after a place beyond its last number. The caller holds the counter."""
    require_not_before(counter, series, on)
    number = number_at(series, place)
    after = counter.last_number
    for taken in [*numbers_beyond(counter, most=place.number), place.number]:
        leave_gap(series, Place(place.period, taken), after=after, left_by=number.text, at=at)
        after = taken
    counter.last_number, counter.last_date = place.number, on
    counter.save()
    return number


def numbers_beyond(counter: SeriesCounter, *, most: int = LARGEST_NUMBER) -> Iterator[int]:
    """Yield the numbers below `most` that documents have and the series has not come to, lowest first."""
    ahead = papers_of(counter.series).filter(
        series_period=counter.period, series_number__gt=counter.last_number, series_number__lt=most
    )
    yield from ahead.order_by("series_number").values_list("series_number", flat=True)


def refuse_date_between(series: Series, place: Place, *, on: date) -> None:
    """Refuse a date that would not rise along the numbers of a series."""
    counted = numbered(series).filter(series_period=place.period, is_counted=True)
    before = counted.filter(series_number__lt=place.number).order_by("-series_number").first()
    after = counted.filter(series_number__gt=place.number).order_by("series_number").first()
    if (before and on < before.date) or (after and after.date < on):
        said = " and ".join(f"{paper} is of {paper.date}" for paper in (before, after) if paper)
        raise DateOutOfSequence(f"A document of {on} does not fit here: {said}.", field="date")


def require_not_before(counter: SeriesCounter, series: Series, on: date) -> None:
    if on < counter.last_date:
        raise date_before_last_issued(series, on)


def date_before_last_issued(series: Series, on: date) -> DateBeforeLastIssued:
    return DateBeforeLastIssued(f"{label_of(series)} has already numbered a document dated after {on}.")


def number_at(series: Series, place: Place) -> Number:
    return Number(series, place.period, place.number, format_number(series, **place._asdict()))


def label_of(series: Series) -> str:
    return series.prefix or "The series"
