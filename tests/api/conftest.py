"""A caller with a key, and answers as plain JSON."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from django.test import Client

from billing.platforms.models import Platform
from tests.factories import an_api_key


class Answer(NamedTuple):
    """A response: its status, its JSON (numbers as they stand) and its headers."""

    status: int
    body: Any
    headers: Any
    content: bytes


class Caller:
    """Calls the API with a key."""

    def __init__(self, secret: str) -> None:
        self.client, self.secret = Client(raise_request_exception=False), secret

    @property
    def credential(self) -> dict[str, str]:
        return {"X-API-KEY": self.secret}

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        content_type = headers.pop("content_type", "application/json")
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        response = self.client.generic(
            method, f"/v1/{path}", raw, content_type, headers=self.credential | headers
        )
        content = response.getvalue()
        is_json = "json" in response.headers.get("Content-Type", "") and content
        return Answer(
            response.status_code, json.loads(content) if is_json else None, response.headers, content
        )


class Person(Caller):
    """Calls the API with the access token of somebody who signed in; `answer` is what signing in told."""

    def __init__(self, username: str, **wish: str) -> None:
        super().__init__("")
        body = {"username": username, "password": "secret-42"} | wish
        self.answer = Caller("nobody")("POST", "tokens", body).body
        self.secret = self.answer["access_token"]

    @property
    def credential(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}


@pytest.fixture
def caller() -> Callable[..., Caller]:
    """Make a caller for a platform, with all permissions or those named."""
    return lambda platform, permissions=("*",): Caller(an_api_key(platform, permissions))


@pytest.fixture
def api(platform: Platform, caller: Callable[..., Caller]) -> Caller:
    return caller(platform)
