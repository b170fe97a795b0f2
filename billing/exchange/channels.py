"""How a seller's e-invoices leave the house: set, changed, given a new secret."""

import re
from datetime import datetime, timedelta
from typing import Any

from billing.errors import Invalid
from billing.events import names
from billing.events.addresses import AddressNotAllowed, require_possible
from billing.events.corrections import CorrectedMeanwhile, fingerprint
from billing.events.endpoints import USUAL_OVERLAP
from billing.events.record import record
from billing.events.signing import new_secret
from billing.platforms.models import BillingEntity, Platform
from billing.platforms.shapes import entity_shape
from billing.transactions import entrance, step

from .models import Channel

CHANGEABLE = ("method", "transport", "address", "folder", "lookup", "lookup_address")
FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
LONGEST_FOLDER = 200


class ChannelIncomplete(Invalid):
    code = "channel_incomplete"
    title = "The way that was chosen for e-invoices needs an address"


class FolderNotPossible(Invalid):
    code = "folder_not_possible"
    title = "There is no such folder in an outbox"


def channel_of(*, platform: Platform, billing_entity_id: str) -> Channel:
    """Return how a seller's e-invoices leave; where nobody has said so, a row that is not stored: off.

    :raises NotFound: there is no such billing entity.
    """
    entity: BillingEntity = BillingEntity.objects.for_platform(platform).find(billing_entity_id)
    row = Channel.objects.for_platform(platform).filter(billing_entity=entity).first()
    return row or Channel(platform=entity.platform, billing_entity=entity)


@entrance
def configure_channel(
    *,
    platform: Platform,
    billing_entity_id: str,
    seen: str = "",
    actor: str,
    at: datetime,
    **said: str,
) -> Channel:
    """Change what is said of CHANGEABLE, and nothing else. Nothing happens if it is like that already.

    `seen` is the fingerprint of what the person looked at; without it nothing is compared.

    :raises NotFound: there is no such billing entity.
    What is neither changed nor used is not looked at: a channel can always be switched off.

    :raises ChannelIncomplete: over HTTP, but nobody said where to.
    :raises AddressNotAllowed: an address can never be called; `field` says which.
    :raises FolderNotPossible: it is no path below the outbox.
    :raises CorrectedMeanwhile: it is no longer what was looked at.
    """
    channel = held(platform=platform, billing_entity_id=billing_entity_id)
    if seen and seen != seen_of(channel):
        raise CorrectedMeanwhile("Somebody changed it meanwhile. Look at it, then change it again.")
    before = channel_shape(channel)
    for name in CHANGEABLE:
        setattr(channel, name, said.get(name, getattr(channel, name)))
    after = channel_shape(channel)
    require_sound(channel, changed={name for name in CHANGEABLE if after[name] != before[name]})
    if after != before:
        channel.secret = channel.secret or new_secret()
        store(channel, before, actor=actor, at=at)
    return channel


@entrance
def rotate_secret(
    *,
    platform: Platform,
    billing_entity_id: str,
    overlap: timedelta = USUAL_OVERLAP,
    actor: str,
    at: datetime,
) -> Channel:
    """Give a channel a new secret, told this once; the one before counts too until the overlap ends.

    There are never more than two: rotated again meanwhile, only the newest and the one before it count.

    :raises NotFound: there is no such billing entity.
    """
    channel = held(platform=platform, billing_entity_id=billing_entity_id)
    before = channel_shape(channel)
    until = at + overlap if channel.secret and overlap > timedelta(0) else None
    channel.previous_secret = channel.secret if until else ""
    channel.previous_secret_until = until
    channel.secret = new_secret()
    store(channel, before, actor=actor, at=at)
    return channel


@step
def held(*, platform: Platform, billing_entity_id: str) -> Channel:
    """Hold a seller and its channel, and return the channel: two who make it at once make one."""
    entity = BillingEntity.objects.for_platform(platform).locked().find(billing_entity_id)
    row = Channel.objects.for_platform(platform).locked().filter(billing_entity=entity).first()
    return row or Channel(platform=entity.platform, billing_entity=entity)


@step
def store(channel: Channel, before: dict[str, Any], *, actor: str, at: datetime) -> None:
    """Store a channel and record it as a change of its seller, without the secrets."""
    channel.created_at = channel.created_at or at
    channel.updated_at = at
    channel.save()
    entity = channel.billing_entity
    data = {
        "object": entity_shape(entity) | {"einvoicing": channel_shape(channel)},
        "previous": {"einvoicing": before},
    }
    record(
        names.BILLING_ENTITY_UPDATED, platform=channel.platform, about=entity, actor=actor, at=at, data=data
    )


def require_sound(channel: Channel, *, changed: set[str]) -> None:
    """Refuse a channel through which nothing could go, of which something is changed or in use."""
    is_on = channel.method != Channel.Method.OFF
    looks_up = channel.transport != Channel.Transport.EMAIL
    if channel.transport == Channel.Transport.HTTP and (is_on or changed & {"transport", "address"}):
        require_address(channel.address, "address")
    if channel.lookup == Channel.Lookup.HTTP and (
        (is_on and looks_up) or changed & {"lookup", "lookup_address"}
    ):
        require_address(channel.lookup_address, "lookup_address")
    for name in changed & {"address", "lookup_address"}:
        if url := getattr(channel, name):
            require_address(url, name)
    folder = channel.folder if "folder" in changed else ""
    if folder and (len(folder) > LONGEST_FOLDER or not FOLDER.fullmatch(folder)):
        raise FolderNotPossible(
            f"A folder has up to {LONGEST_FOLDER} letters, digits, dots, dashes and low lines, each part "
            "beginning with a letter or a digit: acme/outgoing.",
            field="folder",
        )


def require_address(url: str, field: str) -> None:
    if not url:
        raise ChannelIncomplete("Say which address is to be called.", field=field)
    try:
        require_possible(url)
    except AddressNotAllowed as refusal:
        raise AddressNotAllowed(refusal.detail, field=field) from refusal


def seen_of(channel: Channel) -> str:
    """Return what tells whether a channel is still as somebody saw it."""
    return "not there" if channel._state.adding else fingerprint(channel)


def channel_shape(channel: Channel) -> dict[str, Any]:
    """Return how a seller's e-invoices leave, as the API and its events show it, JSON-ready: no secret."""
    until = channel.previous_secret_until
    return {
        "object": "einvoicing",
        "billing_entity": channel.billing_entity_id,
        **{name: str(getattr(channel, name)) for name in CHANGEABLE},
        "callback_url": None if channel._state.adding else f"/v1/einvoice-callbacks/{channel.pk}",
        "previous_secret_until": until.isoformat().replace("+00:00", "Z") if until else None,
    }
