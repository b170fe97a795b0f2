"""Which page of a list somebody asks for, and of which rows."""

from dataclasses import dataclass
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from billing.lists import Listing

from .expanding import asked_for
from .exports import FORMATS
from .fields import Reading

MOST_ROWS, USUAL_ROWS = 100, 10
MOST_SKIPPED = 100_000
"""A cursor finds any page at the same cost; rows that are skipped have to be counted off one by one."""
OWN = frozenset(
    {
        "limit",
        "cursor",
        "offset",
        "take",
        "skip",
        "order_by",
        "order_direction",
        "sort_by[asc]",
        "sort_by[desc]",
        "include",
        "expand",
        "format",
    }
)
"""Parameters that are no filters."""


class PageIn(Reading):
    """How much of a list, from where, in which order."""

    limit = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, required=False)
    cursor = serializers.CharField(default="", allow_blank=True, max_length=1000)
    take = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, required=False)
    skip = serializers.IntegerField(min_value=0, max_value=MOST_SKIPPED, required=False)
    order_by = serializers.CharField(default="", allow_blank=True, max_length=100)
    order_direction = serializers.CharField(default="", allow_blank=True, max_length=10)
    include = serializers.CharField(default="", allow_blank=True, max_length=100)
    format = serializers.ChoiceField(choices=["json", *FORMATS], default="json")

    def validate_include(self, said: str) -> str:
        if said not in {"", "total"}:
            raise serializers.ValidationError("Only `total` can be included.")
        return said

    def validate(self, page: dict[str, Any]) -> dict[str, Any]:
        skips = "take" in page or "skip" in page
        for name in ("cursor", "limit"):
            if skips and page.get(name):
                raise serializers.ValidationError(
                    {name: "Give take and skip, or limit and cursor, not both."}
                )
        if page["format"] != "json" and (skips or page.get("cursor") or page.get("limit")):
            raise serializers.ValidationError({"format": "A file has the whole list: leave out the page."})
        return page


@dataclass(frozen=True)
class Asked:
    """A list's query string, read."""

    page: dict[str, Any]
    filters: list[tuple[str, str]]
    expanded: frozenset[str]

    @property
    def skips(self) -> bool:
        return "take" in self.page or "skip" in self.page

    @property
    def most(self) -> int:
        asked: int = self.page.get("take" if self.skips else "limit", USUAL_ROWS)
        return asked


def read(request: Request, listing: Listing) -> Asked:
    """Return what a list's query string asks for. A name given twice is refused."""
    for name, values in request.query_params.lists():
        if len(values) > 1:
            raise serializers.ValidationError({name: "This is given more than once."})
    said = dict(request.query_params.items())
    page = {name: said[name] for name in OWN & set(said) if name != "expand"}
    if offset := page.pop("offset", ""):  # Chargebee's name for it
        page |= {"cursor": offset}
    for direction in ("asc", "desc"):
        if by := page.pop(f"sort_by[{direction}]", ""):
            page |= {"order_by": by, "order_direction": direction}
    reading = PageIn(data=page)
    reading.is_valid(raise_exception=True)
    filters = [(name, text) for name, text in said.items() if name not in OWN]
    return Asked(dict(reading.validated_data), filters, asked_for(request, listing))
