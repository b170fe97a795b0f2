"""The look-up at a directory over HTTP, whose answers are remembered for a few minutes."""

import hashlib
import logging
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit, urlunsplit

import msgspec
from django.conf import settings
from django.core.cache import cache
from redis import RedisError

from billing import clock
from billing.documents.snapshot import Identifier
from billing.events.addresses import AddressNotAllowed
from billing.events.sending import Answer, NoAnswer, get
from billing.events.webhooks import asked_pause
from billing.exchange.models import Channel
from billing.exchange.port import NotNow

logger = logging.getLogger(__name__)

YES_IS_KEPT_FOR, NO_IS_KEPT_FOR = 600, 60
"""Seconds. Who was not found is perhaps being entered at this moment."""
HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "User-Agent": "Billing-Desk/1",
    "Connection": "close",
}


class Said(msgspec.Struct):
    """The body of an answer."""

    receives: bool


def receives(channel: Channel, receiver: Identifier, profile: str) -> bool:
    """Tell whether a directory knows a receiver for a profile.

    :raises NotNow: it does not say.
    """
    url = address_of(channel.lookup_address, receiver, profile)
    key = f"lookup:{channel.pk}:{hashlib.sha256(url.encode()).hexdigest()}"
    known = remembered(key)
    if known is None:
        known = ask(url)
        remember(key, known)
    return known


def address_of(directory: str, receiver: Identifier, profile: str) -> str:
    """Return the directory's address with the question after whatever it asks already."""
    parts = urlsplit(directory)
    question = urlencode({"scheme": receiver.scheme, "id": receiver.id, "profile": profile})
    query = "&".join(part for part in (parts.query, question) if part)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


WHO = "The directory of receivers"
"""What messages say: its address may have a secret in it."""


def ask(url: str) -> bool:
    try:
        answer = get(url, headers=HEADERS, seconds=settings.EINVOICE_SECONDS_TO_ANSWER)
    except (AddressNotAllowed, NoAnswer) as error:
        raise NotNow(str(error).replace(url, WHO)) from error
    if answer.status == HTTPStatus.NOT_FOUND:
        return False
    if answer.status != HTTPStatus.OK:
        raise NotNow(f"{WHO} answered {answer.status}", pause=asked_pause(answer, at=clock.now()))
    return understood(answer)


def understood(answer: Answer) -> bool:
    try:
        return msgspec.json.decode(answer.body, type=Said).receives
    except msgspec.MsgspecError as error:
        raise NotNow(f"{WHO} answered with what is no answer: {error}") from error


def remembered(key: str) -> bool | None:
    try:
        known: bool | None = cache.get(key)
    except RedisError as error:
        logger.warning("Redis did not tell what a directory had said: %s", error)
        return None
    return known


def remember(key: str, known: bool) -> None:
    try:
        cache.set(key, known, YES_IS_KEPT_FOR if known else NO_IS_KEPT_FOR)
    except RedisError as error:
        logger.warning("Redis did not keep what a directory said: %s", error)
