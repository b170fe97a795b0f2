"""The official rules, and the engine that runs them: what it may be asked, where, and by how many at once."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from billing.einvoice.rules.validation import validate
from billing.einvoice.ubl.writer import serialize
from tests.unit.einvoice.documents import a_line, an_invoice, as_credit_note

ROOT = Path(__file__).parents[3]
PREAMBLE = """
import json, os, sys, threading
os.environ["DJANGO_SETTINGS_MODULE"] = "billing_desk.settings"
os.environ["EINVOICE_RULES_DIR"] = "/nonexistent"
from tests.unit.einvoice.documents import an_invoice, a_line
from billing.einvoice.rules import engine
from billing.einvoice.rules import files as rulefiles
from billing.einvoice.ubl.writer import serialize
from billing.einvoice.rules.validation import validate, warm_up
GOOD, BAD = serialize(an_invoice()), serialize(an_invoice(a_line(unit="h")))

def outcome(xml):
    return [finding.id for finding in validate(xml).findings]

def in_child(work):
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.write(writer, json.dumps(work()).encode())
        os._exit(0)
    _, status = os.wait()
    os.close(writer)
    return [status, json.loads(os.read(reader, 10_000) or "null")]

def in_threads(count):
    found = []
    xmls = [GOOD, BAD] * (count // 2)
    threads = [threading.Thread(target=lambda xml=xml: found.append(outcome(xml))) for xml in xmls]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return sorted(found)
"""


def in_a_fresh_process(script: str, *, limit: str = "unlimited") -> tuple[object, str]:
    """Run a script that prints JSON, under a limit of address space; answer that and what went to stderr."""
    command = f'ulimit -v {limit}; exec "{sys.executable}" -'
    done = subprocess.run(
        ["bash", "-c", command],
        input=PREAMBLE + textwrap.dedent(script),
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout), done.stderr


def test_a_report_names_its_rules_their_version_and_their_digests():
    report = validate(serialize(an_invoice()))

    schema, norm = report.layers
    assert (schema.name, schema.engine, schema.ruleset, schema.version) == ("schema", "libxml2", "UBL", "2.1")
    assert (norm.name, norm.engine, norm.ruleset, norm.version) == (
        "en16931",
        "saxon",
        "EN 16931 UBL",
        "1.3.16",
    )
    assert (report.ruleset, report.version, report.sha256) == (norm.ruleset, norm.version, norm.sha256)
    assert list(schema.sha256) == ["UBL-2.1.xsd"]
    assert norm.sha256["EN16931-UBL-validation.xslt"].startswith("186501ee6048182b")
    assert (report.findings, report.complete, report.is_valid) == ((), True, True)


def test_a_broken_rule_is_told_in_plain_words_and_with_its_place():
    report = validate(serialize(as_credit_note(an_invoice(a_line(1), a_line(2, unit="h")))))

    (finding,) = report.findings
    assert (finding.id, finding.flag, finding.location) == ("BR-CL-23", "fatal", "line 2")
    assert finding.message == ("The unit is not a UNECE Recommendation 20 code (pieces are C62, hours HUR)")
    assert (report.complete, report.is_valid) == (True, False)


def test_a_rule_without_plain_words_speaks_its_own_without_its_number():
    xml = serialize(an_invoice()).replace(b'name="SEPA credit transfer"', b'listID="x"')

    (finding,) = validate(xml).findings

    assert (finding.id, finding.flag) == ("UBL-CR-661", "warning")
    assert finding.message == "A UBL invoice should not include the PaymentMeansCode listID"


@pytest.mark.parametrize(
    ("xml", "rule"),
    [
        (b"", "XML"),
        (b"<Invoice>", "XML"),
        (b"<!DOCTYPE a><a/>", "XML"),
        (b"<Invoice/>", "XSD"),
        (b"<Order/>", "XSD"),
    ],
)
def test_what_never_reaches_the_rules_is_incomplete_and_not_valid(xml, rule):
    report = validate(xml)

    assert [finding.id for finding in report.findings] == [rule]
    assert (report.complete, report.is_valid) == (False, False)


def test_nothing_is_loaded_or_started_at_import():
    loaded, _ = in_a_fresh_process(
        """
        import billing.einvoice.gate, billing.einvoice.ubl.reader
        print(json.dumps(["saxonche" in sys.modules, "facturx" in sys.modules, threading.active_count()]))
        """
    )

    assert loaded == [False, False, 1]


def test_many_threads_start_one_engine_and_get_each_their_own_answer():
    found, _ = in_a_fresh_process("print(json.dumps(in_threads(8)))")

    assert found == [[]] * 4 + [["BR-CL-23"]] * 4


def test_threads_that_need_different_rules_compile_each_of_them_once():
    found, _ = in_a_fresh_process(
        """
        from billing.einvoice.rules.trial import SAMPLES
        found, xmls = [], [GOOD, (SAMPLES / "cii.xml").read_bytes(), BAD] * 3
        threads = [threading.Thread(target=lambda xml=xml: found.append(outcome(xml))) for xml in xmls]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        print(json.dumps([sorted(found), len(engine._process.engine._compiled)]))
        """
    )

    assert found == [[[]] * 6 + [["BR-CL-23"]] * 3, 2]


def test_a_forked_child_starts_an_engine_of_its_own():
    found, _ = in_a_fresh_process("print(json.dumps([in_child(lambda: in_threads(2)), outcome(BAD)]))")

    assert found == [[0, [[], ["BR-CL-23"]]], ["BR-CL-23"]]


def test_a_child_of_a_process_that_has_validated_is_right_although_slow():
    found, log = in_a_fresh_process(
        """
        warm_up()
        children = in_child(lambda: in_threads(2)), in_child(lambda: outcome(BAD))
        print(json.dumps([outcome(GOOD), *children, outcome(BAD)]))
        """
    )

    assert found == [[], [0, [[], ["BR-CL-23"]]], [0, ["BR-CL-23"]], ["BR-CL-23"]]
    assert "this one was forked after its parent had validated" in log


def test_a_child_forked_while_another_thread_holds_the_locks_does_not_hang():
    found, _ = in_a_fresh_process(
        """
        from billing.einvoice.rules import validation
        with engine._process.lock, validation._schema_lock:
            child = in_child(lambda: outcome(BAD))
        print(json.dumps(child))
        """
    )

    assert found == [0, ["BR-CL-23"]]


def test_under_a_small_address_space_the_engine_refuses_to_start():
    # Saxon would abort the whole process
    found, _ = in_a_fresh_process(
        """
        from billing.einvoice.refusals import EngineUnavailable
        try:
            validate(GOOD)
        except EngineUnavailable as refusal:
            print(json.dumps([refusal.code, refusal.status, refusal.detail]))
        """,
        limit="16000000",
    )

    assert found == [
        "einvoice_engine_unavailable",
        503,
        "The address space of this process is limited to 15 GiB (RLIMIT_AS, ulimit -v); "
        "Saxon needs 40 GiB of it, though little memory. Lift the limit.",
    ]


SHEET = """
<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:svrl="http://purl.oclc.org/dsdl/svrl"><xsl:template match="/">{}</xsl:template></xsl:stylesheet>
"""


@pytest.mark.parametrize(
    "template",
    ['<xsl:message terminate="yes">no</xsl:message>', "", "<svrl:schematron-output/>", "<xsl:nonsense>"],
    ids=["a dynamic error", "no output", "no rule fired", "a sheet that does not compile"],
)
def test_rules_that_do_not_run_to_their_end_never_pass_a_document(template, tmp_path):
    sheet = tmp_path / "rules.xslt"
    sheet.write_text(SHEET.format(template))

    found, _ = in_a_fresh_process(
        f"""
        from pathlib import Path
        rulefiles.EN16931_UBL = Path({str(sheet)!r})
        report = validate(GOOD)
        print(json.dumps([report.is_valid, report.complete, [finding.id for finding in report.findings]]))
        """
    )

    assert found == [False, False, ["BD-RULES"]]
