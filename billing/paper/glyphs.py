"""Which characters the paper can draw, and what becomes of the others.

The paper's font covers Latin, Greek and Cyrillic. What it lacks is first written another way that means the
same (`㎡` as `m2`, full-width digits as digits; joiners and marks of direction go), and else drawn as a white
square, with a remark on the paper and a line in the log: no letter is ever lost without a trace.
"""

import unicodedata
from functools import cache

from reportlab.pdfbase.ttfonts import TTFontFile

from billing.documents.snapshot import Document, to_json
from billing.paper.typefaces import FACES

MISSING = "\u25a1"
"""White square: stands for a character that the font lacks."""

VARIATION_SELECTORS = frozenset(map(chr, range(0xFE00, 0xFE10)))


def undrawable(document: Document, footer: str = "") -> str:
    """Return the characters of a document that its paper can only show as a white square, sorted."""
    texts = _texts([to_json(document), footer])
    return "".join(sorted(char for char in set(texts) if _spelling(char) == MISSING))


def drawable(text: str) -> str:
    """Return the text in characters that the paper's font has; equal if it had them all."""
    text = unicodedata.normalize("NFC", text)
    return text.translate({ord(char): _spelling(char) for char in set(text)})


def unknown(text: str) -> str:
    """Return the characters of a text that `drawable` would write another way, sorted."""
    return "".join(sorted(char for char in set(text) if _spelling(char) != char))


def _texts(value: object) -> str:
    if isinstance(value, dict):
        return "".join(map(_texts, value.values()))
    if isinstance(value, list | tuple):
        return "".join(map(_texts, value))
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else ""


@cache
def _spelling(char: str) -> str:
    """A character as the paper writes it: itself, nothing, another way of saying it, or the square."""
    kind = unicodedata.category(char)
    if char in "\n\r\t":
        return char
    if kind in ("Cc", "Cf") or char in VARIATION_SELECTORS:
        return ""
    if ord(char) in _covered():
        return char
    if kind[0] == "Z":
        return " "
    plain = unicodedata.normalize("NFKC", char)
    return plain if all(ord(part) in _covered() for part in plain) else MISSING


@cache
def _covered() -> frozenset[int]:
    """The code points that every face of the font has."""
    faces = [frozenset(TTFontFile(str(face)).charToGlyph) for face in FACES]
    return frozenset.intersection(*faces)
