"""The platform's list of receivers that can take e-invoices: added, removed."""

from collections.abc import Sequence
from datetime import datetime

from billing.einvoice.profiles import NONE, PROFILES
from billing.errors import within
from billing.events import corrections
from billing.events.corrections import BY_API
from billing.parties import checks
from billing.parties.refusals import IdentifierNotValid, ProfileUnknown
from billing.platforms.models import Platform
from billing.transactions import entrance

from .models import KnownReceiver


@entrance
def add_receiver(
    *,
    platform: Platform,
    scheme: str,
    identifier: str,
    profiles: Sequence[str] = (),
    reason: str = BY_API,
    actor: str,
    at: datetime,
) -> KnownReceiver:
    """Return a new receiver. No profiles mean all of them.

    :raises SchemeUnknown, IdentifierNotValid, ProfileUnknown: it can be none; `field` says what of it.
    :raises AlreadyThere: it is on the list.
    """
    require_receiver(scheme=scheme, identifier=identifier, profiles=profiles)
    row = KnownReceiver(
        platform=platform, scheme=scheme, identifier=identifier, profiles=list(dict.fromkeys(profiles))
    )
    corrections.add(row, reason=reason, actor=actor, at=at)
    return row


@entrance
def remove_receiver(
    *, platform: Platform, receiver_id: str, reason: str = BY_API, actor: str, at: datetime
) -> None:
    """Take a receiver off the list.

    :raises NotFound: it is not on it.
    """
    row = KnownReceiver.objects.for_platform(platform).find(receiver_id)
    corrections.remove(row, reason=reason, actor=actor, at=at)


def require_receiver(*, scheme: str, identifier: str, profiles: Sequence[str]) -> None:
    """Refuse what is no electronic address, or no profile of e-invoices."""
    with within("scheme"):
        checks.endpoint_scheme(scheme)
    with within("identifier"):
        if not identifier.strip():
            raise IdentifierNotValid("An electronic address is not empty.")
        checks.one_line(identifier)
        checks.identifier(identifier, scheme)
    for place, profile in enumerate(profiles):
        if profile not in PROFILES or profile == NONE:
            known = ", ".join(name for name in PROFILES if name != NONE)
            raise ProfileUnknown(
                f"{profile!r:.60} is none of the profiles: {known}.", field=f"profiles.{place}"
            )
