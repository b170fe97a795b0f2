"""Webhook endpoints: add, change, give a new secret, delete, switch off what fails."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from billing.errors import BillingError, Invalid
from billing.platforms.models import Platform
from billing.transactions import entrance, step

from . import names
from .addresses import require_possible
from .corrections import CorrectedMeanwhile, fingerprint
from .models import PAYLOAD_VERSION, Delivery, DeliveryAttempt, WebhookEndpoint
from .payload import versions
from .record import record
from .relay import LEASE
from .signing import new_secret

MOST_ENDPOINTS = 50
USUAL_OVERLAP = timedelta(hours=24)
CHANGEABLE = ("url", "event_types", "description", "is_enabled", "api_version")


class TooManyEndpoints(BillingError):
    code = "too_many_endpoints"
    title = "The platform has as many webhook endpoints as it may have"


class EndpointDisabled(BillingError):
    code = "endpoint_disabled"
    title = "Nothing is sent to a webhook endpoint that is disabled"


class EventTypeUnknown(Invalid):
    code = "event_type_unknown"
    title = "There is no event of that name"


class PayloadVersionUnknown(Invalid):
    code = "payload_version_unknown"
    title = "There is no such version of webhook payloads"


@entrance
def create_endpoint(
    *,
    platform: Platform,
    url: str,
    event_types: Sequence[str] = (),
    description: str = "",
    is_enabled: bool = True,
    api_version: str = PAYLOAD_VERSION,
    actor: str,
    at: datetime,
) -> WebhookEndpoint:
    """Return a new endpoint with its secret, which is told this once. No event types mean all of them.

    :raises AddressNotAllowed: the URL can never be sent to.
    :raises EventTypeUnknown: naming it.
    :raises PayloadVersionUnknown: naming those there are.
    :raises TooManyEndpoints: the platform has enough.
    """
    endpoint = WebhookEndpoint(
        platform=platform,
        url=url,
        event_types=list(dict.fromkeys(event_types)),
        description=description,
        is_enabled=is_enabled,
        api_version=api_version,
        secret=new_secret(),
    )
    require_sound(endpoint)
    Platform.objects.select_for_update(no_key=True).get(pk=platform.pk)  # two at once are counted
    if WebhookEndpoint.objects.for_platform(platform).count() >= MOST_ENDPOINTS:
        raise TooManyEndpoints(f"There are {MOST_ENDPOINTS} already.", limit=MOST_ENDPOINTS)
    endpoint.save(force_insert=True)
    data = {"object": summary_of(endpoint), "previous": {}}
    record(names.WEBHOOK_ENDPOINT_CREATED, platform=platform, about=endpoint, actor=actor, at=at, data=data)
    return endpoint


@entrance
def update_endpoint(
    *,
    platform: Platform,
    endpoint_id: str,
    changes: dict[str, Any],
    seen: str = "",
    actor: str,
    at: datetime,
) -> WebhookEndpoint:
    """Change an endpoint; `changes` holds columns of CHANGEABLE. Nothing happens if it says all that already.

    An endpoint that is enabled again, or has another address, starts with a clean record, and what waited for
    it goes out. `seen` is the fingerprint of what the person looked at; without it nothing is compared.

    :raises AddressNotAllowed, EventTypeUnknown, PayloadVersionUnknown: as `create_endpoint`.
    :raises CorrectedMeanwhile: it is no longer what was looked at.
    """
    endpoint = WebhookEndpoint.objects.for_platform(platform).locked().find(endpoint_id)
    if seen and seen != fingerprint(endpoint):
        raise CorrectedMeanwhile(f"Somebody changed {endpoint} meanwhile. Look at it, then change it again.")
    before = summary_of(endpoint)
    for name in CHANGEABLE:
        setattr(endpoint, name, changes.get(name, getattr(endpoint, name)))
    endpoint.event_types = list(dict.fromkeys(endpoint.event_types))
    require_sound(endpoint)
    previous = difference(before, summary_of(endpoint))
    if not previous:
        return endpoint
    if "is_enabled" in previous:
        endpoint.disabled_at = None if endpoint.is_enabled else at
        endpoint.disabled_because = ""
    if "url" in previous or (endpoint.is_enabled and "is_enabled" in previous):
        endpoint.failing_since = None
        send_what_waits(endpoint, at=at)
    endpoint.save()
    record_change(names.WEBHOOK_ENDPOINT_UPDATED, endpoint, previous, actor=actor, at=at)
    return endpoint


@entrance
def rotate_secret(
    *,
    platform: Platform,
    endpoint_id: str,
    overlap: timedelta = USUAL_OVERLAP,
    actor: str,
    at: datetime,
) -> WebhookEndpoint:
    """Give an endpoint a new secret, told this once; the one before signs too until the overlap ends.

    There are never more than two: rotated again meanwhile, only the newest and the one before it sign.
    """
    endpoint = WebhookEndpoint.objects.for_platform(platform).locked().find(endpoint_id)
    until = at + overlap if overlap > timedelta(0) else None
    before = {"previous_secret_until": told(endpoint.previous_secret_until)}
    endpoint.previous_secret = endpoint.secret if until else ""
    endpoint.previous_secret_until = until
    endpoint.secret = new_secret()
    endpoint.save()
    record_change(names.WEBHOOK_ENDPOINT_ROTATED, endpoint, before, actor=actor, at=at)
    return endpoint


@entrance
def delete_endpoint(*, platform: Platform, endpoint_id: str, actor: str, at: datetime) -> None:
    """Delete an endpoint with its deliveries and their log; the event keeps their numbers. Events stay.

    Workers are kept from adding to them meanwhile; afterwards they find that there is nothing left to do.
    """
    endpoint = (
        WebhookEndpoint.objects.for_platform(platform).select_for_update(of=("self",)).find(endpoint_id)
    )
    data = {"object": summary_of(endpoint), "previous": {}, "deliveries": hold_deliveries(endpoint)}
    record(names.WEBHOOK_ENDPOINT_DELETED, platform=platform, about=endpoint, actor=actor, at=at, data=data)
    deliveries = Delivery.objects.filter(endpoint=endpoint)
    log = DeliveryAttempt.objects.filter(delivery__in=deliveries.order_by().values("pk"))
    for rows in (log, deliveries):
        rows._raw_delete(rows.db)  # none of them is read: there may be a million
    endpoint.delete()


HOLD = """
SELECT status, count(*)
FROM (SELECT status FROM events_delivery WHERE endpoint_id = %s FOR UPDATE) AS held
GROUP BY status
"""


@step
def hold_deliveries(endpoint: WebhookEndpoint) -> dict[str, int]:
    """Lock all deliveries of an endpoint, and return how many there are of each status."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [endpoint.pk])
        return dict.fromkeys(Delivery.Status.values, 0) | dict(cursor.fetchall())


