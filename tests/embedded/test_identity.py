import os
from pathlib import Path

import pytest

from billing_desk.embedded import identity
from billing_desk.embedded.home import CannotRun, Home

PROGRAM = Path("/bin/sh")


def test_the_way_that_was_taken_is_taken_again(tmp_path):
    # given
    way = identity.choose(PROGRAM, home=tmp_path)

    # when
    again = identity.choose(PROGRAM, home=tmp_path, remembered=way.name)

    # then
    assert again.name == way.name
    assert again.uid == (identity.NOBODY if way.name == "nobody" else os.geteuid())


def test_a_way_that_cannot_be_taken_again_is_refused(tmp_path):
    with pytest.raises(CannotRun, match=r"in another way \(some-other\)"):
        identity.choose(PROGRAM, home=tmp_path, remembered="some-other")


def test_a_program_that_is_not_there_cannot_be_run(tmp_path):
    assert not identity.itself().runs(tmp_path / "missing", writing_to=tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_the_home_of_another_user_is_refused(tmp_path):
    # given
    Home.open(tmp_path)
    os.chown(tmp_path / "lock", 4321, 4321)

    # then
    with pytest.raises(CannotRun, match="belongs to user id 4321"):
        Home.open(tmp_path)
