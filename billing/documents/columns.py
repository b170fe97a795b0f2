"""What a column cannot hold is refused by name, before the database refuses it in its own words."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import models

from billing.errors import Invalid


class ValueTooLarge(Invalid):
    code = "value_too_large"
    title = "A text or a number is larger than what can be kept"


def require_room(model: type[models.Model], values: Mapping[str, Any], *, field: str) -> None:
    """Refuse a text or a number that a model's columns cannot hold. `field` is the path to `values`.

    :raises ValueTooLarge: with the path of the first one.
    """
    for name, value in values.items():
        column = model._meta.get_field(name)
        problem = problem_of(column, value)
        if problem:
            path = f"{field}.{name}" if field else name
            raise ValueTooLarge(f"{path}: {column.verbose_name} {problem}.", field=path)


def problem_of(column: Any, value: Any) -> str:
    """Return what is wrong with a value, or nothing."""
    if isinstance(column, models.DecimalField) and isinstance(value, Decimal):
        digits = column.max_digits - column.decimal_places
        if abs(value) >= 10**digits:
            return f"has more than {digits} digits before the point"
        places = -int(value.normalize().as_tuple().exponent)
        return f"has more than {column.decimal_places} decimals" if places > column.decimal_places else ""
    most = column.max_length
    if most and isinstance(value, str) and len(value) > most:
        return f"has {len(value)} characters; at most {most} are kept"
    return ""
