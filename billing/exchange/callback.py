"""Messages of access points about what they were given: who signed them, and which e-invoice they mean."""

import base64
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from billing.errors import NotFound
from billing.events.signing import new_secret, secrets_of
from billing.platforms.querysets import PlatformQuerySet

from .hear import News, hear
from .invoice_response import InvoiceResponse
from .models import Channel, EInvoice, EInvoiceChange
from .parcels import read_message_id
from .refusals import CallbackNotSigned
from .route import Route
from .steps import IGNORED

TOLERANCE = timedelta(minutes=5)
"""How far the sender's clock may be from ours."""
LONGEST_KEY = 200
NOBODYS_SECRET = new_secret()
"""What a message to a channel that does not exist is compared with, so that it takes as long."""


def signed_channel(channel_id: str, *, headers: Mapping[str, str], body: bytes, at: datetime) -> Channel:
    """Return the channel whose secret signed a message, as Standard Webhooks define it.

    Whether there is such a channel at all is not said to strangers.

    :raises CallbackNotSigned: no such channel, another secret, or an old message.
    """
    rows = Channel.objects.select_related("platform", "billing_entity")
    channel = None if "\0" in channel_id else rows.filter(pk=channel_id).first()
    secrets = secrets_of(channel, at=at) if channel else [NOBODYS_SECRET]
    key, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "")[:1000].split()
    expected = [signature(secret, key, moment, body) for secret in secrets if secret]
    is_signed = any(hmac.compare_digest(one.encode(), other) for one in given for other in expected)
    has_key = 0 < len(key) <= LONGEST_KEY and key.isprintable()
    if channel is None or not is_signed or not has_key or not is_fresh(moment, at):
        raise CallbackNotSigned(
            "Sign it with the channel's secret, as Standard Webhooks say, and send it now."
        )
    return channel


def signature(secret: str, key: str, moment: str, body: bytes) -> bytes:
    """Return the signature of a message: `v1,` and base64."""
    secret_bytes = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(secret_bytes, f"{key}.{moment}.".encode() + body, sha256).digest()
    return b"v1," + base64.b64encode(signed)


def is_fresh(moment: str, at: datetime) -> bool:
    is_number = moment.isascii() and moment.isdigit() and len(moment) <= 12
    return is_number and abs(int(moment) - at.timestamp()) <= TOLERANCE.total_seconds()


def hear_status(
    routes: Sequence[Route],
    channel: Channel,
    *,
    message_id: str = "",
    reference: str = "",
    news: News,
    at: datetime,
) -> EInvoice:
    """Take what an access point says of an e-invoice, which it names by our message id or its reference.

    :raises NotFound: this channel has sent no such e-invoice.
    """
    found = by_message_id(channel, message_id) if message_id else by_reference(channel, reference)
    if found is None:
        raise NotFound("This channel has sent no such e-invoice.", id=message_id or reference)
    einvoice, number = found
    return heard(routes, channel, einvoice, replace(news, round=number), at=at)


def by_message_id(channel: Channel, message_id: str) -> tuple[EInvoice, int] | None:
    """Return the e-invoice and the round that a message id of ours names."""
    einvoice_id, number = read_message_id(message_id)
    found = sent_by(channel).filter(pk=einvoice_id, round__gte=number).first()
    return (found, number) if found and number else None


def by_reference(channel: Channel, reference: str) -> tuple[EInvoice, int] | None:
    """Return the e-invoice that goes by a reference, or did; and the round, this one or one before it."""
    if reference and (found := sent_by(channel).filter(reference=reference).first()):
        return found, found.round
    past = EInvoiceChange.objects.filter(einvoice__in=sent_by(channel), reference=reference)
    change = past.select_related("einvoice").last() if reference else None
    if change is None:
        return None
    einvoice = change.einvoice
    scheduled = einvoice.changes.filter(status=EInvoice.Status.SCHEDULED).exclude(reason_code=IGNORED).last()
    is_earlier = scheduled is not None and change.pk < scheduled.pk
    return einvoice, einvoice.round - is_earlier


def hear_invoice_response(
    routes: Sequence[Route], channel: Channel, told: InvoiceResponse, *, key: str, at: datetime
) -> EInvoice:
    """Take a receiver's Invoice Response, which names our document by its number.

    :raises NotFound: this channel has sent no e-invoice of that number.
    """
    kinds = [route for route in routes if (route.model.KIND == "credit_note") == told.is_note]
    for route in [*kinds, *(route for route in routes if route not in kinds)]:
        papers = route.model.objects.for_platform(channel.platform).filter(
            billing_entity=channel.billing_entity_id, number=told.number
        )
        found = sent_by(channel).filter(document_id__in=papers.values("pk")).first()
        if found:
            news = News(response=told.response, message=told.message, key=key)
            return heard(routes, channel, found, news, at=at)
    raise NotFound(f"This channel has sent no e-invoice {told.number[:100]!r}.", id=told.number[:100])


def sent_by(channel: Channel) -> PlatformQuerySet:
    rows = EInvoice.objects.for_platform(channel.platform).filter(billing_entity=channel.billing_entity_id)
    return rows.filter(may_have_left=True)


def heard(
    routes: Sequence[Route], channel: Channel, einvoice: EInvoice, news: News, *, at: datetime
) -> EInvoice:
    route = next(route for route in routes if einvoice.document_kind == route.model.KIND)
    return hear(
        route,
        platform=channel.platform,
        document_id=einvoice.document_id,
        news=news,
        actor=channel.get_transport_display(),
        at=at,
    )
