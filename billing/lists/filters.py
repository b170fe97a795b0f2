"""Filters with operators: `total[gte]=100`, `status[in]=[DRAFT,FINAL]`, `date[after]=2026-01-31`.

A filter knows the column it looks at, the operators that make sense there, and how a value is written.
"""

import json
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.dateparse import parse_date, parse_datetime

from billing.errors import Invalid
from billing.money import LARGEST_AMOUNT

MOST_VALUES = 100
LONGEST_VALUE = 300
UNKEEPABLE = re.compile("[\0\ud800-\udfff]")
"""Characters that PostgreSQL cannot keep, and so not look for."""
WRITTEN_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,12})?")
LOOKUPS = {
    "is": "exact",
    "on": "exact",
    "in": "in",
    "lt": "lt",
    "before": "lt",
    "lte": "lte",
    "gt": "gt",
    "after": "gt",
    "gte": "gte",
    "starts_with": "istartswith",
}
NEGATED = {"is_not": "is", "not_in": "in"}
SEVERAL = frozenset({"in", "not_in", "between"})


class FilterInvalid(Invalid):
    code = "filter_invalid"
    title = "A filter has a value or an operator that it cannot have"


class Filter:
    """One name by which a list can be narrowed.

    `through` is for what is true of a row's parts: a model and the name of its link to the row.
    """

    OPERATORS: ClassVar[tuple[str, ...]] = ("is", "is_not", "in", "not_in")
    SCHEMA: ClassVar[dict[str, Any]] = {"type": "string"}

    def __init__(self, column: str, *, through: tuple[type[models.Model], str] | None = None) -> None:
        self.column, self.through = column, through

    def where(self, name: str, operator: str, text: str) -> Q:
        """Return the condition that `name[operator]=text` asks for.

        :raises FilterInvalid: there is no such operator here, or the value is none.
        """
        field = name if operator == "is" else f"{name}[{operator}]"
        if operator not in self.OPERATORS:
            allowed = ", ".join(self.OPERATORS)
            raise FilterInvalid(f"{name} knows no {operator!r}; its operators are: {allowed}.", field=field)
        try:
            return self.condition(operator, text)
        except (ValueError, OverflowError, RecursionError) as error:
            raise FilterInvalid(f"{field}: {error}.", field=field) from error

    def condition(self, operator: str, text: str) -> Q:
        if operator in NEGATED:
            return ~self.condition(NEGATED[operator], text)
        if operator == "is_present":
            return self.related(self.present(), is_not=not read_flag(text))
        if operator == "between":
            low, high = self.pair(text)
            return self.related(Q(**{f"{self.column}__gte": low, f"{self.column}__lte": high}))
        value = [self.read(part) for part in parts_of(text)] if operator == "in" else self.read(text)
        return self.related(Q(**{f"{self.column}__{LOOKUPS[operator]}": value}))

    def pair(self, text: str) -> tuple[Any, Any]:
        found = [self.read(part) for part in parts_of(text)]
        if len(found) != 2:
            raise ValueError("between takes two values: [low,high]")
        return found[0], found[1]

    def present(self) -> Q:
        return Q(**{f"{self.column}__isnull": False}) & ~Q(**{self.column: ""})

    def related(self, condition: Q, *, is_not: bool = False) -> Q:
        if self.through:
            model, link = self.through
            condition = Q(Exists(model._default_manager.filter(condition, **{link: OuterRef("pk")})))
        return ~condition if is_not else condition

    def read(self, text: str) -> Any:
        """Return the value that a text stands for, or raise ValueError with what is wrong."""
        if len(text) > LONGEST_VALUE or UNKEEPABLE.search(text):
            raise ValueError(f"a value has at most {LONGEST_VALUE} plain characters")
        return text


class Text(Filter):
    OPERATORS = ("is", "is_not", "starts_with", "in", "not_in", "is_present")


class Id(Filter):
    """The id of another thing, or of the row itself."""

    OPERATORS = ("is", "is_not", "in", "not_in", "is_present")

    def present(self) -> Q:
        return Q(**{f"{self.column}__isnull": False})


