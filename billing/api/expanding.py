"""`expand=customer,lines`: show the thing itself where an answer has only its id, or leaves it out."""

from typing import Any

from django.db.models import Model
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.utils import Direction
from rest_framework import serializers
from rest_framework.fields import SkipField
from rest_framework.request import Request

from billing.lists import FilterInvalid, Listing

from .permissions import require

EXPANDED = "expanded"
"""Where the serializers find what was asked for, in their context."""


def asked_for(request: Request, listing: Listing) -> frozenset[str]:
    """Return the names in the query's `expand`.

    :raises FilterInvalid: one of them cannot be shown along.
    :raises PermissionMissing: the caller may not see it where it stands by itself.
    """
    said = request.query_params.get("expand", "")
    names = frozenset(name.strip() for name in said.split(",") if name.strip())
    if unknown := sorted(names - set(listing.expands)):
        allowed = ", ".join(listing.expands) or "nothing"
        raise FilterInvalid(f"{unknown[0][:100]!r} cannot be expanded here; {allowed} can.", field="expand")
    for needed in sorted({listing.expands[name].needs for name in names} - {""}):
        require(request, needed)
    return names


def paths_of(listing: Listing, expanded: frozenset[str]) -> list[str]:
    """Return the relations to fetch along for what was asked for."""
    return sorted({path for name in expanded for path in listing.expands[name].paths})


class Expandable(serializers.Field):
    """A related thing: its id, or the whole of it where `expand` names this field.

    `brief` is shown instead of the id; it is a serializer of the row itself.
    """

    def __init__(
        self,
        shape: type[serializers.Serializer],
        *,
        brief: type[serializers.Serializer] | None = None,
        **options: Any,
    ) -> None:
        self.shape, self.brief = shape, brief
        super().__init__(read_only=True, source="*", **options)

    def to_representation(self, row: Model) -> Any:
        if getattr(row, f"{self.field_name}_id") is None:
            return None
        if self.field_name in self.context.get(EXPANDED, frozenset()):
            return self.shape(getattr(row, self.field_name), context=self.bare).data
        return self.brief(row).data if self.brief else getattr(row, f"{self.field_name}_id")

    @property
    def bare(self) -> dict[str, Any]:
        """The context for what is shown along, in which nothing is expanded any further."""
        return {**self.context, EXPANDED: frozenset()}


class ExpandableParts(serializers.Field):
    """Parts that a list leaves out unless `expand` names them."""

    def __init__(self, shape: type[serializers.Serializer], *, source: str = "", **options: Any) -> None:
        self.shape, self.relation = shape, source
        super().__init__(source="*", required=False, **options)

    def get_attribute(self, instance: Any) -> Any:
        if self.field_name not in self.context.get(EXPANDED, frozenset()):
            raise SkipField
        return getattr(instance, self.relation or self.field_name).all()

    def to_representation(self, rows: Any) -> Any:
        return self.shape(rows, many=True, context=self.context).data


class ExpandableSchema(OpenApiSerializerFieldExtension):
    """An id, or the thing."""

    target_class = "billing.api.expanding.Expandable"

    def map_serializer_field(self, auto_schema: Any, direction: Direction) -> dict[str, Any]:
        shape = auto_schema.resolve_serializer(self.target.shape, direction).ref
        brief = self.target.brief
        short = auto_schema.resolve_serializer(brief, direction).ref if brief else {"type": "string"}
        return {"anyOf": [short, shape, *([{"type": "null"}] if self.target.allow_null else [])]}


class ExpandablePartsSchema(OpenApiSerializerFieldExtension):
    target_class = "billing.api.expanding.ExpandableParts"

    def map_serializer_field(self, auto_schema: Any, direction: Direction) -> dict[str, Any]:
        return {"type": "array", "items": auto_schema.resolve_serializer(self.target.shape, direction).ref}
