"""What only a socket can send: the real web server answers 4xx, changes nothing, and goes on."""

import http.client
import json
import socket
import time

import pytest
import requests

from credit_notes.models import CreditNote
from tests.books import digest_of_rows
from tests.factories import a_final_invoice, a_platform, an_api_key
from tests.web import web_server

pytestmark = pytest.mark.django_db(transaction=True)
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def web(django_db_setup, tmp_path_factory):
    with web_server(tmp_path_factory.mktemp("web"), threads=4, DEBUG="1") as web:
        yield web


@pytest.fixture
def invoice():
    return a_final_invoice(a_platform())


@pytest.fixture
def key(invoice):
    return an_api_key(invoice.platform)


@pytest.fixture
def say(web):
    """Send bytes as they are, and return all that comes back until the server hangs up."""

    def send(*parts: bytes, end: bool = True) -> bytes:
        with socket.create_connection(("127.0.0.1", web.port), timeout=20) as connection:
            for part in parts:
                connection.sendall(part)
            if end:
                connection.shutdown(socket.SHUT_WR)
            heard = b""
            while more := connection.recv(65536):
                heard += more
            return heard

    return send


def head(invoice, key, *headers: str, method: str = "POST", path: str = "") -> bytes:
    path = path or f"/v1/invoices/{invoice.pk}/credit"
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: localhost",
        f"X-API-KEY: {key}",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def is_fine(web) -> bool:
    return requests.get(f"{web.url}/healthz", timeout=10).status_code == 200


@pytest.mark.parametrize("megabytes", [2, 10, 100])
def test_a_body_that_is_too_large_is_refused_without_being_read(web, invoice, key, megabytes):
    before, began = digest_of_rows(), time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=30)
    connection.putrequest("POST", f"/v1/invoices/{invoice.pk}/credit")
    for name, value in {"X-API-KEY": key, "Content-Type": "application/json"}.items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", str(megabytes * MEGABYTE))
    connection.endheaders()

    sent = 0
    try:
        while sent < megabytes:
            connection.send(b" " * MEGABYTE)
            sent += 1
    except OSError:
        pass  # the server has answered and hung up
    answer = connection.getresponse()

    assert (answer.status, json.loads(answer.read())["code"]) == (413, "body_too_large")
    assert time.monotonic() - began < 10
    assert (digest_of_rows(), is_fine(web)) == (before, True)


def test_a_body_in_chunks_is_refused(web, say, invoice, key):
    heard = say(
        head(invoice, key, "Content-Type: application/json", "Transfer-Encoding: chunked"),
        b'13\r\n{"note": "Wrong"}  \r\n0\r\n\r\n',
    )

    assert heard.startswith(b"HTTP/1.1 411 ")
    assert b'"code":"length_required"' in heard
    assert CreditNote.objects.count() == 0


LIES = {
    "chunks and a length": (["Transfer-Encoding: chunked", "Content-Length: 2"], b"0\r\n\r\n"),
    "two lengths": (["Content-Length: 2", "Content-Length: 20"], b"{}"),
    "two lengths in one": (["Content-Length: 2, 20"], b"{}"),
    "a negative length": (["Content-Length: -1"], b"{}"),
    "a length with a sign": (["Content-Length: +2"], b"{}"),
    "a length that is none": (["Content-Length: two"], b"{}"),
    "too long a length": (["Content-Length: " + "9" * 30], b"{}"),
    "an unknown transfer encoding": (["Transfer-Encoding: nonsense"], b"{}"),
    "broken chunks": (["Transfer-Encoding: chunked"], b"zz\r\n{}\r\n0\r\n\r\n"),
    "a folded header": (["X-Request-Id: a", " b"], b""),
    "a header without a name": ([": x"], b""),
    "a header with a space in its name": (["X Request Id: a"], b""),
    "a NUL in a header": (["X-Request-Id: a\0b"], b""),
    "a bare line break in a header": (["X-Request-Id: a\nSet-Cookie: b"], b""),
    "a bare carriage return in a header": (["X-Request-Id: a\rSet-Cookie: b"], b""),
    "a header of 100 000 bytes": (["X-Long: " + "x" * 100_000], b""),
    "a thousand headers": ([f"X-{number}: x" for number in range(1000)], b""),
}


