"""Find a series of numbers, or make one that never writes what another document of its seller has."""

import re
from collections import defaultdict
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet, Value

from billing.errors import BillingError, Invalid
from billing.events import names
from billing.events.record import record
from billing.platforms.entities import entity_meant
from billing.platforms.models import BillingEntity, Platform
from billing.transactions import entrance, step

from .models import NumberGap, Series, SeriesCounter
from .number_format import MOST_DIGITS, Place, format_number, may_meet, read_number

DEFAULT_PREFIX = {Series.Kind.INVOICE: "INV", Series.Kind.CREDIT_NOTE: "CR"}
NAME = re.compile(r"[A-Za-z0-9._/-]{1,30}")
SEPARATOR = re.compile(r"[._/ -]{0,3}")
ID_PREFIX = "ser_"
PAPERS = {Series.Kind.INVOICE: "invoices", Series.Kind.CREDIT_NOTE: "creditnotes"}
"""The relations by which a series knows the papers that it numbered, for they live upstairs."""


class SeriesNotPossible(Invalid):
    code = "series_not_possible"
    title = "Numbers cannot be written like that"


class SeriesExists(BillingError):
    code = "series_exists"
    title = "The billing entity has a series of this name"


class SeriesWouldClash(BillingError):
    code = "series_would_clash"
    title = "Two series could write the same number"


def find_default(billing_entity: BillingEntity, kind: Series.Kind) -> Series:
    """Return the entity's default series of a kind; if there is none yet, as it will be made."""
    found = Series.objects.filter(billing_entity=billing_entity, kind=kind, is_default=True).first()
    return found or coming_default(billing_entity, kind)


def coming_default(billing_entity: BillingEntity, kind: Series.Kind) -> Series:
    return Series(
        platform_id=billing_entity.platform_id,
        billing_entity=billing_entity,
        kind=kind,
        prefix=DEFAULT_PREFIX[kind],
    )


@step
def default_series(billing_entity: BillingEntity, kind: Series.Kind) -> Series:
    """Return the entity's default series of a kind, made when first asked for."""
    series = find_default(billing_entity, kind)
    if not series._state.adding:
        return series
    hold_series_of(billing_entity)
    series = find_default(billing_entity, kind)  # somebody may have been quicker
    if series._state.adding:
        store(series)
    return series


@step
def series_named(
    billing_entity: BillingEntity, kind: Series.Kind, name: str, *, actor: str, at: datetime
) -> Series:
    """Return the series whose prefix, or id, is `name`. An unknown prefix gets a series that starts at 1.

    Call it under the locks of the papers: making a series comes after them in the order of locks.

    :raises SeriesNotPossible: a name has up to 30 letters, digits and . _ / -
    :raises SeriesWouldClash: another series of the entity could write the same numbers.
    :raises NotFound: there is no series of this id.
    """
    own = Series.objects.filter(billing_entity=billing_entity, kind=kind)
    if name.startswith(ID_PREFIX):
        found: Series = own.find(name)
        return found
    if not NAME.fullmatch(name):
        raise SeriesNotPossible("A series is called by up to 30 letters, digits and . _ / -", field="series")
    known = own.filter(prefix=name).first()
    if known:
        return known
    hold_series_of(billing_entity)
    known = own.filter(prefix=name).first()  # somebody may have been quicker
    series = coming_default(billing_entity, kind)
    series.prefix = name
    series.is_default = name == DEFAULT_PREFIX[kind] and not own.filter(is_default=True).exists()
    return known or add_series(series, actor=actor, at=at)


@entrance
def create_series(
    *, platform: Platform, billing_entity_id: str = "", actor: str, at: datetime, **format: Any
) -> Series:
    """Return a new series of a billing entity, by default the only one; `format` names columns of Series.

    :raises BillingError: as `add_series`; or the platform has several entities and none was named.
    """
    entity = entity_meant(platform, billing_entity_id)
    return add_series(Series(platform=platform, billing_entity=entity, **format), actor=actor, at=at)


@step
def add_series(series: Series, *, actor: str, at: datetime) -> Series:
    """Store a new series, as the default one of its kind if it says so, and record that it was made.

    :raises SeriesNotPossible: its format is not one that can be read again.
    :raises SeriesExists: the entity has one of this prefix.
    :raises SeriesWouldClash: another series of the entity could write the same numbers.
    """
    hold_series_of(series.billing_entity)
    require_possible(series)
    same = others_of(series)
    if same.filter(prefix=series.prefix).exists():
        raise SeriesExists(
            f"{series.billing_entity} has a series {series.prefix!r} of this kind.", field="prefix"
        )
    if series.is_default:
        same.filter(is_default=True).update(is_default=False)
    store(series)
    data = {"object": summary_of(series)}
    record(names.SERIES_CREATED, platform=series.platform, about=series, actor=actor, at=at, data=data)
    return series


