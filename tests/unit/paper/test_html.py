"""The paper as HTML: escaped, complete, fetching nothing."""

import re
from datetime import date

import pytest
from msgspec.structs import replace

from billing.documents.snapshot import Note
from billing.paper import html
from billing.paper.limits import MOST_CHARACTERS, MOST_LINES, PaperTooLarge
from billing.paper.logo import LogoNotUsable

from .papers import BANK, BUYER, SELLER, a_document, a_line, a_logo, many_lines

NASTY = '<script>alert("x")</script><pdf:nextpage/> {{ sheet }} {% now "Y" %} &amp; </style>'


def test_every_text_of_a_user_is_escaped():
    note = a_document(
        [a_line(NASTY, description=NASTY, id=NASTY)],
        number=NASTY,
        reason=NASTY,
        buyer_reference=NASTY,
        notes=(Note(NASTY),),
        seller=replace(SELLER, name=NASTY, legal_info=NASTY),
        buyer=replace(BUYER, name=NASTY, vat_number=NASTY),
    )

    page = html.render(note, watermark=NASTY, remark=NASTY)

    assert "<script" not in page
    assert "<pdf:" not in page
    assert page.count("</style>") == 2
    assert "{{ sheet }}" in page
    assert page.count("&lt;script&gt;") >= 12


def test_the_page_fetches_nothing_but_its_fonts():
    page = html.render(a_document(), logo=a_logo())

    assert set(re.findall(r'url\("([^"]*)"\)', page)) == {"Inter-Regular.ttf", "Inter-SemiBold.ttf"}
    assert [src[:22] for src in re.findall(r'src="([^"]*)"', page)] == ["data:image/png;base64,"]
    assert "http" not in page


def test_a_credit_note_has_no_word_of_payment():
    note = a_document(due_date=date(2026, 12, 21), payment_terms="30 days net", payment_means=(BANK,))

    page = html.render(note)

    for word in ("Due date", "Payment", "30 days net", "COBADEFFXXX", "3704"):
        assert word not in page


@pytest.mark.parametrize(("language", "word"), [("en", "Draft"), ("de", "Entwurf"), ("nl", "Concept")])
def test_a_draft_is_marked_in_its_language(language, word):
    page = html.render(a_document(number="CR-DRAFT-7", language=language), watermark="DRAFT")

    assert f'<p class="mark">{word}</p>' in page
    assert "CR-DRAFT-7" in page


def test_the_logo_is_fitted_into_its_box():
    page = html.render(a_document(), logo=a_logo((2000, 100)))

    assert 'width="164.0pt" height="8.2pt"' in page


@pytest.mark.parametrize(
    "data", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", a_logo()[:60], a_logo((2001, 2000))]
)
def test_only_a_small_png_or_jpeg_is_a_logo(data):
    with pytest.raises(LogoNotUsable) as refusal:
        html.render(a_document(), logo=data)

    assert refusal.value.field == "logo"


def test_a_document_may_be_too_long():
    with pytest.raises(PaperTooLarge) as refusal:
        html.render(a_document(many_lines(MOST_LINES + 1)))

    assert refusal.value.facts == {"lines": 2001, "most_lines": 2000}


def test_a_document_may_have_too_much_text():
    with pytest.raises(PaperTooLarge) as refusal:
        html.render(a_document([a_line("x" * MOST_CHARACTERS)]))

    assert refusal.value.facts["most_characters"] == 400_000
