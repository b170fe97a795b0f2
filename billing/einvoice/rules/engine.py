"""Saxon, which runs the official rules: one engine per process, built when first needed.

Saxon (saxonche) is a GraalVM native isolate, and that has rules of its own, each found by breaking it:

* It reserves 32 GiB of address space; under a smaller RLIMIT_AS it aborts the process. We refuse to start it.
* Two threads that start it at once abort the process. Starting and compiling are done under a lock.
* A process forked from one that has started it dies when another thread than the parent's uses it, even to
  start a new one. Such a child asks a fresh process for each sheet: slow (about a second), and right.
  To avoid it, do not validate before forking: no warm-up in a parent of workers.

Nothing happens at import. A compiled sheet is shared; each run takes a clone of it, which costs microseconds.
"""

import logging
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec

from billing.einvoice.locks import ForkSafeLock
from billing.einvoice.refusals import EngineUnavailable
from billing.einvoice.rules import schematron
from billing.einvoice.rules.sheets import Sheet

ADDRESS_SPACE = 40 * 1024**3
"""What RLIMIT_AS must leave, in bytes, for Saxon's 32 GiB and ourselves."""

ELSEWHERE_TIMEOUT = 120
"""Seconds that a fresh process may take for one document."""

NOTHING, FILES = "", "file"
"""What rules may open beside the document, as protocols: only Factur-X's have code lists beside them."""

PROTOCOLS = "http://saxon.sf.net/feature/allowedProtocols"
FOREIGN_FUNCTIONS = "http://saxon.sf.net/feature/allow-external-functions"
"""Off, it forbids the environment and xsl:result-document too."""

logger = logging.getLogger(__name__)


class Engine:
    """Saxon, and the sheets it has compiled so far."""

    def __init__(self) -> None:
        try:
            from saxonche import PySaxonProcessor  # 100 MB: only in processes that validate
        except ImportError as fault:
            raise EngineUnavailable(f"The package saxonche cannot be loaded: {fault}.") from fault

        self._processors = {}
        for protocols in (NOTHING, FILES):
            self._processors[protocols] = processor = PySaxonProcessor(license=False)
            processor.set_configuration_property(FOREIGN_FUNCTIONS, "off")
            processor.set_configuration_property(PROTOCOLS, protocols)
        self._compiled: dict[Path, Any] = {}

    def has(self, sheet: Sheet) -> bool:
        """Return whether a sheet is compiled."""
        return sheet.path in self._compiled

    def compile(self, sheet: Sheet) -> None:
        """Compile a sheet, in a tenth to half of a second.

        :raises EngineUnavailable: its file is gone or damaged.
        :raises Exception: it is not a sheet of rules.
        """
        content = sheet.read()
        text = schematron.to_xslt(content) if sheet.path.suffix == ".sch" else content.decode("utf-8-sig")
        compiler = self._processor(sheet).new_xslt30_processor()
        compiler.set_cwd(str(sheet.path.parent))  # where the code lists lie that some sheets read
        self._compiled[sheet.path] = compiler.compile_stylesheet(stylesheet_text=text, encoding="UTF-8")

    def run(self, sheet: Sheet, xml: str) -> str:
        """Return the outcome of a compiled sheet, as SVRL.

        :raises Exception: whatever Saxon raises; the caller must take it for a failed validation.
        """
        node = self._processor(sheet).parse_xml(xml_text=xml, encoding="UTF-8")
        return self._compiled[sheet.path].clone().transform_to_string(xdm_node=node) or ""

    def _processor(self, sheet: Sheet) -> Any:
        return self._processors[FILES if sheet.reads_beside else NOTHING]


class _Process:
    """The engine of this process, and in which process the first one was started."""

    def __init__(self) -> None:
        self.engine: Engine | None = None
        self.started_in: int | None = None
        self.lock = ForkSafeLock()

    @property
    def is_forked_after_start(self) -> bool:
        return self.started_in not in (None, os.getpid())


_process = _Process()


def run(sheet: Sheet, xml: str) -> str:
    """Run a sheet of rules over a document and return its outcome as SVRL.

    `xml` has no DOCTYPE and no XML declaration. Threads may call this at the same time.

    :raises EngineUnavailable: the engine cannot be started in this process, or the rules are damaged.
    :raises Exception: whatever Saxon raises; the caller must take it for a failed validation.
    """
    if _process.is_forked_after_start:
        return run_elsewhere(sheet, xml)
    return _engine_with(sheet).run(sheet, xml)


def warm_up(*sheets: Sheet) -> None:
    """Start the engine and compile the sheets now, so that the first document need not wait.

    Call it in a worker, never in a process that will fork workers.

    :raises EngineUnavailable: the engine cannot be started in this process, or the rules are damaged.
    """
    if not _process.is_forked_after_start:
        for sheet in sheets:
            _engine_with(sheet)


def run_elsewhere(sheet: Sheet, xml: str) -> str:
    """Run a sheet of rules in a fresh process, and return its outcome as SVRL.

    :raises Exception: it did not come to an end there.
    """
    if _process.is_forked_after_start:
        logger.warning("Validating in a fresh process: this one was forked after its parent had validated")
    command: list[Any] = [sys.executable, "-m", __name__]
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(  # noqa: S603 - our own module, no shell
        command,
        input=msgspec.json.encode((msgspec.to_builtins(sheet, enc_hook=str), xml)),
        capture_output=True,
        timeout=ELSEWHERE_TIMEOUT,
        cwd=root,
        check=True,
    )
    return done.stdout.decode()


def _engine_with(sheet: Sheet) -> Engine:
    """Return this process's engine, with the sheet compiled."""
    engine = _process.engine
    if engine is None or not engine.has(sheet):
        with _process.lock:
            engine = _started()
            if not engine.has(sheet):
                engine.compile(sheet)
    return engine


def _started() -> Engine:
    if _process.engine is None:
        _refuse_small_address_space()
        _process.started_in = os.getpid()
        _process.engine = Engine()
    return _process.engine


def _refuse_small_address_space() -> None:
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < ADDRESS_SPACE:
        raise EngineUnavailable(
            f"The address space of this process is limited to {limit // 1024**3} GiB (RLIMIT_AS, ulimit -v); "
            f"Saxon needs {ADDRESS_SPACE // 1024**3} GiB of it, though little memory. Lift the limit.",
            limit=limit,
            needed=ADDRESS_SPACE,
        )


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (ELSEWHERE_TIMEOUT, ELSEWHERE_TIMEOUT))  # nobody may be waiting
    given, xml = msgspec.json.decode(sys.stdin.buffer.read(), type=tuple[dict[str, Any], str])
    sheet = Sheet(**given | {"path": Path(given["path"])})
    engine = _engine_with(sheet)
    sys.stdout.buffer.write(engine.run(sheet, xml).encode())


if __name__ == "__main__":
    _main()
