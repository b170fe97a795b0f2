"""`Idempotency-Key`: the key, the change and the answer commit together, or none of them does."""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import connection
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from billing import clock
from billing.access.origins import first_of
from billing.errors import BillingError, Invalid
from billing.transactions import in_transaction

from .models import IdempotencyKey

KEPT_FOR = timedelta(hours=48)
MOST_CHARACTERS = 255
ACCEPTABLE = re.compile(rf"[\x21-\x7e]{{1,{MOST_CHARACTERS}}}")


class IdempotencyKeyInvalid(Invalid):
    code = "idempotency_key_invalid"
    title = "The Idempotency-Key is not one"


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
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return method(view, request, *args, **kwargs)
        if not ACCEPTABLE.fullmatch(key):
            raise IdempotencyKeyInvalid(
                f"Send 1 to {MOST_CHARACTERS} letters, digits and signs of ASCII, without spaces.",
                field="Idempotency-Key",
            )
        return in_transaction(
            lambda: once(key, view, request, lambda: method(view, request, *args, **kwargs))
        )

    run.is_idempotent = True
    return run


def once(key: str, view: Any, request: Request, call: Callable[[], Response]) -> Response:
    """Answer from the store, or call and store. Needs a transaction."""
    whose = {"platform": view.platform, "customer_id": request.auth.customer_id, "key": key}
    digest = digest_of(request)
    if not take_turn(f"{view.platform.pk}:{request.auth.customer_id}:{key}"):
        raise RequestInProgress("Ask again in a moment; it is answered from the first then.", retry_after=1)
    now = clock.now()
    stored = IdempotencyKey.objects.filter(**whose).first()
    if stored and now - stored.created_at > KEPT_FOR:
        stored.delete()
        stored = None
    if stored is None:
        response = call()
        IdempotencyKey.objects.create(
            **whose,
            request_digest=digest,
            status=response.status_code,
            body=kept(response),
            created_at=now,
        )
        return response
    if stored.request_digest != digest:
        raise IdempotencyKeyReused("Use a fresh key for a different request.", idempotency_key=key)
    return replay(stored)


def kept(response: Response) -> dict[str, Any]:
    """Return an answer as it is stored: its JSON as a text, for jsonb would sort the names."""
    headers = {name: value for name, value in response.items() if name != "Content-Type"}
    return {"text": JSONRenderer().render(response.data).decode(), "headers": headers}


def replay(stored: IdempotencyKey) -> Response:
    """Return an answer as it was given before: the same bytes, once it is written out."""
    data = json.loads(stored.body["text"] or "null")
    headers = stored.body["headers"] | {"Idempotent-Replayed": "true"}
    return Response(data, status=stored.status, headers=headers)


def take_turn(name: str) -> bool:
    """Take the lock of this name until the transaction ends; False when another transaction has it."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        return bool(cursor.fetchone()[0])


def digest_of(request: Request) -> str:
    """Return a digest of what was asked, and by whom: a key that was rotated stays the same one.

    Somebody else may not be permitted what the first was, so no answer is repeated to them.
    """
    body = request.data
    if not isinstance(body, bytes):
        body = json.dumps(body, sort_keys=True, cls=JSONEncoder).encode()
    asked = f"{first_of(request.auth.pk)}\n{request.method} {request.get_full_path()}\n"
    return hashlib.sha256(asked.encode() + body).hexdigest()
