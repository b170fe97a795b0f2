"""What every test may ask for. Rows come from tests/factories.py, services from the embedded plugin."""

from collections.abc import Iterator
from typing import Any

import pytest

from billing.events.record import actor_id, request_id
from billing.platforms.models import Platform

from . import factories
from .listener import Listener, listening


@pytest.fixture(autouse=True)
def passwords_are_hashed_quickly(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def no_rules_are_installed(settings: Any) -> None:
    """What is installed on this machine must not decide what is valid."""
    settings.EINVOICE_RULES_DIR = "/nonexistent"


@pytest.fixture
def platform(db: None) -> Platform:
    return factories.a_platform()


@pytest.fixture
def listener(settings: Any) -> Iterator[Listener]:
    """A listener for webhooks on this machine, which may be sent to."""
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    with listening() as listener:
        yield listener


@pytest.fixture(autouse=True)
def nobody_has_asked() -> Iterator[None]:
    """What one test's caller was, and asked, is not the next one's."""
    asked, acting = request_id.set(""), actor_id.set("")
    yield
    request_id.reset(asked)
    actor_id.reset(acting)
