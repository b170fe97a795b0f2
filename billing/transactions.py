"""Two kinds of service: an entrance opens a transaction, a step needs its caller's."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, OperationalError, transaction

P = ParamSpec("P")
R = TypeVar("R")

TRIES = 4
CROSSED = {"40P01", "40001", "23503"}
"""PostgreSQL's words for two transactions that cannot both go on: a deadlock, a serialization failure, a
foreign key to a row that is being deleted.
"""


def entrance(service: Callable[P, R]) -> Callable[P, R]:
    """Run a service in a transaction: all of it happens, or nothing.

    Views, tasks and commands call entrances. Called inside a transaction (an idempotent API call has one
    open already) it joins it.
    """

    @wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        return in_transaction(lambda: service(*args, **kwargs))

    return run


def in_transaction(call: Callable[[], R]) -> R:
    """Return what `call` returns, run in a transaction; one that the database breaks off is run again.

    The order of locks (docs/locks.md) keeps that from happening; should it happen, nobody notices.
    Inside another transaction nothing is run again: the outermost is.
    """
    tries = 1 if transaction.get_connection().in_atomic_block else TRIES
    for left in reversed(range(tries)):
        try:
            with transaction.atomic():
                return call()
        except (OperationalError, IntegrityError) as error:
            if not left or getattr(error.__cause__, "sqlstate", "") not in CROSSED:
                raise
    raise AssertionError("unreachable")


def step(service: Callable[P, R]) -> Callable[P, R]:
    """Mark a service that only makes sense as a part of another's transaction."""

    @wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        assert transaction.get_connection().in_atomic_block, f"{service.__name__} needs a transaction"
        return service(*args, **kwargs)

    return run
