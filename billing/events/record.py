"""Write down what happened, in the transaction that made it happen, and nudge a worker on commit."""

from __future__ import annotations

import contextvars
import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction
from django.utils.module_loading import import_string
from kombu.exceptions import OperationalError
from structlog.contextvars import bound_contextvars

from billing.platforms.models import Platform
from billing.transactions import step

from . import names
from .models import Event, Reaction

if TYPE_CHECKING:
    from collections.abc import Callable

    Deed = Callable[..., None]

logger = logging.getLogger(__name__)

NUDGE_IS_TRUSTED_FOR = timedelta(seconds=10)
"""How long the sweep waits for the nudge's worker before it hands the work out itself."""

BROKER_IS_LEFT_ALONE_FOR = 30.0
"""Seconds after a nudge that it did not take: one that hangs would otherwise hold up every request."""
_broker_is_down_until = 0.0

request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")
actor_id: contextvars.ContextVar[str] = contextvars.ContextVar("actor_id", default="")
"""The id of the person or key that acts, beside the name that services are told; the edge sets it."""
stated_reason: contextvars.ContextVar[str] = contextvars.ContextVar("stated_reason", default="")


@contextmanager
def because(reason: str) -> Iterator[None]:
    """Put the reason that a person gave for a deed into every event the deed records."""
    token = stated_reason.set(reason)
    try:
        yield
    finally:
        stated_reason.reset(token)


@contextmanager
def part_of(request: str) -> Iterator[None]:
    """Do something as a part of a request: whatever is recorded or logged meanwhile carries its id."""
    token = request_id.set(request)
    try:
        with bound_contextvars(request_id=request):
            yield
    finally:
        request_id.reset(token)


@cache
def reactions() -> dict[str, dict[str, Deed]]:
    """Return the table of reactions: event name to the deeds that follow it, by their names."""
    table: dict[str, tuple[Deed, ...]] = import_string(settings.EVENT_REACTIONS)
    assert set(table) <= names.ALL, f"undeclared events: {set(table) - names.ALL}"
    return {event: {deed.__name__: deed for deed in deeds} for event, deeds in table.items()}


@step
def record(
    *types: str,
    platform: Platform | None,
    about: models.Model,
    at: datetime,
    actor: str = "",
    data: dict[str, Any] | None = None,
) -> list[Event]:
    """Write an event of each type, and the reactions they ask for. `data` is JSON-ready."""
    assert set(types) <= names.ALL, f"undeclared events: {set(types) - names.ALL}"
    reason = stated_reason.get()
    data = (data or {}) | ({"reason": reason} if reason else {})
    events = Event.objects.bulk_create(
        Event(
            platform=platform,
            type=type,
            object_id=about.pk,
            data=data,
            actor=actor,
            actor_id=actor_id.get(),
            request_id=request_id.get(),
            created_at=at,
        )
        for type in types
    )
    due = at + NUDGE_IS_TRUSTED_FOR
    work = Reaction.objects.bulk_create(
        Reaction(event=event, name=name, due_at=due)
        for event in events
        for name in reactions().get(event.type, ())
    )
    transaction.on_commit(lambda: nudge("react", reaction_id=[row.pk for row in work]), robust=True)
    return events


def nudge(task: str, *, room: str = "events", **ids: Iterable[Any]) -> None:
    """Ask the workers to do a task of a room's `tasks.py` for each id: `nudge("react", reaction_id=[7, 8])`.

    A broker that is down is left alone for a while: the sweep finds the work.
    """
    global _broker_is_down_until
    if time.monotonic() < _broker_is_down_until:
        return
    tasks = import_module(f"billing.{room}.tasks")
    try:
        for name, values in ids.items():
            for value in values:
                getattr(tasks, task).apply_async(kwargs={name: value}, retry=False)
    except (OSError, OperationalError) as error:
        _broker_is_down_until = time.monotonic() + BROKER_IS_LEFT_ALONE_FOR
        logger.warning("The broker did not take a nudge (%s); the sweep will.", error)
