"""Fields and serializers with the API's manners: decimal strings, unknown names refused."""

import json
import re
from datetime import date
from decimal import Context, Decimal
from typing import Any, ClassVar

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.request import Request

from billing.documents import snapshot
from billing.documents.values import plain, whole
from billing.errors import within
from billing.money import HUNDRED, LARGEST_AMOUNT, ZERO

from .aliases import Alias
from .for_clients import require_writable
from .problems import MOST_ERRORS
from .renaming import SentNames, renamed

LONGEST_NUMBER = 40
"""Characters; a longer one is no amount of money."""
EXACT = Context(prec=LONGEST_NUMBER)
WRITTEN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
DAY = re.compile(r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})(T[0-9:.]{5,15}(Z|[+-][0-9:]{4,6})?)?")
MOST_PLACES = 12
LONGEST_OBJECT = 16_000
KEEPABLE = re.compile("[^\0\ud800-\udfff]*")
"""Texts that PostgreSQL can keep."""


class ReadingList(serializers.ListSerializer):
    """A list of what a caller may send; a refusal of one says which."""

    def to_internal_value(self, data: Any) -> Any:
        self.place = -1
        return super().to_internal_value(data)

    def run_child_validation(self, data: Any) -> Any:
        self.place += 1
        with within(f"{self.field_name}.{self.place}"):
            return super().run_child_validation(data)


