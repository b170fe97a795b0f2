"""Official rule files that an operator installs: what is taken, what refused, and what they then decide."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from billing.einvoice.profiles import EN16931, PEPPOL, PROFILES, XRECHNUNG_CII
from billing.einvoice.refusals import EngineUnavailable
from billing.einvoice.rules import engine
from billing.einvoice.rules.install import install, remove
from billing.einvoice.rules.sheets import RuleFileRefused, Sheet
from billing.einvoice.rules.trial import SAMPLES
from billing.einvoice.rules.validation import validate
from billing.einvoice.ubl.writer import serialize
from tests.unit.einvoice.documents import an_invoice
from tests.unit.einvoice.rule_files import SUMS, digest, rules, sheet

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUSE = Path(__file__).parents[3]
NEVER = "cbc:ID = 'something else'"
FIRED = '<svrl:fired-rule context="/"/>'
REFERENCE = '<xsl:if test="not(//*:BuyerReference)"><svrl:failed-assert id="BR-DE-15" location="/"/></xsl:if>'
CII = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    settings.EINVOICE_RULES_DIR = str(tmp_path / "rules (ours)")
    return tmp_path / "rules (ours)"


def installed(content: bytes, name: str = "PEPPOL-EN16931-UBL.sch", **said):
    return install(content, sha256=digest(content), original=name, at=NOON, **said)


def stored(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*") if not path.name.startswith(".lock"))


def layer(profile: str, name: str, xml: bytes | None = None):
    report = validate(xml or serialize(an_invoice()), PROFILES[profile])
    return next(layer for layer in report.layers if layer.name == name), report


def listed() -> str:
    said = StringIO()
    call_command("einvoice_rules", "list", stdout=said, stderr=said)
    return said.getvalue()


def test_an_installed_file_judges_in_place_of_what_is_built_in(folder):
    before, _ = layer(PEPPOL, "peppol")

    content = rules(NEVER)
    taken = installed(content)
    after, report = layer(PEPPOL, "peppol")

    assert (before.engine, before.version) == ("mock-einvoice", "3.0.21")
    assert (taken.kind, taken.ruleset, taken.version) == ("peppol", "Peppol BIS Billing", "3.0.99")
    assert taken.installed_at == "2026-11-22T12:00:00+00:00"
    assert (after.engine, after.version, after.complete) == ("saxon", "3.0.99", True)
    assert after.sha256 == {"PEPPOL-EN16931-UBL.sch": digest(content)}
    assert [finding.id for finding in report.fatal] == ["PEPPOL-EN16931-R004"]
    assert stored(folder) == sorted([f"{digest(content)}.sch", "rules.json"])


def test_it_judges_no_document_of_another_profile():
    installed(rules(NEVER))

    report = validate(serialize(an_invoice()), PROFILES[EN16931])

    assert [layer.name for layer in report.layers] == ["schema", "en16931"]
    assert report.is_valid


def test_a_newer_file_replaces_it_and_the_old_one_stays_for_the_auditor(folder):
    old, new = rules(NEVER, version="3.0.98"), rules(version="3.0.99")
    installed(old)
    installed(new)

    in_force, report = layer(PEPPOL, "peppol")

    assert in_force.version == "3.0.99"
    assert report.is_valid
    assert (folder / f"{digest(old)}.sch").read_bytes() == old
    assert "peppol         Peppol BIS Billing 3.0.99, saxon, installed 2026-11-22T12:00:00+00:00" in listed()
    assert "peppol         Peppol BIS Billing 3.0.98, saxon, not in force, installed 2026" in listed()


def test_installing_a_file_again_puts_it_back_in_force():
    old, new = rules(version="3.0.98"), rules(version="3.0.99")
    for content in (old, new, old):
        installed(content)

    assert layer(PEPPOL, "peppol")[0].version == "3.0.98"
    assert listed().count("3.0.98") == 1


def test_what_is_taken_out_of_force_judges_no_longer_and_its_file_stays(folder):
    content = rules(NEVER)
    installed(content)

    assert remove("peppol").version == "3.0.99"

    assert layer(PEPPOL, "peppol")[0].engine == "mock-einvoice"
    assert (folder / f"{digest(content)}.sch").exists()
    with pytest.raises(RuleFileRefused, match="No rules of the kind peppol are installed"):
        remove("peppol")


def test_a_newer_release_of_the_norm_replaces_the_one_that_is_built_in():
    installed(rules(NEVER, rule="BR-02", version="1.3.99", besides=SUMS), "EN16931-UBL.sch")

    norm, report = layer(EN16931, "en16931")

    assert (norm.ruleset, norm.version) == ("EN 16931 UBL", "1.3.99")
    assert (report.ruleset, report.version, report.sha256) == (norm.ruleset, norm.version, norm.sha256)
    assert [finding.id for finding in report.fatal] == ["BR-02"]


def test_xrechnung_s_rules_for_cii_need_no_twin():
    content = sheet(FIRED + REFERENCE, rule="BR-DE-1", around=f'<xsl:param name="for">{CII}</xsl:param>')
    taken = installed(content.replace(b'title="BR-DE-1"', b'id="BR-DE-1"'), "XRechnung-CII.xsl")

    judged, _ = layer(XRECHNUNG_CII, "xrechnung", (SAMPLES / "cii.xml").read_bytes())

    assert (taken.kind, judged.engine, judged.complete) == ("xrechnung-cii", "saxon", True)


@pytest.mark.parametrize(
    ("content", "sha256", "sentence"),
    [
        (rules(), "0" * 64, "is not the one you mean: its SHA-256 is"),
        (rules(), "abc", "must be a SHA-256: 64 hexadecimal digits"),
        (b" " * (20 * 1024**2 + 1), None, "more than 20 MB"),
        (b"", None, "The file is empty"),
        (b"%PDF-1.7", None, "The file is a PDF, not XML"),
        (b"<schema>", None, "The XML is broken at line 1"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", None, "A rule file must not have a DOCTYPE"),
        (serialize(an_invoice()), None, "its root is Invoice, not an XSLT stylesheet or a Schematron schema"),
        (rules(rule="OWN-1"), None, "cannot be seen from their ids. Say it with --as"),
        (sheet("", around='<xsl:import href="parts.xsl"/>'), None, r"need another file \(parts.xsl\)"),
        (rules().replace(b"<pattern>", b'<include href="a"/><pattern>'), None, "element include"),
        (sheet("<xsl:nonsense/>"), None, "The rules do not run: .*nonsense"),
        (rules("no-such-function()"), None, "The rules do not run: .*no-such-function"),
        (sheet('<xsl:message terminate="yes">enough</xsl:message>'), None, "The rules do not run"),
        (sheet(""), None, "nothing to say of an invoice in UBL: No rule was asked"),
        (sheet(FIRED), None, "cannot tell an invoice without electronic addresses from one in order"),
        (rules(besides=""), None, "PEPPOL-EN16931-R010 and PEPPOL-EN16931-R020 should forbid it"),
        (rules().replace(b'R020" test', b'R020" flag="warning" test'), None, ": PEPPOL-EN16931-R020 should"),
    ],
    ids=lambda value: "" if value is None else None,
)
def test_a_file_that_is_not_what_it_should_be_is_refused_and_the_old_rules_stay(
    folder, content, sha256, sentence
):
    old = rules(NEVER)
    installed(old)
    before = {path.name: path.read_bytes() for path in folder.glob("*")}

    with pytest.raises(RuleFileRefused, match=sentence):
        install(content, sha256=sha256 or digest(content), original="rules.xslt", at=NOON)

    assert {path.name: path.read_bytes() for path in folder.glob("*")} == before
    assert [finding.id for finding in layer(PEPPOL, "peppol")[1].fatal] == ["PEPPOL-EN16931-R004"]


def test_rules_that_are_not_what_the_operator_says_are_refused():
    with pytest.raises(RuleFileRefused, match="By their ids these rules are peppol, not xrechnung-cii"):
        installed(rules(), kind="xrechnung-cii")
    with pytest.raises(RuleFileRefused, match="nothing to say of an invoice in CII"):
        installed(rules(rule="OWN-1"), kind="xrechnung-cii")


@pytest.mark.parametrize(
    ("content", "kind", "sentence"),
    [
        (sheet(FIRED, rule="NONE"), "xrechnung-ubl", "without buyer reference .* BR-DE-15 should forbid it"),
        (sheet(FIRED, rule="NONE"), "xrechnung-cii", "without buyer reference .* BR-DE-15 should forbid it"),
        (sheet(FIRED, rule="NONE"), "en16931-cii", "with wrong sums .* BR-CO-10 and BR-CO-15 should"),
        (
            sheet(FIRED + '<svrl:failed-assert id="BR-DE-15" location="/"/>', rule="NONE"),
            "xrechnung-ubl",
            "from one in order",  # it forbids both
        ),
        (
            sheet(FIRED + REFERENCE.replace("BR-DE-15", 'BR-DE-15" flag="warning'), rule="NONE"),
            "xrechnung-ubl",
            "BR-DE-15 should forbid it",
        ),
        (
            sheet(FIRED + REFERENCE.replace("failed-assert", "failed-claim"), rule="NONE"),
            "xrechnung-ubl",
            "BR-DE-15 should forbid it",
        ),
    ],
)
def test_rules_that_do_not_find_what_is_broken_are_refused_by_name(folder, content, kind, sentence):
    with pytest.raises(RuleFileRefused, match=sentence):
        installed(content, kind=kind)

    assert stored(folder) == []


def test_what_a_killed_try_left_is_gone_at_the_next(folder):
    left = folder / ".trying-abc123" / "rules.sch"
    left.parent.mkdir(parents=True)
    left.write_bytes(rules())

    installed(rules())

    assert stored(folder) == sorted([f"{digest(rules())}.sch", "rules.json"])


def test_rules_that_do_not_come_to_an_end_are_refused(folder, monkeypatch):
    assert engine.ELSEWHERE_TIMEOUT == 120
    monkeypatch.setattr(engine, "ELSEWHERE_TIMEOUT", 3)
    endless = """
      <xsl:function xmlns:xsl="http://www.w3.org/1999/XSL/Transform" name="u:on" xmlns:u="utils">
        <xsl:param name="n"/><xsl:sequence select="if ($n lt 0) then $n else u:on($n + 1)"/>
      </xsl:function><ns uri="utils" prefix="u"/><pattern>"""
    before = time.monotonic()

    with pytest.raises(RuleFileRefused, match="did not come to an end in 3 seconds"):
        installed(rules("u:on(1) = 0").replace(b"<pattern>", endless.encode(), 1))

    assert time.monotonic() - before < 10
    assert stored(folder) == []


REACHING = {
    "doc('secret.xml')": "function doc,",
    "fn:doc ('secret.xml')": "function doc,",
    "Q{http://www.w3.org/2005/xpath-functions}doc('secret.xml')": "function doc,",
    "'secret.xml' => doc()": "function doc,",
    "exists(doc#1)": "function doc,",
    "doc (: say :) ('secret.xml')": "function doc,",
    "doc-available('secret.xml')": "function doc-available,",
    "document('secret.xml')": "function document,",
    "unparsed-text('secret.txt')": "function unparsed-text,",
    "unparsed-text-lines('secret.txt')": "function unparsed-text-lines,",
    "unparsed-text-available('secret.txt')": "function unparsed-text-available,",
    "json-doc('secret.json')": "function json-doc,",
    "collection('.')": "function collection,",
    "uri-collection('.')": "function uri-collection,",
    "environment-variable('PATH')": "function environment-variable,",
    "parse-xml('&lt;a/>')": "function parse-xml,",
    "transform(map{})": "function transform,",
    "function-lookup(xs:QName('fn:doc'), 1)": "function function-lookup,",
    "java:getenv('PATH')": "neither XPath's nor their own: getenv of java:java.lang.System",
    "file:read-text('secret.txt')": "neither XPath's nor their own: read-text of http://expath.org/ns/file",
}
"""What a rule may ask, and what of it is refused."""


@pytest.mark.parametrize("asked", REACHING)
def test_rules_that_would_read_anything_else_are_refused_by_name(folder, asked):
    prefixes = """
      <ns uri="http://www.w3.org/2005/xpath-functions" prefix="fn"/>
      <ns uri="java:java.lang.System" prefix="java"/>
      <ns uri="http://expath.org/ns/file" prefix="file"/><pattern>"""
    content = rules(asked).replace(b"<pattern>", prefixes.encode(), 1)

    with pytest.raises(RuleFileRefused, match=REACHING[asked]):
        installed(content)

    assert stored(folder) == []


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ('<xsl:result-document href="x"/>', "have xsl:result-document"),
        ('<xsl:source-document href="x"/>', "have xsl:source-document"),
        ('<xsl:evaluate xpath="1"/>', "have xsl:evaluate"),
        ("<xsl:value-of _select=\"{'do'}{'c'}('x')\"/>", "compute what they do \\(_select"),
        ('<a b="{doc(1)}"/>', "function doc,"),
        ('<a xsl:expand-text="yes">{doc(1)}</a>', "function doc,"),
        ('<a xmlns:f="f" xsl:extension-element-prefixes="f"/>', "instructions of their own"),
    ],
)
def test_sheets_that_would_read_or_write_anything_else_are_refused_by_name(folder, template, sentence):
    with pytest.raises(RuleFileRefused, match=sentence):
        installed(sheet(FIRED + template))

    assert stored(folder) == []


def test_what_official_sheets_have_is_not_taken_for_reaching(folder):
    initial = "schxslt.validate.initial-document-uri"
    harmless = f"""{REFERENCE}
      <xsl:if test="$uri != ''"><xsl:copy-of select="document($uri)"/></xsl:if>
      <a b="{{document-uri(/)}}"><xsl:value-of select="base-uri(root())"/></a>""".replace(
        "$uri", f"${initial}"
    )
    around = f'<xsl:param name="{initial}"/><xsl:param name="for">{CII}</xsl:param>'
    content = sheet(FIRED + harmless, rule="BR-DE-1", around=around)
    content = content.replace(b'title="BR-DE-1"', b'id="BR-DE-1"')

    assert installed(content).kind == "xrechnung-cii"
    with pytest.raises(RuleFileRefused, match="name a document to read"):
        installed(content.replace(f'name="{initial}"'.encode(), f'name="{initial}" select="1"'.encode()))


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ("unparsed-text('codes.xml')", "codes.xml has been prohibited\n"),
        ("doc('codes.xml')", "codes.xml has been prohibited\n"),
        ("unparsed-text-available('codes.xml')", ">false</svrl:schematron-output>"),
        ("collection('.')", "URI scheme 'file' has been disallowed\n"),
        ("environment-variable('PATH')", "/>"),
    ],
)
def test_saxon_itself_opens_nothing_for_installed_rules(tmp_path, asked, refused):
    path = tmp_path / "rules.xslt"
    path.write_bytes(sheet(f'<xsl:value-of select="{asked}"/>'))
    (tmp_path / "codes.xml").write_text("<a>secret</a>")
    alone = Sheet("ours", "1", path, {path.name: digest(path.read_bytes())})

    try:
        answer = engine.run_elsewhere(alone, "<a/>")
    except subprocess.CalledProcessError as fault:
        answer = fault.stderr.decode()

    assert answer.endswith(refused)


def test_kind_and_version_can_be_said():
    taken = installed(rules(rule="OWN-1"), kind="peppol", version="4")

    assert (taken.kind, taken.version) == ("peppol", "4")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda path: path.write_bytes(rules()), "are damaged: the file is not the one that was installed"),
        (lambda path: path.unlink(), "cannot be read: No such file or directory"),
    ],
    ids=["changed", "gone"],
)
def test_documents_are_refused_while_installed_rules_are_damaged_and_the_list_says_so(
    folder, spoil, sentence
):
    content = rules(NEVER)
    installed(content)
    spoil(folder / f"{digest(content)}.sch")

    with pytest.raises(EngineUnavailable, match=sentence):
        layer(PEPPOL, "peppol")
    assert validate(serialize(an_invoice()), PROFILES[EN16931]).is_valid

    said = StringIO()
    with pytest.raises(CommandError, match="Documents are refused until"):
        call_command("einvoice_rules", "list", stdout=said, stderr=said)
    assert "Peppol BIS Billing 3.0.99, saxon, DAMAGED" in said.getvalue()


def test_a_damaged_list_refuses_every_document(folder):
    installed(rules())
    (folder / "rules.json").write_text("[{")

    with pytest.raises(EngineUnavailable, match=r"list of installed rules, rules.json, cannot be read"):
        layer(EN16931, "en16931")


WATCHING = """
import sys
from billing.einvoice.profiles import PEPPOL, PROFILES
from billing.einvoice.rules.validation import validate
from billing.einvoice.ubl.writer import serialize
from tests.unit.einvoice.documents import an_invoice
for line in sys.stdin:
    report = validate(serialize(an_invoice()), PROFILES[PEPPOL])
    print(report.layers[-1].engine, report.layers[-1].version, report.is_valid, flush=True)
