"""Peppol's and XRechnung's rules by the package mock-einvoice, where the official files are not installed.

Peppol's file may not be handed on; the package has the same rules in Python, under the same ids. It is asked
for these two layers only, for the norm itself is judged by the official rules. Whatever it cannot judge is an
error here, never a pass.
"""

import hashlib
from functools import cache
from importlib import import_module
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

from lxml import etree
from msgspec.structs import replace

from billing.einvoice.findings import Finding, Layer
from billing.einvoice.profiles import Cius
from billing.einvoice.refusals import EngineUnavailable
from billing.einvoice.rules import places
from billing.einvoice.rules.plain_words import in_plain_words
from billing.einvoice.rules.svrl import MILD

PACKAGE = "mock-einvoice"
NOT_COMPUTED = "could not be computed"
"""What it says of a rule that breaks off the official engine; such a document has not passed."""

REPEATED = {
    f"PEPPOL-EN16931-R{number}"
    for number in (
        *("001", "005", "008", "010", "020", "040", "041", "042", "043", "044", "046"),
        *("053", "054", "055", "061", "101", "110", "111", "120", "121", "130"),
    )
}
"""The rules of Peppol that XRechnung's official file has as well (2.6.0), under Peppol's ids."""

ONLY_WARNED = "PEPPOL-EN16931-R120"
"""A line's net amount that is not quantity times price: XRechnung warns of it, Peppol forbids it."""


@cache
def layer(name: Cius) -> Layer:
    """Return the rules it has for a layer, before they are run.

    :raises EngineUnavailable: the package cannot be loaded.
    """
    package = _package()
    ruleset, _, version = package.rules.published.SOURCES[name][0].rpartition(" ")
    file = f"{PACKAGE} {version_of(PACKAGE)}"
    return Layer(name, PACKAGE, ruleset, version, {file: _digest(Path(package.__file__).parent)})


def findings(name: Cius, text: str, root: etree._Element) -> tuple[Finding, ...]:
    """Return what a layer's rules say of a UBL document that keeps its schema; `text` is `root`, written.

    :raises Exception: it was not judged, or not by every rule that could apply.
    """
    package = _package()
    rules, sent = package.rules, package.ubl.tree(text)
    top = rules.tree.top(sent)
    not_built = rules.published.LAYERS[name].keys() - rules.REGISTRY[name].keys()
    unasked = [rule for rule in sorted(not_built) if rules.could_apply(name, rule, top)]
    if unasked:
        raise ValueError(f"{PACKAGE} does not have {', '.join(unasked)}")
    found = [_finding(each, root) for each in list(rules.run(None, name, sent))]
    if name == "xrechnung":
        peppol = [_finding(each, root) for each in list(rules.run(None, "peppol", sent))]
        found += [_as_xrechnung(each) for each in peppol if each.id in REPEATED]
    return tuple(found)


def _as_xrechnung(finding: Finding) -> Finding:
    return replace(finding, flag="warning") if finding.id == ONLY_WARNED else finding


def _finding(found: Any, root: etree._Element) -> Finding:
    place = places.find(found.path, root)
    is_mild = found.level in MILD and NOT_COMPUTED not in found.text
    return Finding(
        id=found.code,
        flag="warning" if is_mild else "fatal",
        message=in_plain_words(found.code, found.text[:1].upper() + found.text[1:]),
        location=place.words,
        field=place.field,
    )


@cache
def _package() -> Any:
    try:
        import_module("mockeinvoice.rules.tree")  # only in processes that validate
        return import_module("mockeinvoice")
    except ImportError as fault:
        raise EngineUnavailable(f"The package {PACKAGE} cannot be loaded: {fault}.") from fault


def _digest(folder: Path) -> str:
    """Return one SHA-256 of all its modules, in the order of their names."""
    code = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        code.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return code.hexdigest()
