"""Reads the Procfile, so that the desk runs the same lines as production."""

import re
from pathlib import Path

from billing_desk.embedded.home import CannotRun

LINE = re.compile(r"(?P<name>[A-Za-z0-9_-]+):\s*(?P<command>\S.*)")


def read(path: Path) -> dict[str, str]:
    """Return the commands of a Procfile by the names of their processes.

    :raises CannotRun: there is none, or a line is not `name: command`, or a name comes twice.
    """
    try:
        lines = path.read_text().splitlines()
    except OSError as problem:
        raise CannotRun(f"{path} cannot be read: {problem.strerror}") from problem
    commands: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = LINE.fullmatch(line.strip())
        if not match or match["name"] in commands:
            raise CannotRun(
                f"{path}, line {number}: expected `name: command`, each name once, not {line.strip()!r}"
            )
        commands[match["name"]] = match["command"]
    return commands


def arguments(command: str) -> list[str]:
    """Return a Procfile command, with its `${NAME:-default}`s, as arguments to spawn.

    It must be one command: the shell turns into it, so that signals reach the process itself.
    """
    return ["/bin/sh", "-c", f"exec {command}"]
