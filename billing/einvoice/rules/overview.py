"""Which rules there are, for the operator: those in force, built in or installed, and those replaced."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import get_args

from lxml import etree
from msgspec import Struct

from billing.einvoice.findings import Layer
from billing.einvoice.profiles import PROFILES, Syntax
from billing.einvoice.refusals import EngineUnavailable
from billing.einvoice.rules import installed, mock_einvoice
from billing.einvoice.rules.files import schema_layer
from billing.einvoice.rules.judges import Judge, Official, judges


class Row(Struct, frozen=True):
    """One set of rules. `state` is `built in`, `installed …`, `not in force, …` or `DAMAGED`."""

    kind: str
    layer: Layer
    state: str
    problem: str = ""


def rows() -> Iterator[Row]:
    """Yield the rules in force for each layer and syntax, then those that were installed before.

    :raises EngineUnavailable: the list of installed rules is damaged.
    """
    files = installed.files()
    for syntax in get_args(Syntax):
        yield Row(f"schema-{syntax}", schema_layer(syntax), "built in")
    known: set[str] = set()
    for profile in PROFILES.values():
        if profile.syntax is None:
            continue
        for judge in judges(profile.syntax, profile):
            kind = installed.kind_of(judge.layer.name, profile.syntax)
            if kind is not None and kind not in known:
                known.add(kind)
                file = next((each for each in files if each.in_force and each.kind == kind), None)
                yield _row(kind, judge, f"installed {file.installed_at}" if file else "built in")
    for file in files:
        if not file.in_force:
            layer = Official(file.kind, file.sheet).layer
            yield Row(file.kind, layer, f"not in force, installed {file.installed_at}")


def engines() -> str:
    """Return what runs the rules, with versions."""
    libxml2 = ".".join(map(str, etree.LIBXML_VERSION))
    packages = [f"{package} {version(package)}" for package in ("saxonche", mock_einvoice.PACKAGE)]
    return ", ".join((f"libxml2 {libxml2}", *packages))


def _row(kind: str, judge: Judge, state: str) -> Row:
    try:
        if isinstance(judge, Official):
            judge.sheet.read()
    except EngineUnavailable as refusal:
        return Row(kind, judge.layer, "DAMAGED", refusal.detail)
    return Row(kind, judge.layer, state)
