"""The look-up in the platform's own list of known receivers."""

from billing.documents.snapshot import Identifier
from billing.exchange.models import Channel, KnownReceiver


def receives(channel: Channel, receiver: Identifier, profile: str) -> bool:
    """Tell whether the list has a receiver with a profile. Addresses are the same in capitals."""
    rows = KnownReceiver.objects.for_platform(channel.platform).filter(
        scheme=receiver.scheme, identifier__iexact=receiver.id
    )
    return any(not row.profiles or profile in row.profiles for row in rows)
