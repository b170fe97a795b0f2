"""Validating an e-invoice in layers: its schema, the rules of EN 16931, and those of its CIUS.

The schema comes first, and the rules only if it passes: on input that breaks the schema they fail in ways of
their own. Whatever goes wrong in running a layer is a failed validation, never a pass.
"""

import logging
import re
from collections.abc import Callable

from lxml import etree
from msgspec.structs import replace

from billing.einvoice.findings import Finding, Layer, Report
from billing.einvoice.locks import ForkSafeLock
from billing.einvoice.profiles import PEPPOL, PROFILES, Profile
from billing.einvoice.refusals import EngineUnavailable
from billing.einvoice.rules import files
from billing.einvoice.rules.judges import Judge, Written, judges
from billing.einvoice.untrusted import parse
from billing.errors import BillingError

RULES_FAILED = "BD-RULES"
"""The finding that a layer of rules broke down over a document; nothing is known of it then."""

SCHEMA_FINDINGS = 20
"""How many faults against the schema are told; the first is usually the cause of the rest."""

SYNTAXES = {"ubl": "UBL 2.1 Invoice or CreditNote", "cii": "CII CrossIndustryInvoice"}

logger = logging.getLogger(__name__)

_schema_lock = ForkSafeLock()  # a schema remembers the faults of its last document


def validate(
    xml: bytes, profile: Profile | None = None, *, twin: Callable[[], bytes] | None = None
) -> Report:
    """Validate a UBL 2.1 Invoice or CreditNote, or a UN/CEFACT CII invoice.

    `profile` says which syntax it must have and which CIUS' rules it must keep; None asks for EN 16931 alone,
    in either syntax. `twin` makes the same document in UBL, for a CIUS whose rules for CII are not installed.
    Bytes that cannot be parsed give a report too, with the one finding `XML`.

    :raises EngineUnavailable: the rules cannot be run in this process at all, or are damaged.
    """
    try:
        root = parse(xml)
    except BillingError as refusal:
        return unasked(profile, Finding("XML", "fatal", refusal.detail))
    return validate_tree(root, profile, twin=twin)


def validate_tree(
    root: etree._Element, profile: Profile | None = None, *, twin: Callable[[], bytes] | None = None
) -> Report:
    """Validate a parsed document, as `validate` does.

    :raises EngineUnavailable: the rules cannot be run in this process at all, or are damaged.
    """
    name = etree.QName(root).localname
    syntax = files.SYNTAXES.get(name)
    wanted = (profile and profile.syntax) or syntax
    if syntax is None or syntax != wanted:
        kinds = [SYNTAXES[wanted]] if wanted else list(SYNTAXES.values())
        fault = Finding("XSD", "fatal", f"The root element {name} is not that of a {' or a '.join(kinds)}.")
        return unasked(profile, fault)
    schema = replace(files.schema_layer(syntax), complete=True)
    faults = _against_schema(root)
    if faults:
        return Report((schema, *(judge.layer for judge in judges(syntax, profile))), faults)
    return _judged(root, schema, judges(syntax, profile), twin)


def unasked(profile: Profile | None, *findings: Finding) -> Report:
    """Return the report on a document that never came to be asked: none of its layers is complete.

    :raises EngineUnavailable: the list of installed rules is damaged.
    """
    syntax = (profile and profile.syntax) or "ubl"
    rules = (judge.layer for judge in judges(syntax, profile))
    return Report((files.schema_layer(syntax), *rules), findings)


def warm_up(*profiles: Profile) -> None:
    """Start the engine and compile what documents of the profiles need, so that the first need not wait.

    Without a profile: Peppol's, which has the norm's in UBL. Call it in a worker, never in a process that
    will fork workers.

    :raises EngineUnavailable: the rules cannot be run in this process at all, or are damaged.
    """
    for profile in profiles or (PROFILES[PEPPOL],):
        if profile.syntax is None:
            continue
        for judge in judges(profile.syntax, profile):
            judge.warm_up()


def _judged(
    root: etree._Element,
    schema: Layer,
    asked: tuple[Judge, ...],
    twin: Callable[[], bytes] | None,
) -> Report:
    document = Written(root, etree.tostring(root, encoding="unicode"))
    layers: list[Layer] = [schema]
    findings: list[Finding] = []
    for judge in asked:
        try:
            findings.extend(judge.findings(document, twin and (lambda: _written(twin()))))
            layers.append(replace(judge.layer, complete=True))
        except EngineUnavailable:
            raise
        except Exception as fault:  # noqa: BLE001 - whatever it is, the document was not checked
            layer = judge.layer
            logger.warning(
                "The rules %s %s did not run to their end: %s", layer.ruleset, layer.version, fault
            )
            sentence = f"The rules {layer.ruleset} {layer.version} did not run to their end."
            findings.append(Finding(RULES_FAILED, "fatal", sentence))
            layers.append(layer)
    return Report(tuple(layers), tuple(findings))


def _written(xml: bytes) -> Written:
    """Return a twin, parsed.

    :raises ValueError: it does not keep its schema.
    """
    root = parse(xml)
    if faults := _against_schema(root):
        raise ValueError(f"The twin breaks its schema: {faults[0].message}")
    return Written(root, etree.tostring(root, encoding="unicode"))


def _against_schema(root: etree._Element) -> tuple[Finding, ...]:
    name = etree.QName(root).localname
    with _schema_lock:
        schema = files.schema(name)
        if schema.validate(root):
            return ()
        faults = [(fault.line, fault.message) for fault in schema.error_log]
    return tuple(
        Finding("XSD", "fatal", re.sub(r"\{[^}]*\}", "", message), f"XML line {line}" if line else "")
        for line, message in faults[:SCHEMA_FINDINGS] or [(0, "It does not follow its schema.")]
    )
