"""The first of the two commands, as a person would type it. These start everything, and take some seconds."""

import os
import re
import signal
import socket
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from billing_desk.embedded import postgres
from billing_desk.embedded.home import LOOPBACK
from tests.embedded.launching import all_gone, children, eventually, family, launch, start_desk, stop


@pytest.fixture
def home(tmp_path):
    yield tmp_path / "home"
    postgres.remove(tmp_path / "home" / "postgres")


def answers(url: str) -> bool:
    try:
        return urllib.request.urlopen(f"{url}/readyz", timeout=10).status == 200
    except (OSError, urllib.error.URLError):
        return False


def listening(pids: list[int]) -> set[str]:
    """Return the addresses on which processes listen, as the kernel writes them: hexadecimal."""
    sockets = {
        os.readlink(link) for pid in pids for link in Path(f"/proc/{pid}/fd").glob("*") if link.is_symlink()
    }
    rows = [
        line.split()
        for file in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{file}").read_text().splitlines()[1:]
    ]
    return {row[1].split(":")[0] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets}


def test_a_desk_gets_up_again_and_is_killed_as_a_whole_and_goes_on(home):
    # given
    desk, facts = start_desk(home)
    assert answers(facts["url"])
    assert listening(family(desk.pid)) == {"0100007F"}

    # when
    (web,) = children(desk.pid, called="gunicorn")
    os.kill(web, signal.SIGKILL)

    # then
    assert eventually(lambda: children(desk.pid, called="gunicorn") not in ([], [web]), within=30)
    assert eventually(lambda: answers(facts["url"]), within=60)

    # when
    pids = family(desk.pid)
    stop(desk, signal.SIGKILL)

    # then
    assert eventually(lambda: all_gone(pids))

    # and
    once = launch("manage.py", "desk", "--once", home=home, PORT="0")
    told, _ = once.communicate(timeout=240)
    assert once.returncode == 0, told
    assert re.search(r"CR-\d{4}-\d{6} credits invoice \S+ in full", told)
    assert not (home / "desk.json").exists()


def test_ctrl_c_stops_a_desk_that_was_started_in_the_background(home):
    # given
    desk, facts = start_desk(home)
    pids = family(desk.pid)
    assert set(facts) == {"url", "api_key", "username", "password", "smtp_dir"}

    # when
    desk.send_signal(signal.SIGINT)
    told, _ = desk.communicate(timeout=30)

    # then
    assert desk.returncode == 0
    assert all_gone(pids)
    assert f"Sign in       {facts['username']} / {facts['password']}" in told
    assert told.endswith("Stopped.\n")
    assert not (home / "desk.json").exists()


def test_a_port_that_is_taken_is_said_so(home):
    # given
    with socket.create_server((LOOPBACK, 0)) as other:
        port = str(other.getsockname()[1])

        # when
        desk = launch("manage.py", "desk", home=home, PORT=port)
        told, _ = desk.communicate(timeout=60)

    # then
    assert desk.returncode == 1
    assert (
        told
        == f"The desk cannot run. Port {port} cannot be had (Address already in use). Set PORT to another.\n"
    )


def test_a_database_that_does_not_answer_is_said_so(home):
    # given
    url = f"postgres://desk@{LOOPBACK}:1/nothing"

    # when
    desk = launch("manage.py", "desk", home=home, PORT="0", DATABASE_URL=url)
    told, _ = desk.communicate(timeout=60)

    # then
    assert desk.returncode == 1
    assert "The database refused: connection failed" in told
    assert "Traceback" not in told
