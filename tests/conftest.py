"""What every test may ask for. Rows come from tests/factories.py, services from the embedded plugin."""

import pytest

from billing.platforms.models import Platform

from . import factories


@pytest.fixture
def platform(db: None) -> Platform:
    return factories.a_platform()
