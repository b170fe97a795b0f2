"""Real threads, each with a connection of its own, that begin at the same moment."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

PATIENCE = 60


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Return what each call returned, or the exception it raised, in their order.

    They see what is committed, so the test that calls this must be transactional.
    """
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SET statement_timeout = '{PATIENCE}s'")
            start.wait(PATIENCE)
            return call()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls, timeout=PATIENCE))


def is_somebody_waiting() -> bool:
    """Tell whether some statement in this database waits for another's lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def deadlocks() -> int:
    """Return how many deadlocks PostgreSQL has broken in this database, once all threads have gone home.

    A connection that has been idle for twelve seconds, a browser's perhaps, has told all that it counted.
    """
    until = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute("SELECT pg_stat_clear_snapshot(), pg_stat_force_next_flush()")
            cursor.execute(
                "SELECT deadlocks, (SELECT count(*) FROM pg_stat_activity AS a WHERE a.datname = d.datname"
                " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
                " AND (state <> 'idle' OR state_change > now() - INTERVAL '12 seconds'))"
                " FROM pg_stat_database AS d WHERE datname = current_database()"
            )
            counted, others = cursor.fetchone()
            if not others:
                return int(counted)
            time.sleep(0.01)
    raise AssertionError("Somebody is still connected.")
