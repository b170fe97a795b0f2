"""Keeps the calls of a story as the OpenAPI document shows them: what was sent, answered and refused."""

import json
import re
from collections import Counter
from typing import Any

from django.db import InterfaceError
from django.test import Client

from billing.api.problems import failure_of
from billing.api.throttling import TooManyRequests
from billing.errors import problem_of
from billing.events.record import part_of

METHODS = ("get", "post", "put", "patch", "delete")
BETWEEN_CALLS = 37
"""Seconds."""
MOST_ROWS = 2
ID = re.compile(r"\b(?P<kind>[a-z]+)_[0-9a-hjkmnp-tv-z]{26}\b")
LAST = 6
DRAFT = re.compile(rf"(?<=-DRAFT-)[0-9A-Z]{{{LAST}}}")
"""The end of its id, by which a draft is called."""
PASSWORD = "secret-42"
STEADY_TEXTS = {
    re.compile(PASSWORD): "correct horse battery staple",
    re.compile(r"http://127\.0\.0\.1:\d+/hooks"): "https://shop.example/hooks",
    re.compile(r"http://testserver\b"): "https://desk.example",
    re.compile(r"\bbd_[\w-]{43}(?![\w-])"): "bd_this-is-your-key-which-is-told-only-this-once",
    re.compile(r"\bbd_[\w-]{7}(?=…|[\"\\\\])"): "bd_Xk3vTqP",
    re.compile(r"\bwhsec_[\w+/]{43}="): "whsec_dGhpcyBpcyB0aGUgc2VjcmV0IHRoYXQgc2lnbnMgaXQ=",
    re.compile(r"\bv1,[\w+/]{43}="): "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
}
STEADY: dict[str, Any] = {
    "access_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2lnbmF0dXJl",
    "refresh_token": "rt_your-refresh-token-which-is-good-for-one-use",
    "next_cursor": "WyJjcmVhdGVkX2F0IiwiZGVzYyIsIi4uLiJd",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "size": 48213,
    "milliseconds": 84,
    "response_headers": {"Content-Length": "0"},
}
"""What is another each time, as a text or by its name, and what is shown instead of it."""


class Story:
    """Calls operations of the API by their names, and keeps the first answer and refusal of each.

    `clock` is a time machine's; between two calls some seconds go by.
    """

    def __init__(self, document: dict[str, Any], *, secret: str, clock: Any) -> None:
        self.client, self.secret, self.clock = Client(raise_request_exception=False), secret, clock
        self.calls: dict[str, dict[str, Any]] = {}
        self.addresses = {
            item[method]["operationId"]: (method.upper(), path, item[method])
            for path, item in document["paths"].items()
            for method in METHODS
            if method in item
        }

    def tell(
        self, name: str, *ids: str, body: Any = None, query: str = "", token: str = "", **more: str
    ) -> Any:
        """Call an operation, and return its answer. `token` is a person's; by default the key asks."""
        operation = self.addresses[name][2]
        (declared, *_) = operation["responses"]
        answer = self.send(name, *ids, body=body, query=query, token=token, **more)
        assert str(answer.status_code) == declared, (name, answer.status_code, answer.getvalue())
        shown = json.loads(answer.content) if "json" in answer.headers.get("Content-Type", "") else None
        call = self.calls.setdefault(name, {})
        if "status" not in call:
            request = None if isinstance(body, bytes) else body
            call |= {"request": request, "status": int(declared), "answer": shown}
        return shown

    def refused(self, name: str, *ids: str, code: str, body: Any = None, **more: Any) -> None:
        """Call an operation that refuses with a code, and keep what it says."""
        answer = self.send(name, *ids, body=body, **more)
        problem = json.loads(answer.content)
        assert problem["code"] == code, (name, problem)
        refusals = self.calls.setdefault(name, {}).setdefault("refusals", {})
        refusals.setdefault(str(problem["status"]), problem)

    def send(
        self, name: str, *ids: str, body: Any = None, query: str = "", token: str = "", **headers: str
    ) -> Any:
        self.clock.shift(BETWEEN_CALLS)
        method, path, _ = self.addresses[name]
        for own_id in ids:
            path = re.sub(r"\{\w+\}", own_id, path, count=1)
        raw = body if isinstance(body, str | bytes) else b"" if body is None else json.dumps(body)
        media_type = headers.pop(
            "media_type", "application/xml" if isinstance(body, bytes) else "application/json"
        )
        credential = {"Authorization": f"Bearer {token}"} if token else {"X-API-KEY": self.secret}
        return self.client.generic(
            method,
            f"{path}?{query}" if query else path,
            raw,
            media_type,
            headers=credential | {"User-Agent": "acme-shop/4.2"} | headers,
        )


def typical(calls: dict[str, Any]) -> dict[str, Any]:
    """Return a problem for each status, also for those of a desk that is loaded or fails."""
    with part_of("req_01kavz8m000000000000000001"):
        ours = [failure_of(RuntimeError()), failure_of(InterfaceError())]
    too_many = TooManyRequests(
        "At most 600 are answered in a minute. Come again in 23 s.", limit=600, retry_after=23
    )
    found = {str(problem.status): problem_of(problem) for problem in (too_many, *ours)}
    return calls["import_invoice"]["refusals"] | calls["credit_invoice"]["refusals"] | found


def steady(calls: dict[str, Any]) -> dict[str, Any]:
    """Return calls as they are each time: ids, secrets and sizes replaced by others like them."""
    text = json.dumps({name: shortened(call) for name, call in calls.items()}, ensure_ascii=False)
    for pattern, shown in STEADY_TEXTS.items():
        text = pattern.sub(shown, text)
    seen: dict[str, str] = {}
    counts: Counter[str] = Counter()

    def renamed(found: re.Match[str]) -> str:
        if found[0] not in seen:
            counts[found["kind"]] += 1
            seen[found[0]] = f"{found['kind']}_01kavz8m00{counts[found['kind']]:016}"
        return seen[found[0]]

    text = ID.sub(renamed, text)
    ends = {old[-LAST:].upper(): new[-LAST:] for old, new in seen.items()}
    result: dict[str, Any] = json.loads(DRAFT.sub(lambda found: ends.get(found[0], found[0]), text))
    return result


def shortened(value: Any, name: str = "") -> Any:
    """Return a value with lists of things cut to two, and without what is another each time."""
    if value and isinstance(value, type(STEADY.get(name))):
        return STEADY[name]
    if isinstance(value, dict):
        rows = {"data": value["data"][:MOST_ROWS]} if value.get("object") == "list" else {}
        return {key: shortened(inner, key) for key, inner in (value | rows).items()}
    return [shortened(inner) for inner in value] if isinstance(value, list) else value
