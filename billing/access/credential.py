"""What somebody came in with, whatever it is: who acts, for which platform, and what they may do there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from billing.errors import BillingError, Invalid
from billing.platforms.models import Platform, Reach
from billing.platforms.permissions import allows


class CredentialRefused(BillingError):
    code = "authentication_failed"
    status = 401
    title = "The credential is not valid"


class PlatformNotAllowed(BillingError):
    code = "platform_not_allowed"
    status = 403
    title = "This credential does not act for that platform"


class PlatformRequired(Invalid):
    code = "platform_required"
    title = "This credential acts for several platforms: say for which"


@dataclass(frozen=True)
class Place:
    """A platform that somebody may act for, what they may do there, and for whom if for one customer only."""

    platform: Platform
    permissions: frozenset[str]
    customer_id: str = ""

    def __post_init__(self) -> None:
        self.platform.seen_by = self.customer_id


@dataclass(frozen=True)
class Credential:
    """A key or a person at the API.

    `pk` is the id that events keep as the actor's: the key's, or the person's. `place` is where it acts in
    this request; a person with several places has none until one is named. `session_id` is empty for keys.
    """

    pk: str
    actor: str
    reach: Reach
    places: tuple[Place, ...]
    place: Place | None
    requests_per_minute: int | None = None
    session_id: str = ""

    @property
    def platform(self) -> Platform:
        """Whose rows are seen and changed.

        :raises PlatformRequired: several may be meant.
        """
        return self.require_place().platform

    @property
    def permissions(self) -> frozenset[str]:
        """What may be done there.

        :raises PlatformRequired: several platforms may be meant.
        """
        return self.require_place().permissions

    @property
    def customer_id(self) -> str:
        """The customer beyond whose papers it does not reach; empty for staff."""
        return self.require_place().customer_id

    @property
    def is_client(self) -> bool:
        """Whether it acts for a customer, where it acts."""
        return self.place is not None and bool(self.place.customer_id)

    @property
    def granted(self) -> dict[str, Collection[str]]:
        """What it may do on each platform, by the platform's id."""
        return {place.platform.pk: place.permissions for place in self.places}

    def places_where(self, permission: str) -> list[Place]:
        """Return where it may do something."""
        return [place for place in self.places if allows(place.permissions, permission)]

    def require_place(self) -> Place:
        if self.place is None:
            raise PlatformRequired(
                f"Send X-Platform-Id with one of {ids_of(self.places)}.",
                field="X-Platform-Id",
                platforms=[place.platform.pk for place in self.places],
            )
        return self.place


def choose(places: Collection[Place], wanted: str, *, home: str = "") -> Place | None:
    """Return the wanted place, else the home, else the only one; None if several may be meant.

    :raises PlatformNotAllowed: the credential does not act there.
    """
    by_id = {place.platform.pk: place for place in places}
    if wanted and wanted not in by_id:
        raise PlatformNotAllowed(
            f"It acts for {ids_of(places) or 'no platform any more'}.",
            field="X-Platform-Id",
            platforms=list(by_id),
        )
    if wanted or home:
        return by_id[wanted or home]
    return next(iter(places)) if len(places) == 1 else None


def ids_of(places: Collection[Place]) -> str:
    return ", ".join(place.platform.pk for place in places)
