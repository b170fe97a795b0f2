"""A Document as HTML, in the CSS that the PDF renderer knows; a browser shows it too."""

from math import ceil

from django.template.loader import render_to_string

from billing.documents.look import BLACK, Look
from billing.documents.snapshot import Document
from billing.paper.limits import check_size
from billing.paper.logo import Logo
from billing.paper.sheet import Fact, Sheet, sheet_of

FACTS_IN_A_ROW = 4
LINES_AT_FOOT, CHARACTERS_IN_A_LINE = 3, 100
"""Room for legal information at the foot of every page; a longer one follows the text."""


def render(
    document: Document,
    *,
    look: Look = Look(),  # noqa: B008 - a frozen value
    logo: bytes | None = None,
    watermark: str = "",
    remark: str = "",
    is_file: bool = False,
) -> str:
    """Return an invoice or a credit note as one HTML page that fetches nothing but its fonts.

    `logo` is a PNG or JPEG; `watermark` is DRAFT or VOID, shown in the document's language, or any other
    word, shown as it is; `remark` is one more sentence at the end. A file for browsers, `is_file`, fetches
    nothing at all and says so to them.

    :raises PaperTooLarge: more lines or text than a paper may have.
    :raises LogoNotUsable: the logo is not a small PNG or JPEG.
    """
    check_size(document)
    sheet = sheet_of(document)
    split = -1 if len(sheet.rows) > 1 and not is_file else len(sheet.rows)
    return render_to_string(
        "documents/document.html",
        {
            "sheet": sheet,
            "look": look,
            "has_accent": look.accent != BLACK,
            "is_file": is_file,
            "labels": sheet.words.labels,
            "fact_rows": _in_rows(sheet.facts),
            "rows": sheet.rows[:split],
            "last_row": next(iter(sheet.rows[split:]), None),
            "logo": Logo.read(logo) if logo else None,
            "mark": sheet.words.marks.get(watermark, watermark),
            "remark": remark,
            "legal_fits_foot": _fits_foot(sheet),
        },
    )


def _in_rows(facts: list[Fact]) -> list[list[Fact]]:
    """Facts in rows of a table, the last one filled up with empty cells."""
    filled = facts + [("", "")] * (-len(facts) % FACTS_IN_A_ROW)
    return [filled[at : at + FACTS_IN_A_ROW] for at in range(0, len(filled), FACTS_IN_A_ROW)]


def _fits_foot(sheet: Sheet) -> bool:
    lines = sheet.legal_info.splitlines()
    return sum(ceil(len(line) / CHARACTERS_IN_A_LINE) for line in lines) <= LINES_AT_FOOT
