"""Whatever a listener says, the attempt is logged, and later news of the object waits no longer than else."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from billing.events import sending, webhooks
from billing.events.models import Delivery, DeliveryAttempt, WebhookEndpoint
from billing.events.turns import HOLDS_UP_FOR
from credit_notes.services import hold_credit_note
from tests.factories import CLERK, NOON, a_draft_note, a_final_invoice, a_webhook_endpoint
from tests.work import do_all_work

DRAFTED, HELD = "billing.credit_note.drafted", "billing.credit_note.held"
OFFSETS = "+99999999999999999", "+2300", "-9999"


@pytest.fixture
def saying(settings) -> Iterator[Callable[[bytes], str]]:
    """A function that lets a listener say some bytes to whoever calls, and returns its URL."""
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    servers = []

    def open_for(answer: bytes) -> str:
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)

        def serve() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                with line:
                    line.recv(65536)
                    line.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{server.getsockname()[1]}/"

    yield open_for
    for server in servers:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTT\0P garbage\r\n\r\n",
        b"HTTP/1.1 999999 OK\r\n\r\n",
        b"HTTP/1.1 -5 OK\r\n\r\n",
        b"HTTP/1.1 503 no\r\nLocation: a\0b\r\n\r\n",
        b"HTTP/1.1 301 \xff\r\nLocation: \xff\0\xfe\r\n\r\n",
        b"HTTP/1.1 503 no\r\nContent-Length: abc\r\n\r\nhi",
        b"HTTP/1.1 503 no\r\nContent-Length: 99999999999999999999999\r\n\r\nhi",
        b"HTTP/1.1 503 no\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffffffffff\r\nx",
        b"HTTP/1.1 503 no\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nx",
        *(
            b"HTTP/1.1 503 no\r\nRetry-After: Mon, 01 Jan %s 00:00:00 %s\r\n\r\n" % (year, offset.encode())
            for year in (b"0001", b"2024", b"9999", b"99999999999999999999")
            for offset in OFFSETS
        ),
    ],
)
def test_an_attempt_with_any_answer_is_logged_and_holds_up_later_news_for_an_hour(platform, saying, answer):
    # given
    a_webhook_endpoint(platform, saying(answer), [DRAFTED, HELD])
    note = a_draft_note(a_final_invoice(platform))
    hold_credit_note(platform=platform, credit_note_id=note.pk, actor=CLERK, at=NOON)

    # when
    do_all_work()
    webhooks.deliver(delivery_id=Delivery.objects.get(event__type=HELD).pk, at=NOON + HOLDS_UP_FOR)

    # then
    first, second = Delivery.objects.order_by("event_id")
    assert (first.status, first.attempts, second.status, second.attempts) == ("PENDING", 1, "PENDING", 1)
    assert first.last_error.startswith("NotDelivered: ")
    assert DeliveryAttempt.objects.exclude(error="").count() == 2
    assert WebhookEndpoint.objects.get().failing_since == NOON


def test_a_yes_stays_a_yes_whatever_comes_with_it(platform, saying):
    answer = b"HTTP/1.1 200 OK\r\nRetry-After: Mon, 01 Jan 2024 00:00:00 +99999999999999999\r\n\r\n"
    a_webhook_endpoint(platform, saying(answer), [DRAFTED])
    a_draft_note(a_final_invoice(platform))

    do_all_work()

    assert Delivery.objects.get().status == "DONE"
    assert DeliveryAttempt.objects.get().response_status == 200


def test_what_nobody_thought_of_is_logged_too(platform, listener, monkeypatch):
    # given
    a_webhook_endpoint(platform, listener.url, [DRAFTED])
    a_draft_note(a_final_invoice(platform))

    def burst(*_: object) -> None:
        raise AssertionError("odd\0")

    monkeypatch.setattr(sending, "kept_headers", burst)

    # when
    do_all_work()

    # then
    assert DeliveryAttempt.objects.get().error == "AssertionError: odd"
    assert Delivery.objects.get().last_error == "NotDelivered: AssertionError: odd"
