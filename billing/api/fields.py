"""Fields and serializers with the API's manners: decimal strings, unknown names refused."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from billing.documents import snapshot
from billing.documents.values import plain, whole


class Reading(serializers.Serializer):
    """What a caller may send. Names that are not fields are refused."""

    @classmethod
    def read(cls, request: Request) -> dict[str, Any]:
        """Return the body's fields, complete and typed.

        :raises rest_framework.exceptions.ValidationError: something is missing, wrong or unknown.
        """
        reading = cls(data=request.data)
        reading.is_valid(raise_exception=True)
        return dict(reading.validated_data)

    @classmethod
    def read_query(cls, request: Request) -> dict[str, Any]:
        """Return the query string's fields, as `read` does a body's. A name given twice is refused."""
        for name, values in request.query_params.lists():
            if len(values) > 1:
                raise serializers.ValidationError({name: "This is given more than once."})
        reading = cls(data=request.query_params.dict())
        reading.is_valid(raise_exception=True)
        return dict(reading.validated_data)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := set(data) - set(self.fields)):
            allowed = ", ".join(sorted(self.fields)) or "none"
            raise serializers.ValidationError(
                dict.fromkeys(sorted(unknown), f"There is no such field; the fields are: {allowed}.")
            )
        return super().to_internal_value(data)


class AmountOut(serializers.CharField):
    """A decimal string in the minor unit of the object's currency: "12.50"."""

    def __init__(self, *, currency: str = "currency", **options: Any) -> None:
        self.currency = currency  # the attribute that names it
        super().__init__(read_only=True, **options)

    def get_attribute(self, instance: Any) -> Any:
        value = super().get_attribute(instance)
        return None if value is None else whole(value, getattr(instance, self.currency))

    def to_representation(self, value: Decimal) -> str:
        return f"{value:f}"


class NumberOut(serializers.CharField):
    """A decimal string as fine as it was given: a price, a quantity, a rate."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **options)

    def to_representation(self, value: Decimal) -> str:
        return f"{plain(value):f}"


class ValueOut(serializers.JSONField):
    """A value of the semantic model, with the names of `snapshot`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **options)

    def to_representation(self, value: Any) -> Any:
        return snapshot.to_json(value)
