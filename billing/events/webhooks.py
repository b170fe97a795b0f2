"""Tell the listeners: put events on their way, post each, log how it went, notice who cannot be reached."""

import json
import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from django.conf import settings
from django.db import transaction

from . import names
from .addresses import AddressNotAllowed
from .endpoints import EndpointDisabled, disable_endpoint
from .models import Delivery, DeliveryAttempt, Event, WebhookEndpoint
from .payload import payload_of
from .record import nudge, part_of
from .relay import LEASE, MOST_ATTEMPTS, NotNow, attempt
from .sending import Answer, NoAnswer, post
from .signing import signature_headers
from .texts import storable
from .turns import first_in_line, has_to_wait, next_in_line, step_back, told_no_later

logger = logging.getLogger(__name__)

WAITS_FOR = timedelta(days=7)
"""How long after its event a delivery waits for its endpoint to be enabled again."""
MOST_PINGS = 3
"""Attempts of a test, whose result somebody waits for."""
HEADERS = {
    "Content-Type": "application/json",
    "User-Agent": "Billing-Desk/1",
    "Accept-Encoding": "identity",
    "Connection": "close",
}


class NotDelivered(NotNow):
    """It did not reach the listener, or was not answered with a 2xx status; it is tried again."""


@dataclass(frozen=True)
class Message:
    """A payload, signed and ready to be posted."""

    url: str
    headers: dict[str, str]
    body: str


def deliver_webhooks(*, event: Event, at: datetime) -> None:
    """Put the event on its way to every endpoint that listens to it (a reaction)."""
    endpoints = WebhookEndpoint.objects.for_platform(event.platform).filter(is_enabled=True)
    events = told_no_later(event, reaction=deliver_webhooks.__name__)
    rows = [
        Delivery(endpoint=endpoint, event=news, due_at=at)
        for news in events
        for endpoint in endpoints
        if endpoint.listens_to(news.type)
    ]
    with transaction.atomic():
        Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    nudge("deliver", delivery_id=first_in_line(events))


def deliver(*, delivery_id: str, at: datetime) -> None:
    """Send one delivery, unless it is done, another worker has it, or it has to wait.

    Waiting costs it no attempt: the sweep asks again, and whatever it waits for sends for it.
    """
    rows = Delivery.objects.select_related("event", "endpoint")
    delivery = rows.filter(pk=delivery_id).first()
    if delivery is None or waits_for_its_endpoint(delivery, at=at):
        return
    if has_to_wait(delivery, at=at):
        step_back(delivery, at=at)
        return
    claimed = rows.claim(delivery_id, at=at, lease=LEASE)
    if claimed is not None:
        with part_of(claimed.event.request_id):
            attempt(claimed, lambda: send(claimed, at=at), most=most_attempts(claimed))
        if claimed.status != Delivery.Status.PENDING:
            nudge("deliver", delivery_id=next_in_line(claimed))


def most_attempts(delivery: Delivery) -> int:
    return MOST_PINGS if delivery.event.type == names.WEBHOOK_ENDPOINT_PINGED else MOST_ATTEMPTS


@transaction.atomic
def waits_for_its_endpoint(delivery: Delivery, *, at: datetime) -> bool:
    """Tell whether a delivery's endpoint is disabled; then it is put off for as long as it waits at most.

    Whoever enables the endpoint holds its row, and lets go out what waits: that is not to be undone here.
    """
    until = given_up_at(delivery)
    if delivery.endpoint.is_enabled or at >= until:
        return False
    endpoint = WebhookEndpoint.objects.locked().filter(pk=delivery.endpoint_id).first()
    if endpoint is None or endpoint.is_enabled:
        return False
    Delivery.objects.pending().filter(pk=delivery.pk).update(due_at=until)
    return True


def given_up_at(delivery: Delivery) -> datetime:
    """Return until when a delivery waits for its endpoint to be enabled."""
    return delivery.event.created_at + WAITS_FOR


