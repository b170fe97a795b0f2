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

from .addresses import AddressNotAllowed
from .endpoints import EndpointDisabled, disable_endpoint
from .models import Delivery, DeliveryAttempt, Event, WebhookEndpoint
from .payload import payload_of
from .record import nudge, part_of
from .relay import LEASE, NotNow, attempt
from .sending import Answer, NoAnswer, post
from .signing import signature_headers
from .turns import first_in_line, has_to_wait, next_in_line, told_no_later

logger = logging.getLogger(__name__)

WAITS_FOR = timedelta(days=7)
"""How long after its event a delivery waits for its endpoint to be enabled again."""
HEADERS = {
    "Content-Type": "application/json",
    "User-Agent": "Billing-Desk/1",
    "Accept-Encoding": "identity",
    "Connection": "close",
}


class NotDelivered(NotNow):
    """The listener did not answer with a 2xx status; the delivery is tried again."""


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
    if delivery is None or has_to_wait(delivery, at=at):
        return
    if not delivery.endpoint.is_enabled and at < given_up_at(delivery):
        Delivery.objects.pending().filter(pk=delivery_id).update(due_at=given_up_at(delivery))
        return
    claimed = rows.claim(delivery_id, at=at, lease=LEASE)
    if claimed is not None:
        with part_of(claimed.event.request_id):
            attempt(claimed, lambda: send(claimed, at=at))
        if claimed.status != Delivery.Status.PENDING:
            nudge("deliver", delivery_id=next_in_line(claimed))


def given_up_at(delivery: Delivery) -> datetime:
    """Return until when a delivery waits for its endpoint to be enabled."""
    return delivery.event.created_at + WAITS_FOR


def send(delivery: Delivery, *, at: datetime) -> None:
    """Post the payload once, and log it.

    :raises EndpointDisabled: nobody enabled the endpoint in time.
    :raises AddressNotAllowed: the endpoint's name leads to an address that is not public.
    :raises NotDelivered: there was no answer, or it was not 2xx.
    """
    endpoint = delivery.endpoint
    if not endpoint.is_enabled:
        raise EndpointDisabled(f"{endpoint.url} is disabled.")
    message = message_of(delivery, at=at)
    began = time.monotonic()
    try:
        answer = post(
            message.url,
            body=message.body.encode(),
            headers=message.headers,
            seconds=settings.WEBHOOKS_SECONDS_TO_ANSWER,
        )
    except (AddressNotAllowed, NoAnswer) as error:
        answer, objection = None, str(error)
        failure: Exception = error if isinstance(error, AddressNotAllowed) else NotDelivered(objection)
    else:
        objection = objection_to(answer, message.url)
        failure = NotDelivered(objection, pause=asked_pause(answer, at=at))
    took = round((time.monotonic() - began) * 1000)
    log(delivery, message, answer, error=objection, milliseconds=took, at=at)
    note_health(endpoint, answer, objection, at=at)
    if objection:
        raise failure


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
    except ValueError:
        return timedelta(0)
    return (until if until.tzinfo else until.replace(tzinfo=UTC)) - at


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
    if answer and answer.status == HTTPStatus.GONE:
        disable_endpoint(endpoint, because="It answered 410 Gone.", at=at)
    elif endpoint.failing_since and at - endpoint.failing_since >= timedelta(days=days):
        disable_endpoint(endpoint, because=f"Nothing arrived for {days} days. {objection}."[:300], at=at)
