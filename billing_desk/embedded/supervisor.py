"""Keeps a desk going: restarts its web, worker and beat, and gives up when a service is gone."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from billing_desk.embedded import procfile
from billing_desk.embedded.home import CannotRun, Home, say
from billing_desk.embedded.processes import Process, Service, spawn, stop_all

LONGEST_PAUSE = 30.0
CALM = 60.0


@dataclass
class Kept:
    """A process that is to run for as long as the desk does."""

    name: str
    command: str
    process: Process
    started_at: float
    failures: int = 0
    again_at: float | None = None


class Supervisor:
    """Runs lines of the Procfile over services that are up. `watch` must be called every now and then."""

    def __init__(
        self, home: Home, *, services: list[Service], environment: Mapping[str, str], lock: int
    ) -> None:
        self.home = home
        self.services = services
        self.environment = environment
        self.lock = lock
        self.kept: list[Kept] = []
        self.may_restart = False

    def start(self, commands: Mapping[str, str]) -> None:
        for name, command in commands.items():
            self.kept.append(Kept(name, command, self._spawn(name, command), time.monotonic()))

    def watch(self) -> None:
        """Start again what has died.

        :raises CannotRun: a service died; or, until `may_restart` is set, anything did.
        """
        for service in self.services:
            if service.process.has_ended:
                raise CannotRun(service.process.ending)
        for kept in self.kept:
            if kept.again_at is None and kept.process.has_ended:
                self._note_death(kept)
            elif kept.again_at is not None and time.monotonic() >= kept.again_at:
                self._start_again(kept)

    def pause(self, seconds: float) -> None:
        """Let some time pass, under watch."""
        self.watch()
        time.sleep(seconds)

    def stop(self) -> None:
        """Stop web, worker and beat. The services they use are for others to stop, afterwards."""
        stop_all([kept.process for kept in self.kept], patience=5)

    def _note_death(self, kept: Kept) -> None:
        kept.process.sweep()  # orphans of the dead may still hold its port
        if not self.may_restart:
            raise CannotRun(kept.process.ending)
        now = time.monotonic()
        kept.failures = 1 if now - kept.started_at > CALM else kept.failures + 1
        pause = min(2.0 ** (kept.failures - 1), LONGEST_PAUSE)
        kept.again_at = now + pause
        say(f"{kept.process.fate} It is started again in {pause:.0f} s.")

    def _start_again(self, kept: Kept) -> None:
        kept.process, kept.started_at, kept.again_at = (
            self._spawn(kept.name, kept.command),
            time.monotonic(),
            None,
        )

    def _spawn(self, name: str, command: str) -> Process:
        return spawn(
            name,
            procfile.arguments(command),
            log=self.home.log(name),
            environment=self.environment,
            keep_open=[self.lock],
        )


class Follower:
    """Shows on the terminal what processes write to their logs, line by line, with their names before it."""

    def __init__(self, logs: Mapping[str, Path]) -> None:
        self.logs = logs
        self.seen = dict.fromkeys(logs, 0)

    def show(self) -> None:
        for name, log in self.logs.items():
            for line in self._fresh_lines(name, log):
                say(f"{name:<7}| {line}")

    def _fresh_lines(self, name: str, log: Path) -> list[str]:
        try:
            with log.open("rb") as file:
                file.seek(self.seen[name])
                whole = file.read().rpartition(b"\n")[0]
        except FileNotFoundError:
            return []
        if not whole:
            return []
        self.seen[name] += len(whole) + 1
        return whole.decode(errors="replace").split("\n")
