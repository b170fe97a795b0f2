"""Whether a receiver can take an e-invoice, asked before it is sent."""

from billing.documents.snapshot import Identifier
from billing.exchange.models import Channel
from billing.exchange.port import Found, Refused

from . import http, static

LOOKUPS = {Channel.Lookup.STATIC: static.receives, Channel.Lookup.HTTP: http.receives}


def find(channel: Channel, receiver: Identifier | None, profile: str) -> Found:
    """Return the receiver, if it takes documents of the profile. E-mail needs no electronic address.

    :raises Refused: it has no address (`no_receiver_address`), or takes no such documents
        (`receiver_not_found`).
    :raises NotNow: the directory does not answer.
    """
    if channel.transport == Channel.Transport.EMAIL:
        return Found(receiver, "By e-mail everybody can be reached.")
    if receiver is None:
        raise Refused("The customer has no electronic address.", reason_code="no_receiver_address")
    asked = LOOKUPS.get(Channel.Lookup(channel.lookup))
    if asked is None:
        return Found(receiver, "Nobody was asked.")
    if not asked(channel, receiver, profile):
        who = f"{receiver.scheme}:{receiver.id}"
        raise Refused(f"{who} takes no documents of {profile}.", reason_code="receiver_not_found")
    return Found(receiver, f"{Channel.Lookup(channel.lookup).label}: it takes documents of {profile}.")
