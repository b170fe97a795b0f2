"""The whole text of a paper in each language, to be read by people in the diff."""

import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from billing.paper import render_pdf
from billing.paper.words import LANGUAGES

from .papers import a_rich_document, text_of

GOLDEN = Path(__file__).parents[2] / "golden"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_paper_reads_as_it_did(language):
    text = text_of(render_pdf(replace(a_rich_document(), language=language))) + "\n"

    golden = GOLDEN / f"credit_note.{language}.txt"
    if os.environ.get("GOLDEN") == "write":
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")
