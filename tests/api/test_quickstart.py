"""The quickstart's commands do what it says they do: pasted into a shell, against a real server."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.factories import a_platform, an_api_key, an_entity

QUICKSTART = Path(__file__).parents[2] / "docs" / "api" / "quickstart.md"
BLOCK = re.compile(r"^```(?P<kind>sh|json)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
BORDER = "-- next piece --"
MOST_LINES = 120


@pytest.fixture
def curl() -> None:
    if shutil.which("curl") is None:
        complaint = "no curl on this machine: apt-get install curl"
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(complaint)
        pytest.skip(complaint)


@pytest.mark.django_db(transaction=True)
def test_each_piece_runs_and_answers_as_shown(curl, live_server, tmp_path):
    # given
    platform = a_platform("Northwind")
    an_entity(platform)
    (tmp_path / ".desk").mkdir()
    facts = {"url": live_server.url, "api_key": an_api_key(platform)}
    (tmp_path / ".desk" / "desk.json").write_text(json.dumps(facts))
    blocks = [(found["kind"], found["text"]) for found in BLOCK.finditer(QUICKSTART.read_text())]

    # when
    script = f"echo '{BORDER}'\n".join(text for kind, text in blocks if kind == "sh")
    run = subprocess.run(
        ["bash", "-e", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )

    # then
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    answers = iter(run.stdout.split(BORDER + "\n"))
    answer = ""
    for kind, text in blocks:
        if kind == "sh":
            answer = next(answers)
        else:
            assert says(last_object(answer), json.loads(text)), (text, answer)


def test_it_is_short():
    assert len(QUICKSTART.read_text().splitlines()) <= MOST_LINES


def last_object(text: str) -> Any:
    """Return the last of the objects that a piece printed."""
    start = text.rindex("\n{\n") if "\n{\n" in text else 0
    found, _ = json.JSONDecoder().raw_decode(text[start:].lstrip())
    return found


def says(answer: Any, shown: Any) -> bool:
    """Tell whether an answer says at least what is shown of it; "cn_…" is any text that begins so."""
    if isinstance(shown, dict):
        return all(name in answer and says(answer[name], value) for name, value in shown.items())
    if isinstance(shown, list):
        return len(answer) == len(shown) and all(map(says, answer, shown))
    if isinstance(shown, str) and shown.endswith("…"):
        return str(answer).startswith(shown.removesuffix("…"))
    return bool(answer == shown)
