"""An event as listeners and callers of the API see it, in the version that they were made for."""

from collections.abc import Callable, Mapping
from typing import Any

from .models import PAYLOAD_VERSION, Event

Payload = dict[str, Any]
Downgrade = Callable[[Payload], Payload]

FIRST_VERSION = "2026-11-22"
DOWNGRADES: dict[str, Downgrade] = {}
"""By version, which is a day: turns a payload of that version into one of the version before it."""


def versions() -> list[str]:
    """Return every version that an endpoint may have, the newest last."""
    return sorted({FIRST_VERSION, PAYLOAD_VERSION, *DOWNGRADES})


def payload_of(event: Event, *, version: str = PAYLOAD_VERSION) -> Payload:
    """Return an event as JSON: `data.object` is what it is about, `data.previous` what was otherwise."""
    newest = {
        "id": event.pk,
        "object": "event",
        "type": event.type,
        "created_at": event.created_at.isoformat().replace("+00:00", "Z"),
        "platform": event.platform_id,
        "object_id": event.object_id,
        "actor": event.actor,
        "actor_id": event.actor_id,
        "request_id": event.request_id,
        "data": {"object": {}, "previous": {}} | event.data,
    }
    return as_of(version, newest, DOWNGRADES)


def as_of(version: str, payload: Payload, downgrades: Mapping[str, Downgrade]) -> Payload:
    """Return a payload of the newest version as it was in an earlier one."""
    for newer in sorted(downgrades, reverse=True):
        if newer > version:
            payload = downgrades[newer](payload)
    return payload | {"api_version": version}
