"""The official rule files that the operator has installed: which are in force.

They lie in `settings.EINVOICE_RULES_DIR`, each under its digest, with a list of them in `rules.json`. Every
process looks at the list again when it has changed; what is in force needs no restart.
"""

from pathlib import Path
from typing import Literal, NamedTuple, get_args

import msgspec
from django.conf import settings
from msgspec import Struct

from billing.einvoice.profiles import Syntax
from billing.einvoice.refusals import EngineUnavailable
from billing.einvoice.rules.sheets import Sheet

Kind = Literal["peppol", "xrechnung-ubl", "xrechnung-cii", "en16931-ubl", "en16931-cii"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""What can be installed. Peppol has rules for UBL only."""

LIST = "rules.json"


class RuleFile(Struct, frozen=True):
    """One file that was installed. `file` is its name in the folder, `original` the operator's for it."""

    kind: Kind
    ruleset: str
    version: str
    sha256: str
    file: str
    original: str
    installed_at: str
    in_force: bool

    @property
    def sheet(self) -> Sheet:
        """The file as Saxon takes it."""
        return Sheet(self.ruleset, self.version, folder() / self.file, {self.original: self.sha256})


def folder() -> Path:
    """Return where rule files are kept."""
    return Path(settings.EINVOICE_RULES_DIR).absolute()


def kind_of(layer: str, syntax: Syntax) -> Kind | None:
    """Return which kind of rule file judges a layer of a syntax; None if there is none."""
    name = layer if layer == "peppol" and syntax == "ubl" else f"{layer}-{syntax}"
    return next((kind for kind in KINDS if kind == name), None)


def sheet(kind: Kind | None) -> Sheet | None:
    """Return the rules of a kind that are in force, or None if none were installed.

    :raises EngineUnavailable: the list of installed rules is damaged.
    """
    return next((each.sheet for each in files() if each.in_force and each.kind == kind), None)


def files() -> tuple[RuleFile, ...]:
    """Return all files that were ever installed, the newest last.

    :raises EngineUnavailable: the list of them is damaged.
    """
    global _known
    path = folder() / LIST
    try:
        seen = path.stat()
        state = (path, seen.st_mtime_ns, seen.st_ino, seen.st_size)
        if _known.state != state:
            _known = _Known(state, msgspec.json.decode(path.read_bytes(), type=tuple[RuleFile, ...]))
    except FileNotFoundError:
        return ()
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise EngineUnavailable(
            f"The list of installed rules, {path.name}, cannot be read: {fault}. "
            "Mend it, or remove it and install the rules again."
        ) from fault
    return _known.files


class _Known(NamedTuple):
    """The list as it was read last, and what its file looked like then."""

    state: tuple[object, ...] = ()
    files: tuple[RuleFile, ...] = ()


_known = _Known()
