"""The names of other products in the OpenAPI document: each beside the property that it stands for."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension

from .aliases import BESIDE, Alias


class WithAliases(OpenApiSerializerExtension):
    """Adds the aliases of a `Reading` to its properties. What is required is told by our names."""

    target_class = "billing.api.fields.Reading"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        schema: dict[str, Any] = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        properties = schema.get("properties", {})
        known = [alias for alias in self.target.aliases if alias.ours in {BESIDE, *properties}]
        properties |= {alias.theirs: property_of(alias, properties) for alias in known}
        return schema


def property_of(alias: Alias, properties: dict[str, Any]) -> dict[str, Any]:
    """Return what an alias may hold: the same as the property it stands for."""
    of = ", ".join(alias.of)
    if alias.ours == BESIDE:
        meaning = f"{of}'s wrapper: its fields are read as if they stood beside it."
        return {"type": "object", "additionalProperties": True, "description": meaning}
    shape = {name: part for name, part in properties[alias.ours].items() if name != "default"}
    limit = {"maxLength": alias.most} if alias.most else {}
    return shape | limit | {"description": f"Same as `{alias.ours}` ({of}); give one of them."}
