"""Official rule files that an operator installs: what is taken, what refused, and what they then decide."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from billing.einvoice.profiles import EN16931, PEPPOL, PROFILES, XRECHNUNG_CII
from billing.einvoice.refusals import EngineUnavailable
from billing.einvoice.rules.install import SAMPLES, install, remove
from billing.einvoice.rules.sheets import RuleFileRefused
from billing.einvoice.rules.validation import validate
from billing.einvoice.ubl.writer import serialize
from tests.unit.einvoice.documents import an_invoice
from tests.unit.einvoice.rule_files import digest, rules, sheet

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUSE = Path(__file__).parents[3]
NEVER = "cbc:ID = 'something else'"
FIRED = '<svrl:fired-rule context="/"/>'


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
    installed(rules(NEVER, rule="BR-CO-10", version="1.3.99"), "EN16931-UBL.sch")

    norm, report = layer(EN16931, "en16931")

    assert (norm.ruleset, norm.version) == ("EN 16931 UBL", "1.3.99")
    assert (report.ruleset, report.version, report.sha256) == (norm.ruleset, norm.version, norm.sha256)
    assert [finding.message for finding in report.fatal] == [
        "The sum of the lines is not the total of the lines"
    ]


def test_xrechnung_s_rules_for_cii_need_no_twin():
    cii = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
    content = sheet(FIRED, rule="BR-DE-1", around=f'<xsl:param name="for">{cii}</xsl:param>')
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