class Choice(Filter):
    """One of a few words."""

    def __init__(self, column: str, choices: Iterable[Any], **options: Any) -> None:
        super().__init__(column, **options)
        self.words = [choice[0] if isinstance(choice, tuple) else choice for choice in choices]
        self.SCHEMA = {"type": "string"} | ({"enum": self.words} if self.words else {})  # type: ignore[misc]

    def read(self, text: str) -> str:
        if text not in self.words:
            raise ValueError(f"{text!r} is not one of: {', '.join(self.words)}")
        return text


class Flag(Filter):
    OPERATORS = ("is",)
    SCHEMA = {"type": "boolean"}

    def read(self, text: str) -> bool:
        return read_flag(text)


class Present(Flag):
    """Whether a moment or another thing is there at all: `is_reversed=true`."""

    def condition(self, operator: str, text: str) -> Q:
        return self.related(Q(**{f"{self.column}__isnull": not self.read(text)}))


class Amount(Filter):
    """A decimal, in whatever currency the row has."""

    OPERATORS = ("is", "is_not", "lt", "lte", "gt", "gte", "between")
    SCHEMA = {"type": "string", "pattern": f"^{WRITTEN_NUMBER.pattern}$"}

    def read(self, text: str) -> Decimal:
        written = super().read(text).strip()
        if not WRITTEN_NUMBER.fullmatch(written) or abs(Decimal(written)) > LARGEST_AMOUNT:
            raise ValueError(f"{text!r} is not an amount such as 12.50")
        return Decimal(written)


class Day(Filter):
    """A calendar day, `YYYY-MM-DD`."""

    OPERATORS = ("is", "is_not", "on", "before", "after", "lt", "lte", "gt", "gte", "between", "is_present")
    SCHEMA = {"type": "string", "format": "date"}

    def read(self, text: str) -> date:
        try:
            day = parse_date(super().read(text))
        except ValueError as error:
            raise ValueError(f"{text!r} is not a day such as 2026-01-31") from error
        if day is None:
            raise ValueError(f"{text!r} is not a day such as 2026-01-31")
        return day

    def present(self) -> Q:
        return Q(**{f"{self.column}__isnull": False})


class Moment(Day):
    """A point in time, ISO 8601; one without an offset is in UTC, and a mere day is its midnight."""

    SCHEMA = {"type": "string", "format": "date-time"}

    def read(self, text: str) -> datetime:  # type: ignore[override]
        # In a query string a plus sign that was not escaped arrives as a space.
        written = Filter.read(self, text).strip().replace(" ", "+", 1 if "T" in text else 0)
        try:
            moment = parse_datetime(written)
        except ValueError:
            moment = None
        if moment is None:
            moment = datetime.combine(super().read(written), time())
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if not 1 < moment.year < 9999:
            raise ValueError(f"{text!r} is out of range")
        return moment.astimezone(UTC)  # PostgreSQL knows no offsets of sixteen hours and more

    def condition(self, operator: str, text: str) -> Q:
        if operator == "on":
            start = datetime.combine(self.read(text).date(), time(), UTC)
            range_of_day = {f"{self.column}__gte": start, f"{self.column}__lt": start + timedelta(days=1)}
            return self.related(Q(**range_of_day))
        return super().condition(operator, text)


def parts_of(text: str) -> list[str]:
    """Return the values of `[a,b]`, of `["a","b"]` or of `a,b`."""
    text = text.strip()
    if len(text) > MOST_VALUES * LONGEST_VALUE:
        raise ValueError(f"give 1 to {MOST_VALUES} values, as [a,b]")
    try:
        found = json.loads(text, parse_float=str, parse_int=str)
    except ValueError:
        inner = text[1:-1] if text.startswith("[") and text.endswith("]") else text
        found = [part.strip().strip("\"'") for part in inner.split(",")] if inner.strip() else []
    found = found if isinstance(found, list) else [text]
    if not found or len(found) > MOST_VALUES:
        raise ValueError(f"give 1 to {MOST_VALUES} values, as [a,b]")
    return [plain(value) for value in found]


def plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        raise ValueError("a list holds texts and numbers only")
    return value


def read_flag(text: str) -> bool:
    if text.lower() not in {"true", "false", "1", "0"}:
        raise ValueError(f"{text!r} is neither true nor false")
    return text.lower() in {"true", "1"}
