"""Words that every operation of the OpenAPI document shares: its refusals, headers and lists."""

from functools import cache
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from billing.lists import Listing

from .exports import FORMATS
from .fields import ObjectOut
from .list_parameters import expand_parameter, list_parameters

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="At most 255 characters, kept for 48 hours: the same call with the same key is done once.",
)
BYTES = OpenApiTypes.BINARY
FILES = {
    (200, content_type.partition(";")[0]): OpenApiResponse(BYTES, "The whole list, with `format`.")
    for _, content_type in FORMATS.values()
}

MEANINGS = {
    400: "The request has the wrong shape.",
    401: "No valid credential was sent.",
    403: "The credential lacks a permission, which is named.",
    404: "There is no such thing on this platform.",
    409: "The state or the balance says no; `code` and the facts say why.",
    411: "The request does not say how long its body is.",
    413: "The body or the file is too large.",
    415: "The body has the wrong content type.",
    422: "The document breaks rules of EN 16931; `rules` lists them.",
    429: "Too many requests; `Retry-After` says when to come again.",
    500: "A fault of ours, which its request id finds in our logs. With an Idempotency-Key, send it again.",
    503: "Something that is needed is away for a moment; `Retry-After` says when to come again.",
}


class RuleOut(serializers.Serializer):
    id = serializers.CharField()
    message = serializers.CharField()
    location = serializers.CharField()


class FieldErrorOut(serializers.Serializer):
    """One field that is wrong: its path as it was sent, a sentence, and a word for programs."""

    field = serializers.CharField(allow_blank=True)
    message = serializers.CharField()
    reason = serializers.CharField()


class ProblemOut(serializers.Serializer):
    """RFC 9457 problem details; more facts may stand beside these."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField(help_text="Each has a page at `/v1/problems/{code}`. There may be new ones.")
    field = serializers.CharField(required=False)
    errors = FieldErrorOut(many=True, required=False)
    rules = RuleOut(many=True, required=False)
    retry_after = serializers.IntegerField(required=False, help_text="Seconds.")
    request_id = serializers.CharField(required=False)


def operation(
    name: str,
    summary: str,
    *,
    permission: str,
    instead: str = "",
    answers: Any,
    status: int = 200,
    body: Any = None,
    query: Any = None,
    listing: Listing | None = None,
    expands: Listing | None = None,
    also: dict[str, str] | None = None,
    refusals: tuple[int, ...] = (),
    idempotent: bool = False,
    media_type: str = "application/json",
) -> Any:
    """Describe one operation of a view: its name in generated clients, what it takes, answers and refuses.

    `listing` is what a list can be asked for; `expands` the one whose things a single answer can show along.
    `also` names the permissions that fields of the body need besides, `instead` one that does as well.
    """
    parameters = [IDEMPOTENCY_KEY] if idempotent else []
    parameters += [query] if query else []
    parameters += list_parameters(listing) if listing else []
    parameters += expand_parameter(expands) if expands else []
    problems = {
        (code, "application/problem+json"): OpenApiResponse(ProblemOut, MEANINGS[code])
        for code in sorted({400, 401, 403, *refusals})
    }
    return extend_schema(
        operation_id=name,
        summary=summary,
        description=needs_of(permission, instead, also or {}),
        extensions={"x-permissions": permissions_of(permission, instead, also or {})},
        parameters=parameters,
        request=body,
        responses={(status, media_type): answers} | (FILES if listing else {}) | problems,
    )


def permissions_of(permission: str, instead: str, also: dict[str, str]) -> dict[str, Any]:
    """Return which permissions an operation needs, for programs; `any` where one of several does."""
    if instead:
        return {"always": [], "any": [permission, instead], "with": also}
    return {"always": [permission] if permission else [], "with": also}


def needs_of(permission: str, instead: str, also: dict[str, str]) -> str:
    """Say which permissions an operation needs, and with which fields more of them."""
    if not permission:
        return "Needs no permission."
    if instead:
        return f"Needs the permission `{permission}` or `{instead}`, and shows what each of them lets see."
    more = "".join(f"; with `{field}` also `{needed}`" for field, needed in also.items())
    return f"Needs the permission `{permission}`{more}."


@cache
def list_of(item: type[serializers.Serializer]) -> type[serializers.Serializer]:
    """Return the shape of one page of a list."""
    fields = {
        "object": ObjectOut("list"),
        "data": item(many=True),
        "has_more": serializers.BooleanField(),
        "next_cursor": serializers.CharField(allow_null=True),
        "total": serializers.IntegerField(required=False, help_text="With `include=total`."),
        "results": serializers.IntegerField(required=False, help_text="With take and skip: rows here."),
        "skip": serializers.IntegerField(required=False, help_text="With take and skip."),
    }
    name = item.__name__.removeprefix("Listed").removesuffix("Out")
    return type(f"{name}ListOut", (serializers.Serializer,), fields)
