import json
import os
import stat
import subprocess
import sys

import pytest

from billing_desk.embedded.home import CHECKOUT, CannotRun, Home

HOLD = """
import sys
from billing_desk.embedded.home import Home
home = Home.open(sys.argv[1])
home.lock()
print("locked", flush=True)
sys.stdin.read()
"""


def test_secrets_are_made_up_once_and_for_the_owner_only(tmp_path):
    # given
    first = Home.open(tmp_path / "home").secrets()

    # when
    second = Home.open(tmp_path / "home").secrets()

    # then
    assert second == first
    assert first["demo_api_key"].startswith("bd_demo_")
    assert len(set(first.values())) == len(first)
    assert stat.S_IMODE((tmp_path / "home" / "secrets.json").stat().st_mode) == 0o600


def test_a_secret_that_is_new_to_an_old_home_is_added_to_the_others(tmp_path):
    # given
    home = Home.open(tmp_path)
    (tmp_path / "secrets.json").write_text('{"demo_password": "as it was"}')

    # when
    secrets = home.secrets()

    # then
    assert secrets["demo_password"] == "as it was"
    assert json.loads((tmp_path / "secrets.json").read_text()) == secrets


def test_damaged_secrets_are_refused_and_left_as_they_are(tmp_path):
    # given
    home = Home.open(tmp_path)
    (tmp_path / "secrets.json").write_text("{")

    # when
    with pytest.raises(CannotRun, match=r"secrets\.json is damaged"):
        home.secrets()

    # then
    assert (tmp_path / "secrets.json").read_text() == "{"


def test_a_home_has_one_desk_at_a_time(tmp_path):
    # given
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout.readline() == "locked\n"

    # when
    with pytest.raises(CannotRun, match=f"process {other.pid}"):
        Home.open(tmp_path).lock()
    other.communicate("")

    # then
    Home.open(tmp_path).lock(patience=0)


def test_a_home_waits_for_what_a_killed_desk_left_behind(tmp_path):
    # given
    home = Home.open(tmp_path)
    leftover = subprocess.Popen(["/bin/sleep", "60"], pass_fds=[home.lock()])
    home._lock.close()
    (tmp_path / "lock").write_text("999999999\n")

    # when
    with pytest.raises(CannotRun, match="have not stopped"):
        Home.open(tmp_path).lock(patience=0)
    leftover.kill()
    leftover.wait()

    # then
    Home.open(tmp_path).lock(patience=0)


def test_a_home_that_cannot_be_made_is_refused(tmp_path):
    # given
    (tmp_path / "file").touch()

    # then
    with pytest.raises(CannotRun, match="Set BILLING_DESK_HOME to another folder"):
        Home.open(tmp_path / "file")


def test_desk_json_is_for_the_owner_only_and_goes_with_the_desk(tmp_path):
    # given
    home = Home.open(tmp_path)

    # when
    home.announce({"url": "http://127.0.0.1:1"})

    # then
    assert json.loads((tmp_path / "desk.json").read_text()) == {"url": "http://127.0.0.1:1"}
    assert stat.S_IMODE(os.stat(tmp_path / "desk.json").st_mode) == 0o600

    # and
    home.withdraw()
    assert not (tmp_path / "desk.json").exists()
