"""A listener on a real socket, and a broker that is not there."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple

import pytest

from billing.events import record
from billing_desk.celery import app


class Call(NamedTuple):
    """One request as the listener got it."""

    path: str
    headers: dict[str, str]
    body: bytes


class Listener:
    """Answers each call with the next of `answers`, `(status, body, headers)`; after the last with 204."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answers: list[tuple[int, bytes, dict[str, str]]] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                listener.calls.append(Call(self.path, headers, body))
                status, answer, more = listener.answers.pop(0) if listener.answers else (204, b"", {})
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks"


@pytest.fixture
def listener(settings: Any) -> Iterator[Listener]:
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    listener = Listener()
    thread = Thread(target=listener.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield listener
    listener.server.shutdown()
    listener.server.server_close()
    thread.join()


def forget_connections() -> None:
    """Let the next nudge connect anew, and at once."""
    app._pool = app.amqp._producer_pool = None
    record._broker_is_down_until = 0.0


@pytest.fixture
def broker_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A function that sends nudges to another port of this machine."""

    def lead_to(port: int) -> None:
        monkeypatch.setenv("CELERY_BROKER_WRITE_URL", f"redis://127.0.0.1:{port}/0")
        forget_connections()

    forget_connections()
    yield lead_to
    monkeypatch.delenv("CELERY_BROKER_WRITE_URL", raising=False)
    forget_connections()
