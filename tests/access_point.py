"""An access point on a real socket, and a directory of receivers beside it: they may refuse, stall, or lie.

It takes a document once for each Idempotency-Key, as the contract asks.
"""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .listener import Call

Mood = Callable[["Handler", Call], None]


class AccessPoint:
    """`taken` are the documents that it has, by key; `moods` what it does with the next requests."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.taken: dict[str, dict[str, Any]] = {}
        self.moods: list[Mood] = []
        self.turn = Lock()
        self.receivers: dict[tuple[str, str], list[str]] = {}
        self.questions: list[dict[str, str]] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}/outbound"
        self.directory = f"http://127.0.0.1:{self.server.server_port}/participants"

    def take(self, call: Call) -> dict[str, Any]:
        """Take a document, once, and return what is answered."""
        key = call.headers["idempotency-key"]
        with self.turn:
            self.taken.setdefault(key, json.loads(call.body))
        return {"reference": f"AP-{list(self.taken).index(key) + 1}", "status": "SUCCESS"}


class Handler(BaseHTTPRequestHandler):
    point: AccessPoint

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        call = Call(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        self.point.calls.append(call)
        mood = self.point.moods.pop(0) if self.point.moods else answering(200)
        mood(self, call)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = dict(parse_qsl(parts.query))
        self.point.questions.append(asked)
        if self.point.moods:
            self.point.moods.pop(0)(self, Call(self.path, {}, b""))
            return
        profiles = self.point.receivers.get((asked["scheme"], asked["id"]))
        if profiles is None:
            self.answer(404, b"{}")
        else:
            self.answer(200, json.dumps({"receives": asked["profile"] in profiles}).encode())

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


def handler_of(point: AccessPoint) -> type[Handler]:
    return type("OwnHandler", (Handler,), {"point": point})


# Moods


def answering(status: int, said: dict[str, Any] | bytes | None = None, **headers: str) -> Mood:
    """Answer with a status; by itself take the document and say so."""

    def mood(handler: Handler, call: Call) -> None:
        told = handler.point.take(call) if said is None else said
        handler.answer(status, told if isinstance(told, bytes) else json.dumps(told).encode(), **headers)

    return mood


def stalling(seconds: float) -> Mood:
    """Take the document, and say so too late."""

    def mood(handler: Handler, call: Call) -> None:
        told = handler.point.take(call)
        time.sleep(seconds)
        with suppress(OSError):  # nobody listens any more
            handler.answer(200, json.dumps(told).encode())

    return mood


def hanging_up(handler: Handler, call: Call) -> None:
    """Take the document and cut the line."""
    handler.point.take(call)
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def answering_twice(handler: Handler, call: Call) -> None:
    """Say yes, and then no on the same line."""
    told = json.dumps(handler.point.take(call)).encode()
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(told), told))
    handler.wfile.write(b"HTTP/1.1 422 No\r\nContent-Length: 2\r\n\r\n{}")


@contextmanager
def an_access_point() -> Iterator[AccessPoint]:
    """Give an access point that answers until the block ends."""
    point = AccessPoint()
    thread = Thread(target=point.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield point
    finally:
        point.server.shutdown()
        point.server.server_close()
        thread.join()
