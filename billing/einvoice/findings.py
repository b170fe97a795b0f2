"""What a check found: findings about one document, the layers that looked, and the report of them all."""

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


class Layer(Struct, frozen=True):
    """One set of rules that a document was held to: whose, which version, run by what.

    `name` is `schema`, `en16931`, `peppol` or `xrechnung`; `sha256` has a digest for each file of rules.
    `complete` says that all of it ran to its end; otherwise nothing is known of the document under it.
    """

    name: str
    engine: str
    ruleset: str
    version: str
    sha256: dict[str, str]
    complete: bool = False


class Report(Struct, frozen=True):
    """The outcome of validating one document. A document that was not checked completely is not valid."""

    layers: tuple[Layer, ...]
    findings: tuple[Finding, ...]

    @property
    def fatal(self) -> tuple[Finding, ...]:
        """The findings that forbid the document."""
        return tuple(finding for finding in self.findings if finding.flag == "fatal")

    @property
    def complete(self) -> bool:
        """Whether every layer ran to its end."""
        return all(layer.complete for layer in self.layers)

    @property
    def is_valid(self) -> bool:
        """Whether every rule ran and none forbids the document."""
        return self.complete and not self.fatal

    @property
    def ruleset(self) -> str:
        """The name of the EN 16931 rules; "" if there was nothing for them to judge."""
        return next((layer.ruleset for layer in self.layers if layer.name == "en16931"), "")

    @property
    def version(self) -> str:
        """The version of the EN 16931 rules."""
        return next((layer.version for layer in self.layers if layer.name == "en16931"), "")

    @property
    def sha256(self) -> dict[str, str]:
        """A digest for each file of the EN 16931 rules."""
        return next((layer.sha256 for layer in self.layers if layer.name == "en16931"), {})


def merge(ours: Iterable[Finding], official: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return all findings, fatal ones first; where both know a rule, ours stands: it names the field."""
    ours = tuple(ours)
    known = {finding.id for finding in ours}
    both = ours + tuple(finding for finding in official if finding.id not in known)
    return tuple(sorted(both, key=lambda finding: finding.flag != "fatal"))