class Reading(serializers.Serializer):
    """What a caller may send, by our names or by those of `aliases`. Other names are refused."""

    aliases: ClassVar[tuple[Alias, ...]] = ()
    kept_from_clients: ClassVar[frozenset[str]] = frozenset()
    """Fields that only the platform's own people may give."""

    class Meta:
        list_serializer_class = ReadingList

    def __init__(self, *args: Any, **options: Any) -> None:
        self.sent_names: SentNames = {}
        super().__init__(*args, **options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if self.parent is None:
            sent: SentNames = {}
            data = renamed(self.fields, self.aliases, data, sent)
            self.sent_names.update(sent)
        return super().run_validation(data)

    @classmethod
    def read(cls, request: Request) -> dict[str, Any]:
        """Return the body's fields, complete and typed.

        :raises rest_framework.exceptions.ValidationError: something is missing, wrong or unknown.
        """
        reading = cls(data=request.data)
        request.sent_names = reading.sent_names
        reading.is_valid(raise_exception=True)
        require_writable(request, reading.validated_data, cls.kept_from_clients)
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

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return the fields; one with a few possible values names them when it refuses another."""
        fields: dict[str, serializers.Field] = super().get_fields()
        for field in fields.values():
            choice = getattr(field, "child", field)
            if isinstance(choice, serializers.ChoiceField):
                allowed = ", ".join(map(str, choice.choices))
                choice.error_messages["invalid_choice"] = f"{{input!r:.60}} is none of: {allowed}."
        return fields

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := set(data) - set(self.fields)):
            allowed = ", ".join(sorted(self.fields)) or "none"
            message = ErrorDetail(f"There is no such field; the fields are: {allowed}.", "unknown_field")
            named = sorted(unknown)[:MOST_ERRORS]
            raise serializers.ValidationError(dict.fromkeys(named, message))
        if isinstance(data, dict):
            self.require_plain_flags(data)
        return super().to_internal_value(data)

    def require_plain_flags(self, data: dict[str, Any]) -> None:
        """Refuse "true" and 1 where true is meant: what cannot be taken back must be said as it is."""
        for name, field in self.fields.items():
            if isinstance(field, serializers.BooleanField) and not isinstance(data.get(name), bool | None):
                message = ErrorDetail("Write true or false, without quotes.", "invalid")
                raise serializers.ValidationError({name: message})


class NothingIn(Reading):
    """A deed that needs no more words than its address: no body, or an empty object."""


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "number"}]})
class AmountIn(serializers.Field):
    """An amount, as a decimal string or a JSON number; more than zero unless `zero` or `negative` is allowed.

    Whether it is whole in its currency is for the service to say, which knows the currency.
    """

    default_error_messages = {
        "not_a_number": 'This is not an amount: write 12.50 or "12.50".',
        "too_large": f"An amount is at most {LARGEST_AMOUNT}.",
        "too_small": "An amount is more than zero.",
        "negative": "An amount is not negative.",
        "too_fine": "No currency has amounts as fine as this.",
    }
    places: ClassVar = 4

    def __init__(self, *, zero: bool = False, negative: bool = False, **options: Any) -> None:
        self.zero, self.negative = zero or negative, negative
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> Decimal:
        amount = self.number(data)
        if abs(amount) > LARGEST_AMOUNT:
            self.fail("too_large")
        if amount < ZERO and not self.negative:
            self.fail("negative" if self.zero else "too_small")
        if amount == ZERO and not self.zero:
            self.fail("too_small")
        return amount

    def number(self, data: Any) -> Decimal:
        """Return the exact number that was written; no float comes in between."""
        if isinstance(data, bool) or not isinstance(data, str | int | Decimal):
            self.fail("not_a_number")
        if len(str(data)) > LONGEST_NUMBER:
            self.fail("too_large")
        if isinstance(data, str) and not WRITTEN.fullmatch(data):
            self.fail("not_a_number")
        amount = Decimal(data)
        if amount.normalize(EXACT).as_tuple().exponent < -self.places:
            self.fail("too_fine")
        return amount

    def to_representation(self, value: Decimal) -> str:
        return f"{plain(value):f}"


class NumberIn(AmountIn):
    """A quantity, a price or a rate: as fine as twelve decimals."""

    places = MOST_PLACES

    default_error_messages: ClassVar = {
        "not_a_number": 'This is not a number: write 1.5 or "1.5".',
        "too_large": f"A number is at most {LARGEST_AMOUNT}.",
        "too_small": "This is more than zero.",
        "negative": "This is not negative.",
        "too_fine": f"At most {MOST_PLACES} decimals are kept.",
    }


class PercentIn(NumberIn):
    """A rate in percent, from 0 to 100: 19, not 0.19."""

    default_error_messages: ClassVar = {"too_large": "A rate is at most 100 percent."}

    def __init__(self, **options: Any) -> None:
        super().__init__(zero=True, **options)

    def to_internal_value(self, data: Any) -> Decimal:
        rate = super().to_internal_value(data)
        if rate > HUNDRED:
            self.fail("too_large")
        return rate


@extend_schema_field({"anyOf": [{"type": "string", "format": name} for name in ("date", "date-time")]})
class DayIn(serializers.DateField):
    """A day, `2026-01-31`. Of a moment, `2026-01-31T00:00:00Z`, the day counts as it is written."""

    def to_internal_value(self, value: Any) -> date:
        written = DAY.fullmatch(value) if isinstance(value, str) else None
        if written is None:
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(written["day"])


@extend_schema_field({"type": "object", "additionalProperties": True})
class ObjectIn(serializers.Field):
    """A JSON object of the caller's own, kept as it is; a number with decimals becomes a text."""

    default_error_messages: ClassVar = {
        "not_an_object": "This is not a JSON object.",
        "too_long": f"At most {LONGEST_OBJECT} characters are kept.",
        "text": "A text has a character that cannot be kept.",
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("not_an_object")
        kept = self.kept(data)
        if len(json.dumps(kept)) > LONGEST_OBJECT:
            self.fail("too_long")
        return kept

    def kept(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self.kept(name): self.kept(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self.kept(inner) for inner in value]
        if isinstance(value, str) and not KEEPABLE.fullmatch(value):
            self.fail("text")
        return str(value) if isinstance(value, Decimal) else value

    def to_representation(self, value: Any) -> Any:
        return value


class ObjectOut(serializers.Field):
    """What kind of thing an answer shows: "credit_note". A constant."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(read_only=True, source="*")

    def to_representation(self, value: Any) -> str:
        return self.name


class ObjectSchema(OpenApiSerializerFieldExtension):
    target_class = "billing.api.fields.ObjectOut"

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        return {"type": "string", "const": self.target.name}


class ThingOut(serializers.Serializer):
    """A thing of ours as it is shown: what it is and its id come first."""

    def get_fields(self) -> dict[str, serializers.Field]:
        fields: dict[str, serializers.Field] = super().get_fields()
        return {name: fields[name] for name in ("object", "id", "status") if name in fields} | fields


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
    """A value of the semantic model, or with `many` a list of them, with the names of `snapshot`."""

    def __init__(self, *, many: bool = False, **options: Any) -> None:
        self.many = many
        super().__init__(read_only=True, **options)

    def to_representation(self, value: Any) -> Any:
        return snapshot.to_json(value)


class ValueSchema(OpenApiSerializerFieldExtension):
    target_class = "billing.api.fields.ValueOut"

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        value = {"type": "object", "additionalProperties": True}
        return {"type": "array", "items": value} if self.target.many else value
