"""Lists by the keyset: newest first, a page at a time, at the same cost on every page."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet

PAGE_SIZE = 25


@dataclass(frozen=True)
class Wish:
    """What somebody asked a list for. `before` and `after` are ids: older than, newer than.

    `filters` are those of the API, as `(name[operator], value)`.
    """

    text: str = ""
    state: str = "all"
    before: str = ""
    after: str = ""
    filters: tuple[tuple[str, str], ...] = ()

    def address(self, **changes: str) -> str:
        """Return the query string of this wish with changes, without what is the default."""
        wish = {"q": self.text, "state": "" if self.state == "all" else self.state}
        changed = wish | {name: "" if value == "all" else value for name, value in changes.items()}
        return "?" + urlencode([(name, value) for name, value in (*changed.items(), *self.filters) if value])

    def here(self, path: str) -> str:
        """Return the whole address of this very page, at a path."""
        return (path + self.address(before=self.before, after=self.after)).removesuffix("?")

    @property
    def is_narrow(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.text or self.filters) or self.state != "all"

    def without(self, *unwanted: tuple[str, str]) -> "Wish":
        """Return this wish without some of its filters."""
        return replace(self, filters=tuple(pair for pair in self.filters if pair not in unwanted))


@dataclass(frozen=True)
class Tab:
    """One of the states by which a list can be narrowed."""

    label: str
    address: str
    is_current: bool


@dataclass(frozen=True)
class Listing:
    """One page of a list. `newer` and `older` are addresses, "" where there is nothing more."""

    rows: list[Any]
    wish: Wish
    tabs: list[Tab]
    newer: str
    older: str


def tabs_of(wish: Wish, states: dict[str, str]) -> list[Tab]:
    """Return a tab for each state; the search and the filters stay as they are."""
    return [Tab(label, wish.address(state=state), state == wish.state) for state, label in states.items()]


def page_of(rows: QuerySet, wish: Wish) -> tuple[list[dict[str, Any]], str, str]:
    """Return the rows of one page, newest first, and the addresses of the newer and the older ones.

    `rows` are dicts (`.values()`) that have an `id`. Fewer newer rows than a page holds: the first page.
    """
    if wish.after:
        found = list(rows.filter(pk__gt=wish.after).order_by("id")[: PAGE_SIZE + 1])
        if len(found) >= PAGE_SIZE:
            shown = found[:PAGE_SIZE][::-1]
            newer = wish.address(after=shown[0]["id"]) if len(found) > PAGE_SIZE else ""
            return shown, newer, wish.address(before=shown[-1]["id"])
    older = rows.filter(pk__lt=wish.before) if wish.before else rows
    found = list(older.order_by("-id")[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return (
        shown,
        wish.address(after=shown[0]["id"]) if wish.before and shown else "",
        wish.address(before=shown[-1]["id"]) if len(found) > PAGE_SIZE else "",
    )
