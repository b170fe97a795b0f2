"""How a series writes its numbers: `7`, `2026-0007`, `CR-2026-07-000007`."""

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from .models import Series

MOST_DIGITS = 12
LARGEST_NUMBER = 10**MOST_DIGITS - 1
DIGIT, FIRST_DIGIT = "0123456789", "123456789"

LETTERS = {Series.Reset.NEVER: 0, Series.Reset.YEARLY: len("2026"), Series.Reset.MONTHLY: len("2026-07")}
"""How much of a day, written 2026-07-31, names its period."""
PATTERNS = {
    Series.Reset.NEVER: [],
    Series.Reset.YEARLY: ["([0-9]{4})"],
    Series.Reset.MONTHLY: ["([0-9]{4})", "(0[1-9]|1[0-2])"],
}
PLACES = {
    Series.Reset.NEVER: [],
    Series.Reset.YEARLY: [[DIGIT] * 4],
    Series.Reset.MONTHLY: [[DIGIT] * 4, ["01", DIGIT]],
}


class Place(NamedTuple):
    """Where a number stands in its series."""

    period: str
    number: int


def period_of(series: Series, on: date) -> str:
    """Return the period that a day belongs to: "2026", "2026-07", or "" where a series never starts anew."""
    return on.isoformat()[: LETTERS[Series.Reset(series.reset)]]


def first_day_of(period: str) -> date:
    """Return the first day of "2026" or "2026-07"; "" has none, and gets the first there is."""
    return date.fromisoformat(f"{period or '0001'}-01-01"[: len("2026-01-01")])


def format_number(series: Series, *, period: str, number: int) -> str:
    """Return the legal number, such as `CR-2026-000007`."""
    parts = [series.prefix, *period.split("-"), str(number).zfill(series.digits)]
    return series.separator.join(part for part in parts if part)


def read_number(series: Series, text: str) -> Place | None:
    """Return the place that a text names in a series, or None if the series cannot write it.

    >>> read_number(Series(prefix="CR"), "CR-2026-000007")
    Place(period='2026', number=7)
    """
    parts = [*([re.escape(series.prefix)] if series.prefix else []), *PATTERNS[Series.Reset(series.reset)]]
    pattern = re.escape(series.separator).join([*parts, f"([0-9]{{1,{MOST_DIGITS}}})"])
    match = re.fullmatch(pattern, text)
    if match is None:
        return None
    *period, number = match.groups()
    place = Place("-".join(period), int(number))
    is_written_so = place.number > 0 and format_number(series, **place._asdict()) == text
    return place if is_written_so else None


def may_meet(one: Series, other: Series) -> bool:
    """Tell whether two series could ever write the same number."""
    return any(
        len(mine) == len(theirs) and all(set(a) & set(b) for a, b in zip(mine, theirs, strict=True))
        for mine in shapes(one)
        for theirs in shapes(other)
    )


def shapes(series: Series) -> Iterator[list[str]]:
    """Yield what a series may write, once for each length of its number: the characters of each place."""
    for length in range(max(series.digits, 1), MOST_DIGITS + 1):
        number = [DIGIT if length == series.digits else FIRST_DIGIT, *[DIGIT] * (length - 1)]
        written: list[str] = []
        for part in ([*series.prefix], *PLACES[Series.Reset(series.reset)], number):
            written += [*(series.separator if written and part else ""), *part]
        yield written
