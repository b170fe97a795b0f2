"""Pages by the keyset: the next page starts behind the last row of this one, wherever in the list that is."""

import base64
import binascii
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import BooleanField, DecimalField, F, Field, Func, IntegerField, QuerySet, Value
from django.db.models.expressions import Combinable

from billing.errors import Invalid
from billing.money import LARGEST_AMOUNT

from .filters import UNKEEPABLE, WRITTEN_NUMBER

ASCENDING, DESCENDING = "asc", "desc"
LONGEST_CURSOR, LONGEST_INTEGER = 1000, 9


class CursorInvalid(Invalid):
    code = "cursor_invalid"
    title = "The cursor is not one that this list answered in this order"


class Beyond(Func):
    """`(a, b, id) < (x, y, z)`: the index knows the place at once, where an OR would be scanned."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, columns: Sequence[Any], values: Sequence[Any], *, sign: str) -> None:
        super().__init__(*columns, *values)
        self.sign = sign

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:
        parts = [compiler.compile(expression) for expression in self.get_source_expressions()]
        half = len(parts) // 2
        left, right = (", ".join(sql for sql, _ in side) for side in (parts[:half], parts[half:]))
        return f"(({left}) {self.sign} ({right}))", [value for _, values in parts for value in values]


class Keyset:
    """The rows of a list in one order, which the ids complete."""

    def __init__(self, rows: QuerySet, by: Sequence[Combinable], *, name: str, direction: str) -> None:
        self.keys = [f"order_{place}" for place, _ in enumerate(by)]
        self.columns = [*by, F("id")]
        self.rows = rows.annotate(**dict(zip(self.keys, by, strict=True)))
        self.name, self.direction = name, direction

    def in_order(self, *, cursor: str = "") -> QuerySet:
        """Return the rows, those behind a cursor only.

        :raises CursorInvalid: it is of another list or order.
        """
        rows = self.rows
        if cursor:
            values = self.values_in(cursor)
            sign = "<" if self.direction == DESCENDING else ">"
            rows = rows.filter(Beyond(self.columns, values, sign=sign))
        sort = [F(name).desc() if self.direction == DESCENDING else F(name) for name in (*self.keys, "id")]
        return rows.order_by(*sort)

    def cursor_of(self, row: Any) -> str:
        """Return the cursor that leads to what comes behind a row."""
        found = [self.name, self.direction, *(str(getattr(row, key)) for key in self.keys), row.pk]
        return base64.urlsafe_b64encode(json.dumps(found).encode()).decode().rstrip("=")

    def values_in(self, cursor: str) -> list[Value]:
        name, direction, *texts = self.said_in(cursor)
        fields = [self.rows.query.annotations[key].output_field for key in self.keys]
        fields.append(self.rows.model._meta.pk)
        if (name, direction) != (self.name, self.direction) or len(texts) != len(fields):
            raise CursorInvalid(
                "It belongs to another order: keep order_by and order_direction.", field="cursor"
            )
        if not all(could_be(field, text) for field, text in zip(fields, texts, strict=True)):
            raise CursorInvalid(field="cursor")
        try:
            return [Value(field.to_python(text), field) for field, text in zip(fields, texts, strict=True)]
        except (ValidationError, ValueError, OverflowError) as error:
            raise CursorInvalid(field="cursor") from error

    @staticmethod
    def said_in(cursor: str) -> list[str]:
        if len(cursor) > LONGEST_CURSOR:
            raise CursorInvalid(field="cursor")
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            found = json.loads(base64.b64decode(padded.encode(), altchars=b"-_", validate=True))
        except (ValueError, binascii.Error, RecursionError) as error:
            raise CursorInvalid(field="cursor") from error
        if not isinstance(found, list) or len(found) < 3 or not all(isinstance(part, str) for part in found):
            raise CursorInvalid(field="cursor")
        return found


def could_be(field: Field, text: str) -> bool:
    """Tell whether a text may be the value of a column, so that PostgreSQL can compare with it."""
    if isinstance(field, DecimalField):
        return bool(WRITTEN_NUMBER.fullmatch(text)) and abs(Decimal(text)) <= LARGEST_AMOUNT
    if isinstance(field, IntegerField):
        return text.isascii() and text.isdigit() and len(text) <= LONGEST_INTEGER
    return UNKEEPABLE.search(text) is None
