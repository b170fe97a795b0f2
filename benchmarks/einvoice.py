"""What the gate of e-invoices costs: CPU milliseconds by profile and lines, and papers a second by a worker.

    make bench-einvoice
    make bench-einvoice ARGS='--lines 3 100 1000 --documents 50 --worker 200'

The gate is preflight, writing with a PDF of 60 kB inside, the schema, EN 16931 and the profile's own rules,
all warm. A worker then makes all files of final credit notes. Compare ratios, not times:
machines differ and are shared.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billing_desk.settings")
os.environ["LOG_LEVEL"] = "ERROR"
os.environ["DEBUG"] = "0"

import django

django.setup()

from django.core.management import call_command
from msgspec.structs import replace

from billing import clock
from billing.documents.models import StoredFile
from billing.einvoice import gate, preflight
from billing.einvoice.profiles import PROFILES
from billing.einvoice.rules.validation import validate
from billing.einvoice.ubl import writer as ubl
from billing.einvoice.writing import write
from billing.events.models import Reaction
from billing_desk.embedded.processes import spawn, stop_all
from tests.factories import a_final_invoice, a_final_note, a_line, a_platform
from tests.unit.einvoice.documents import a_line as a_sold_line
from tests.unit.einvoice.documents import added_up, as_credit_note, within_germany

LOG = Path("/tmp/bench-einvoice.log")
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 240
WARM_UP = 3


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lines", type=int, nargs="+", default=[3, 100, 1000], help="lines per document")
    parser.add_argument("--documents", type=int, default=50, help="documents of three lines; fewer of more")
    parser.add_argument("--worker", type=int, default=200, help="credit notes for the worker; 0: none")
    options = parser.parse_args()
    rows = [row for lines in options.lines for row in measure(lines, options.documents)]
    print(json.dumps(rows, indent=2))
    if options.worker:
        call_command("migrate", verbosity=0)
        print(json.dumps(by_a_worker(options.worker), indent=2))


def measure(lines: int, documents: int) -> Iterator[dict[str, Any]]:
    """Yield what one document of so many lines costs under each profile."""
    items = tuple(a_sold_line(place, net="10.37") for place in range(1, lines + 1))
    paper = as_credit_note(added_up(replace(within_germany(), lines=items, allowances_charges=())))
    times = max(documents // max(lines // 10, 1), 3)
    for profile in PROFILES.values():
        if profile.syntax is None:
            continue
        document = replace(paper, profile=profile.name)
        report = gate.check(document, pdf=PDF)
        assert report.is_valid, (profile.name, report.fatal)
        xml = write(document, pdf=PDF)
        yield {
            "profile": profile.name,
            "lines": lines,
            "gate_ms": cpu(lambda document=document: gate.check(document, pdf=PDF), times),
            "preflight_ms": cpu(lambda document=document: preflight.check(document), times),
            "write_ms": cpu(lambda document=document: write(document, pdf=PDF), times),
            "validate_ms": cpu(
                lambda document=document, profile=profile, xml=xml: validate(
                    xml, profile, twin=lambda: ubl.serialize(document)
                ),
                times,
            ),
            "layers": [f"{layer.ruleset} {layer.version} by {layer.engine}" for layer in report.layers],
        }


def cpu(deed: Callable[[], object], times: int) -> float:
    """Return the median milliseconds of this process' CPU that a deed takes."""
    for _ in range(WARM_UP):
        deed()
    taken = []
    for _ in range(times):
        before = time.process_time()
        deed()
        taken.append(time.process_time() - before)
    return round(statistics.median(taken) * 1000, 2)


def by_a_worker(count: int) -> dict[str, Any]:
    """Return how many credit notes a second one worker process makes all files of."""
    platform = a_platform("Benchmark")
    lines = [a_line(f"{10 + place}.37", name=f"Item {place}") for place in range(3)]
    notes = [a_final_note(a_final_invoice(platform, lines=lines)) for _ in range(count + WARM_UP)]
    celery = [sys.executable, "-m", "celery", "-q", "-A", "billing_desk"]
    worker = [*celery, "worker", "--loglevel", "ERROR", "--concurrency", "1"]
    beat = [*celery, "beat", "--loglevel", "ERROR", "--schedule", "/tmp/bench-einvoice-beat", "--pidfile="]
    Reaction.objects.exclude(event__object_id__in=[note.pk for note in notes]).delete()
    processes = [spawn("worker", worker, log=LOG), spawn("beat", beat, log=LOG)]
    made = StoredFile.objects.filter(kind="xml", document_id__in=[note.pk for note in notes])
    try:
        while made.count() < WARM_UP:
            time.sleep(0.02)
        began, first = time.perf_counter(), made.count()
        while made.count() < len(notes):
            time.sleep(0.02)
        seconds = time.perf_counter() - began
    finally:
        stop_all(processes, patience=5)
    return {
        "at": clock.now().isoformat(),
        "worker": "one process: PDF, HTML, e-invoice with PDF, validated and stored",
        "credit_notes": len(notes) - first,
        "credit_notes_per_second": round((len(notes) - first) / seconds, 1),
    }


if __name__ == "__main__":
    main()
