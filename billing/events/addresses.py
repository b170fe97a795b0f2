"""Which addresses a webhook may be sent to."""

import ipaddress
import socket
from urllib.parse import urlsplit

from billing.errors import BillingError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.ip_network("64:ff9b::/96")


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
        if not is_public(ipaddress.ip_address(address[0])):
            raise AddressNotAllowed(f"{url} leads to {address[0]}, which is not public.", field="url")


def is_public(address: Address) -> bool:
    """Tell whether an address is one host on the public internet, also when IPv6 carries an IPv4 address."""
    if isinstance(address, ipaddress.IPv6Address):
        carried = address.ipv4_mapped or address.sixtofour
        if carried is None and address in NAT64:
            carried = ipaddress.IPv4Address(address.packed[-4:])
        if carried is not None:
            return is_public(carried)
    return address.is_global and not address.is_multicast