def send(delivery: Delivery, *, at: datetime) -> None:
    """Post the payload once, and log it, whatever comes of it.

    A name that leads to a private address fails like any other: resolvers have bad moments.

    :raises EndpointDisabled: nobody enabled the endpoint in time.
    :raises NotDelivered: it could not be sent, there was no answer, or it was not 2xx.
    """
    endpoint = delivery.endpoint
    if not endpoint.is_enabled:
        disabled = f"{endpoint.url} is disabled."
        raise NotDelivered(disabled) if at < given_up_at(delivery) else EndpointDisabled(disabled)
    message = message_of(delivery, at=at)
    began = time.monotonic()
    answer, pause = None, timedelta(0)
    try:
        answer = post(
            message.url,
            body=message.body.encode(),
            headers=message.headers,
            seconds=settings.WEBHOOKS_SECONDS_TO_ANSWER,
        )
        objection, pause = objection_to(answer, message.url), asked_pause(answer, at=at)
    except (AddressNotAllowed, NoAnswer) as error:
        objection = str(error)
    except Exception as error:
        logger.exception("%s could not be sent", delivery)
        objection = storable(f"{type(error).__name__}: {error}")
    took = round((time.monotonic() - began) * 1000)
    log(delivery, message, answer, error=objection, milliseconds=took, at=at)
    note_health(endpoint, answer, objection, at=at)
    if objection:
        raise NotDelivered(objection, pause=pause)


def message_of(delivery: Delivery, *, at: datetime) -> Message:
    endpoint = delivery.endpoint
    payload = payload_of(delivery.event, version=endpoint.api_version)
    body = json.dumps(payload, separators=(",", ":"), sort_keys=True)
    signature = signature_headers(endpoint, message_id=delivery.event_id, body=body, at=at)
    return Message(endpoint.url, HEADERS | signature, body)


def objection_to(answer: Answer, url: str) -> str:
    """Return why an answer does not count as received; "" if it does."""
    if 200 <= answer.status < 300:
        return ""
    where = {name.lower(): value for name, value in answer.headers.items()}.get("location", "another address")
    if 300 <= answer.status < 400:
        return f"{url} answered {answer.status} and leads to {where}: redirects are not followed"
    return f"{url} answered {answer.status}"


def asked_pause(answer: Answer, *, at: datetime) -> timedelta:
    """Return for how long an answer asks to be left alone (`Retry-After`, in seconds or as a date)."""
    said = {name.lower(): value for name, value in answer.headers.items()}.get("retry-after", "")
    if said.isascii() and said.isdigit():
        return timedelta(seconds=min(int(said), WAITS_FOR.total_seconds()))
    try:
        until = parsedate_to_datetime(said)
        return (until if until.tzinfo else until.replace(tzinfo=UTC)) - at
    except (ValueError, OverflowError):  # no date, or none of this world
        return timedelta(0)


@transaction.atomic
def log(
    delivery: Delivery,
    message: Message,
    answer: Answer | None,
    *,
    error: str,
    milliseconds: int,
    at: datetime,
) -> None:
    """Keep what was sent and what came back, unless somebody has deleted the endpoint meanwhile."""
    came = {
        "response_status": answer.status if answer else None,
        "response_body": answer.body if answer else "",
    }
    if not Delivery.objects.filter(pk=delivery.pk).update(**came):
        return
    DeliveryAttempt.objects.create(
        delivery=delivery,
        at=at,
        milliseconds=milliseconds,
        url=message.url,
        request_headers=message.headers,
        request_body=message.body,
        response_headers=answer.headers if answer else {},
        error=error,
        **came,
    )


def note_health(endpoint: WebhookEndpoint, answer: Answer | None, objection: str, *, at: datetime) -> None:
    """Remember since when nothing arrives at an endpoint; disable one that is gone or failed for too long."""
    rows = WebhookEndpoint.objects.filter(pk=endpoint.pk)
    if not objection:
        rows.filter(failing_since__isnull=False).update(failing_since=None)
        return
    rows.filter(failing_since__isnull=True).update(failing_since=at)
    days = settings.WEBHOOKS_DISABLED_AFTER_DAYS
    long_ago = at - timedelta(days=days)
    if answer and answer.status == HTTPStatus.GONE:
        disable_endpoint(endpoint, because="It answered 410 Gone.", at=at)
    elif endpoint.failing_since and endpoint.failing_since <= long_ago:
        because = f"Nothing arrived for {days} days. {objection}."[:300]
        disable_endpoint(endpoint, because=because, if_failing_since=long_ago, at=at)
