"""Nothing is clipped or leaves the page, whatever stands on it."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from billing.documents.snapshot import Address, AllowanceCharge, Identifier, Reference
from billing.paper import render_pdf

from .papers import BUYER, SELLER, a_document, a_line, a_rich_document

pypdfium2 = pytest.importorskip("pypdfium2")

MARGIN = 20 / 25.4 * 72
NOISE = "abcdefghij" * 20


def text_boxes(page: object) -> list[tuple[float, float, float, float]]:
    """Left, bottom, right and top of every piece of text on a page."""
    return [piece.get_bounds() for piece in page.get_objects(filter=[1], max_depth=3)]  # type: ignore[attr-defined]


def check_margins(content: bytes, *, above: float = 40) -> None:
    document = pypdfium2.PdfDocument(content)
    for page in document:
        width, height = page.get_size()
        boxes = text_boxes(page)
        assert boxes
        assert min(left for left, _, _, _ in boxes) >= MARGIN - 1
        assert max(right for _, _, right, _ in boxes) <= width - MARGIN + 1
        assert min(bottom for _, bottom, _, _ in boxes) > 20
        assert max(top for _, _, _, top in boxes) < height - above
    document.close()


def test_a_usual_paper_keeps_its_margins():
    check_margins(render_pdf(a_rich_document()))


def test_a_paper_of_extremes_keeps_its_margins():
    # given
    address = Address(
        "\n".join(f"Line {at}" for at in range(12)), "B" * 100, "c", "D" * 60, "1", "R" * 60, "DE"
    )
    discount = AllowanceCharge(False, Decimal("1.00"), reason=NOISE, tax_category="S", tax_rate=Decimal(19))
    note = a_document(
        [
            a_line(NOISE, "123456.123", "123456.123456", unit="H87"),
            a_line("Very long name " * 13, "1", "999999999.99"),
            a_line("Minus", "-1", "123456789.01"),
        ],
        number="CR-" + "X1234567" * 5,
        seller=replace(SELLER, name=NOISE),
        buyer=replace(BUYER, name=NOISE, ids=(Identifier("1" * 40),), address=address),
        buyer_reference="R" * 40,
        references=tuple(Reference(f"INV-2026-{at:05}", date(2026, 11, 3)) for at in range(12)),
        allowances_charges=(discount,),
    )

    # then
    check_margins(render_pdf(note))


def test_numbers_of_a_column_end_at_the_same_place():
    document = pypdfium2.PdfDocument(render_pdf(a_rich_document()))
    page = document[0]
    text = page.get_textpage()

    def right_edge(number: str) -> float:
        start, count = text.search(number).get_next()
        return max(text.get_charbox(at)[2] for at in range(start, start + count))

    edges = [right_edge(number) for number in ("1,200.00", "904.85", "400.00", "187.50", "-50.00")]
    document.close()
    assert max(edges) - min(edges) < 0.5


def test_the_page_label_stands_on_the_line_of_the_foot():
    document = pypdfium2.PdfDocument(render_pdf(a_document()))
    text = document[0].get_textpage()

    def bottom_of_first_letter(words: str) -> float:
        start, _ = text.search(words).get_next()
        return text.get_charbox(start)[1]

    assert abs(bottom_of_first_letter("Łódź Software sp. z o.o. ·") - bottom_of_first_letter("Page 1")) < 0.5
    document.close()
