"""Call others over HTTP: an address that was checked, within one deadline, keeping what a person may read."""

import os
import socket
import ssl
import time
from dataclasses import dataclass
from functools import cache
from http.client import HTTPException
from threading import Timer
from types import TracebackType
from typing import Any, Self

import certifi
from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, ProtocolError
from urllib3.util import Url

from .addresses import host_of, parsed, ways_to
from .texts import storable

KEPT_OF_AN_ANSWER = 2000
"""Bytes of its body."""
MOST_HEADERS, LONGEST_HEADER = 40, 300
MALFORMED = (HTTPError, HTTPException, OSError, ValueError, OverflowError)
"""What reading an answer may raise, whatever the other side says."""


class NoAnswer(Exception):
    """The listener could not be reached, or did not answer in time."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: str  # its beginning


def post(url: str, *, body: bytes, headers: dict[str, str], seconds: float) -> Answer:
    """Send a body to a URL once, as `call` does."""
    return call("POST", url, body=body, headers=headers, seconds=seconds)


def get(url: str, *, headers: dict[str, str], seconds: float) -> Answer:
    """Ask a URL once, as `call` does."""
    return call("GET", url, body=None, headers=headers, seconds=seconds)


def call(method: str, url: str, *, body: bytes | None, headers: dict[str, str], seconds: float) -> Answer:
    """Call a URL once, and return the beginning of what comes back; redirects are not followed.

    Nothing around it counts: no proxy, cookie or password of the machine. The name is looked up once, every
    address it has is checked, and the connection goes to one of these; the certificate is the name's.

    :raises AddressNotAllowed: it leads to an address that is not public.
    :raises NoAnswer: there was no answer, or not all of its headers, within the seconds.
    """
    parts = parsed(url)
    with Line(url, seconds=seconds) as line:
        try:
            response = pool_of(parts, line).urlopen(
                method,
                parts.request_uri,
                body=body,
                headers=headers,
                retries=False,
                redirect=False,
                timeout=seconds,
                preload_content=False,
                decode_content=False,
            )
            if line.left <= 0:  # what we hung up on looks like an answer that was cut short
                raise TimeoutError
            return Answer(response.status, kept_headers(response), beginning_of(response))
        except MALFORMED as error:
            raise NoAnswer(storable(f"{url} gave no answer: {line.why_not(error)}")) from error


class Line:
    """The connection of one call. It is hung up at the deadline, whatever the other side is doing then."""

    def __init__(self, url: str, *, seconds: float) -> None:
        self.url, self.seconds = url, seconds
        self.ends = time.monotonic() + seconds
        self.open_sockets: list[socket.socket] = []
        self.timer = Timer(seconds, self.hang_up)
        self.timer.daemon = True

    def __enter__(self) -> Self:
        self.timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.timer.cancel()
        self.timer.join()
        for line in self.open_sockets:
            line.close()

    @property
    def left(self) -> float:
        return self.ends - time.monotonic()

    def dial(self, host: str, port: int) -> socket.socket:
        """Return a connection to the first address of a host that takes it; each has a share of the time."""
        ways = ways_to(host, port, url=self.url, seconds=self.left)
        refusal: OSError = OSError("the name leads nowhere")
        for place, (family, address) in enumerate(ways):
            line = socket.socket(family, socket.SOCK_STREAM)
            try:
                line.settimeout(max(self.left / (len(ways) - place), 0.001))
                line.connect(address)
            except OSError as error:
                line.close()
                refusal = error
            else:
                line.settimeout(max(self.left, 0.001))
                self.open_sockets.append(line.dup())  # TLS takes the first one for itself
                return line
        raise refusal

    def hang_up(self) -> None:
        for line in self.open_sockets:
            try:
                line.shutdown(socket.SHUT_RDWR)
            except OSError:  # the other side was faster
                continue

    def why_not(self, error: Exception) -> str:
        """Return what went wrong, in words for the log."""
        if self.left <= 0:
            return f"it took longer than {self.seconds:g} seconds"
        if isinstance(error, ProtocolError) and len(error.args) > 1:  # urllib3 wraps what happened
            error = error.args[1]
        return f"{type(error).__name__}: {error}"


class OnTheLine:
    """A connection that dials through its call's line."""

    def __init__(self, *args: Any, line: Line, **options: Any) -> None:
        super().__init__(*args, **options)
        self.line = line

    def _new_conn(self) -> socket.socket:
        return self.line.dial(self._dns_host, self.port)  # type: ignore[attr-defined]


class CheckedConnection(OnTheLine, HTTPConnection): ...


class CheckedTLSConnection(OnTheLine, HTTPSConnection): ...


class CheckedPool(HTTPConnectionPool):
    ConnectionCls = CheckedConnection


class CheckedTLSPool(HTTPSConnectionPool):
    ConnectionCls = CheckedTLSConnection


def pool_of(parts: Url, line: Line) -> HTTPConnectionPool:
    if parts.scheme == "https":
        return CheckedTLSPool(host_of(parts), parts.port or 443, ssl_context=trust(), line=line)
    return CheckedPool(host_of(parts), parts.port or 80, line=line)


@cache
def trust() -> ssl.SSLContext:
    """Return which certificates are believed: Mozilla's list, or the file that SSL_CERT_FILE names."""
    return ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE") or certifi.where())


def beginning_of(response: HTTPResponse) -> str:
    """Return the beginning of an answer's body for a person to read; its status is what counts.

    Never all of it: a listener could answer without end.
    """
    kept = b""
    try:
        while len(kept) < KEPT_OF_AN_ANSWER and (more := response.read1(KEPT_OF_AN_ANSWER - len(kept))):
            kept += more
    except MALFORMED:
        pass
    finally:
        response.close()
    return storable(kept.decode(errors="replace"))


def kept_headers(response: HTTPResponse) -> dict[str, str]:
    found = list(response.headers.items())[:MOST_HEADERS]
    return {storable(name[:LONGEST_HEADER]): storable(value[:LONGEST_HEADER]) for name, value in found}
