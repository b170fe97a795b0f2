"""Looks: what a template changes of the paper, and that nothing else does; the HTML file for browsers."""

import re

import pytest
from msgspec.structs import replace

from billing.documents.look import BUILTIN, Look
from billing.paper import html, render_html, render_pdf
from billing.paper.words import LANGUAGES

from .papers import (
    SELLER,
    a_document,
    a_line,
    a_logo,
    a_rich_document,
    fonts_of,
    many_lines,
    pages_of,
    text_of,
)
from .test_layout import check_margins

GREEN = Look(accent="#0b6b3a")
COMPACT = BUILTIN["compact"]
FOOTER = "Thank you.\nAcme B.V. <b>&</b> Co"


def test_the_classic_look_is_the_paper_as_it_always_was():
    note = a_rich_document()

    assert render_pdf(note, look=BUILTIN["classic"]) == render_pdf(note)
    assert "#000000" not in html.render(note)


@pytest.mark.parametrize("look", [GREEN, COMPACT, replace(COMPACT, accent="#8a1538")], ids=str)
def test_a_look_changes_no_word(look):
    note = a_rich_document()

    assert text_of(render_pdf(note, look=look)).split() == text_of(render_pdf(note)).split()


def test_the_same_look_has_the_same_bytes_and_another_has_others():
    note = a_document()
    papers = [render_pdf(note, look=look) for look in (GREEN, GREEN, COMPACT, replace(GREEN, footer="x"))]

    assert papers[0] == papers[1]
    assert len(set(papers)) == 3


def test_a_compact_paper_has_more_lines_on_a_page():
    note = a_document(many_lines(60))

    assert len(pages_of(render_pdf(note))) == 3
    assert len(pages_of(render_pdf(note, look=COMPACT))) == 2


@pytest.mark.parametrize("count", range(30, 40))
def test_the_sums_of_a_compact_paper_never_begin_a_page_alone(count):
    last = pages_of(render_pdf(a_document(many_lines(count)), look=COMPACT))[-1]

    assert f"Item {count}\n" in last
    assert "Total credited" in last


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_compact_paper_keeps_its_margins_in_every_language(language):
    look = replace(COMPACT, accent="#8a1538", footer=FOOTER)
    note = replace(a_rich_document(), language=language)

    content = render_pdf(note, look=look, logo=a_logo(), watermark="VOID")

    check_margins(content, above=30)
    assert fonts_of(content) == {"/AAAAAA+Inter-Regular", "/AAAAAA+Inter-SemiBold"}


def test_the_footer_is_the_last_of_the_text_and_says_what_was_written():
    text = text_of(render_pdf(a_rich_document(), look=Look(footer=FOOTER)))

    assert "Thank you.\nAcme B.V. <b>&</b> Co" in text
    assert text.index("Please keep both papers") < text.index("Thank you.")


def test_a_footer_that_the_font_cannot_write_is_remarked_on():
    text = text_of(render_pdf(a_document(), look=Look(footer="謝謝 Thank you")))

    assert "□□ Thank you" in text
    assert "stands for a character that cannot be printed here" in text


# The file for browsers


def test_the_file_fetches_nothing_and_says_so():
    page = render_html(a_rich_document(), look=GREEN, logo=a_logo()).decode()

    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in page
    assert "url(" not in page
    assert "http:" not in page
    assert "https:" not in page
    assert re.findall(r'(?:src|href)="([^"]{0,15})', page) == ["data:image/png;"]
    assert "-pdf-frame" not in page


def test_the_file_is_marked_across_and_above_the_title():
    page = render_html(a_document(), watermark="VOID").decode()

    assert '<div class="watermark" aria-hidden="true">Void</div>' in page
    assert '<p class="mark">Void</p>' in page
    assert "watermark" not in re.sub("<style.*?</style>", "", render_html(a_document()).decode(), flags=re.S)


def test_the_file_has_every_line_in_one_table_and_every_letter():
    page = render_html(
        a_document([*many_lines(3), a_line("漢字 🧾", id="4")], seller=replace(SELLER, legal_info="語"))
    ).decode()

    assert page.count('<table class="lines">') == 1
    assert 'class="lines last"' not in page
    assert "漢字 🧾" in page
    assert "語" in page
