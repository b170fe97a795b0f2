"""Tell the listeners: sign a payload (Standard Webhooks), send it, back off."""

import base64
import json
import logging
import secrets
from datetime import datetime
from typing import Any

import requests
from django.conf import settings
from django.db import transaction
from standardwebhooks.webhooks import Webhook
from urllib3.exceptions import HTTPError

from billing.errors import BillingError

from .addresses import require_public
from .models import Delivery, Event, WebhookEndpoint
from .record import nudge
from .relay import LEASE, attempt

logger = logging.getLogger(__name__)

SECONDS_TO_ANSWER = 10
KEPT_OF_AN_ANSWER = 2000
"""Bytes of its body."""
HEADERS = {
    "Content-Type": "application/json",
    "User-Agent": "Billing-Desk/1",
    "Accept-Encoding": "identity",
}


class NotDelivered(Exception):
    """The listener did not answer with a 2xx status; the delivery is tried again."""


class EndpointDisabled(BillingError):
    """The endpoint was disabled while the delivery waited; it is given up."""

    code = "endpoint_disabled"
    title = "The webhook endpoint is disabled"


def new_secret() -> str:
    """Return a fresh signing secret in the form Standard Webhooks defines: `whsec_` and base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def payload_of(event: Event) -> dict[str, Any]:
    return {
        "id": event.pk,
        "type": event.type,
        "created_at": event.created_at.isoformat().replace("+00:00", "Z"),
        "platform": event.platform_id,
        "request_id": event.request_id,
        "data": event.data,
    }


def deliver_webhooks(*, event: Event, at: datetime) -> None:
    """Put the event on its way to every endpoint that listens to it (a reaction)."""
    endpoints = WebhookEndpoint.objects.for_platform(event.platform).filter(is_enabled=True)
    rows = [
        Delivery(endpoint=endpoint, event=event, due_at=at)
        for endpoint in endpoints
        if endpoint.listens_to(event.type)
    ]
    with transaction.atomic():
        Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    nudge("deliver", delivery_id=Delivery.objects.pending().filter(event=event).values_list("pk", flat=True))


def deliver(*, delivery_id: str, at: datetime) -> None:
    """Send one delivery, unless it is done or another worker has it."""
    delivery = Delivery.objects.select_related("event", "endpoint").claim(delivery_id, at=at, lease=LEASE)
    if delivery is not None:
        attempt(delivery, lambda: send(delivery, at=at))


def send(delivery: Delivery, *, at: datetime) -> None:
    """Post the payload once.

    :raises NotDelivered: the answer was not 2xx.
    """
    url = delivery.endpoint.url
    if not delivery.endpoint.is_enabled:
        raise EndpointDisabled(f"{url} is disabled.")
    if not settings.WEBHOOKS_MAY_BE_PRIVATE:
        require_public(url)
    body = json.dumps(payload_of(delivery.event), separators=(",", ":"), sort_keys=True)
    with requests.post(
        url,
        data=body.encode(),
        headers=HEADERS | signature_headers(delivery, body, at),
        timeout=SECONDS_TO_ANSWER,
        allow_redirects=False,
        stream=True,
    ) as answer:
        delivery.response_status = answer.status_code
        delivery.response_body = beginning_of(answer)
    delivery.save(update_fields=["response_status", "response_body"])
    if not 200 <= answer.status_code < 300:
        raise NotDelivered(f"{url} answered {answer.status_code}")


def beginning_of(answer: requests.Response) -> str:
    """Return what of an answer's body came at once, for a person to read; its status is what counts.

    Never all of it: a listener could answer without end. PostgreSQL keeps no NUL.
    """
    try:
        kept: bytes = answer.raw.read1(KEPT_OF_AN_ANSWER) or b""
    except (HTTPError, OSError):
        return ""
    return kept.decode(errors="replace").replace("\0", "")


def signature_headers(delivery: Delivery, body: str, at: datetime) -> dict[str, str]:
    """Return the three headers of Standard Webhooks. The id is the event's, the same on every attempt."""
    signature = Webhook(delivery.endpoint.secret).sign(delivery.event_id, at, body)
    return {
        "webhook-id": delivery.event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
    }
