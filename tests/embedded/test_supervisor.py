import os
import signal

import pytest

from billing_desk.embedded.home import CannotRun, Home
from billing_desk.embedded.processes import Service, spawn, stop_all
from billing_desk.embedded.supervisor import Follower, Supervisor
from tests.embedded.launching import all_gone, eventually


@pytest.fixture
def home(tmp_path):
    return Home.open(tmp_path)


@pytest.fixture
def supervised(home):
    """A supervisor of nothing yet, stopped after the test."""
    supervisor = Supervisor(home, services=[], environment=os.environ, lock=home.lock())
    supervisor.may_restart = True
    yield supervisor
    supervisor.stop()
    assert all_gone([kept.process.pid for kept in supervisor.kept])


def watched(supervisor, holds):
    """Return a condition that is looked at only after the supervisor has looked."""

    def look():
        supervisor.watch()
        return holds()

    return look


def test_a_killed_process_is_started_again(supervised):
    # given
    supervised.start({"worker": "sleep 60"})
    (kept,) = supervised.kept
    first = kept.process.pid

    # when
    os.kill(first, signal.SIGKILL)

    # then
    assert eventually(watched(supervised, lambda: kept.process.pid != first))
    assert not kept.process.has_ended


def test_a_process_that_keeps_dying_is_given_longer_and_longer_pauses(supervised):
    # given
    supervised.start({"worker": "false"})
    (kept,) = supervised.kept

    # when
    assert eventually(watched(supervised, lambda: kept.failures == 2))

    # then
    pause = kept.again_at - kept.started_at
    assert pause >= 2.0


def test_what_dies_before_the_first_page_is_told_with_its_last_words(supervised):
    # given
    supervised.may_restart = False
    supervised.start({"web": "sh -c 'echo no such module; exit 3'"})

    # when
    with pytest.raises(CannotRun) as refusal:
        eventually(watched(supervised, lambda: False))

    # then
    assert "web ended with status 3." in refusal.value.detail
    assert "no such module" in refusal.value.detail


def test_the_desk_gives_up_when_a_service_is_gone(home, supervised):
    # given
    process = spawn("valkey", ["/bin/sleep", "60"], log=home.log("valkey"))
    supervised.services.append(Service(process, {}, lambda: True))

    # when
    process.popen.kill()

    # then
    with pytest.raises(CannotRun, match="valkey was killed by signal 9"):
        eventually(watched(supervised, lambda: False))


def test_stopping_takes_along_what_does_not_listen(home):
    # given
    stubborn = "trap '' TERM; sleep 60 & echo $!; wait; wait"
    process = spawn("stubborn", ["/bin/sh", "-c", stubborn], log=home.log("stubborn"))
    assert eventually(lambda: home.log("stubborn").read_text().endswith("\n"))
    child = int(home.log("stubborn").read_text())

    # when
    stop_all([process], patience=0.2)

    # then
    assert process.has_ended
    assert eventually(lambda: all_gone([child]))


def test_the_terminal_shows_whole_lines_with_the_name_of_their_process(home, capsys):
    # given
    follower = Follower({"web": home.log("web"), "worker": home.log("worker")})
    home.log("web").write_text("one\ntwo\nthr")

    # when
    follower.show()
    home.log("web").write_text("one\ntwo\nthree\n")
    follower.show()

    # then
    assert capsys.readouterr().out == "web    | one\nweb    | two\nweb    | three\n"
