"""Requests of the API: how many a second, how long, and with how many queries, on small and on large tables.

    make bench-api
    make bench-api ARGS='--notes 1000 100000 1000000 --requests 200'

Real HTTP, one gunicorn process with one thread, one caller. A row tells p50 and p99 in milliseconds and the
queries of one request; "x" is p50 beside the smallest table's: a list costs the same on its first and on its
10 000th page, and with a thousand times as many notes. Machines differ: compare ratios.
"""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billing_desk.settings")
os.environ |= {
    "ALLOWED_HOSTS": "127.0.0.1,testserver",
    "API_REQUESTS_PER_MINUTE": "0",
    "BEHIND_TLS": "0",
    "DEBUG": "0",
    "LOG_LEVEL": "ERROR",
}

import django

django.setup()

import requests
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing.documents.ordering import ORDERS
from billing.lists import Listing
from billing.platforms.models import Platform
from billing_desk.embedded.home import free_port
from credit_notes.lists import CREDIT_NOTES
from credit_notes.models import CreditNote
from tests.factories import a_final_invoice, a_final_note, a_line, a_platform, an_api_key

PAGE, DEEP = 10, 10_000
"""Rows on a page, and the number of the page far down."""
WARM_UP = 5
COPIED = ("credit_notes_creditnote", "credit_notes_creditnotereference", "credit_notes_creditnoteline")


class Row(NamedTuple):
    """What a call costs. Times are in milliseconds."""

    call: str
    notes: int
    p50: float
    p99: float
    queries: int

    @property
    def per_second(self) -> float:
        return 1000 / self.p50


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--notes", type=int, nargs="+", default=[1_000, 100_000, 1_000_000], help="rising")
    parser.add_argument("--requests", type=int, default=200)
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    platform = a_platform("Benchmark")
    note = a_final_note(a_final_invoice(platform))
    key = an_api_key(platform)
    rows: list[Row] = []
    with server() as url:
        for notes in options.notes:
            fill(note, notes)
            rows += measure(platform, key, url, notes, options.requests)
    print_table(rows)


