"""A file of rules that Saxon runs, and what it was when it was taken in."""

import hashlib
from pathlib import Path

from msgspec import Struct

from billing.einvoice.refusals import EngineUnavailable
from billing.errors import BillingError


class RuleFileRefused(BillingError):
    """A file cannot be taken for rules: its digest, its form, or what it does with a document."""

    code = "rule_file_refused"
    status = 422
    title = "The rule file cannot be installed"


class Sheet(Struct, frozen=True):
    """Rules as compiled XSLT 2.0 or as ISO Schematron (`.sch`).

    `sha256` has the digest of the file itself first, by the name people know it by, then those of what it
    reads beside it.
    """

    ruleset: str
    version: str
    path: Path
    sha256: dict[str, str]

    @property
    def reads_beside(self) -> bool:
        """Whether it reads other files, which lie beside it."""
        return len(self.sha256) > 1

    def read(self) -> bytes:
        """Return the file.

        :raises EngineUnavailable: it is gone, or is not what it was.
        """
        name, digest = next(iter(self.sha256.items()))
        try:
            content = self.path.read_bytes()
        except OSError as fault:
            raise EngineUnavailable(
                f"The rules {self.ruleset} {self.version} ({name}) cannot be read: {fault.strerror}. "
                "Install them again.",
                file=name,
            ) from fault
        if hashlib.sha256(content).hexdigest() != digest:
            raise EngineUnavailable(
                f"The rules {self.ruleset} {self.version} ({name}) are damaged: "
                "the file is not the one that was installed. Install them again.",
                file=name,
            )
        return content
