"""Which addresses a webhook may be sent to."""

import ipaddress
import socket
from urllib.parse import urlsplit

from billing.errors import BillingError


class AddressNotAllowed(BillingError):
    code = "address_not_allowed"
    status = 400
    title = "Webhooks go to public addresses only"


def require_public(url: str) -> None:
    """Refuse a URL whose host is, or resolves to, a private, loopback or link-local address.

    :raises AddressNotAllowed: it is not public, or not HTTP.
    :raises OSError: the name does not resolve now.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise AddressNotAllowed(f"{url} is not an http or https address.", field="url")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    for *_, address in socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM):
        if not ipaddress.ip_address(address[0]).is_global:
            raise AddressNotAllowed(f"{url} leads to {address[0]}, which is not public.", field="url")
