"""What a column cannot hold is refused by name, before the database refuses it in its own words."""

from decimal import Decimal
from typing import Any

from django.db import models

from billing.errors import Invalid


class ValueTooLarge(Invalid):
    code = "value_too_large"
    title = "A text or a number is larger than what can be kept"


def require_room(row: models.Model, *, field: str) -> None:
    """Refuse a row with a text or a number that its columns cannot hold. `field` is the row's own path.

    :raises ValueTooLarge: with the path of the first value that is too large.
    """
    for column in row._meta.concrete_fields:
        value = row.__dict__.get(column.attname)
        problem = problem_of(column, value)
        if problem:
            path = ".".join(part for part in (field, column.name) if part)
            raise ValueTooLarge(f"{path}: {column.verbose_name} {problem}.", field=path)


def problem_of(column: Any, value: Any) -> str:
    """Return what is wrong with a value, or nothing."""
    if isinstance(column, models.DecimalField) and isinstance(value, Decimal):
        digits = column.max_digits - column.decimal_places
        return f"has more than {digits} digits before the point" if abs(value) >= 10**digits else ""
    most = column.max_length
    if most and isinstance(value, str) and len(value) > most:
        return f"has {len(value)} characters; at most {most} are kept"
    return ""
