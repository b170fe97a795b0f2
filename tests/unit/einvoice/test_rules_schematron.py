"""Schematron, run as XSLT: rules of our own, in the shape that the official files have."""

import pytest
from lxml import etree

from billing.einvoice.findings import Finding
from billing.einvoice.rules import engine, schematron, svrl
from billing.einvoice.rules.sheets import RuleFileRefused, Sheet
from billing.einvoice.ubl.writer import serialize
from tests.unit.einvoice.documents import a_line, an_invoice, as_credit_note
from tests.unit.einvoice.rule_files import SCHEMATRON, digest

WHOLE = f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- Last update: release 9.1.2. -->
{SCHEMATRON}"""


def judged(rules: str, xml: bytes, folder) -> list[Finding]:
    path = folder / "rules.sch"
    path.write_text(rules)
    root = etree.fromstring(xml)
    sheet = Sheet("ours", "1", path, {path.name: digest(rules.encode())})
    return list(svrl.findings(engine.run(sheet, etree.tostring(root, encoding="unicode")), root))


def schema(inside: str, **attributes: str) -> str:
    said = "".join(f' {name}="{value}"' for name, value in ({"queryBinding": "xslt2"} | attributes).items())
    return f'<schema xmlns="http://purl.oclc.org/dsdl/schematron"{said}>{inside}</schema>'


def test_a_document_that_keeps_the_rules_has_no_findings(tmp_path):
    assert judged(WHOLE, serialize(an_invoice()), tmp_path) == []


def test_assertions_reports_lets_and_functions_work_with_flag_place_and_quotation(tmp_path):
    note = as_credit_note(an_invoice(a_line(1), a_line(2, unit="HUR", net="0.50")))

    found = judged(WHOLE, serialize(note), tmp_path)

    assert [(each.id, each.flag, each.location, each.field) for each in found] == [
        ("OWN-R004", "warning", "", ""),
        ("OWN-R002", "fatal", "line 2", "lines.1"),
    ]
    assert found[0].message == "A note of 2 lines, from DE {sic}."
    assert found[1].message == "Hours cost at least 1, not 0.50."


def test_of_a_pattern_the_first_rule_that_matches_wins_and_every_pattern_is_asked(tmp_path):
    # of lines in hours only R002 is asked, not R003; the second pattern has a rule for the same lines
    hours = an_invoice(a_line(1, unit="HUR", name="x"), a_line(2, name="x"))

    found = judged(WHOLE, serialize(hours), tmp_path)

    assert [(each.id, each.location) for each in found] == [
        ("OWN-R003", "line 2"),
        ("OWN-R005", "line 1"),
        ("OWN-R005", "line 2"),
    ]


def test_a_function_that_recurses_and_chooses_is_run(tmp_path):
    # the Belgian number's last two digits are 97 less the rest of the first eight
    wrong = serialize(an_invoice()).replace(b'schemeID="0208">0428759497<', b'schemeID="0208">0428759498<')

    assert {each.id for each in judged(WHOLE, wrong, tmp_path)} == {"OWN-R001"}


@pytest.mark.parametrize(
    ("inside", "sentence"),
    [
        ('<include href="parts.sch"/>', r"element include \(line 1\) is not understood"),
        ('<pattern><rule context="*"><extends rule="r"/></rule></pattern>', "element extends"),
        ('<pattern abstract="true"/>', "Abstract patterns are not understood"),
        ('<pattern is-a="p"/>', "Abstract patterns are not understood"),
        ('<pattern><rule abstract="true" id="r"/></pattern>', "Abstract rules are not understood"),
    ],
)
def test_what_needs_more_than_the_one_file_is_refused_by_name(inside, sentence):
    with pytest.raises(RuleFileRefused, match=sentence):
        schematron.to_xslt(schema(inside).encode())


def test_another_query_language_is_refused():
    with pytest.raises(RuleFileRefused, match="query language xpath; only xslt2 is run"):
        schematron.to_xslt(schema("", queryBinding="xpath").encode())
