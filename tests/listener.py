"""A listener for webhooks on a real socket."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple


class Call(NamedTuple):
    """One request as the listener got it."""

    path: str
    headers: dict[str, str]
    body: bytes


class Listener:
    """Answers each call with the next of `answers`, `(status, body, headers)`; after the last with 204."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.taken: list[Call] = []  # those that were answered with a yes
        self.answers: list[tuple[int, bytes, dict[str, str]]] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                call = Call(self.path, headers, body)
                listener.calls.append(call)
                status, answer, more = listener.answers.pop(0) if listener.answers else (204, b"", {})
                if status < 300:
                    listener.taken.append(call)
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks"


@contextmanager
def listening() -> Iterator[Listener]:
    """Give a listener that answers until the block ends."""
    listener = Listener()
    thread = Thread(target=listener.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        listener.server.shutdown()
        listener.server.server_close()
        thread.join()
