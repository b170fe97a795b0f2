"""What a list can be asked for: its filters, its orders, and what it can show along."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import QuerySet
from django.db.models.expressions import Combinable

from billing.errors import Invalid

from .filters import Filter, FilterInvalid
from .keyset import ASCENDING, DESCENDING, Keyset

BY_ID: dict[str, tuple[Combinable, ...]] = {"created_at": ()}
"""Ids sort by the time they were made."""
WRITTEN = re.compile(r"(?P<name>[A-Za-z_.]+)(\[(?P<operator>[a-z_]+)\])?")


class ParameterUnknown(Invalid):
    code = "parameter_unknown"
    title = "There is no such parameter or filter"


class Expansion(NamedTuple):
    """What can be shown along: the relations to fetch, and the permission if not the list's own."""

    paths: tuple[str, ...]
    needs: str = ""


@dataclass(frozen=True)
class Listing:
    """A list as callers see it; the rows come from whoever asks, already those of one platform.

    `orders` names what it can be ordered by, before the ids. `expands` names what can be shown
    along. `columns` are those of an export: heading to path; without any, the filters'
    own. `aliases` are the names that other products have for a filter.
    """

    filters: Mapping[str, Filter]
    orders: Mapping[str, Sequence[Combinable]] = field(default_factory=lambda: BY_ID)
    expands: Mapping[str, Expansion] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)

    def narrowed(self, rows: QuerySet, asked: Iterable[tuple[str, str]]) -> QuerySet:
        """Keep the rows that fulfil every `(name[operator], value)`.

        :raises ParameterUnknown: there is no filter of that name.
        :raises FilterInvalid: it has another kind of value, or no such operator.
        """
        for written, text in asked:
            name, operator = self.filter_in(written)
            rows = rows.filter(self.filters[name].where(name, operator, text))
        return rows

    def filter_in(self, written: str) -> tuple[str, str]:
        """Return the name and the operator in `total[gte]`; a plain name means `is`."""
        theirs = next((name for name in self.aliases if "[" in name and written.startswith(name)), "")
        match = WRITTEN.fullmatch(self.aliases[theirs] + written.removeprefix(theirs) if theirs else written)
        name = match["name"] if match else ""
        name = self.aliases.get(name, name)
        if match is None or name not in self.filters:
            allowed = ", ".join(sorted(self.filters))
            raise ParameterUnknown(
                f"There is no parameter {written[:100]!r} here; the filters are: {allowed}.",
                field=written[:100],
            )
        return name, match["operator"] or "is"

    def in_order(self, rows: QuerySet, *, by: str = "", direction: str = "") -> Keyset:
        """Return the rows as a keyset; the newest first unless something else is asked for.

        :raises FilterInvalid: there is no such order.
        """
        by = self.aliases.get(by, by) or next(iter(self.orders))
        if by not in self.orders:
            allowed = ", ".join(self.orders)
            raise FilterInvalid(f"There is no order by {by[:100]!r}; there is: {allowed}.", field="order_by")
        direction = direction or DESCENDING
        if direction not in {ASCENDING, DESCENDING}:
            raise FilterInvalid("order_direction is asc or desc.", field="order_direction")
        return Keyset(rows, self.orders[by], name=by, direction=direction)

    def exported(self) -> dict[str, str]:
        """Return the columns of an export: heading to path."""
        own = {name: one.column for name, one in self.filters.items() if one.through is None}
        return dict(self.columns) or {"id": "id"} | own
