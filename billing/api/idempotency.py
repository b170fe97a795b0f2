"""`Idempotency-Key`: the key, the change and the answer commit together, or none of them does."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import connection
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from billing import clock
from billing.errors import BillingError, Invalid
from billing.transactions import in_transaction

from .models import IdempotencyKey

KEPT_FOR = timedelta(hours=48)
MOST_CHARACTERS = 255


class IdempotencyKeyReused(BillingError):
    code = "idempotency_key_reused"
    title = "This Idempotency-Key came with another request before"


class RequestInProgress(BillingError):
    code = "request_in_progress"
    title = "The first request with this Idempotency-Key is still running"


def idempotent(method: Callable[..., Response]) -> Callable[..., Response]:
    """Let a caller send a POST again: with the same key it is answered as the first time, and done once.

    A refusal stores nothing, so that the key may be tried again when the request is mended.
    """

    @wraps(method)
    def run(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return method(view, request, *args, **kwargs)
        if len(key) > MOST_CHARACTERS:
            raise Invalid(f"An Idempotency-Key has at most {MOST_CHARACTERS} characters.")
        return in_transaction(lambda: once(key, request, lambda: method(view, request, *args, **kwargs)))

    return run


def once(key: str, request: Request, call: Callable[[], Response]) -> Response:
    """Answer from the store, or call and store. Needs a transaction."""
    platform = request.auth.platform
    digest = digest_of(request)
    if not take_turn(f"{platform.pk}:{key}"):
        raise RequestInProgress("Ask again in a moment; it will be answered from the first request.")
    now = clock.now()
    stored = IdempotencyKey.objects.filter(platform=platform, key=key).first()
    if stored and now - stored.created_at > KEPT_FOR:
        stored.delete()
        stored = None
    if stored is None:
        response = call()
        body = json.loads(json.dumps(response.data, cls=JSONEncoder))
        IdempotencyKey.objects.create(
            platform=platform,
            key=key,
            request_digest=digest,
            status=response.status_code,
            body=body,
            created_at=now,
        )
        return response
    if stored.request_digest != digest:
        raise IdempotencyKeyReused("Use a fresh key for a different request.", idempotency_key=key)
    return Response(stored.body, status=stored.status, headers={"Idempotent-Replayed": "true"})


def take_turn(name: str) -> bool:
    """Take the lock of this name until the transaction ends; False when another transaction has it."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        return bool(cursor.fetchone()[0])


def digest_of(request: Request) -> str:
    """Return a digest of what was asked: the method, the address and the body as it was understood."""
    body = request.data
    if not isinstance(body, bytes):
        body = json.dumps(body, sort_keys=True, cls=JSONEncoder).encode()
    return hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode() + body).hexdigest()
