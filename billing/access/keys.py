"""API keys: made, rotated, revoked."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from billing.errors import BillingError, Invalid, NotFound
from billing.events import names
from billing.events.record import actor_id, record
from billing.platforms.keys import PREFIX_LENGTH, digest_of, new_secret
from billing.platforms.models import ApiKey, Customer, Platform, Reach
from billing.platforms.permissions import EVERYTHING
from billing.platforms.querysets import PlatformQuerySet
from billing.transactions import entrance

from .granting import (
    Granted,
    rate_within,
    require_future,
    require_grantable,
    require_rate,
    require_reach,
    require_yours,
)

USUAL_OVERLAP = timedelta(hours=24)
LONGEST_OVERLAP = timedelta(days=30)


class KeyNotValid(BillingError):
    code = "api_key_not_valid"
    title = "The API key is no longer valid"


class KeyReplaced(BillingError):
    code = "api_key_replaced"
    title = "The API key was rotated before"


class OverlapTooLong(Invalid):
    code = "overlap_too_long"
    title = "The replaced key would stay valid for too long"


@entrance
def create_key(
    *,
    platform: Platform,
    name: str,
    permissions: Sequence[str] = (EVERYTHING,),
    reach: str = Reach.STAFF,
    customer_id: str = "",
    more_platform_ids: Collection[str] = (),
    requests_per_minute: int | None = None,
    expires_at: datetime | None = None,
    granted: Granted,
    most_requests: int | None = None,
    secret: str = "",
    actor: str,
    at: datetime,
) -> tuple[ApiKey, str]:
    """Return a new key and its secret, which cannot be read again.

    `granted` is what its maker may do, `most_requests` how many requests a minute a key that makes it may
    make; None: as many as are asked for. A directory's key also acts for `more_platform_ids`, a client's for
    `customer_id` alone. `secret` may be given for a demo.

    :raises PermissionUnknown, PermissionNotForClients, ExpiryNotPossible: that is why.
    :raises PermissionNotYours: its maker may not do that, or may make no keys, on one of the platforms.
    :raises RateNotYours: it was to make more requests a minute than its maker.
    :raises NotFound: there is no such customer; Invalid: the reach asks for another, or for none.
    """
    more = sorted(set(more_platform_ids) - {platform.pk})
    require_reach(reach, customer_id=customer_id, more=more)
    require_grantable(permissions, reach=reach)
    require_yours(permissions, reach=reach, platform_ids=[platform.pk, *more], granted=granted)
    require_future(expires_at, at=at)
    customer = customer_of(platform, customer_id) if customer_id else None
    secret = secret or new_secret()
    key = ApiKey.objects.create(
        platform=platform,
        name=name,
        prefix=secret[:PREFIX_LENGTH],
        digest=digest_of(secret),
        permissions=sorted(set(permissions)),
        reach=reach,
        customer=customer,
        requests_per_minute=rate_within(requests_per_minute, most=most_requests),
        created_by=actor,
        created_by_id=actor_id.get(),
        expires_at=expires_at,
    )
    key.more_platforms.set(more)
    record(
        names.API_KEY_CREATED,
        platform=platform,
        about=key,
        actor=actor,
        at=at,
        data={"object": summary_of(key), "previous": {}},
    )
    return key, secret


@entrance
def rotate_key(
    *,
    platform: Platform,
    key_id: str,
    overlap: timedelta = USUAL_OVERLAP,
    expires_at: datetime | None = None,
    granted: Granted,
    most_requests: int | None = None,
    actor: str,
    at: datetime,
) -> tuple[ApiKey, str]:
    """Return a key with the rights of another, and its secret; the other ends when the overlap does.

    Without `expires_at` it expires when the other would have. A key is rotated where it belongs.

    :raises KeyNotValid, KeyReplaced: the other has ended, or was rotated before.
    :raises OverlapTooLong, ExpiryNotPossible, PermissionNotYours, RateNotYours: as for a new key.
    """
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise OverlapTooLong(f"At most {LONGEST_OVERLAP.days} days.", field="overlap_hours")
    require_future(expires_at, at=at)
    old = ApiKey.objects.for_platform(platform).locked().find(key_id)
    require_rotatable(old, at=at)
    more = list(old.more_platforms.values_list("pk", flat=True))
    require_yours(old.permissions, reach=old.reach, platform_ids=[old.platform_id, *more], granted=granted)
    require_rate(old.requests_per_minute, most=most_requests)
    before = summary_of(old)
    secret = new_secret()
    new = ApiKey.objects.create(
        platform=platform,
        name=old.name,
        prefix=secret[:PREFIX_LENGTH],
        digest=digest_of(secret),
        permissions=old.permissions,
        reach=old.reach,
        customer_id=old.customer_id,
        requests_per_minute=old.requests_per_minute,
        replaces=old,
        created_by=actor,
        created_by_id=actor_id.get(),
        expires_at=expires_at or old.expires_at,
    )
    new.more_platforms.set(more)
    old.expires_at = min(at + overlap, old.expires_at or at + overlap)
    old.save(update_fields=["expires_at"])
    data = {"object": summary_of(old), "previous": changes(before, summary_of(old)), "replaced_by": new.pk}
    record(names.API_KEY_ROTATED, platform=platform, about=old, actor=actor, at=at, data=data)
    data = {"object": summary_of(new), "previous": {}}
    record(names.API_KEY_CREATED, platform=platform, about=new, actor=actor, at=at, data=data)
    return new, secret


@entrance
def revoke_key(*, platform: Platform, key_id: str, actor: str, at: datetime) -> ApiKey:
    """End a key at once, for ever; one that belongs to another platform ends for this one only.

    :raises KeyNotValid: it was revoked before.
    """
    key: ApiKey = keys_acting_on(platform).locked().find(key_id)
    require_not_revoked(key)
    before = summary_of(key)
    if key.platform_id == platform.pk:
        key.revoked_at = at
        key.save(update_fields=["revoked_at"])
    else:
        key.more_platforms.remove(platform)
    data = {"object": summary_of(key), "previous": changes(before, summary_of(key))}
    record(names.API_KEY_REVOKED, platform=platform, about=key, actor=actor, at=at, data=data)
    return key


def customer_of(platform: Platform, customer_id: str) -> Customer:
    try:
        customer: Customer = Customer.objects.for_platform(platform).find(customer_id)
    except NotFound as missing:
        missing.field = "customer"
        raise
    return customer


def keys_acting_on(platform: Platform) -> PlatformQuerySet:
    """Return the keys that act for a platform: its own, and those of other platforms' directories."""
    guests = ApiKey.more_platforms.through.objects.filter(platform=platform)
    return ApiKey.objects.filter(Q(platform=platform) | Q(pk__in=guests.values("apikey")))