@contextmanager
def server() -> Iterator[str]:
    """Serve the desk on a free port while the block runs."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "billing_desk.wsgi", "--bind", f"127.0.0.1:{port}"]
    options = ["--worker-class", "gthread", "--threads", "1", "--log-level", "error"]
    process = subprocess.Popen([*command, *options], cwd=ROOT, env=os.environ | {"WEB_CONCURRENCY": "1"})
    url = f"http://127.0.0.1:{port}"
    try:
        while not is_up(url):
            time.sleep(0.2)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def is_up(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=5).ok
    except requests.RequestException:
        return False


def fill(note: CreditNote, wanted: int) -> None:
    """Copy a final note until there are as many, each with a reference, a line, a day and a total of its own.

    The copies' triggers and keys are not asked: they are rows to be listed, not papers.
    """
    have = CreditNote.objects.count()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table in COPIED:
            cursor.execute(copies(table), {"note": note.pk, "have": have, "wanted": wanted})
        cursor.execute("SET session_replication_role = DEFAULT")
        for table in COPIED:
            cursor.execute(f"VACUUM ANALYZE {table}")


def copies(table: str) -> str:
    """Return the statement that copies a note's rows of a table; the n-th copy's ids sort by n."""
    changed = {
        "credit_notes_creditnote": {
            "id": "'cn_0' || lpad(n::text, 25, '0')",
            "number": "'CR-1-' || lpad(n::text, 8, '0')",
            "series_period": "'1'",
            "series_number": "n",
            "date": "DATE '2020-01-01' + (n % 2000)::int",
            "created_at": "TIMESTAMPTZ '2020-01-01' + n * INTERVAL '1 minute'",
            "updated_at": "TIMESTAMPTZ '2020-01-01' + (n::bigint * 7919 %% 1000003) * INTERVAL '1 minute'",
        },
        "credit_notes_creditnotereference": {"credit_note_id": "'cn_0' || lpad(n::text, 25, '0')"},
        "credit_notes_creditnoteline": {
            "id": "'cnl_0' || lpad(n::text, 25, '0')",
            "credit_note_id": "'cn_0' || lpad(n::text, 25, '0')",
        },
    }[table]
    skipped = {"amount_available", "settlement"} | ({"id"} if "id" not in changed else set())
    with connection.cursor() as cursor:
        columns = [
            column.name
            for column in connection.introspection.get_table_description(cursor, table)
            if column.name not in skipped
        ]
    values = ", ".join(changed.get(name, f'"{name}"').replace("n % 2000", "n %% 2000") for name in columns)
    of = "id" if table == COPIED[0] else "credit_note_id"
    names = ", ".join(f'"{name}"' for name in columns)
    return (
        f"INSERT INTO {table} ({names}) SELECT {values} FROM {table},"
        f" generate_series(%(have)s, %(wanted)s - 1) AS n WHERE {of} = %(note)s"
    )


def measure(platform: Platform, key: str, url: str, notes: int, rounds: int) -> Iterator[Row]:
    """Yield a row for each call, on tables of so many notes."""
    session = requests.Session()
    session.headers["X-API-KEY"] = key
    client = Client(headers={"X-API-KEY": key})
    one = CreditNote.objects.order_by("id")[notes // 2].pk
    deep = {name: cursor_deep(CREDIT_NOTES, platform, name) for name in ("created_at", "date", "total")}
    fresh = [a_final_invoice(platform, lines=[a_line()]).pk for _ in range(rounds + WARM_UP + 1)]

    def listed(query: str) -> Callable[[Any], str]:
        return lambda _: f"/v1/credit-notes?limit={PAGE}&{query}"

    calls: dict[str, Callable[[Any], str]] = {
        "retrieve": lambda _: f"/v1/credit-notes/{one}",
        "list, page 1": listed(""),
        f"list, page {DEEP}": listed(f"cursor={deep['created_at']}"),
        "by date, page 1": listed("order_by=date"),
        f"by date, page {DEEP}": listed(f"order_by=date&cursor={deep['date']}"),
        "filtered, page 1": listed("status=FINAL&total[gte]=100&date[after]=2020-01-31"),
        "expanded, page 1": listed("expand=customer,invoice,lines"),
    }
    for name, path in calls.items():
        times = timed(lambda place, path=path: session.get(url + path(place), timeout=60), rounds)
        yield row(name, notes, times, lambda path=path: client.get(path(0)))

    def create(place: int) -> Any:
        return session.post(f"{url}/v1/invoices/{fresh[place]}/credit", json={"finalize": True}, timeout=60)

    times = timed(create, rounds)
    body = b'{"finalize": true}'
    again = f"/v1/invoices/{fresh[-1]}/credit"
    yield row("create + finalise", notes, times, lambda: client.post(again, body, "application/json"))


def cursor_deep(listing: Listing, platform: Platform, order: str) -> str:
    """Return the cursor of the page far down, or of the last one where the list is shorter."""
    keyset = listing.in_order(CreditNote.objects.for_platform(platform), by=order)
    rows = keyset.in_order()
    place = min(PAGE * (DEEP - 1), rows.count() - PAGE) - 1
    assert order in ORDERS
    return keyset.cursor_of(rows[place])


def timed(call: Callable[[int], Any], rounds: int) -> list[float]:
    found = []
    for place in range(rounds + WARM_UP):
        before = time.perf_counter()
        answer = call(place)
        found.append((time.perf_counter() - before) * 1000)
        assert answer.status_code < 300, answer.text
    return sorted(found[WARM_UP:])


def row(name: str, notes: int, times: list[float], once: Callable[[], Any]) -> Row:
    with CaptureQueriesContext(connection) as queries:
        assert once().status_code < 300
    statements = [
        each for each in queries if not each["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))
    ]
    return Row(name, notes, statistics.median(times), times[int(len(times) * 0.99) - 1], len(statements))


def print_table(rows: list[Row]) -> None:
    print(f"{'call':<20} {'notes':>9} {'p50 ms':>8} {'p99 ms':>8} {'per s':>7} {'queries':>8} {'x':>5}")
    for name in dict.fromkeys(row.call for row in rows):
        same = [row for row in rows if row.call == name]
        for each in same:
            times = each.p50 / same[0].p50
            print(
                f"{each.call:<20} {each.notes:>9} {each.p50:>8.1f} {each.p99:>8.1f} {each.per_second:>7.0f}"
                f" {each.queries:>8} {times:>5.2f}"
            )
        print()


if __name__ == "__main__":
    main()
