"""From the secret of an API key to what it lets in."""

from datetime import datetime, timedelta

from billing.platforms.keys import find_key
from billing.platforms.models import ApiKey, Reach
from billing.platforms.permissions import of_client

from .credential import Credential, CredentialRefused, Place, choose

USE_IS_NOTED_EVERY = timedelta(minutes=1)


class KeyExpired(CredentialRefused):
    code = "api_key_expired"
    title = "This API key has expired"


class KeyRevoked(CredentialRefused):
    code = "api_key_revoked"
    title = "This API key was revoked"


def recognise(secret: str, *, platform_id: str, at: datetime) -> Credential:
    """Return what a key's secret lets in, for the named platform, or without a name for the key's own.

    :raises CredentialRefused, KeyExpired, KeyRevoked: nothing. Who knows the secret may know the last two.
    :raises PlatformNotAllowed: the key does not act there.
    """
    key = find_key(secret)
    if key is None:
        raise CredentialRefused("There is no such API key.")
    if key.revoked_at:
        raise KeyRevoked(f"It was revoked at {key.revoked_at:%Y-%m-%d %H:%M:%S} UTC.")
    if not key.is_valid_at(at):
        raise KeyExpired(f"It expired at {key.expires_at:%Y-%m-%d %H:%M:%S} UTC.")
    note_use(key, at=at)
    places = places_of(key)
    return Credential(
        pk=key.pk,
        actor=f"API key {key.name} ({key.prefix}…)",
        reach=Reach(key.reach),
        places=places,
        place=choose(places, platform_id, home=key.platform_id),
        requests_per_minute=key.requests_per_minute,
    )


def places_of(key: ApiKey) -> tuple[Place, ...]:
    """Return where a key acts, its own platform first."""
    if key.reach == Reach.CLIENT:
        return (Place(key.platform, of_client(key.permissions), str(key.customer_id)),)
    more = key.more_platforms.all() if key.reach == Reach.DIRECTORY else ()
    return tuple(Place(platform, frozenset(key.permissions)) for platform in (key.platform, *more))


def note_use(key: ApiKey, *, at: datetime) -> None:
    if key.last_used_at is None or at - key.last_used_at > USE_IS_NOTED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=at)
