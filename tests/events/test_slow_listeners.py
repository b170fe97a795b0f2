"""However slowly a listener speaks, and however much it says, one call has one deadline."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from billing.events.sending import KEPT_OF_AN_ANSWER, NoAnswer, post

SECONDS = 0.5


class Drip:
    """A server that says `opening`, then `drops` one after the other, with a pause before each."""

    def __init__(self) -> None:
        self.opening, self.drops, self.pause = b"", [b""], 0.1
        self.server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.server.getsockname()[1]}/"
        self.is_open = True
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        try:
            line, _ = self.server.accept()
        except OSError:
            return
        with line:
            try:
                line.recv(65536)
                line.sendall(self.opening)
                while self.is_open and self.drops:
                    time.sleep(self.pause)
                    line.sendall(self.drops[0] if len(self.drops) == 1 else self.drops.pop(0))
            except OSError:
                return

    def close(self) -> None:
        self.is_open = False
        self.server.close()
        self.thread.join(5)


@pytest.fixture
def drip(settings: Any) -> Iterator[Drip]:
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    drip = Drip()
    yield drip
    drip.close()


def timed(url: str) -> tuple[Any, float]:
    """Return the answer, or why there is none, and how long it took."""
    began = time.monotonic()
    try:
        answer: Any = post(url, body=b"{}", headers={}, seconds=SECONDS)
    except NoAnswer as error:
        answer = str(error)
    return answer, time.monotonic() - began


@pytest.mark.parametrize(
    ("opening", "drops"),
    [
        (b"", [b""]),
        (b"HTTP/1.1 200 ", [b"O"]),
        (b"HTTP/1.1 200 OK\r\n", [b"X-More: 1\r\n"]),
        (b"", [b"HTTP/1.1 100 Continue\r\n\r\n"]),
    ],
    ids=["silence", "a status without end", "headers without end", "not yet without end"],
)
def test_who_never_comes_to_the_point_is_hung_up_on(drip, opening, drops):
    drip.opening, drip.drops = opening, drops

    answer, took = timed(drip.url)

    assert answer == f"{drip.url} gave no answer: it took longer than 0.5 seconds"
    assert SECONDS * 0.9 <= took < SECONDS * 3


def test_a_yes_counts_though_its_body_never_ends(drip):
    drip.opening, drip.drops = b"HTTP/1.1 200 OK\r\n\r\n", [b"x"]

    answer, took = timed(drip.url)

    assert answer.status == 200
    assert set(answer.body) == {"x"}
    assert took < SECONDS * 3


def test_of_a_body_no_more_is_read_than_is_kept(drip):
    drip.opening, drip.drops, drip.pause = b"HTTP/1.1 200 OK\r\n\r\n", [b"x" * 65536], 0

    answer, took = timed(drip.url)

    assert (answer.status, answer.body) == (200, "x" * KEPT_OF_AN_ANSWER)
    assert took < SECONDS


def test_of_the_headers_no_more_is_kept_than_a_person_reads(drip):
    headers = b"".join(b"X-%d: %s\r\n" % (number, b"y" * 1000) for number in range(90))
    drip.opening = b"HTTP/1.1 200 OK\r\n" + headers + b"Content-Length: 0\r\n\r\n"

    answer, _ = timed(drip.url)

    assert len(answer.headers) == 40
    assert {len(value) for value in answer.headers.values()} == {300}


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x00\xff" * 100,
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200,
    ],
    ids=["noise", "ssh", "no status", "too many headers"],
)
def test_what_is_no_http_is_no_answer(drip, nonsense):
    drip.opening, drip.drops = nonsense, []

    answer, _ = timed(drip.url)

    assert answer.startswith(f"{drip.url} gave no answer: ")


def test_odd_characters_in_headers_and_body_can_be_kept(drip):
    drip.opening, drip.drops = b"HTTP/1.1 200 OK\r\nX-Odd: \xff\x00\xfe\r\n\r\nok\x00\xff", []

    answer, _ = timed(drip.url)

    assert (answer.status, answer.body) == (200, "ok\N{REPLACEMENT CHARACTER}")
    assert "\0" not in str(answer.headers)
