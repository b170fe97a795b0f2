"""Who PostgreSQL runs as. It refuses root, and initdb refuses a user id without a name.

There are three ways. The one that was used is remembered with the data, for it decides who owns them:

    itself      an ordinary user starts it as it is
    namespace   a user namespace in which our id bears another one's name: no user made, the files stay ours
    nobody      root steps down to nobody, who sees neither our home nor our binaries: both are kept elsewhere
"""

import ctypes
import os
import pwd
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from billing_desk.embedded.home import CannotRun

CLONE_NEWUSER = 0x10000000
NOBODY = 65534
libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Identity:
    """A way to run as somebody whom PostgreSQL accepts; `become` runs in the child before its program."""

    name: str
    uid: int
    become: Callable[[], None] | None = None

    def runs(self, program: Path, *, writing_to: Path) -> bool:
        """Tell whether a program can be run in this way, with write access to a folder."""
        check = ["/bin/sh", "-c", 'test -x "$0" && test -w "$1"', str(program), str(writing_to)]
        try:
            done = subprocess.run(check, preexec_fn=self.become, capture_output=True, timeout=20, cwd="/")
        except (OSError, subprocess.SubprocessError):
            return False
        return done.returncode == 0


def itself() -> Identity:
    return Identity("itself", os.geteuid())


def in_namespace() -> Identity:
    """Return the way through a user namespace, where our user and group ids appear as nobody's."""
    uid, gid, alias = os.geteuid(), os.getegid(), named_user()

    def become() -> None:
        if libc.unshare(CLONE_NEWUSER) != 0:
            raise OSError(ctypes.get_errno(), "no user namespace")
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{alias} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{alias} {gid} 1")

    return Identity("namespace", uid, become)


def as_nobody() -> Identity:
    def become() -> None:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)

    return Identity("nobody", NOBODY, become)


def named_user() -> int:
    """Return the id of a user who has a name and is not root: nobody, or whoever comes first."""
    ids = [entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid]
    return NOBODY if NOBODY in ids or not ids else ids[0]


def has_name() -> bool:
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return True


def choose(program: Path, *, home: Path, remembered: str = "") -> Identity:
    """Return the first way that works here, or the one the data in `home` were made with.

    :raises CannotRun: none works, or the remembered one no longer does.
    """
    is_root = os.geteuid() == 0
    ways = [in_namespace()] if is_root or not has_name() else [itself()]
    if is_root:
        ways.append(as_nobody())
    if remembered:
        ways = [way for way in ways if way.name == remembered]
    for way in ways:
        is_elsewhere = way.name == "nobody"  # with programs and data of its own: it need not see ours
        if way.runs(
            Path("/bin/sh") if is_elsewhere else program, writing_to=Path("/tmp") if is_elsewhere else home
        ):
            return way
    raise CannotRun(refusal(remembered))


def refusal(remembered: str) -> str:
    advice = "Set DATABASE_URL to a PostgreSQL server of your own."
    if remembered:
        return (
            f"The database in this home was made by another user or in another way ({remembered}). "
            f"Start the desk as that user, choose another BILLING_DESK_HOME, or remove the folder. {advice}"
        )
    return (
        f"PostgreSQL cannot run: user id {os.geteuid()} has no name, and user namespaces are barred. {advice}"
    )
