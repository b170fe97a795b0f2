"""Child processes that never outlive their parent, not even when it is killed with -9."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from billing_desk.embedded.home import CHECKOUT, LOOPBACK, CannotRun

PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None, use_errno=True)


@dataclass
class Process:
    """A running child, the leader of its own process group."""

    name: str
    popen: "subprocess.Popen[bytes]"
    log: Path
    stop_signal: signal.Signals

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def has_ended(self) -> bool:
        return self.popen.poll() is not None

    @property
    def fate(self) -> str:
        """How it ended, for a person to read."""
        code = self.popen.poll()
        how = (
            f"was killed by signal {-code}" if code is not None and code < 0 else f"ended with status {code}"
        )
        return f"{self.name} {how}."

    @property
    def ending(self) -> str:
        """How it ended, and the last lines it wrote."""
        return f"{self.fate} The end of {self.log}:\n{last_lines(self.log)}"

    def sweep(self) -> None:
        """Kill whatever is left of its process group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


@dataclass(frozen=True)
class Service:
    """A started service: its process, the variables that lead to it, and how to tell that it answers."""

    process: Process
    environment: Mapping[str, str]
    is_ready: Callable[[], bool] = field(repr=False)


def spawn(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
    death_signal: signal.Signals = signal.SIGKILL,
    become: Callable[[], None] | None = None,
    keep_open: Iterable[int] = (),
) -> Process:
    """Start a child whose output goes to the end of `log`.

    It gets `stop_signal` from `stop_all`, and `death_signal` from the kernel when this process dies. `become`
    runs in the child and may change who it is. Only the main thread may spawn: the kernel sends the death
    signal when the *thread* that forked ends.
    """
    assert threading.current_thread() is threading.main_thread(), "spawn from the main thread only"
    parent = os.getpid()

    def prepare() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a parent started in the background ignores it
        if become:
            become()
        # After `become`, for the kernel forgets the death signal when a process changes its identity.
        die_with_parent(parent, death_signal)

    with log.open("ab") as output:
        popen = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(os.environ if environment is None else environment),
            cwd=CHECKOUT,
            start_new_session=True,
            pass_fds=tuple(keep_open),
            preexec_fn=prepare,
        )
    return Process(name, popen, log, stop_signal)


def die_with_parent(parent: int, death_signal: signal.Signals = signal.SIGKILL) -> None:
    """Ask the kernel to send this process a signal when its parent, or the thread that forked it, ends."""
    libc.prctl(PR_SET_PDEATHSIG, death_signal)
    if os.getppid() != parent:
        os._exit(1)  # it has ended already


def stop_all(processes: Iterable[Process], *, patience: float) -> None:
    """Ask all to stop, wait at most `patience` seconds for all together, then kill what is left."""
    running = list(processes)
    for process in running:
        if not process.has_ended:
            process.popen.send_signal(process.stop_signal)
    deadline = time.monotonic() + patience
    for process in running:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.popen.wait(max(deadline - time.monotonic(), 0))
        process.sweep()
        process.popen.wait()


def await_ready(service: Service, *, patience: float = 60.0) -> None:
    """Wait until a service answers.

    :raises CannotRun: it ended, or did not answer in time.
    """
    deadline = time.monotonic() + patience
    while not service.is_ready():
        if service.process.has_ended:
            raise CannotRun(service.process.ending)
        if time.monotonic() > deadline:
            raise CannotRun(f"{service.process.name} did not answer within {patience:.0f} seconds.")
        time.sleep(0.02)


def answers(port: int, *, question: bytes = b"", answer: bytes = b"") -> bool:
    """Tell whether a loopback port accepts a connection and, if asked something, answers as expected."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1) as connection:
            if question:
                connection.sendall(question)
            return not answer or answer in connection.recv(1024)
    except OSError:
        return False


def last_lines(log: Path, count: int = 15) -> str:
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
    except OSError:
        return ""
