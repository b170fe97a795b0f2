"""Saxon, which runs the official rules: one engine per process, built when first needed.

Saxon (saxonche) is a GraalVM native isolate, and that has rules of its own, each found by breaking it:

* It reserves 32 GiB of address space; under a smaller RLIMIT_AS it aborts the process. We refuse to start it.
* Two threads that start it at once abort the process. Starting is done under a lock.
* A process forked from one that has started it dies when another thread than the parent's uses it, even to
  start a new one. Such a child asks a fresh process for each validation: slow (about a second), and right.
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

from billing.einvoice.locks import ForkSafeLock
from billing.einvoice.refusals import EngineUnavailable
from billing.einvoice.rules import files

ADDRESS_SPACE = 40 * 1024**3
"""What RLIMIT_AS must leave, in bytes, for Saxon's 32 GiB and ourselves."""

ELSEWHERE_TIMEOUT = 120
"""Seconds that a fresh process may take for one document."""

logger = logging.getLogger(__name__)


class Engine:
    """The EN 16931 rules, compiled."""

    def __init__(self) -> None:
        try:
            from saxonche import PySaxonProcessor  # 100 MB: only in processes that validate
        except ImportError as fault:
            raise EngineUnavailable(f"The package saxonche cannot be loaded: {fault}.") from fault

        self._processor = PySaxonProcessor(license=False)
        self._sheet = self._processor.new_xslt30_processor().compile_stylesheet(
            stylesheet_text=files.EN16931_UBL.read_text("utf-8"), encoding="UTF-8"
        )

    def run(self, xml: str) -> str:
        """Return the outcome of the rules, as SVRL.

        :raises Exception: whatever Saxon raises; the caller must take it for a failed validation.
        """
        node = self._processor.parse_xml(xml_text=xml, encoding="UTF-8")
        return self._sheet.clone().transform_to_string(xdm_node=node) or ""


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


def run(xml: str) -> str:
    """Run the EN 16931 rules over a UBL document and return their outcome as SVRL.

    `xml` has no DOCTYPE and no XML declaration. Threads may call this at the same time.

    :raises EngineUnavailable: the engine cannot be started in this process.
    :raises Exception: whatever Saxon raises; the caller must take it for a failed validation.
    """
    if _process.is_forked_after_start:
        return _run_elsewhere(xml)
    return _engine().run(xml)


def warm_up() -> None:
    """Start the engine now (about half a second), so that the first document need not wait.

    Call it in a worker, never in a process that will fork workers.

    :raises EngineUnavailable: the engine cannot be started in this process.
    """
    if not _process.is_forked_after_start:
        _engine()


def _engine() -> Engine:
    with _process.lock:
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


def _run_elsewhere(xml: str) -> str:
    logger.warning("Validating in a fresh process: this one was forked after its parent had validated")
    command: list[Any] = [sys.executable, "-m", __name__]
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(  # noqa: S603 - our own module, no shell
        command,
        input=xml.encode(),
        capture_output=True,
        timeout=ELSEWHERE_TIMEOUT,
        cwd=root,
        check=True,
    )
    return done.stdout.decode()


if __name__ == "__main__":
    sys.stdout.buffer.write(Engine().run(sys.stdin.buffer.read().decode()).encode())
