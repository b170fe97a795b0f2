"""Trying out rules before they are put in force: they must find what is wrong with a broken invoice.

Rules that find nothing would let every document pass. So they judge two documents of ours: one in order, and
the same with something missing or miscounted that official rules of their kind have forbidden ever since.
"""

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from billing.einvoice.rules import engine, svrl
from billing.einvoice.rules.installed import Kind
from billing.einvoice.rules.sheets import RuleFileRefused, Sheet
from billing.einvoice.xml import NAMESPACES

SAMPLES = Path(__file__).parent / "samples"

EXCEPTION = re.compile(r"^[A-Za-z_][\w.]*: ", re.MULTILINE)
"""How the last lines of a traceback begin."""


class Breakage(NamedTuple):
    """What is done to the elements at the paths, in words too, and the rules that must find it.

    `text` takes the place of theirs; None takes them out.
    """

    words: str
    paths: tuple[str, ...]
    text: str | None
    rules: frozenset[str]


NO_ADDRESSES = frozenset({"PEPPOL-EN16931-R010", "PEPPOL-EN16931-R020"})
NO_REFERENCE = frozenset({"BR-DE-15"})
WRONG_SUMS = frozenset({"BR-CO-10", "BR-CO-15"})
OF_UBL = (
    ".//cac:LegalMonetaryTotal/cbc:LineExtensionAmount",
    ".//cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount",
)
OF_CII = (
    ".//ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:LineTotalAmount",
    ".//ram:SpecifiedTradeSettlementHeaderMonetarySummation/ram:GrandTotalAmount",
)
BREAKAGES: dict[Kind, Breakage] = {
    "peppol": Breakage("without electronic addresses", (".//cbc:EndpointID",), None, NO_ADDRESSES),
    "xrechnung-ubl": Breakage("without buyer reference", (".//cbc:BuyerReference",), None, NO_REFERENCE),
    "xrechnung-cii": Breakage("without buyer reference", (".//ram:BuyerReference",), None, NO_REFERENCE),
    "en16931-ubl": Breakage("with wrong sums", OF_UBL, "1.00", WRONG_SUMS),
    "en16931-cii": Breakage("with wrong sums", OF_CII, "1.00", WRONG_SUMS),
}


def try_out(sheet: Sheet, kind: Kind) -> None:
    """Let rules judge a document of ours, and the same one broken, each in a process of its own.

    :raises RuleFileRefused: they do not compile, ask nothing, take too long, or do not find what is broken.
    """
    syntax = "CII" if kind.endswith("-cii") else "UBL"
    sample = etree.parse(SAMPLES / f"{syntax.lower()}.xml").getroot()
    breakage = BREAKAGES[kind]
    found_at_first = _fatal(sheet, sample, syntax)
    _break(sample, breakage)
    unfound = breakage.rules - (_fatal(sheet, sample, syntax) - found_at_first)
    if unfound:
        raise RuleFileRefused(
            f"The rules cannot tell an invoice {breakage.words} from one in order: "
            f"{' and '.join(sorted(unfound))} should forbid it."
        )


def _break(sample: etree._Element, breakage: Breakage) -> None:
    for path in breakage.paths:
        for element in sample.findall(path, NAMESPACES):
            if breakage.text is not None:
                element.text = breakage.text
            elif (parent := element.getparent()) is not None:
                parent.remove(element)


def _fatal(sheet: Sheet, sample: etree._Element, syntax: str) -> set[str]:
    """Return the ids of the rules that forbid a document."""
    try:
        outcome = engine.run_elsewhere(sheet, etree.tostring(sample, encoding="unicode"))
        return {finding.id for finding in svrl.findings(outcome, sample) if finding.flag == "fatal"}
    except subprocess.CalledProcessError as fault:
        raise RuleFileRefused(f"The rules do not run: {_reason(fault.stderr)}") from fault
    except subprocess.TimeoutExpired as fault:
        raise RuleFileRefused(f"The rules did not come to an end in {fault.timeout:.0f} seconds.") from fault
    except (ValueError, etree.XMLSyntaxError) as fault:
        raise RuleFileRefused(f"The rules have nothing to say of an invoice in {syntax}: {fault}.") from fault


def _reason(stderr: bytes) -> str:
    """Return what a process said last: the message of its exception, without its class."""
    said = EXCEPTION.split(stderr.decode(errors="replace"))[-1]
    return " ".join(said.split())[:300] or "no reason is given."
