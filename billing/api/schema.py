"""Words that every operation of the OpenAPI document shares: its refusals, headers and lists."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="At most 255 characters, kept for 48 hours: the same call with the same key is done once.",
)
BYTES = OpenApiTypes.BINARY

MEANINGS = {
    400: "The request has the wrong shape.",
    401: "No valid credential was sent.",
    403: "The credential lacks a permission, which is named.",
    404: "There is no such thing on this platform.",
    409: "The state or the balance says no; `code` and the facts say why.",
    413: "The file is too large.",
    415: "The body has the wrong content type.",
    422: "The document breaks rules of EN 16931; `rules` lists them.",
}


class RuleOut(serializers.Serializer):
    id = serializers.CharField()
    message = serializers.CharField()
    location = serializers.CharField()


class ProblemOut(serializers.Serializer):
    """RFC 9457 problem details; more facts may stand beside these."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    field = serializers.CharField(required=False)
    rules = RuleOut(many=True, required=False)


def operation(
    name: str,
    summary: str,
    *,
    permission: str,
    answers: Any,
    status: int = 200,
    body: Any = None,
    query: Any = None,
    refusals: tuple[int, ...] = (),
    idempotent: bool = False,
    media_type: str = "application/json",
) -> Any:
    """Describe one operation of a view: its name in generated clients, what it takes, answers and refuses."""
    parameters = [IDEMPOTENCY_KEY] if idempotent else []
    parameters += [query] if query else []
    problems = {
        (code, "application/problem+json"): OpenApiResponse(ProblemOut, MEANINGS[code])
        for code in sorted({400, 401, 403, *refusals})
    }
    return extend_schema(
        operation_id=name,
        summary=summary,
        description=f"Needs the permission `{permission}`.",
        parameters=parameters,
        request=body,
        responses={(status, media_type): answers} | problems,
    )


def list_of(item: type[serializers.Serializer]) -> type[serializers.Serializer]:
    """Return the shape of one page of a list."""
    fields = {
        "object": serializers.CharField(),
        "data": item(many=True),
        "has_more": serializers.BooleanField(),
        "next_cursor": serializers.CharField(allow_null=True),
    }
    return type(f"{item.__name__.removesuffix('Out')}ListOut", (serializers.Serializer,), fields)
