"""Validating UBL against its schema and the official EN 16931 rules.

The schema comes first, and the rules only if it passes: on input that breaks the schema they fail in ways of
their own. Whatever goes wrong in running them is a failed validation, never a pass.
"""

import logging
import re
from collections.abc import Iterator

from lxml import etree

from billing.einvoice.findings import Finding, Report
from billing.einvoice.locks import ForkSafeLock
from billing.einvoice.refusals import EngineUnavailable
from billing.einvoice.rules import engine, files, places
from billing.einvoice.rules.engine import warm_up
from billing.einvoice.rules.plain_words import in_plain_words
from billing.einvoice.untrusted import parse
from billing.errors import BillingError

__all__ = ["validate", "validate_tree", "violations", "warm_up"]

SVRL = "{http://purl.oclc.org/dsdl/svrl}"
RULES_FAILED = "BD-RULES"
"""The finding that the official rules broke down over a document; nothing is known of it then."""

SCHEMA_FINDINGS = 20
"""How many faults against the schema are told; the first is usually the cause of the rest."""

logger = logging.getLogger(__name__)

_schema_lock = ForkSafeLock()  # a schema remembers the faults of its last document


def validate(xml: bytes) -> Report:
    """Validate a UBL 2.1 Invoice or CreditNote.

    Bytes that cannot be parsed give a report too, with the one finding `XML`.

    :raises EngineUnavailable: the rules cannot be run in this process at all.
    """
    try:
        root = parse(xml)
    except BillingError as refusal:
        return _incomplete(Finding("XML", "fatal", refusal.detail))
    return validate_tree(root)


def validate_tree(root: etree._Element) -> Report:
    """Validate a parsed UBL 2.1 Invoice or CreditNote.

    :raises EngineUnavailable: the rules cannot be run in this process at all.
    """
    faults = tuple(_against_schema(root))
    if faults:
        return _incomplete(*faults)
    try:
        found = violations(root)
    except EngineUnavailable:
        raise
    except Exception as fault:  # noqa: BLE001 - whatever it is, the document was not checked
        logger.warning("The EN 16931 rules did not run to their end: %s", fault)
        return _incomplete(Finding(RULES_FAILED, "fatal", "The official rules did not run to their end."))
    return _report(found, complete=True)


def violations(root: etree._Element) -> tuple[Finding, ...]:
    """Return what the EN 16931 rules say of a UBL document that has passed its schema.

    :raises Exception: the rules did not run to their end, and nothing is known of the document.
    """
    outcome = etree.fromstring(engine.run(etree.tostring(root, encoding="unicode")).encode())
    if outcome.find(f"{SVRL}fired-rule") is None:
        raise ValueError("No rule was asked")
    return tuple(_findings(outcome, root))


def _against_schema(root: etree._Element) -> Iterator[Finding]:
    name = etree.QName(root).localname
    if name not in files.SCHEMAS:
        yield Finding(
            "XSD", "fatal", f"The root element {name} is neither a UBL Invoice nor a UBL CreditNote."
        )
        return
    with _schema_lock:
        schema = files.schema(name)
        if schema.validate(root):
            return
        faults = [(fault.line, fault.message) for fault in schema.error_log]
    for line, message in faults[:SCHEMA_FINDINGS] or [(0, "It does not follow the UBL 2.1 schema.")]:
        yield Finding("XSD", "fatal", re.sub(r"\{[^}]*\}", "", message), f"XML line {line}" if line else "")


def _findings(outcome: etree._Element, root: etree._Element) -> Iterator[Finding]:
    for found in outcome.iter(f"{SVRL}failed-assert", f"{SVRL}successful-report"):
        rule = found.get("id", "")
        official = " ".join((found.findtext(f"{SVRL}text") or "").split())
        yield Finding(
            id=rule,
            flag="warning" if found.get("flag") == "warning" else "fatal",
            message=in_plain_words(rule, official),
            location=places.in_words(found.get("location", ""), root),
        )


def _incomplete(*findings: Finding) -> Report:
    return _report(findings, complete=False)


def _report(findings: tuple[Finding, ...], *, complete: bool) -> Report:
    return Report(
        ruleset=files.RULESET,
        version=files.version(),
        sha256=files.digests(),
        findings=findings,
        complete=complete,
    )
