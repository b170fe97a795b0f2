"""Whatever an honest seller issues is valid: every engine says so of documents made at random."""

from hypothesis import given, settings
from hypothesis import strategies as st

from billing.einvoice import gate
from tests.unit.einvoice.random_documents import papers


@settings(max_examples=250, deadline=None)
@given(st.randoms(use_true_random=False))
def test_every_engine_says_of_any_invoice_and_its_credit_notes_that_they_are_valid(random):
    for paper in papers(random):
        report = gate.check(paper)

        assert report.complete, report.layers
        assert not report.fatal, (paper.profile, report.fatal)
