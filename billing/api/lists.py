"""Answer a list: narrowed, ordered, one page of it, or the whole of it as a file."""

from typing import Any

from django.db.models import QuerySet, prefetch_related_objects
from django.http import HttpResponseBase
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from billing.lists import Keyset, Listing

from .expanding import EXPANDED, asked_for, paths_of
from .exports import export
from .page import Asked, read


def answer_list(
    request: Request,
    listing: Listing,
    rows: QuerySet,
    shape: type[serializers.Serializer],
    **more: Any,
) -> HttpResponseBase:
    """Answer one page of `rows`, which are those of one platform, each as `shape`; or all of them as a file.

    `more` stands beside the rows. The number of queries is the same for every page and filter.
    """
    asked = read(request, listing)
    found = listing.narrowed(rows, asked.filters)
    order = listing.in_order(
        found, by=asked.page["order_by"], direction=asked.page["order_direction"].lower()
    )
    if asked.page["format"] != "json":
        return export(order, listing, asked.page["format"], name=rows.model._meta.verbose_name_plural)
    page, has_more = page_of(order, asked)
    prefetch_related_objects(page, *paths_of(listing, asked.expanded))
    body = {
        "object": "list",
        "data": shape(page, many=True, context={EXPANDED: asked.expanded}).data,
        "has_more": has_more,
        "next_cursor": order.cursor_of(page[-1]) if has_more else None,
        **more,
    }
    if asked.skips:
        body |= {"results": len(page), "skip": asked.page.get("skip", 0)}
    if asked.page["include"]:
        body["total"] = found.count()
    return Response(body)


def answer_one(
    request: Request, listing: Listing, row: Any, shape: type[serializers.Serializer], status: int = 200
) -> Response:
    """Answer one thing as `shape`, with what `expand` asks for of all that the list could show along.

    What answers a change has its usual form: a refusal of `expand` would come after the change was made.
    """
    expanded = asked_for(request, listing) if request.method in SAFE_METHODS else frozenset()
    prefetch_related_objects([row], *paths_of(listing, expanded))
    return Response(shape(row, context={EXPANDED: expanded}).data, status=status)


def page_of(order: Keyset, asked: Asked) -> tuple[list[Any], bool]:
    """Return the rows of a page, and whether more follow."""
    rows = order.in_order(cursor=asked.page["cursor"])
    start = asked.page.get("skip", 0)
    if start:  # look only at the index until the page begins
        keys = list(rows.values_list("pk", flat=True)[start : start + asked.most + 1])
        found = list(order.in_order().filter(pk__in=keys))
    else:
        found = list(rows[: asked.most + 1])
    return found[: asked.most], len(found) > asked.most
