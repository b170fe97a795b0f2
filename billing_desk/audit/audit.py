"""Go through the laws of the books and collect what is wrong."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DataError, transaction

from .books import Books, one_moment
from .findings import Finding, Law, Wrong
from .laws import LAWS, LAWS_OF_FILES


@dataclass(frozen=True, kw_only=True)
class Report:
    """What an audit looked at, and what it found. `looked_at` counts rows by what they are."""

    findings: tuple[Finding, ...]
    looked_at: dict[str, int]
    laws: int
    seconds: float

    @property
    def holds(self) -> bool:
        return not self.findings

    def by_law(self) -> dict[str, int]:
        return dict(Counter(finding.law for finding in self.findings))

    def as_json(self) -> dict[str, Any]:
        return {
            "holds": self.holds,
            "laws": self.laws,
            "looked_at": self.looked_at,
            "seconds": round(self.seconds, 3),
            "findings": [finding.as_json() for finding in self.findings],
        }


def audit(*, platform_id: str | None = None, files: bool = True) -> Report:
    """Return what is wrong with the books of a platform, or of all. `files` reads every stored file, too.

    The rows are read as they are at one moment, whatever else goes on; the files after that.
    """
    began = time.monotonic()
    books = Books(platform_id)
    with one_moment():
        findings = [*obey(LAWS, books)]
        looked_at = count(books)
    if files:
        findings += obey(LAWS_OF_FILES, books)
    return Report(
        findings=tuple(findings),
        looked_at=looked_at if files else looked_at | {"files": 0},
        laws=sum(map(len, LAWS.values())) + files * sum(map(len, LAWS_OF_FILES.values())),
        seconds=time.monotonic() - began,
    )


def obey(laws: Mapping[int, Sequence[Law]], books: Books) -> Iterator[Finding]:
    """Yield what each law finds wrong, in the order of the laws."""
    for article, some in laws.items():
        for law in some:
            yield from (Finding.of(law, article, wrong) for wrong in held(law, books))


def held(law: Law, books: Books) -> list[Wrong]:
    """Return what a law finds wrong; where a row is so spoilt that it cannot be read, that."""
    try:
        with transaction.atomic():
            return list(law(books))
    except DataError as error:
        return [Wrong("the rows", "", "what this law reads", f"unreadable ({error})".strip(), "readable")]


def count(books: Books) -> dict[str, int]:
    """Return how much there was to look at."""
    [row] = books.ask("""
        SELECT (SELECT count(*) FROM invoice), (SELECT count(*) FROM note), (SELECT count(*) FROM event),
               (SELECT count(*) FROM documents_storedfile
                 WHERE %(platform)s::text IS NULL OR platform_id = %(platform)s)
    """)
    return dict(zip(("invoices", "credit_notes", "events", "files"), row, strict=True))
