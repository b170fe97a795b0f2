"""What a key may be given, and by whom: nobody grants what they may not do themselves."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.conf import settings

from billing.errors import BillingError, Invalid
from billing.platforms.models import Reach
from billing.platforms.permissions import ACCESS_GRANT, ALL, EVERYTHING, OF_CLIENTS, allows, of_client

Granted = Mapping[str, Collection[str]]
"""What somebody may do on each platform, by the platform's id."""


class PermissionUnknown(Invalid):
    code = "permission_unknown"
    title = "There is no such permission"


class PermissionNotForClients(Invalid):
    code = "permission_not_for_clients"
    title = "A customer's own key may not do that"


class PermissionNotYours(BillingError):
    code = "permission_not_yours"
    status = 403
    title = "Nobody grants what they may not do themselves"


class RateNotYours(BillingError):
    code = "rate_not_yours"
    status = 403
    title = "Nobody grants more requests a minute than they have themselves"


class ExpiryNotPossible(Invalid):
    code = "expiry_not_possible"
    title = "A key expires in the future"


def require_reach(reach: str, *, customer_id: str, more: Collection[str]) -> None:
    if (reach == Reach.CLIENT) != bool(customer_id):
        sentence = (
            "A client's key needs the customer whose papers it reaches."
            if reach == Reach.CLIENT
            else "Only a client's key has a customer."
        )
        raise Invalid(sentence, field="customer")
    if more and reach != Reach.DIRECTORY:
        raise Invalid("Only a directory's key acts for more platforms than one.", field="platforms")


def require_grantable(permissions: Collection[str], *, reach: str) -> None:
    """Refuse what nobody can grant, or nobody to a client.

    :raises PermissionUnknown, PermissionNotForClients: naming what.
    """
    unknown = sorted(set(permissions) - ALL - {EVERYTHING})
    if unknown:
        raise PermissionUnknown(
            f"There is no permission {unknown[0]!r}.",
            field="permissions",
            unknown=unknown,
            known=[EVERYTHING, *sorted(ALL)],
        )
    beyond = sorted(set(permissions) - OF_CLIENTS - {EVERYTHING})
    if reach == Reach.CLIENT and beyond:
        raise PermissionNotForClients(
            f"{beyond[0]} is not for clients.",
            field="permissions",
            refused=beyond,
            possible=sorted(OF_CLIENTS),
        )


def require_yours(
    permissions: Collection[str], *, reach: str, platform_ids: Collection[str], granted: Granted
) -> None:
    """Refuse to grant what the one who grants may not do, on each platform of a key.

    :raises PermissionNotYours: naming what is missing where. An unknown platform looks the same.
    """
    wanted = of_client(permissions) if reach == Reach.CLIENT else frozenset(permissions)
    for platform_id in platform_ids:
        own = granted.get(platform_id, ())
        missing = [name for name in [ACCESS_GRANT, *sorted(wanted)] if not allows(own, name)]
        if missing:
            raise PermissionNotYours(
                f"On {platform_id} you may not do {missing[0]} yourself.",
                field="permissions" if own else "platforms",
                platform=platform_id,
                permissions=missing,
            )


def require_future(expires_at: datetime | None, *, at: datetime) -> None:
    if expires_at is not None and expires_at <= at:
        raise ExpiryNotPossible("It would have expired already.", field="expires_at")


def rate_within(asked: int | None, *, most: int | None) -> int | None:
    """Return how many requests a minute a key may make; None is as many as every key.

    `most` is what the key that makes it may make, and what it gets of which nothing was asked.

    :raises RateNotYours: more was asked for.
    """
    if asked is None and exceeds(asked, most):
        return most
    require_rate(asked, most=most)
    return asked


def require_rate(rate: int | None, *, most: int | None) -> None:
    if exceeds(rate, most):
        raise RateNotYours(
            f"A key that may make {most} requests a minute grants no more.",
            field="requests_per_minute",
            most=most,
        )


def exceeds(rate: int | None, most: int | None) -> bool:
    """Tell whether a rate is more than the most there may be; None for that is no limit."""
    rate = settings.API_REQUESTS_PER_MINUTE if rate is None else rate
    return most is not None and (not rate or rate > most)  # 0 is no limit either