@entrance
def disable_endpoint(
    endpoint: WebhookEndpoint, *, because: str, if_failing_since: datetime | None = None, at: datetime
) -> None:
    """Switch off an endpoint at which nothing arrives; what waits for it stays. Once, whoever is faster.

    With `if_failing_since` it stays on if something has arrived since then.
    """
    row = WebhookEndpoint.objects.select_related("platform").locked().filter(pk=endpoint.pk).first()
    if row is None or not row.is_enabled or row.url != endpoint.url:
        return
    if if_failing_since and not (row.failing_since and row.failing_since <= if_failing_since):
        return
    row.is_enabled, row.disabled_at, row.disabled_because = False, at, because
    row.save()
    record_change(names.WEBHOOK_ENDPOINT_DISABLED, row, {"is_enabled": True}, actor="", at=at)


@step
def send_what_waits(endpoint: WebhookEndpoint, *, at: datetime) -> None:
    """Let the next sweep hand out all that waits for an endpoint, but for what a worker has."""
    waiting = endpoint.deliveries.pending().exclude(leased_until__gt=at, leased_until__lte=at + LEASE)
    waiting.update(due_at=at, leased_until=None)


def require_sound(endpoint: WebhookEndpoint) -> None:
    """Refuse an endpoint that could not be sent to, or would wait for what never comes."""
    require_possible(endpoint.url)
    for place, type_ in enumerate(endpoint.event_types):
        if type_ not in names.ALL:
            raise EventTypeUnknown(
                f"There is no event {type_!r}; GET /v1/event-types lists them.", field=f"event_types.{place}"
            )
    if endpoint.api_version not in versions():
        raise PayloadVersionUnknown(
            f"There is no version {endpoint.api_version!r}; there is {', '.join(versions())}.",
            field="api_version",
            versions=versions(),
        )


@step
def record_change(
    event: str, endpoint: WebhookEndpoint, previous: dict[str, Any], *, actor: str, at: datetime
) -> None:
    data = {"object": summary_of(endpoint), "previous": previous}
    record(event, platform=endpoint.platform, about=endpoint, actor=actor, at=at, data=data)


def summary_of(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """Return an endpoint as its events tell of it: never with a secret."""
    return {
        "object": "webhook_endpoint",
        "id": endpoint.pk,
        "url": endpoint.url,
        "description": endpoint.description,
        "event_types": endpoint.event_types,
        "is_enabled": endpoint.is_enabled,
        "disabled_because": endpoint.disabled_because,
        "api_version": endpoint.api_version,
        "previous_secret_until": told(endpoint.previous_secret_until),
    }


def told(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None


def difference(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    return {name: before[name] for name in now if before[name] != now[name]}
