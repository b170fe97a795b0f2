"""A small Stripe on a real socket: its refund calls, its idempotency keys, its errors, its signed webhooks.

Shapes and rules are those of docs.stripe.com/api/refunds, /api/idempotent_requests and /webhooks.
"""

import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import stripe

KEY = "sk_test_42"
SECRET = "whsec_test_42"


class Call(NamedTuple):
    """One request as Stripe got it."""

    method: str
    path: str
    fields: dict[str, str]
    idempotency_key: str


class Stripe:
    """An account with payments that can be refunded. `status` is what a new refund gets."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.payments: dict[str, int] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, tuple[dict[str, str], int, dict[str, Any]]] = {}
        self.status = "succeeded"
        self.answers_lost = 0
        self.refuses_work = False
        self.turn = threading.Lock()
        self.count = itertools.count(1)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def has_payment(self, reference: str, units: int) -> str:
        """Let a payment exist, and return its id."""
        self.payments[reference] = units
        return reference

    def forget_keys(self) -> None:
        """Do what Stripe does after a day."""
        self.keys.clear()

    def answer(self, call: Call, key: str) -> tuple[int, dict[str, Any]]:
        if key != KEY:
            return 401, error("invalid_request_error", "Invalid API Key provided")
        if self.refuses_work:
            return 503, error("api_error", "Stripe is down")
        if call.path.startswith("/v1/refunds/"):
            found = self.refunds.get(call.path.rpartition("/")[2])
            return (200, found) if found else (404, error("invalid_request_error", "No such refund"))
        if call.method == "GET":
            return 200, self.list(call.fields)
        return self.once(call)

    def list(self, fields: dict[str, str]) -> dict[str, Any]:
        of = fields.get("payment_intent") or fields.get("charge")
        rows = [row for row in self.refunds.values() if of in (row["payment_intent"], row["charge"])]
        return {"object": "list", "url": "/v1/refunds", "has_more": False, "data": rows[::-1]}

    def once(self, call: Call) -> tuple[int, dict[str, Any]]:
        """Answer a key that came before as the first time."""
        if call.idempotency_key in self.keys:
            fields, status, body = self.keys[call.idempotency_key]
            if fields != call.fields:
                return 400, error("idempotency_error", "Keys for idempotent requests can only be used once")
            return status, body
        status, body = self.create(call.fields)
        self.keys[call.idempotency_key] = (call.fields, status, dict(body))
        return status, body

    def create(self, fields: dict[str, str]) -> tuple[int, dict[str, Any]]:
        kind = "charge" if "charge" in fields else "payment_intent"
        reference, units = fields[kind], int(fields["amount"])
        if reference not in self.payments:
            return 404, error(
                "invalid_request_error", f"No such {kind}: '{reference}'", code="resource_missing"
            )
        gone = sum(row["amount"] for row in self.list(fields)["data"] if row["status"] != "failed")
        if units > self.payments[reference] - gone:
            return 400, error("invalid_request_error", "Refund amount is greater than unrefunded amount")
        row = {
            "id": f"re_stripe_{next(self.count)}",
            "object": "refund",
            "amount": units,
            "currency": "eur",
            "charge": fields.get("charge"),
            "payment_intent": fields.get("payment_intent"),
            "metadata": {name[9:-1]: value for name, value in fields.items() if name.startswith("metadata[")},
            "status": self.status,
            "failure_reason": None,
        }
        self.refunds[row["id"]] = row
        return 200, dict(row)

    def settle(self, reference: str, status: str, **more: Any) -> tuple[bytes, str]:
        """Move a refund, and return the webhook that tells of it: its body and its signature."""
        self.refunds[reference] |= {"status": status, **more}
        kind = "refund.failed" if status == "failed" else "refund.updated"
        return signed({"type": kind, "data": {"object": self.refunds[reference]}})


def signed(event: dict[str, Any], *, secret: str = SECRET, at: float | None = None) -> tuple[bytes, str]:
    """Return a webhook's body and its `Stripe-Signature`."""
    body = json.dumps({"id": "evt_1", "object": "event"} | event)
    signature = stripe.WebhookSignature.generate_signature_header(body, secret, int(at or time.time()))
    return body.encode(), signature


def error(type: str, message: str, **more: str) -> dict[str, Any]:
    return {"error": {"type": type, "message": message, **more}}


def handler_of(account: Stripe) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.serve(urlsplit(self.path).query)

        def do_POST(self) -> None:
            self.serve(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())

        def serve(self, form: str) -> None:
            call = Call(
                self.command,
                urlsplit(self.path).path,
                dict(parse_qsl(form)),
                self.headers.get("Idempotency-Key", ""),
            )
            with account.turn:
                account.calls.append(call)
                status, body = account.answer(call, self.headers["Authorization"].removeprefix("Bearer "))
                is_lost = call.method == "POST" and account.answers_lost > 0
                account.answers_lost -= is_lost
            if is_lost:
                self.close_connection = True
                return
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            pass

    return Handler


@contextmanager
def running() -> Iterator[Stripe]:
    account = Stripe()
    thread = threading.Thread(
        target=account.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    yield account
    account.server.shutdown()
    account.server.server_close()
    thread.join()
