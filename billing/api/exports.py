"""A whole list as a file, CSV or XLSX, written while it is read: neither side ever holds all of it."""

import csv
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.http import HttpResponseBase, StreamingHttpResponse

from billing import clock
from billing.documents.fields import AMOUNT
from billing.documents.values import plain, whole
from billing.lists import Keyset, Listing

from .workbook import workbook

ROWS_AT_ONCE = 2000
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export(order: Keyset, listing: Listing, kind: str, *, name: str) -> HttpResponseBase:
    """Answer every row of a list, in its order, as a file to download."""
    columns = listing.exported()
    write, content_type = FORMATS[kind]
    response = StreamingHttpResponse(
        write(list(columns), rows_of(order, list(columns.values()))), content_type=content_type
    )
    file = f"{name.replace(' ', '-')}-{clock.now():%Y-%m-%d}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{file}"'
    return response


def rows_of(order: Keyset, paths: list[str]) -> Iterator[list[Any]]:
    """Yield every row's values, a few thousand at a time; no transaction is held open meanwhile."""
    columns = [*paths, *(path for path in (*order.keys, "pk") if path not in paths)]
    amounts = {paths.index(path) for path in paths if is_amount(order.rows.model, path)}
    currency = next((place for place, path in enumerate(paths) if path.endswith("currency")), None)
    cursor = ""
    while True:
        rows = list(order.in_order(cursor=cursor).values_list(*columns, named=True)[:ROWS_AT_ONCE])
        for row in rows:
            unit = row[currency] if currency is not None else ""
            yield [
                whole(value, unit) if place in amounts and unit and value is not None else plain(value)
                for place, value in enumerate(row[: len(paths)])
            ]
        if len(rows) < ROWS_AT_ONCE:
            return
        cursor = order.cursor_of(rows[-1])


def is_amount(model: type[models.Model], path: str) -> bool:
    """Tell whether a column holds money, which is written in the minor unit of the row's currency."""
    column: Any = next((field for field in model._meta.concrete_fields if field.name == path), None)
    column = column.output_field if isinstance(column, models.GeneratedField) else column
    return getattr(column, "decimal_places", None) == AMOUNT["decimal_places"]


class Echo:
    """A file for `csv.writer` that hands each line back."""

    def write(self, line: str) -> str:
        return line


def as_csv(headings: list[str], rows: Iterator[list[Any]]) -> Iterator[str]:
    """Yield the lines of a CSV (RFC 4180, UTF-8 with a mark by which spreadsheets know it)."""
    line = csv.writer(Echo()).writerow
    yield "\ufeff" + line(headings)
    for row in rows:
        yield line([written(value) for value in row])


def written(value: Any) -> str:
    """Return a value as CSV has it. A text that a spreadsheet would take for a formula is quoted."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case str():
            return f"'{value}" if value.startswith(FORMULA) else value
    return str(value)


FORMATS: dict[str, tuple[Callable[..., Iterator[Any]], str]] = {
    "csv": (as_csv, CSV_TYPE),
    "xlsx": (workbook, XLSX_TYPE),
}
