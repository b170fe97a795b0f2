"""Gapless numbers: one counter row for each series and period, taken as the last thing before commit.

A number that somebody named, or that a document was issued with elsewhere, moves the same counter; what it
leaves out is written down as a gap.
"""

from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection

from billing.errors import BillingError, Invalid
from billing.platforms.models import BillingEntity
from billing.transactions import step

from .models import BillingDocument, Series, SeriesCounter
from .number_format import LARGEST_NUMBER, MOST_DIGITS, Place, format_number, period_of, read_number
from .series import default_series, find_default, hold_series_of, leave_gap, papers_of

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


class NumberInUse(BillingError):
    code = "number_in_use"
    title = "Another document has this number"


class NumberDoesNotFit(Invalid):
    code = "number_does_not_fit"
    title = "The series does not write numbers like that"


class NumberOutOfSequence(BillingError):
    code = "number_out_of_sequence"
    title = "The series is beyond this number"


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
def take_number_for(paper: BillingDocument, kind: Series.Kind, *, on: date) -> Number:
    """Return the number that a draft asked for, or else the next of its series, or of the default one.

    :raises DateBeforeLastIssued, NumberDoesNotFit, NumberOutOfSequence, NumberInUse: it cannot be had.
    """
    series = paper.series or default_series(paper.billing_entity, kind)
    if not paper.wanted_number:
        return next_free(paper, series, on=on)
    place = fitting(series, paper.wanted_number, on=on)
    counter = hold_counter(series, place.period, on=on)
    refuse_used(paper, paper.wanted_number)
    refuse_passed(series, place, counter)
    return move_to(series, place, counter, on=on, at=paper.updated_at)


@step
def next_free(paper: BillingDocument, series: Series, *, on: date) -> Number:
    """Return the next number of a series that no document brought along; one that is passed over is a gap."""
    while True:
        number = take_number(series, on=on)
        if not others_with(paper, number.text):
            return number
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
        counter = hold_counter(series, place.period, on=on)
        if place.number > counter.last_number:
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
    refuse_passed(series, place, counter or untouched(series, place.period, on=on))


def peek_number(
    billing_entity: BillingEntity, kind: Series.Kind, *, series: Series | None = None, on: date
) -> str:
    """Return the number that the next document would get, without taking it."""
    series = series or find_default(billing_entity, kind)
    period = period_of(series, on)
    counter = SeriesCounter.objects.filter(series=series.pk, period=period).first()
    counter = counter or untouched(series, period, on=on)
    return format_number(series, period=period, number=counter.last_number + 1)


def untouched(series: Series, period: str, *, on: date) -> SeriesCounter:
    """Return the counter of a period in which nothing has been taken."""
    return SeriesCounter(series=series, period=period, last_number=series.first_number - 1, last_date=on)


@step
def hold_counter(series: Series, period: str, *, on: date) -> SeriesCounter:
    """Return the counter of a period, locked; made when first asked for."""
    SeriesCounter.objects.bulk_create([untouched(series, period, on=on)], ignore_conflicts=True)
    return SeriesCounter.objects.select_for_update().get(series=series, period=period)


@step
def move_to(series: Series, place: Place, counter: SeriesCounter, *, on: date, at: datetime) -> Number:
    """Let the series go on after a place beyond its last number. The caller holds the counter."""
    if on < counter.last_date:
        raise date_before_last_issued(series, on)
    number = number_at(series, place)
    leave_gap(series, place, after=counter.last_number, left_by=number.text, at=at)
    counter.last_number, counter.last_date = place.number, on
    counter.save()
    return number


def fitting(series: Series, text: str, *, on: date) -> Place:
    """Return the place that a wanted number names on a day.

    :raises NumberDoesNotFit: with one that would fit.
    """
    place = read_number(series, text)
    if place is None or place.period != period_of(series, on):
        example = format_number(series, period=period_of(series, on), number=series.first_number)
        raise NumberDoesNotFit(
            f"{text!r} is not a number of its series on {on}: one looks like {example}.",
            field="number",
            example=example,
        )
    return place


def others_with(paper: BillingDocument, text: str) -> Any:
    """Return the other documents of a paper's kind and seller that have a number."""
    used = type(paper).objects.filter(billing_entity=paper.billing_entity, number=text)
    return used.exclude(pk=paper.pk)


def refuse_used(paper: BillingDocument, text: str) -> None:
    other = others_with(paper, text).first()
    if other:
        raise NumberInUse(f"{text} is taken.", field="number", number=text, used_by=[{"id": other.pk}])


def refuse_passed(series: Series, place: Place, counter: SeriesCounter) -> None:
    if place.number <= counter.last_number:
        last = format_number(series, period=place.period, number=counter.last_number)
        nothing_yet = counter.last_number < series.first_number
        detail = f"starts at {series.first_number}" if nothing_yet else f"has come to {last}"
        raise NumberOutOfSequence(
            f"{number_at(series, place).text} is too low: the series {detail}.",
            field="number",
            last=None if nothing_yet else last,
        )


def refuse_date_between(series: Series, place: Place, *, on: date) -> None:
    """Refuse a date that would not rise along the numbers of a series."""
    numbered = papers_of(series).filter(series_period=place.period, series_number__isnull=False)
    before = numbered.filter(series_number__lt=place.number).order_by("-series_number").first()
    after = numbered.filter(series_number__gt=place.number).order_by("series_number").first()
    if (before and on < before.date) or (after and after.date < on):
        said = " and ".join(f"{paper} is of {paper.date}" for paper in (before, after) if paper)
        raise DateOutOfSequence(f"A document of {on} does not fit here: {said}.", field="date")


def date_before_last_issued(series: Series, on: date) -> DateBeforeLastIssued:
    return DateBeforeLastIssued(f"{label_of(series)} has already numbered a document dated after {on}.")


def number_at(series: Series, place: Place) -> Number:
    return Number(series, place.period, place.number, format_number(series, **place._asdict()))


def label_of(series: Series) -> str:
    return series.prefix or "The series"