"""


def test_a_running_process_takes_what_is_installed_meanwhile(folder):
    watching = subprocess.Popen(
        [sys.executable, "-c", WATCHING],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=HOUSE,
        env=os.environ
        | {"DJANGO_SETTINGS_MODULE": "billing_desk.settings", "EINVOICE_RULES_DIR": str(folder)},
    )

    def asked() -> str:
        watching.stdin.write("now\n")
        watching.stdin.flush()
        return watching.stdout.readline().strip()

    assert asked() == "mock-einvoice 3.0.21 True"
    installed(rules(NEVER))
    assert asked() == "saxon 3.0.99 False"
    remove("peppol")
    assert asked() == "mock-einvoice 3.0.21 True"
    watching.communicate(timeout=60)


def test_the_command_installs_lists_and_removes(folder, tmp_path):
    file = tmp_path / "PEPPOL-EN16931-UBL.sch"
    file.write_bytes(rules())
    said = StringIO()

    call_command("einvoice_rules", "install", str(file), "--sha256", digest(rules()).upper(), stdout=said)
    call_command("einvoice_rules", "remove", "peppol", stdout=said)

    assert said.getvalue() == (
        "peppol: Peppol BIS Billing 3.0.99 is in force.\n"
        "peppol: Peppol BIS Billing 3.0.99 is no longer in force.\n"
    )
    assert json.loads((folder / "rules.json").read_text())[0]["original"] == "PEPPOL-EN16931-UBL.sch"
    assert "en16931-ubl    EN 16931 UBL 1.3.16, saxon, built in" in listed()
    assert "xrechnung-ubl  XRechnung Schematron 2.6.0, mock-einvoice, built in" in listed()


def test_the_command_says_in_a_sentence_what_it_refuses(tmp_path):
    file = tmp_path / "rules.sch"
    file.write_bytes(rules())

    with pytest.raises(CommandError, match="is not the one you mean"):
        call_command("einvoice_rules", "install", str(file), "--sha256", "0" * 64)
    with pytest.raises(CommandError, match="No such file"):
        call_command("einvoice_rules", "install", str(tmp_path / "none"), "--sha256", "0" * 64)
