"""The gap report: which numbers of a series were issued, which were not, and why."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from .models import NumberGap, Series, SeriesCounter
from .series import numbered

STEP = ("series_period", "series_number", "date", "is_counted")


class Missing(NamedTuple):
    """Numbers that no document of the series has, and the number that was given instead, if that is known."""

    first: int
    last: int
    left_by: str = ""
    left_at: datetime | None = None

    @property
    def is_explained(self) -> bool:
        return bool(self.left_by)


class PeriodReport(NamedTuple):
    """What became of the numbers `first` to `last` of one period."""

    period: str
    first: int
    last: int
    issued: int
    missing: tuple[Missing, ...]
    dates_rise: bool
    ahead: tuple[int, ...] = ()  # numbers that were given beyond the last: the series will pass over them

    @property
    def count(self) -> int:
        return self.last - self.first + 1

    @property
    def is_clean(self) -> bool:
        """Whether every number was issued or is explained, and dates never go back along the counted ones."""
        return self.dates_rise and all(missing.is_explained for missing in self.missing)


class Walk(NamedTuple):
    """What is met on the way along the numbers of a period."""

    issued: int = 0
    holes: tuple[tuple[int, int], ...] = ()
    after: int = 0  # the number behind the last one
    dates_rise: bool = True
    ahead: tuple[int, ...] = ()


def gap_report(series: Series) -> list[PeriodReport]:
    """Return what became of a series' numbers, the latest period first. Three queries."""
    gaps = defaultdict(list)
    for gap in series.gaps.order_by("first"):
        gaps[gap.period].append(gap)
    counters = list(series.counters.order_by("-period"))
    last = {counter.period: counter.last_number for counter in counters}
    rows = numbered(series).order_by("series_period", "series_number")
    walks = {
        period: walk((row[1:] for row in found), start=series.first_number, last=last.get(period, 0))
        for period, found in groupby(rows.values_list(*STEP).iterator(), key=itemgetter(0))
    }
    nothing = Walk(after=series.first_number)
    return [
        report_of(counter, walks.get(counter.period, nothing), gaps[counter.period], series.first_number)
        for counter in counters
    ]


def walk(numbers: Iterable[tuple[int, date, bool]], *, start: int, last: int) -> Walk:
    """Go along numbers and their dates, lowest first; those beyond the last one are ahead of their time."""
    issued, holes, ahead, latest, rise = 0, [], [], date.min, True
    for number, day, is_counted in numbers:
        if number > last:
            ahead.append(number)
            continue
        if number > start:
            holes.append((start, number - 1))
        issued, start = issued + 1, number + 1
        if is_counted:
            rise, latest = rise and day >= latest, day
    return Walk(issued, tuple(holes), start, rise, tuple(ahead))


def report_of(counter: SeriesCounter, way: Walk, gaps: list[NumberGap], first: int) -> PeriodReport:
    holes = [*way.holes, (way.after, counter.last_number)]
    missing = tuple(part for hole in holes for part in explained(*hole, gaps))
    return PeriodReport(
        counter.period, first, counter.last_number, way.issued, missing, way.dates_rise, way.ahead
    )


def explained(first: int, last: int, gaps: list[NumberGap]) -> Iterator[Missing]:
    """Cut a hole into the parts that recorded gaps explain and the parts that nothing does."""
    for gap in gaps:
        if first <= gap.last and gap.first <= last:
            if first < gap.first:
                yield Missing(first, gap.first - 1)
            yield Missing(max(first, gap.first), min(last, gap.last), gap.left_by, gap.created_at)
            first = gap.last + 1
    if first <= last:
        yield Missing(first, last)
