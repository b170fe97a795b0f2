"""The reason is printed in the customer's language, also when nobody wrote a note."""

import pytest

from credit_notes.reasons import DEFAULT, REASONS
from tests.factories import a_customer, a_draft_note, a_final_invoice


@pytest.mark.parametrize("language", REASONS)
def test_every_reason_code_has_words_in_every_language(language):
    assert set(REASONS[language]) == set(DEFAULT)


@pytest.mark.parametrize(
    ("language", "printed"),
    [("de", "Änderung der Bestellung"), ("nl", "Wijziging van de bestelling"), ("en", "Change of order")],
)
def test_a_code_is_printed_in_the_customers_language(platform, language, printed):
    invoice = a_final_invoice(platform, buyer=a_customer(platform, language=language))

    assert a_draft_note(invoice, reason_code="order_change").reason == printed


def test_a_note_is_printed_as_it_was_written(platform):
    note = a_draft_note(a_final_invoice(platform), reason_code="order_change", note="Ordered twice")

    assert note.reason == "Ordered twice"
