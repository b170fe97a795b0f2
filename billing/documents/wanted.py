"""A number that somebody wants: whether its series writes it, is not beyond it, and nobody has it."""

import re
from datetime import date
from typing import Any

from billing.errors import BillingError, Invalid

from .models import BillingDocument, Series, SeriesCounter
from .number_format import Place, format_number, period_of, read_number
from .series import example_of, others_of

MOST_LEFT_OUT = 1_000_000
"""Numbers that one paper may leave out: a slip of the finger must not use a series up."""
BARE = re.compile(r"((?P<year>[0-9]{4})-)?(?P<number>[0-9]{1,12})")
"""A number without a prefix: 7, or 2026-0007."""


class NumberInUse(BillingError):
    code = "number_in_use"
    title = "Another document has this number"


class NumberDoesNotFit(Invalid):
    code = "number_does_not_fit"
    title = "The series does not write numbers like that"


class NumberOutOfSequence(BillingError):
    code = "number_out_of_sequence"
    title = "The series cannot give this number"


def fitting(series: Series, text: str, *, on: date) -> Place:
    """Return the place that a wanted number names on a day.

    :raises NumberDoesNotFit: with one that would fit, and with which series could write this one.
    """
    place = read_number(series, text)
    if place is None or place.period != period_of(series, on):
        example = format_number(series, period=period_of(series, on), number=series.first_number)
        hint, facts = way_out(series, text, on) if place is None else ("", {})
        raise NumberDoesNotFit(
            f"{text!r} is not a number of its series on {on}: one looks like {example}.{hint}",
            field="number",
            example=example,
            **facts,
        )
    return place


def way_out(series: Series, text: str, on: date) -> tuple[str, dict[str, Any]]:
    """Return how a number that a series cannot write could be had, in words and as facts."""
    for other in others_of(series):
        place = read_number(other, text)
        if place and place.period == period_of(other, on):
            return f" The series {example_of(other)} writes such numbers: name it.", {"sequence": other.pk}
    bare = BARE.fullmatch(text)
    if bare is None:
        return "", {}
    digits = bare["number"]
    wanted = {
        "prefix": "",
        "reset": Series.Reset.YEARLY.value if bare["year"] else Series.Reset.NEVER.value,
        "separator": "-",
        "digits": len(digits) if bare["year"] or digits.startswith("0") else 0,
    }
    return " A series without a prefix could write it: make one, and name it.", {"possible_sequence": wanted}


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
            f"{format_number(series, **place._asdict())} is too low: the series {detail}.",
            field="number",
            last=None if nothing_yet else last,
        )


def refuse_far(series: Series, place: Place, counter: SeriesCounter) -> None:
    most = counter.last_number + 1 + MOST_LEFT_OUT
    if place.number > most:
        limit = format_number(series, period=place.period, number=most)
        raise NumberOutOfSequence(
            f"{format_number(series, **place._asdict())} is too far ahead: at most {limit} can be named now.",
            field="number",
            limit=limit,
        )
