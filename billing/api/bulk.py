"""What callers send to have the same done with many objects; which fields there are depends on the action."""

from datetime import date
from typing import Any, ClassVar

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.ids import MAX_LENGTH
from billing.jobs.create import MOST_ITEMS

from .fields import Reading
from .mailing import MOST_LISTED, MOST_SUBJECT, MOST_TEXT, AddressesIn
from .resources.jobs import JobView

IDS = {
    "type": "array",
    "items": {"type": "string", "minLength": 1, "maxLength": MAX_LENGTH},
    "minItems": 1,
    "maxItems": MOST_ITEMS,
    "uniqueItems": True,
}


@extend_schema_field(IDS)
class IdsIn(serializers.ListField):
    """Ids of one kind. How many there may be, and that none comes twice, is for the service to say."""

    def __init__(self, **options: Any) -> None:
        one = serializers.CharField(max_length=MAX_LENGTH, trim_whitespace=False)
        super().__init__(child=one, **options)


class ManyIn(Reading):
    """An action, the ids it is for, and the action's own options."""

    OBJECTS: ClassVar[str]
    action = serializers.CharField()

    @classmethod
    def asked(cls, request: Request) -> tuple[list[str], dict[str, Any]]:
        """Return the ids and the options, JSON-ready."""
        said = cls.read(request)
        said.pop("action")
        object_ids: list[str] = said.pop(cls.OBJECTS)
        return object_ids, {
            name: value.isoformat() if isinstance(value, date) else value for name, value in said.items()
        }


class SendManyIn(ManyIn):
    """What a message says that goes to many, each to its own customer."""

    cc = AddressesIn(required=False, max_length=MOST_LISTED)
    subject = serializers.CharField(
        max_length=MOST_SUBJECT,
        required=False,
        trim_whitespace=False,
        help_text="Default: what it is, and its number.",
    )
    message = serializers.CharField(
        max_length=MOST_TEXT,
        required=False,
        trim_whitespace=False,
        help_text="In place of the usual words; number, date and total follow it.",
    )


class BulkView(JobView):
    """Has an action done with many objects. `actions` says which fields each has."""

    actions: ClassVar[dict[str, type[ManyIn]]]

    def ask(self, request: Request) -> Response:
        shape = shape_in(request, self.actions)
        object_ids, options = shape.asked(request)
        deed = f"{request.data['action']}_{shape.OBJECTS.removesuffix('s')}"
        self.require_possible(deed, options)
        return self.begin(request, deed, object_ids, options, field=shape.OBJECTS)

    def require_possible(self, deed: str, options: dict[str, Any]) -> None:
        """Refuse at once what would be refused for every item."""


def shape_in(request: Request, actions: dict[str, type[ManyIn]]) -> type[ManyIn]:
    """Return what a body with its action may have.

    :raises rest_framework.exceptions.ValidationError: there is no such action.
    """
    said = request.data.get("action") if isinstance(request.data, dict) else ""
    if not isinstance(said, str) or said not in actions:
        raise serializers.ValidationError({"action": f"Name one of: {', '.join(actions)}."})
    return actions[said]


def one_of(name: str, actions: dict[str, type[ManyIn]]) -> PolymorphicProxySerializer:
    """Return how the OpenAPI document describes the body: one shape for each action."""
    return PolymorphicProxySerializer(
        component_name=name, serializers=actions, resource_type_field_name="action"
    )


def named(name: str) -> serializers.CharField:
    """Return the field that says which action it is."""
    field = type("ActionIn", (serializers.CharField,), {})
    return extend_schema_field({"type": "string", "enum": [name]})(field)()
