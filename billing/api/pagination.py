"""Lists: newest first, by cursor. The cursor is the id of a page's last row, for ids sort by time."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from .fields import Reading


class PageIn(Reading):
    limit = serializers.IntegerField(min_value=1, max_value=100, default=10)
    cursor = serializers.CharField(default="", max_length=40)


def page(
    request: Request, rows: QuerySet, out: Callable[[Any], dict[str, Any]], wish: dict[str, Any]
) -> Response:
    """Answer one page of `rows`. `wish` holds `limit` and `cursor`; `out` turns a row into JSON."""
    rows = rows.order_by("-id")
    if wish["cursor"]:
        rows = rows.filter(id__lt=wish["cursor"])
    found = list(rows[: wish["limit"] + 1])
    shown = found[: wish["limit"]]
    has_more = len(found) > len(shown)
    return Response(
        {
            "object": "list",
            "data": [out(row) for row in shown],
            "has_more": has_more,
            "next_cursor": shown[-1].pk if has_more else None,
        }
    )
