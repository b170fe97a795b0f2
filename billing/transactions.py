"""Two kinds of service: an entrance opens a transaction, a step needs its caller's."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import transaction

P = ParamSpec("P")
R = TypeVar("R")


def entrance(service: Callable[P, R]) -> Callable[P, R]:
    """Run a service in a transaction: all of it happens, or nothing.

    Views, tasks and commands call entrances. Called inside a transaction (an idempotent API call has one
    open already) it joins it.
    """

    @wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with transaction.atomic():
            return service(*args, **kwargs)

    return run


def step(service: Callable[P, R]) -> Callable[P, R]:
    """Mark a service that only makes sense as a part of another's transaction."""

    @wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        assert transaction.get_connection().in_atomic_block, f"{service.__name__} needs a transaction"
        return service(*args, **kwargs)

    return run
