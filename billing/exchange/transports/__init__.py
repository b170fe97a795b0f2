"""The ways out, by the name that a channel has for its own."""

from billing.exchange.models import Channel
from billing.exchange.port import Transport

from .access_point import AccessPoint
from .directory import Directory
from .email import Email

TRANSPORTS: dict[str, Transport] = {
    Channel.Transport.EMAIL: Email(),
    Channel.Transport.DIRECTORY: Directory(),
    Channel.Transport.HTTP: AccessPoint(),
}

__all__ = ["TRANSPORTS"]