def platform_ids_of(key: ApiKey) -> list[str]:
    """Return where a key acts, its own platform first."""
    return [key.platform_id, *(platform.pk for platform in key.more_platforms.all())]


def summary_of(key: ApiKey) -> dict[str, Any]:
    """Return a key as events tell of it: never its secret, nor the digest."""
    return {
        "object": "api_key",
        "id": key.pk,
        "name": key.name,
        "prefix": key.prefix,
        "reach": key.reach,
        "permissions": key.permissions,
        "customer": key.customer_id,
        "platforms": platform_ids_of(key),
        "requests_per_minute": key.requests_per_minute,
        "replaces": key.replaces_id,
        "expires_at": moment(key.expires_at),
        "revoked_at": moment(key.revoked_at),
    }


def changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return what was, of all that is now different."""
    return {name: value for name, value in before.items() if after[name] != value}


def moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def require_not_revoked(key: ApiKey) -> None:
    if key.revoked_at:
        raise KeyNotValid(
            f"{key} was revoked at {key.revoked_at:%Y-%m-%d %H:%M:%S} UTC.",
            revoked_at=key.revoked_at.isoformat(),
        )


def require_rotatable(key: ApiKey, *, at: datetime) -> None:
    """Refuse to rotate a key that has ended, or has a successor."""
    if not key.is_valid_at(at):
        raise KeyNotValid(f"{key} has ended: make a new key.", id=key.pk)
    successor = ApiKey.objects.filter(replaces=key).first()
    if successor:
        raise KeyReplaced(f"{key} was replaced by {successor}: rotate that one.", replaced_by=successor.pk)
