"""A broker that is not there."""

from collections.abc import Iterator
from typing import Any

import pytest

from billing.events import record
from billing_desk.celery import app


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
