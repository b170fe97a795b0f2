"""Deliveries that a person or a program asks for: a test, and one that went out before."""

from datetime import datetime

from django.db import transaction

from billing.errors import NotFound
from billing.platforms.models import Platform
from billing.transactions import entrance

from . import names
from .endpoints import EndpointDisabled, summary_of
from .models import Delivery, WebhookEndpoint
from .record import nudge, record
from .retry import put_back

RESENT = "Resent"


@entrance
def ping_endpoint(*, platform: Platform, endpoint_id: str, actor: str, at: datetime) -> Delivery:
    """Send an endpoint a test event, whatever it listens to; nobody else hears of it.

    :raises EndpointDisabled: enable it first.
    """
    endpoint = WebhookEndpoint.objects.for_platform(platform).locked().find(endpoint_id)
    require_enabled(endpoint)
    data = {"object": summary_of(endpoint), "previous": {}}
    (event,) = record(
        names.WEBHOOK_ENDPOINT_PINGED, platform=platform, about=endpoint, actor=actor, at=at, data=data
    )
    delivery = Delivery.objects.create(endpoint=endpoint, event=event, due_at=at)
    send_soon(delivery)
    return delivery


@entrance
def resend_delivery(
    *, platform: Platform, endpoint_id: str, delivery_id: str, actor: str, at: datetime
) -> Delivery:
    """Send an event to an endpoint again, with all its attempts before it; one that waits goes out now.

    It has the same `webhook-id`, by which a listener that got it already knows it.

    :raises EndpointDisabled: enable it first.
    :raises NothingToTryAgain: a worker has it at this moment.
    """
    endpoint = WebhookEndpoint.objects.for_platform(platform).locked().find(endpoint_id)
    delivery = find_delivery(endpoint, delivery_id)
    require_enabled(endpoint)
    sent: Delivery = put_back(delivery, reason=RESENT, also_done=True, actor=actor, at=at)
    send_soon(sent)
    return sent


def find_delivery(endpoint: WebhookEndpoint, delivery_id: str) -> Delivery:
    """Return one delivery of an endpoint.

    :raises NotFound: it has none of that id.
    """
    rows = endpoint.deliveries.select_related("event", "endpoint")
    delivery: Delivery | None = None if "\0" in delivery_id else rows.filter(pk=delivery_id).first()
    if delivery is None:
        raise NotFound(f"There is no delivery {delivery_id!r} here.", id=delivery_id)
    return delivery


def require_enabled(endpoint: WebhookEndpoint) -> None:
    if not endpoint.is_enabled:
        raise EndpointDisabled(
            f"{endpoint.url} is disabled. Enable it first.", disabled_because=endpoint.disabled_because
        )


def send_soon(delivery: Delivery) -> None:
    """Let a worker have it as soon as it is committed."""
    transaction.on_commit(lambda: nudge("deliver", delivery_id=[delivery.pk]), robust=True)
