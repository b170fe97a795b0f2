import subprocess
from pathlib import Path

import pytest

from billing_desk.embedded import procfile
from billing_desk.embedded.home import CHECKOUT, CannotRun


def written(folder: Path, text: str) -> Path:
    file = folder / "Procfile"
    file.write_text(text)
    return file


def test_the_procfile_of_the_desk_has_its_four_processes():
    assert list(procfile.read(CHECKOUT / "Procfile")) == ["release", "web", "worker", "beat"]


def test_comments_and_empty_lines_are_passed_over(tmp_path):
    # given
    file = written(tmp_path, "# how it runs\n\nweb: serve --at a:b\n  # more\nworker:work\n")

    # then
    assert procfile.read(file) == {"web": "serve --at a:b", "worker": "work"}


@pytest.mark.parametrize("text", ["web serve\n", "web:\n", "web: serve\nweb: again\n"])
def test_a_line_that_is_no_command_is_refused_by_its_number(tmp_path, text):
    # given
    file = written(tmp_path, text)

    # when
    with pytest.raises(CannotRun) as refusal:
        procfile.read(file)

    # then
    assert f"{file}, line {text.count(chr(10))}" in refusal.value.detail


def test_a_missing_procfile_is_refused_by_its_name(tmp_path):
    with pytest.raises(CannotRun, match="Procfile cannot be read: No such file"):
        procfile.read(tmp_path / "Procfile")


def test_the_shell_fills_in_variables_and_is_gone():
    # given
    command = procfile.arguments("/bin/sh -c 'echo ${PORT:-8000} $PPID'")

    # when
    here = subprocess.run(command, env={"PORT": "5"}, capture_output=True, text=True)
    default = subprocess.run(command, env={}, capture_output=True, text=True)

    # then
    assert here.stdout.split()[0] == "5"
    assert default.stdout.split()[0] == "8000"
