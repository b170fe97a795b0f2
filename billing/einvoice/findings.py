"""What a check found: findings about one document, and the report that gathers them."""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

Flag = Literal["fatal", "warning"]


class Finding(Struct, frozen=True, omit_defaults=True):
    """One thing wrong with a document.

    `id` is the official rule (`BR-CO-10`, `PEPPOL-EN16931-R003`, `XSD`), or starts with `BD-` where the rule
    is ours; `location` says where in words ("line 3", "seller"); `field` is a path into the Document value
    (`lines.2.unit`), if there is one to mend.
    """

    id: str
    flag: Flag
    message: str
    location: str = ""
    field: str = ""


def gap(rule: str, message: str, location: str, field: str) -> Finding:
    """Return a fatal finding: something a rule asks for is not there."""
    return Finding(rule, "fatal", message, location, field)


class Report(Struct, frozen=True):
    """The outcome of validating one document.

    `sha256` has a digest for each file of rules that was run. `complete` says that all of them ran to their
    end; a document that was not checked completely is not valid.
    """

    ruleset: str
    version: str
    sha256: dict[str, str]
    findings: tuple[Finding, ...]
    complete: bool

    @property
    def fatal(self) -> tuple[Finding, ...]:
        """The findings that forbid the document."""
        return tuple(finding for finding in self.findings if finding.flag == "fatal")

    @property
    def is_valid(self) -> bool:
        """Whether every rule ran and none forbids the document."""
        return self.complete and not self.fatal


def merge(ours: Iterable[Finding], official: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return all findings, fatal ones first; where both know a rule, ours stands: it names the field."""
    ours = tuple(ours)
    known = {finding.id for finding in ours}
    both = ours + tuple(finding for finding in official if finding.id not in known)
    return tuple(sorted(both, key=lambda finding: finding.flag != "fatal"))
