"""Panels: small tables under an object's own fields, drawn by templates/admin/window.html."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

MOST_ROWS = 200


class Panel(NamedTuple):
    """A table with a title. `more` says what was left out."""

    title: str
    headings: Sequence[str]
    rows: list[Sequence[Any]]
    more: str = ""


def panel(
    title: str,
    rows: Any,
    columns: dict[str, Callable[[Any], Any]],
    *,
    most: int = MOST_ROWS,
) -> Panel:
    """Return a panel of the first `most` of a list or queryset, which costs one query, by heading."""
    shown = list(rows[: most + 1])
    more = f"The first {most} are shown." if len(shown) > most else ""
    cells = [[cell(row) for cell in columns.values()] for row in shown[:most]]
    return Panel(title, list(columns), cells, more)
