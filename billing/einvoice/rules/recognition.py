"""What kind of rules a file holds, in which version: read off what is in it."""

import re

from lxml import etree

from billing.einvoice.rules.installed import Kind
from billing.einvoice.rules.sheets import RuleFileRefused
from billing.einvoice.xml import NAMESPACES

ROOTS = {
    "{http://www.w3.org/1999/XSL/Transform}stylesheet": ".xslt",
    "{http://www.w3.org/1999/XSL/Transform}transform": ".xslt",
    "{http://purl.oclc.org/dsdl/schematron}schema": ".sch",
}
"""The root of a rule file, and the ending it is kept under."""

CII = NAMESPACES["rsm"].encode()
TITLES: dict[Kind, str] = {
    "peppol": "Peppol BIS Billing",
    "xrechnung-ubl": "XRechnung UBL",
    "xrechnung-cii": "XRechnung CII",
    "en16931-ubl": "EN 16931 UBL",
    "en16931-cii": "EN 16931 CII",
}
VERSIONS = (
    re.compile(rb"Schematron [Vv]ersion (\d[\w.-]*)"),
    re.compile(rb"[Rr]elease (\d+\.\d+[\w.-]*\w)"),
    re.compile(rb"Version: (\d[\w.-]*)"),
    re.compile(rb"(?:dct:created|created)>(\d{4}-\d\d-\d\d)"),
)
"""How the publishers say which version a file is; the last is the day on which it was compiled."""


def ending(root: etree._Element) -> str:
    """Return `.xslt` or `.sch`.

    :raises RuleFileRefused: it is neither.
    """
    if root.tag not in ROOTS:
        name = etree.QName(root).localname
        raise RuleFileRefused(
            f"The file is no rule file: its root is {name}, not an XSLT stylesheet or a Schematron schema."
        )
    return ROOTS[root.tag]


def kind_of(content: bytes, *, said: Kind | None = None) -> Kind:
    """Return which kind of rules a file holds, by the ids of its rules, or else as the operator has said.

    :raises RuleFileRefused: the ids are not known and nothing was said, or something else was.
    """
    seen = _kind_by_ids(content)
    kind = seen or said
    if kind is None:
        raise RuleFileRefused("What these rules are for cannot be seen from their ids. Say it with --as.")
    if said not in (None, kind):
        raise RuleFileRefused(f"By their ids these rules are {kind}, not {said}.")
    return kind


def _kind_by_ids(content: bytes) -> Kind | None:
    """Return the kind; XRechnung first, for its file repeats some of Peppol's rules."""
    is_cii = CII in content
    if re.search(rb"[\"'>]BR-DE-1[\"'<]", content):
        return "xrechnung-cii" if is_cii else "xrechnung-ubl"
    if b"PEPPOL-EN16931-R004" in content:
        return "peppol"
    if re.search(rb"[\"'>]BR-CO-10[\"'<]", content):
        return "en16931-cii" if is_cii else "en16931-ubl"
    return None


def version_of(content: bytes) -> str:
    """Return the version that a file gives itself, or `unknown`."""
    found = (pattern.search(content) for pattern in VERSIONS)
    return next((match[1].decode() for match in found if match), "unknown")
