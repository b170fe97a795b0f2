"""No letter is lost without a trace."""

import pytest
from reportlab.pdfbase.ttfonts import TTFontFile

from billing.paper.glyphs import drawable, undrawable, unknown
from billing.paper.typefaces import FACES

from .papers import a_document, a_line


@pytest.mark.parametrize(
    "text",
    [
        "ŁódźĄęśćż",
        "Größe ẞ",
        "İstanbul ğş",
        "Αθήνα Ω",
        "Жук Њ Ґ",
        "Đặng Việt",
        "€£¥₴₺₹ № ™ – — „“ « » … → − × ≤",
    ],
)
def test_europe_is_drawn_as_written(text):
    assert drawable(text) == text


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("e\u0301", "é"),
        ("㎡", "m2"),
        ("１２３", "123"),
        ("ﬁ", "fi"),
        ("a\u202eb\u200bc\ufeff\u00ad", "abc"),
        ("a\x00\x1bb", "ab"),
        ("line\nline\ttab", "line\nline\ttab"),
        ("a\u3000b", "a b"),
        ("漢字", "□□"),
        ("✈\ufe0f", "□"),
        ("x\u030c", "x□"),
    ],
)
def test_other_characters_are_written_another_way_or_as_a_square(text, drawn):
    assert drawable(text) == drawn
    assert unknown(drawn) == ""


def test_a_document_tells_what_its_paper_cannot_show():
    note = a_document([a_line("設備 ㎡ plan 🚀", description="設 é")], reason="Łódź")

    assert undrawable(note) == "備設🚀"
    assert undrawable(a_document()) == ""


def test_both_faces_have_names_of_their_own_and_figures_of_one_width():
    fonts = [TTFontFile(str(face)) for face in FACES]

    assert [font.name for font in fonts] == [b"Inter-Regular", b"Inter-SemiBold"]
    for font in fonts:
        widths = {font.charWidths[ord(digit)] for digit in "0123456789"}
        assert len(widths) == 1
        assert font.charWidths[ord("-")] < min(widths)
