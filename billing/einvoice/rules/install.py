"""Installing official rule files, and taking them out of force. `manage.py einvoice_rules` calls this."""

import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec
from lxml import etree
from msgspec.structs import replace

from billing.einvoice.rules import installed, recognition, schematron
from billing.einvoice.rules.installed import LIST, Kind, RuleFile, folder
from billing.einvoice.rules.reach import refuse_reaching
from billing.einvoice.rules.sheets import RuleFileRefused
from billing.einvoice.rules.trial import try_out
from billing.einvoice.untrusted import MAX_BYTES, parse
from billing.errors import BillingError

ELSEWHERE = re.compile(r"\{http://www\.w3\.org/1999/XSL/Transform\}(import|include)$")
TRYING, LISTING = ".trying-", ".listing-"
"""What begins the names of folders that are gone when the work in them is done, unless it was killed."""


def install(
    content: bytes,
    *,
    sha256: str,
    original: str,
    at: datetime,
    kind: Kind | None = None,
    version: str = "",
) -> RuleFile:
    """Take in a rule file and put it in force, in place of the one of its kind before.

    `sha256` is the digest that its publisher names, `original` the file's name. Give `kind` if it cannot be
    seen from the ids of the rules, `version` if the file does not say it.

    :raises RuleFileRefused: it is not what it should be; what was in force stays so.
    """
    digest = _checked_digest(content, sha256)
    root = _parsed(content)
    ending = recognition.ending(root)
    _refuse_parts(root)
    refuse_reaching(etree.fromstring(schematron.to_xslt(content)) if ending == ".sch" else root)
    kind = recognition.kind_of(content, said=kind)
    taken = RuleFile(
        kind=kind,
        ruleset=recognition.TITLES[kind],
        version=version or recognition.version_of(content),
        sha256=digest,
        file=f"{digest}{ending}",
        original=Path(original).name,
        installed_at=at.isoformat(timespec="seconds"),
        in_force=True,
    )
    with _alone(".lock-installing"), _working(TRYING) as trying:
        path = trying / taken.file
        _write(path, content)
        try_out(replace(taken.sheet, path=path), kind)
        with _alone(".lock"):
            path.replace(folder() / taken.file)
            others = (
                replace(each, in_force=each.in_force and each.kind != kind) for each in installed.files()
            )
            _list((*(each for each in others if (each.kind, each.sha256) != (kind, digest)), taken))
    return taken


def remove(kind: Kind) -> RuleFile:
    """Take the rules of a kind out of force; the file stays for whoever has to show what was checked by it.

    :raises RuleFileRefused: none of that kind is installed.
    """
    with _alone(".lock"):
        files = installed.files()
        removed = next((each for each in files if each.in_force and each.kind == kind), None)
        if removed is None:
            raise RuleFileRefused(f"No rules of the kind {kind} are installed.")
        _list(tuple(replace(each, in_force=each.in_force and each.kind != kind) for each in files))
    return removed


def _checked_digest(content: bytes, sha256: str) -> str:
    if len(content) > MAX_BYTES:
        raise RuleFileRefused(f"The file has more than {MAX_BYTES // 1024**2} MB, the most that is read.")
    if not re.fullmatch(r"[0-9a-fA-F]{64}", sha256):
        raise RuleFileRefused("The digest must be a SHA-256: 64 hexadecimal digits.")
    digest = hashlib.sha256(content).hexdigest()
    if digest != sha256.lower():
        raise RuleFileRefused(f"The file is not the one you mean: its SHA-256 is {digest}.")
    return digest


def _parsed(content: bytes) -> etree._Element:
    try:
        return parse(content)
    except BillingError as refusal:
        sentence = refusal.detail.replace("An e-invoice", "A rule file")
        raise RuleFileRefused(f"The file is no rule file. {sentence}") from refusal


def _refuse_parts(root: etree._Element) -> None:
    """Refuse rules that are not in one file."""
    for part in root:
        if isinstance(part.tag, str) and ELSEWHERE.match(part.tag):
            raise RuleFileRefused(
                f"The rules need another file ({part.get('href')}), and only one is installed. "
                "Install the compiled rules (.xslt) instead."
            )


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """Let one process at a time do what the lock is for; the lock of one that is killed is free."""
    folder().mkdir(parents=True, exist_ok=True)
    with (folder() / name).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _working(prefix: str) -> Iterator[Path]:
    """Give a folder to work in, once those that killed processes have left there are gone."""
    for left in folder().glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=folder(), prefix=prefix) as made:
        yield Path(made)


def _list(files: tuple[RuleFile, ...]) -> None:
    with _working(LISTING) as listing:
        path = listing / LIST
        _write(path, msgspec.json.format(msgspec.json.encode(files)))
        path.replace(folder() / LIST)


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