@pytest.mark.parametrize(("headers", "body"), LIES.values(), ids=LIES)
def test_requests_that_contradict_themselves_are_refused(web, say, invoice, key, headers, body):
    before = digest_of_rows()

    heard = say(head(invoice, key, "Content-Type: application/json", *headers), body)

    assert heard[:10] == b"HTTP/1.1 4" or heard.startswith(b"HTTP/1.1 501 ")
    assert b"Set-Cookie" not in heard
    assert (digest_of_rows(), is_fine(web)) == (before, True)


def test_a_body_shorter_than_it_says_changes_nothing(web, say, invoice, key):
    before = digest_of_rows()

    heard = say(
        head(invoice, key, "Content-Type: application/json", "Content-Length: 100"), b'{"note": "Cut o'
    )

    assert heard == b"" or heard.startswith(b"HTTP/1.1 400 ")
    assert (digest_of_rows(), is_fine(web)) == (before, True)


def test_a_body_longer_than_it_says_is_not_another_request(web, say, invoice, key):
    smuggled = head(invoice, key, "Content-Length: 2", "Content-Type: application/json") + b"{}"

    heard = say(head(invoice, key, "Content-Type: text/plain", "Content-Length: 2"), b"{}" + smuggled)

    assert heard.count(b"HTTP/1.1 ") == 1
    assert heard.startswith(b"HTTP/1.1 415 ")
    assert CreditNote.objects.count() == 0


def test_who_expects_to_be_asked_on_is(say, invoice, key):
    heard = say(
        head(invoice, key, "Content-Type: application/json", "Content-Length: 2", "Expect: 100-continue"),
        b"{}",
    )

    assert heard.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 ")


@pytest.mark.parametrize("expectation", ["nonsense", "200-ok"])
def test_other_expectations_change_nothing(web, say, invoice, key, expectation):
    heard = say(
        head(invoice, key, "Content-Type: application/json", "Content-Length: 1", f"Expect: {expectation}"),
        b"{",
    )

    assert heard[:10] == b"HTTP/1.1 4"
    assert (CreditNote.objects.count(), is_fine(web)) == (0, True)


LINES = [
    b"GET /v1/invoices\r\n\r\n",
    b"GET /v1/invoices HTTP/9.9\r\nHost: localhost\r\n\r\n",
    b"GET /v1/inv\0oices HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /v1/" + b"x" * 10_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /v1/invoices?" + b"x" * 10_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /v1/invoices HTTP/1.1\r\n\r\n",
    b"GET /v1/invoices HTTP/1.1\r\nHost: \xff\xfe\r\n\r\n",
    b"GET /v1/../v1/invoices HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET http://evil.example/v1/invoices HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"TRACE /v1/invoices HTTP/1.1\r\nHost: localhost\r\nX-API-KEY: x\r\n\r\n",
    b"G\xc3\x8bT /v1/invoices HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 300,
    b"\r\n" * 5_000,
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
]


@pytest.mark.parametrize("line", LINES, ids=lambda line: repr(line[:30]))
def test_request_lines_that_are_none(web, say, line):
    heard = say(line)

    assert heard == b"" or heard[:10] in {b"HTTP/1.1 4", b"HTTP/1.0 4"}
    assert b"X-API-KEY: x" not in heard
    assert is_fine(web)


@pytest.mark.parametrize("value", ["é", "a b", "x" * 200, '"', "<script>"])
def test_odd_headers_are_not_echoed(say, invoice, key, value):
    heard = say(head(invoice, key, f"X-Request-Id: {value}", method="GET", path="/v1/invoices"))

    assert heard.startswith(b"HTTP/1.1 200 ")
    assert b"X-Request-Id: req_" in heard
    assert value.encode("latin-1") not in heard.partition(b"\r\n\r\n")[0].partition(b"X-Request-Id")[2][:30]


def test_the_line_of_the_access_log_names_the_request(web, say, invoice, key):
    say(head(invoice, key, "X-Request-Id: order-79", method="GET", path="/v1/invoices"))

    lines = (web.folder / "web.log").read_text().splitlines()
    assert any(
        line.startswith('127.0.0.1 "GET /v1/invoices HTTP/1.1" 200 ') and line.endswith("ms order-79")
        for line in lines
    )
