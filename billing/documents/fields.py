"""Columns that hold values of the semantic model, and the columns of money."""

from typing import Any

from django.db import models

from . import snapshot

AMOUNT = {"max_digits": 19, "decimal_places": 4}
PRICE = {"max_digits": 40, "decimal_places": 20}
RATE = {"max_digits": 20, "decimal_places": 12}


class ValueField(models.JSONField):
    """A JSON column read and written as a value of `snapshot`, or a tuple of them.

    `kind` is what msgspec converts to: `Party`, `tuple[TaxGroup, ...]`, `Delivery | None`.
    """

    def __init__(self, kind: Any = None, **options: Any) -> None:
        self.kind = kind
        super().__init__(**options)

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        name, _, args, options = super().deconstruct()
        if isinstance(options.get("default"), type) and issubclass(options["default"], snapshot.Value):
            options["default"] = dict  # a value of which nothing is said
        return name, "django.db.models.JSONField", args, options

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        data = super().from_db_value(value, expression, connection)
        return data if data is None else snapshot.from_json(data, self.kind)

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(value if value is None else snapshot.to_json(value))

    def value_to_string(self, obj: models.Model) -> Any:
        return snapshot.to_json(self.value_from_object(obj))


def amount_field(**options: Any) -> models.DecimalField:
    """An amount: money, whole in its currency's minor unit."""
    return models.DecimalField(**AMOUNT | options)


def price_field(**options: Any) -> models.DecimalField:
    """A price or a quantity: as fine as it was given."""
    return models.DecimalField(**PRICE | options)


def rate_field(**options: Any) -> models.DecimalField:
    """A rate in percent: 19, not 0.19."""
    return models.DecimalField(**RATE | options)
