"""The story is told once for a module; every test makes its own fault in it, and takes it back."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from .story import Story, everything_happens


@pytest.fixture(scope="module")
def told(django_db_setup: None, django_db_blocker: Any) -> Iterator[Story]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield everything_happens()
        transaction.set_rollback(True)


@pytest.fixture
def db(told: Story) -> Iterator[None]:
    """The database with the story in it, in place of an empty one."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def story(told: Story, db: None) -> Story:
    return told
