"""Starts programs of the desk as a person would: in a process of their own, with a home of their own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from billing_desk.embedded.home import CHECKOUT, is_running

OURS = ("DATABASE_URL", "REDIS_URL", "DEBUG", "SECRET_KEY", "BEHIND_TLS", "PORT", "HOST")
OUR_PREFIXES = ("S3_", "EMAIL_", "DJANGO_", "PYTEST_", "BILLING_DESK_")


def empty_environment(home: Path, **more: str) -> dict[str, str]:
    """Return the environment without what this test run has put into it."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in OURS and not name.startswith(OUR_PREFIXES)
    }
    return kept | {"BILLING_DESK_HOME": str(home)} | more


def launch(*arguments: str, home: Path, **more: str) -> "subprocess.Popen[str]":
    """Start Python in the checkout, on a home; deaf to Ctrl-C, as shells start things in the background."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=CHECKOUT,
        env=empty_environment(home, **more),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )


def start_services(home: Path) -> tuple["subprocess.Popen[str]", dict[str, Any]]:
    """Start a launcher of all four services. Returns it, with the `environment` and the `pids` it tells."""
    launcher = launch("-m", "tests.embedded.holder", home=home)
    assert launcher.stdout
    return launcher, json.loads(launcher.stdout.readline())


def start_desk(home: Path, **more: str) -> tuple["subprocess.Popen[str]", dict[str, Any]]:
    """Start the whole desk on a free port and wait until it is announced. Returns it, and its desk.json."""
    desk = launch("manage.py", "desk", home=home, PORT="0", **more)
    announcement = home / "desk.json"
    assert eventually(lambda: announcement.exists() or desk.poll() is not None, within=120)
    assert desk.poll() is None, desk.communicate()[0]
    return desk, json.loads(announcement.read_text())


def stop(launcher: "subprocess.Popen[str]", number: signal.Signals = signal.SIGTERM) -> int:
    """Send a signal, and return the exit status that follows."""
    launcher.send_signal(number)
    launcher.communicate(timeout=30)
    return launcher.returncode


def eventually(holds: Callable[[], bool], *, within: float = 15.0) -> bool:
    """Tell whether something becomes true in time."""
    deadline = time.monotonic() + within
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def all_gone(pids: list[int]) -> bool:
    return not any(is_running(pid) for pid in pids)


def family(pid: int) -> list[int]:
    """Return the ids of a process's running children, and theirs."""
    found = children(pid)
    return found + [grandchild for child in found for grandchild in family(child)]


def children(pid: int, *, called: str = "") -> list[int]:
    """Return the ids of a process's running children, of those only whose command has a word in it."""
    return [child for child in running() if parent_of(child) == pid and called in command_of(child)]


def running() -> list[int]:
    return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if is_running(pid)]


def parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""
