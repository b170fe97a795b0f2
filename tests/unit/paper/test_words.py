"""Every language says everything, and calls a credit note by its right name."""

import pytest

from billing.paper.words import LANGUAGES, words_of


def test_the_paper_speaks_seven_languages():
    assert LANGUAGES == ("de", "en", "es", "fr", "it", "nl", "pl")


@pytest.mark.parametrize(
    ("language", "invoice", "credit_note"),
    [
        ("en", "Invoice", "Credit note"),
        ("de", "Rechnung", "Rechnungskorrektur"),
        ("fr", "Facture", "Avoir"),
        ("nl", "Factuur", "Creditnota"),
        ("es", "Factura", "Factura rectificativa"),
        ("it", "Fattura", "Nota di credito"),
        ("pl", "Faktura", "Faktura korygująca"),
    ],
)
def test_each_language_has_its_title(language, invoice, credit_note):
    assert words_of(language).title == {"invoice": invoice, "credit_note": credit_note}


@pytest.mark.parametrize("tag", ["de-AT", "de_CH", "DE"])
def test_a_region_speaks_its_language(tag):
    assert words_of(tag) == words_of("de")


@pytest.mark.parametrize("tag", ["", "xx", "zh-Hans", "../en"])
def test_an_unknown_language_speaks_english(tag):
    assert words_of(tag) == words_of("en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_knows_the_same_codes_as_english(language):
    words, english = words_of(language), words_of("en")

    for table in ("title", "marks", "categories", "exemptions", "means", "units"):
        assert getattr(words, table).keys() == getattr(english, table).keys(), table
    assert all("other" in forms for forms in words.units.values())
