"""Is it alive, and is it ready? For load balancers and for whoever is called at night."""

from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection
from django.http import HttpRequest, JsonResponse

from billing import clock
from billing.events.models import Reaction

from .audit.nightly import last_audit


def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 while the process can answer at all."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when everything a request needs is there, else 503; each part is named either way."""
    parts = {name: check(probe) for name, probe in PROBES.items()}
    ready = all(state == "ok" for state in parts.values())
    body = {
        "status": "ok" if ready else "not ready",
        **parts,
        "oldest_work_seconds": oldest_work(),
        "audit": audited(),
    }
    return JsonResponse(body, status=200 if ready else 503)


def check(probe: Callable[[], Any]) -> str:
    try:
        probe()
    except Exception as error:  # noqa: BLE001 - whatever is wrong, say so
        return type(error).__name__
    return "ok"


def ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def ask_store() -> None:
    default_storage.connection.meta.client.head_bucket(Bucket=default_storage.bucket_name)


PROBES = {"database": ask_database, "redis": lambda: cache.get("readyz"), "files": ask_store}


def audited() -> dict[str, Any] | None:
    """Return how the last nightly audit went. What it found does not make a process less ready."""
    try:
        return last_audit()
    except Exception:  # noqa: BLE001 - Redis' own probe tells
        return None


def oldest_work() -> int | None:
    """Return how long the oldest undone reaction has waited, in seconds; None if it cannot be known."""
    try:
        oldest = (
            Reaction.objects.pending().order_by("event__created_at").values_list("event__created_at").first()
        )
    except Exception:  # noqa: BLE001 - the database's own probe tells
        return None
    return int((clock.now() - oldest[0]).total_seconds()) if oldest else 0
