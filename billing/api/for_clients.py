"""What of a platform's papers is not for its customers: who wrote them, what was said among colleagues."""

from collections.abc import Collection
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

INTERNAL: dict[str, Any] = {"internal_comment": "", "approved_by": "", "actor": "", "timeline": []}
"""Fields of our answers, and what a client reads in their place."""
INTERNAL_OF: dict[str, dict[str, Any]] = {"einvoice": {"reference": "", "receiver": "", "message": ""}}
"""The same for what is in one kind of object: these may name a place in the outbox, or an address of ours."""


def is_client(request: Request) -> bool:
    return request.auth is not None and request.auth.is_client


def require_writable(request: Request, said: Collection[str], kept_from_clients: frozenset[str]) -> None:
    """Refuse a client's body that says what only the platform's own people say.

    :raises rest_framework.exceptions.ValidationError: naming the field.
    """
    if is_client(request) and (kept := sorted(kept_from_clients.intersection(said))):
        raise serializers.ValidationError(dict.fromkeys(kept, "This is not for clients."))


def without_internals(data: Any, kept: dict[str, Any] = INTERNAL) -> Any:
    """Return an answer as a client may read it; `kept` is what is kept from clients there."""
    if isinstance(data, dict):
        kept = kept | INTERNAL_OF.get(str(data.get("object")), {})
        return {
            name: kept[name] if name in kept else without_internals(inner, kept)
            for name, inner in data.items()
        }
    return [without_internals(inner, kept) for inner in data] if isinstance(data, list | tuple) else data
