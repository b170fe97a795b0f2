"""The official UBL examples of EN 16931, written as CII. See test_official_examples.py for where they lie."""

import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from billing.einvoice.cii.writer import serialize, unwritten
from billing.einvoice.cursor import Reading
from billing.einvoice.profiles import FACTUR_X
from billing.einvoice.ubl.reader import document_of
from billing.einvoice.untrusted import parse
from tests.unit.einvoice.factur_x import faults, in_both_syntaxes

FOLDER = Path(os.environ.get("EINVOICE_EXAMPLES", "/nonexistent"))
EXAMPLES = sorted((FOLDER / "examples" / "en16931-1.3.16-ubl").glob("*.[xX][mM][lL]"))

pytestmark = pytest.mark.skipif(
    not EXAMPLES, reason="EINVOICE_EXAMPLES names no folder with official examples"
)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_in_ubl_is_as_valid_in_cii_and_says_the_same(path):
    found, files = document_of(Reading(parse(path.read_bytes())))
    document = replace(found, profile=FACTUR_X)

    of_ubl, of_cii = in_both_syntaxes(document, files=files)

    assert faults(serialize(document, files=files)) == []
    assert of_cii == of_ubl
    assert unwritten(document) == ()
