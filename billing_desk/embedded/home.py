"""Where a desk keeps its things: BILLING_DESK_HOME, by default `.desk/` in the checkout.

secrets.json      passwords and keys, made up once (0600)
desk.json         how to reach the desk that runs here; absent while none does (0600)
lock              held while a desk, or anything it started, runs here
postgres/ valkey/ s3/ mail/ logs/
"""

import contextlib
import fcntl
import json
import os
import secrets
import socket
import sys
import time
from pathlib import Path
from typing import IO, Any

from billing.errors import BillingError

CHECKOUT = Path(__file__).resolve().parents[2]
LOOPBACK = "127.0.0.1"


class CannotRun(BillingError):
    """The desk cannot start, or cannot go on. The detail is written for the person at the terminal."""

    code = "desk_cannot_run"
    status = 503
    title = "The desk cannot run"


def say(text: str = "") -> None:
    """Write one line to the terminal, at once; if it has been closed, nobody is there to be told."""
    with contextlib.suppress(OSError):
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def free_port() -> int:
    """Return a loopback port that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_running(pid: int) -> bool:
    """Tell whether a process is there and not merely waiting to be buried by its parent."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state not in {"Z", "X"}


class Home:
    """The folder of one desk. `open` makes it; `lock` claims it for this process and its children."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: IO[str] | None = None

    @classmethod
    def open(cls, path: str | Path | None = None) -> "Home":
        """Return the home at `path`, else BILLING_DESK_HOME, else `.desk/`; made if it is not there."""
        wanted = Path(path or os.environ.get("BILLING_DESK_HOME") or CHECKOUT / ".desk").expanduser()
        home = cls(wanted.absolute())
        try:
            home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in ("logs", "mail"):
                home.folder(name)
            (home.path / "lock").open("a").close()
        except OSError as problem:
            raise CannotRun(
                f"{home.path} cannot be used ({problem.strerror}). Set BILLING_DESK_HOME to another folder."
            ) from problem
        owner = (home.path / "lock").stat().st_uid
        if owner != os.geteuid():
            raise CannotRun(
                f"{home.path} belongs to user id {owner}. Run it as that user, or set BILLING_DESK_HOME."
            )
        return home

    def folder(self, name: str) -> Path:
        """Return the folder `name` in here; made if it is not there."""
        folder = self.path / name
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def log(self, name: str) -> Path:
        return self.path / "logs" / f"{name}.log"

    def lock(self, *, patience: float = 20.0) -> int:
        """Claim the home, after what an earlier desk left behind is gone. Returns the lock's descriptor.

        Children inherit the descriptor, so the home is free only when the last of them has ended.
        """
        self._lock = (self.path / "lock").open("a+")
        deadline = time.monotonic() + patience
        while not self._try_lock():
            owner = self._owner()
            if is_running(owner):
                raise CannotRun(
                    f"A desk runs in {self.path} already (process {owner}). Stop it, or set another home."
                )
            if time.monotonic() > deadline:
                raise CannotRun(f"Processes of an earlier desk in {self.path} have not stopped.")
            time.sleep(0.1)
        self._lock.seek(0)
        self._lock.truncate()
        self._lock.write(f"{os.getpid()}\n")
        self._lock.flush()
        return self._lock.fileno()

    def _try_lock(self) -> bool:
        assert self._lock
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _owner(self) -> int:
        text = (self.path / "lock").read_text().strip()
        return int(text) if text.isdigit() else 0

    def secrets(self) -> dict[str, str]:
        """Return the passwords and keys of this home; what is missing is made up and kept.

        In hex, for a word that begins with a dash would be taken for an option on a command line.
        """
        kept = self._kept_secrets()
        made_up = {
            "secret_key": secrets.token_urlsafe(50),
            "valkey_password": secrets.token_hex(24),
            "s3_access_key": secrets.token_hex(12),
            "s3_secret_key": secrets.token_hex(24),
            "demo_password": secrets.token_hex(8),
            "demo_api_key": f"bd_demo_{secrets.token_hex(16)}",
        }
        known = {name: kept.get(name, value) for name, value in made_up.items()}
        if known != kept:
            self._write("secrets.json", known)
        return known

    def _kept_secrets(self) -> dict[str, str]:
        try:
            return dict(json.loads((self.path / "secrets.json").read_text()))
        except FileNotFoundError:
            return {}
        except ValueError as problem:
            raise CannotRun(f"{self.path / 'secrets.json'} is damaged: {problem}") from problem

    def announce(self, facts: dict[str, Any]) -> None:
        """Write desk.json: how to reach the desk that now runs here."""
        self._write("desk.json", facts)

    def lend(self, variables: dict[str, str]) -> None:
        """Write environment.json: the variables with which other commands reach the desk's services."""
        self._write("environment.json", variables)

    def withdraw(self) -> None:
        for name in ("desk.json", "environment.json"):
            (self.path / name).unlink(missing_ok=True)

    def _write(self, name: str, facts: dict[str, Any]) -> None:
        """Write JSON that only the owner can read, all of it or nothing."""
        fresh = self.path / f"{name}.new"
        fresh.unlink(missing_ok=True)
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(json.dumps(facts, indent=2) + "\n")
        fresh.replace(self.path / name)
