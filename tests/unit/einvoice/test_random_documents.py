"""Whatever an honest seller issues is valid: every engine says so of documents made at random."""

import mockeinvoice
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.documents.snapshot import Document
from billing.einvoice import gate
from billing.einvoice.profiles import PROFILES
from billing.einvoice.writing import write
from tests.unit.einvoice.random_documents import papers


@settings(max_examples=250, deadline=None)
@given(st.randoms(use_true_random=False))
def test_every_engine_says_of_any_invoice_and_its_credit_notes_that_they_are_valid(random):
    for paper in papers(random):
        report = gate.check(paper)

        assert report.complete, report.layers
        assert not report.fatal, (paper.profile, report.fatal)
        assert_another_engine_agrees(paper)


def assert_another_engine_agrees(paper: Document) -> None:
    """Assert that the rules of EN 16931 written again in Python say so too, of what they can read."""
    profile = PROFILES[paper.profile]
    if profile.cius and profile.syntax == "ubl":
        _, report = mockeinvoice.validate(write(paper))
        assert report.verdict == "valid", (paper.profile, report.failures)
