"""Documents per second and queries per operation, as JSON, so that two runs can be compared.

    make bench                                   on services started for it
    make bench ARGS='--lines 1 10 100 --documents 50 --out results.json'

Machines differ and are shared: compare ratios between operations, or two runs made one after the other on the
same machine, never absolute times. CPU is this process's own; PostgreSQL's comes on top in the wall time.
"""

import argparse
import json
import os
import platform as machine
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billing_desk.settings")
os.environ["LOG_LEVEL"] = "ERROR"
os.environ["DEBUG"] = "0"

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.einvoice.gate import require_valid
from billing.paper import render_pdf
from billing.platforms.models import Platform
from credit_notes.models import CreditNote
from credit_notes.services import credit_invoice, finalize_credit_note
from invoices.models import Invoice
from tests.factories import NOON, a_customer, a_final_invoice, a_line, a_platform, an_entity

WARM_UP = 3
WHO = {"actor": "benchmark", "at": NOON}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lines", type=int, nargs="+", default=[10], help="lines per document")
    parser.add_argument("--documents", type=int, default=100, help="documents per operation")
    parser.add_argument("--out", type=Path, help="write the JSON here as well")
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    result = {
        "python": machine.python_version(),
        "processors": os.cpu_count(),
        "documents": options.documents,
        "runs": [run for lines in options.lines for run in measure(lines, options.documents)],
    }
    text = json.dumps(result, indent=2)
    print(text)
    if options.out:
        options.out.write_text(text + "\n")


def measure(lines: int, documents: int) -> Iterable[dict[str, Any]]:
    """Yield one result for each operation on documents of so many lines."""
    platform = a_platform(f"Benchmark, {lines} lines")
    an_entity(platform)
    a_customer(platform)
    count = documents + WARM_UP
    drafted, credited = invoices(platform, lines, count), invoices(platform, lines, count)
    drafts: list[CreditNote] = []
    yield timed("draft", lines, drafted, lambda invoice: drafts.append(credit(platform, invoice)))
    yield timed("finalise", lines, drafts, lambda note: finalise(platform, note))
    yield timed("full credit", lines, credited, lambda invoice: credit(platform, invoice, finalize=True))
    notes = CreditNote.objects.for_platform(platform).live().with_snapshot()[:count]
    papers = [note.snapshot for note in notes]
    yield timed("PDF", lines, papers[: max(count // 5, WARM_UP + 3)], render_pdf)
    yield timed("XML and validation", lines, papers, require_valid)


def invoices(platform: Platform, lines: int, count: int) -> list[Invoice]:
    items = [a_line(f"{10 + place}.37", name=f"Item {place}") for place in range(lines)]
    return [a_final_invoice(platform, lines=items) for _ in range(count)]


def credit(platform: Platform, invoice: Invoice, **more: Any) -> CreditNote:
    return credit_invoice(platform=platform, invoice_id=invoice.pk, **more, **WHO)


def finalise(platform: Platform, note: CreditNote) -> CreditNote:
    return finalize_credit_note(platform=platform, credit_note_id=note.pk, **WHO)


def timed(name: str, lines: int, items: Iterable[Any], deed: Callable[[Any], Any]) -> dict[str, Any]:
    """Return the cost of a deed: CPU and wall milliseconds (medians), documents a second, queries."""
    items = list(items)
    for item in items[: WARM_UP - 1]:
        deed(item)
    with CaptureQueriesContext(connection) as queries:
        deed(items[WARM_UP - 1])
    cpu, wall = [], []
    for item in items[WARM_UP:]:
        cpu_before, wall_before = time.process_time(), time.perf_counter()
        deed(item)
        cpu.append(time.process_time() - cpu_before)
        wall.append(time.perf_counter() - wall_before)
    return {
        "operation": name,
        "lines": lines,
        "documents_per_second": round(len(wall) / sum(wall), 1),
        "cpu_ms": round(statistics.median(cpu) * 1000, 2),
        "wall_ms": round(statistics.median(wall) * 1000, 2),
        "wall_ms_p95": round(sorted(wall)[int(len(wall) * 0.95)] * 1000, 2),
        "queries": len(queries),
    }


if __name__ == "__main__":
    main()
