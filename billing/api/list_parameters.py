"""How the OpenAPI document describes what a list can be asked for."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter

from billing.lists import Listing
from billing.lists.filters import SEVERAL, Filter

from .exports import FORMATS
from .page import MOST_ROWS, MOST_SKIPPED, USUAL_ROWS

Schema = dict[str, Any]


def list_parameters(listing: Listing) -> list[OpenApiParameter]:
    """Return the parameters of a list: how much, from where, in which order, and every filter."""
    number = {"type": "integer", "minimum": 1, "maximum": MOST_ROWS}
    return [
        query("limit", number, f"Rows on a page; {USUAL_ROWS} if nothing is said."),
        query("cursor", {"type": "string"}, "`next_cursor` of the page before."),
        query("take", number, "As `limit`, with `skip`."),
        query(
            "skip",
            {"type": "integer", "minimum": 0, "maximum": MOST_SKIPPED},
            "Rows to leave out. A cursor costs the same on every page; this does not.",
        ),
        query("order_by", {"type": "string", "enum": list(listing.orders)}, "Default: the first."),
        query("order_direction", {"type": "string", "enum": ["desc", "asc"], "default": "desc"}, ""),
        query("include", {"type": "string", "enum": ["total"]}, "Count all rows that the filters keep."),
        query("format", {"type": "string", "enum": ["json", *FORMATS]}, "The whole list as a file."),
        *expand_parameter(listing),
        *(filter_parameter(name, one, known_as(listing, name)) for name, one in listing.filters.items()),
    ]


def expand_parameter(listing: Listing) -> list[OpenApiParameter]:
    names = list(listing.expands)
    allowed = ", ".join(f"`{name}`" for name in names)
    return [query("expand", {"type": "string"}, f"Show along, by commas: {allowed}.")] if names else []


def known_as(listing: Listing, name: str) -> list[str]:
    """Return the names that other products have for a filter."""
    return [theirs for theirs, ours in listing.aliases.items() if ours == name]


def filter_parameter(name: str, one: Filter, aliases: list[str]) -> OpenApiParameter:
    """Return a filter: `name=value`, or `name[operator]=value`."""
    operators = {operator: operand(one, operator) for operator in one.OPERATORS}
    schema = {
        "anyOf": [
            one.SCHEMA,
            {"type": "object", "properties": operators, "additionalProperties": False},
        ]
    }
    described = ", ".join(f"`{operator}`" for operator in one.OPERATORS)
    besides = "".join(f" Also as `{alias}`." for alias in aliases)
    return OpenApiParameter(
        name,
        schema,
        OpenApiParameter.QUERY,
        style="deepObject",
        explode=True,
        description=(
            f"`{name}=…`, or with an operator, `{name}[{one.OPERATORS[-1]}]=…`: {described}.{besides}"
        ),
    )


def operand(one: Filter, operator: str) -> Schema:
    if operator == "is_present":
        return {"type": "boolean"}
    return {"type": "string", "description": "`[a,b]`"} if operator in SEVERAL else one.SCHEMA


def query(name: str, schema: Schema, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, schema, OpenApiParameter.QUERY, description=description)
