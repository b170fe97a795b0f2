"""What PDF/A-3b costs: the archive's CPU time and bytes against those of the press, in one run, as JSON.

    make bench-pdfa [ARGS='--lines 3 100 --papers 30']

Compare the ratios, not the times: machines differ and are shared.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billing_desk.settings")
os.environ["LOG_LEVEL"] = "ERROR"

import django

django.setup()

from billing.paper import html
from billing.paper.pdfa import archival
from billing.paper.press import print_story
from tests.unit.paper.papers import a_document, many_lines

WARM_UP = 3


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lines", type=int, nargs="+", default=[3, 100, 1000], help="lines per paper")
    parser.add_argument("--papers", type=int, default=10, help="papers per number of lines")
    options = parser.parse_args()
    print(json.dumps([measure(lines, options.papers) for lines in options.lines], indent=2))


def measure(lines: int, papers: int) -> dict[str, Any]:
    """Return milliseconds of CPU (medians) and bytes of a paper of so many lines, before and after."""
    page = html.render(a_document(many_lines(lines)))
    invoice = b"<invoice>" + b"<line/>" * 300 * lines + b"</invoice>"

    def printed() -> bytes:
        return print_story(page, page_label="{page} / {pages}", watermark="")

    def archived(**more: bytes) -> bytes:
        return archival(raw, at=datetime(2026, 11, 21, tzinfo=UTC), title="Title", author="Author", **more)

    raw = printed()
    press, plain, hybrid = (
        cpu(deed, papers) for deed in (printed, archived, lambda: archived(invoice=invoice))
    )
    return {
        "lines": lines,
        "press_ms": round(press, 2),
        "archive_ms": round(plain, 2),
        "archive_with_invoice_ms": round(hybrid, 2),
        "archive_to_press": round(plain / press, 3),
        "bytes_before": len(raw),
        "bytes_after": len(archived()),
    }


def cpu(deed: Callable[[], bytes], times: int) -> float:
    spent = []
    for _ in range(times + WARM_UP):
        before = time.process_time()
        deed()
        spent.append(time.process_time() - before)
    return statistics.median(spent[WARM_UP:]) * 1000


if __name__ == "__main__":
    main()