@step
def store(series: Series) -> None:
    """Store a new series that starts after what its seller's documents brought with them."""
    refuse_clash(series)
    series.save(force_insert=True)
    start_after_imports(series)


def hold_series_of(billing_entity: BillingEntity) -> None:
    """Let nobody else make a series of this entity, or bring a number to it, until the transaction ends."""
    BillingEntity.objects.select_for_update(no_key=True).get(pk=billing_entity.pk)


def others_of(series: Series) -> QuerySet[Series]:
    same = Series.objects.filter(billing_entity=series.billing_entity_id, kind=series.kind)
    return same.exclude(pk=series.pk)


def require_possible(series: Series) -> None:
    """Refuse a format that cannot be read again.

    :raises SeriesNotPossible: naming the field.
    """
    if series.prefix and not NAME.fullmatch(series.prefix):
        raise SeriesNotPossible("A prefix has up to 30 letters, digits and . _ / -", field="prefix")
    if not SEPARATOR.fullmatch(series.separator):
        raise SeriesNotPossible("A separator is up to three of . _ / - and blank.", field="separator")
    if series.digits > MOST_DIGITS:
        raise SeriesNotPossible(f"A number has at most {MOST_DIGITS} digits.", field="digits")
    if series.first_number < 1:
        raise SeriesNotPossible("Numbers start at 1 or higher.", field="first_number")


def refuse_clash(series: Series) -> None:
    """Refuse a series that could write a number of another one of its entity and kind.

    :raises SeriesWouldClash: naming the other.
    """
    others = list(others_of(series))
    if not series.is_default and not any(other.is_default for other in others):
        others.append(coming_default(series.billing_entity, Series.Kind(series.kind)))
    for other in others:
        if may_meet(series, other):
            raise SeriesWouldClash(
                f"This series could write the same numbers as {example_of(other)}: choose another prefix.",
                field="prefix",
                series=other.pk,
            )


@step
def start_after_imports(series: Series) -> None:
    """Let a series without numbers begin after those of its shape that documents came with.

    They are its first gap, which names the last of them.
    """
    found: dict[str, list[Any]] = defaultdict(list)
    papers = papers_of(series).model.objects.filter(billing_entity=series.billing_entity, series=None)
    taken = papers.exclude(number="").values_list("number", "date", "finalized_at")
    for text, date, at in taken.iterator():
        place = read_number(series, text)
        if place:
            found[place.period].append((place.number, text, min(date, at.date()), at))
    for period, rows in found.items():
        number, text, _, _ = max(rows)
        SeriesCounter.objects.create(
            series=series, period=period, last_number=number, last_date=max(row[2] for row in rows)
        )
        leave_gap(
            series,
            Place(period, number + 1),
            after=min(series.first_number, min(rows)[0]) - 1,
            left_by=text,
            at=max(row[3] for row in rows),
        )


@step
def leave_gap(series: Series, place: Place, *, after: int, left_by: str, at: datetime) -> None:
    """Record the numbers between `after` and a place, if there are any, as left out."""
    if place.number > after + 1:
        NumberGap.objects.create(
            platform_id=series.platform_id,
            series=series,
            period=place.period,
            first=after + 1,
            last=place.number - 1,
            left_by=left_by,
            created_at=at,
        )


def papers_of(series: Series) -> Any:
    """Return the papers that a series numbers, drafts that asked for it among them."""
    return getattr(series, PAPERS[Series.Kind(series.kind)]).all()


def numbered(series: Series) -> Any:
    """Return the papers that have a number of a series; `is_counted` says that its counter moved to it.

    Only a credit note may have one that it was given in an edit, out of the order of dates.
    """
    of_notes = series.kind == Series.Kind.CREDIT_NOTE
    rows = papers_of(series).filter(series_number__isnull=False)
    return rows.annotate(is_counted=Q(leaves_counter=False) if of_notes else Value(True))


def example_of(series: Series) -> str:
    """Return a number as the series writes it."""
    period = {"NEVER": "", "YEARLY": "2026", "MONTHLY": "2026-07"}[series.reset]
    return format_number(series, period=period, number=series.first_number)


def summary_of(series: Series) -> dict[str, Any]:
    """Return a series in the few fields that its event carries."""
    return {
        "object": "sequence",
        "id": series.pk,
        "billing_entity": series.billing_entity_id,
        "kind": series.kind,
        "prefix": series.prefix,
        "example": example_of(series),
        "is_default": series.is_default,
    }
