"""Which addresses may be called, by their words when given and by where they lead when used."""

import ipaddress
import re
import socket
from concurrent.futures import Future
from threading import Thread

from django.conf import settings
from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from billing.errors import BillingError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Way = tuple[socket.AddressFamily, tuple]
"""A family and the socket address of one host."""

LONGEST_URL = 500
PRINTABLE = re.compile(r"[!-~]+")
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
NAT64 = ipaddress.ip_network("64:ff9b::/96")
COMPATIBLE = ipaddress.ip_network("::/96")
THIS_MACHINE = re.compile(r"(.+\.)?localhost")


class AddressNotAllowed(BillingError):
    code = "address_not_allowed"
    status = 400
    title = "Only public http and https addresses are called"


def require_possible(url: str) -> None:
    """Refuse what can never be sent to: no URL, a password in it, or a host that is private by its own words.

    Names are not looked up here: where one leads may have changed by the time that something is sent.

    :raises AddressNotAllowed: saying what is wrong.
    """
    if len(url) > LONGEST_URL or not PRINTABLE.fullmatch(url):
        raise refused(f"An address has 1 to {LONGEST_URL} printable ASCII characters.")
    parts = parsed(url)
    if parts.auth is not None:
        raise refused("An address carries no user name or password: requests are signed instead.")
    if settings.WEBHOOKS_MAY_BE_PRIVATE:
        return
    host = host_of(parts)
    if THIS_MACHINE.fullmatch(host.rstrip(".")):
        raise refused(f"{url} leads to the machine itself, which is not public.")
    for _, address in written_addresses(host):
        require_public(address[0], url)


def parsed(url: str) -> Url:
    """Return the parts of a URL as the client that sends reads them.

    :raises AddressNotAllowed: it is no http or https address.
    """
    try:
        parts = parse_url(url)
    except LocationParseError as error:
        raise refused(f"{url} is not an http or https address.") from error
    if parts.scheme not in {"http", "https"} or not parts.host:
        raise refused(f"{url} is not an http or https address.")
    return parts


def host_of(parts: Url) -> str:
    return (parts.host or "").strip("[]")


def written_addresses(host: str) -> list[Way]:
    """Return the address that a host is, however it is written (`2130706433`, `0177.1`); none for a name."""
    try:
        return ways_of(socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST))
    except (OSError, UnicodeError):
        return []


def ways_to(host: str, port: int, *, url: str, seconds: float) -> list[Way]:
    """Return where a host leads at this moment, in the resolver's order. What is returned was checked.

    :raises AddressNotAllowed: one of its addresses is not public; then none of them is trusted.
    :raises OSError: the name does not resolve, or not within the seconds.
    """
    ways = ways_of(looked_up(host, port, seconds=seconds))
    if not settings.WEBHOOKS_MAY_BE_PRIVATE:
        for _, address in ways:
            require_public(address[0], url)
    return ways


def looked_up(host: str, port: int, *, seconds: float) -> list:
    """Ask the resolver. It cannot be interrupted: when it takes too long, its thread is left to it.

    :raises OSError: it knows no such name, or (TimeoutError) says nothing in time.
    """
    answer: Future[list] = Future()

    def ask() -> None:
        try:
            answer.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except Exception as error:  # noqa: BLE001 - raised where the answer is awaited
            answer.set_exception(error)

    Thread(target=ask, daemon=True).start()
    return answer.result(timeout=max(seconds, 0))


def ways_of(found: list) -> list[Way]:
    return [(family, address) for family, _, _, _, address in found]


def require_public(address: str, url: str) -> None:
    if not is_public(ipaddress.ip_address(address)):
        raise refused(f"{url} leads to {address}, which is not public.")


def is_public(address: Address) -> bool:
    """Tell whether an address is one host on the public internet, also when IPv6 carries an IPv4 address."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast
    carried = address.ipv4_mapped or address.sixtofour
    if carried is None and (address in NAT64 or address in COMPATIBLE):
        carried = ipaddress.IPv4Address(address.packed[-4:])
    if carried is not None:
        return is_public(carried)
    return address.is_global and address in GLOBAL_UNICAST


def refused(detail: str) -> AddressNotAllowed:
    return AddressNotAllowed(detail, field="url")
