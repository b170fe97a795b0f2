"""Time and queries of a partial credit, by how many lines the invoice has and how many notes came before.

    make bench-credits
    make bench-credits ARGS='--lines 10 100 --notes 0 10'

Each row is the fastest of some rounds, for whatever else a machine does only makes it slower; CPU is this
process's own, without PostgreSQL's. "3.1 for 10×" says how many times as long it took for how many times as
many lines, or notes: not longer than there are more of them. The queries stay the same from the first note
on; before it there is less to fetch, and finalising it makes the series of numbers.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billing_desk.settings")
os.environ["LOG_LEVEL"] = "ERROR"
os.environ["DEBUG"] = "0"

import django

django.setup()

from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from credit_notes.models import CreditNote
from credit_notes.selection import Pick, Selection
from credit_notes.services import credit_invoice, estimate, finalize_credit_note
from credit_notes.wish import Wish
from invoices.models import Invoice
from tests.factories import NOON, a_customer, a_final_invoice, a_line, a_platform, an_entity

WHO = {"actor": "benchmark", "at": NOON}
WARM_UP = 1
HEAD = "{:<15} {:>6} {:>6} {:>8} {:>8} {:>8} {:>13} {:>13}"
PRINTABLE = 2_000
"""Lines that a paper may have."""


class Row(NamedTuple):
    """What a deed costs: milliseconds and queries."""

    deed: str
    lines: int
    notes: int
    milliseconds: float
    cpu: float
    queries: int


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lines", type=int, nargs="+", default=[10, 100, 1_000, 5_000])
    parser.add_argument("--notes", type=int, nargs="+", default=[0, 10, 100], help="earlier notes, rising")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    rows = [row for lines in options.lines for row in measure(lines, options.notes, options.rounds)]
    print_table(rows)


def measure(lines: int, notes: Sequence[int], rounds: int) -> Iterator[Row]:
    """Yield a row for each deed on an invoice of so many lines, before and after notes on it."""
    invoice = an_invoice(lines)
    ids = list(invoice.lines.order_by("position").values_list("id", flat=True))
    line, sum_of_all = part_of(ids[0]), Selection(amount=Decimal(100 * lines))  # something of every line
    deeds: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
        "estimate, line": (lambda: invoice, lambda _: guess(invoice, line)),
        "draft, line": (lambda: invoice, lambda _: draft(invoice, line)),
        "finalise, line": (lambda: draft(invoice, line), finalise),
        "estimate, sum": (lambda: invoice, lambda _: guess(invoice, sum_of_all)),
        "draft, sum": (lambda: invoice, lambda _: draft(invoice, sum_of_all)),
        "finalise, sum": (lambda: draft(invoice, sum_of_all), finalise),
    }
    if lines > PRINTABLE:
        del deeds["finalise, sum"]
    made = 0
    for wanted in notes:
        while made < wanted:
            finalise(draft(invoice, part_of(ids[made % lines])))
            made += 1
        for name, (prepare, do) in deeds.items():
            yield timed(name, lines, wanted, rounds, prepare, do)


def an_invoice(lines: int) -> Invoice:
    platform = a_platform(f"Benchmark, {lines} lines")
    an_entity(platform)
    a_customer(platform)
    items = [a_line(f"{1_000 + place}.37", name=f"Item {place}") for place in range(lines)]
    return a_final_invoice(platform, lines=items)


def part_of(line_id: str) -> Selection:
    return Selection(picks=(Pick(invoice_line=line_id, net_amount=Decimal("1.11")),))


def guess(invoice: Invoice, selection: Selection) -> None:
    wish = Wish(selections=((invoice.pk, selection),))
    estimate(platform=invoice.platform, wish=wish, at=NOON)


def draft(invoice: Invoice, selection: Selection) -> CreditNote:
    return credit_invoice(platform=invoice.platform, invoice_id=invoice.pk, selection=selection, **WHO)


def finalise(note: CreditNote) -> CreditNote:
    return finalize_credit_note(platform=note.platform, credit_note_id=note.pk, **WHO)


def timed(
    deed: str,
    lines: int,
    notes: int,
    rounds: int,
    prepare: Callable[[], Any],
    do: Callable[[Any], Any],
) -> Row:
    """Return what a deed costs. Every round is taken back, so that the next finds the same books."""
    wall, cpu = [], []
    for _ in range(rounds + WARM_UP):
        with transaction.atomic():
            thing = prepare()
            with CaptureQueriesContext(connection) as queries:
                wall_before, cpu_before = time.perf_counter(), time.process_time()
                do(thing)
                wall.append(time.perf_counter() - wall_before)
                cpu.append(time.process_time() - cpu_before)
            transaction.set_rollback(True)
    return Row(deed, lines, notes, min(wall[WARM_UP:]) * 1000, min(cpu[WARM_UP:]) * 1000, len(queries))


def print_table(rows: Sequence[Row]) -> None:
    """Print each deed's rows with how they compare with fewer lines, and with fewer notes."""
    found = {(row.deed, row.lines, row.notes): row for row in rows}
    for deed in dict.fromkeys(row.deed for row in rows):
        print(
            f"{deed:<16} {'lines':>6} {'notes':>6} {'ms':>9} {'queries':>8} {'by lines':>12} {'by notes':>12}"
        )
        for row in rows:
            if row.deed == deed:
                shorter = latest(found.values(), deed, "notes", row, "lines")
                younger = latest(found.values(), deed, "lines", row, "notes")
                costs = f"{row.milliseconds:.1f}", f"{row.cpu:.1f}", row.queries
                ratios = ratio(row, shorter, "lines"), ratio(row, younger, "notes")
                print(HEAD.format("", row.lines, row.notes, *costs, *ratios))
        print()


def latest(rows: Iterable[Row], deed: str, same: str, row: Row, less: str) -> Row | None:
    """Return the row of the same deed that is next below in one respect and equal in the other."""
    below = [
        each
        for each in rows
        if each.deed == deed
        and getattr(each, same) == getattr(row, same)
        and getattr(each, less) < getattr(row, less)
    ]
    return max(below, key=lambda each: getattr(each, less), default=None)


def ratio(row: Row, other: Row | None, of: str) -> str:
    """Return how many times as long it took, for how many times as many: 3.1 / 10."""
    if other is None:
        return ""
    more = getattr(row, of) / getattr(other, of) if getattr(other, of) else 0
    times = f"{row.milliseconds / other.milliseconds:.1f}"
    return f"{times} for {more:.3g}×" if more else times


if __name__ == "__main__":
    main()
