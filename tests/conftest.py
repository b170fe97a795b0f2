"""What every test may ask for. Rows come from tests/factories.py, services from the embedded plugin."""

from typing import Any

import pytest

from billing.platforms.models import Platform

from . import factories


@pytest.fixture(autouse=True)
def passwords_are_hashed_quickly(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def platform(db: None) -> Platform:
    return factories.a_platform()
