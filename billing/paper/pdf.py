"""A Document as PDF/A-3b: our fonts embedded, nothing fetched, the same bytes every time."""

import logging
from datetime import UTC, date, datetime, time

from reportlab.platypus.doctemplate import LayoutError
from xhtml2pdf.config.resources import RenderLimitError

from billing.documents.look import Look
from billing.documents.snapshot import Document
from billing.paper import html as paper_html
from billing.paper.glyphs import drawable, undrawable, unknown
from billing.paper.pdfa import archival
from billing.paper.press import PaperCannotDraw, print_story
from billing.paper.sheet import subject_of, title_of
from billing.paper.words import words_of

log = logging.getLogger(__name__)


def render_pdf(
    document: Document,
    *,
    look: Look = Look(),  # noqa: B008 - a frozen value
    logo: bytes | None = None,
    watermark: str = "",
    invoice: bytes | None = None,
) -> bytes:
    """Return an invoice or a credit note as PDF/A-3b; equal documents give equal bytes.

    `logo` is a PNG or JPEG, `watermark` DRAFT or VOID; `invoice` is the document in CII, to be embedded (that
    makes a Factur-X, see `pdfa.archival`). A character that the font lacks (Chinese, emoji) is
    drawn as a white square, with a remark on the paper and a line in the log; `glyphs.undrawable` tells
    beforehand.

    :raises PaperTooLarge, LogoNotUsable: see `html.render`.
    :raises PaperCannotDraw: the layout failed.
    """
    words = words_of(document.language)
    missing = undrawable(document, look.footer)
    if missing:
        log.warning("The paper of %s cannot show %s", document.number, _code_points(missing))
    remark = words.sentences.not_drawn if missing else ""
    page = paper_html.render(document, look=look, logo=logo, watermark=watermark, remark=remark)
    return render(
        drawable(page),
        at=document.date,
        title=drawable(title_of(document)),
        author=drawable(document.seller.name),
        language=document.language,
        subject=drawable(subject_of(document)),
        watermark=drawable(words.marks.get(watermark, watermark)),
        invoice=invoice,
    )


def render(
    html: str,
    *,
    at: date | datetime,
    title: str,
    author: str,
    language: str,
    subject: str = "",
    watermark: str = "",
    invoice: bytes | None = None,
) -> bytes:
    """Return HTML as a PDF/A-3b that says it was made `at` that moment (of a day: at midnight, UTC).

    :raises PaperCannotDraw: the HTML has a character that our font lacks, or cannot be laid out.
    """
    missing = unknown(html)
    if missing:
        raise PaperCannotDraw(
            f"The paper's font has no {_code_points(missing)}.",
            characters=list(missing),
        )
    try:
        pages = print_story(html, page_label=words_of(language).sentences.page, watermark=watermark)
    except (LayoutError, RenderLimitError) as error:
        raise PaperCannotDraw(str(error)[:500]) from error
    return archival(pages, at=_moment(at), title=title, author=author, subject=subject, invoice=invoice)


def _code_points(text: str) -> str:
    return ", ".join(f"U+{ord(char):04X}" for char in text)


def _moment(at: date | datetime) -> datetime:
    if isinstance(at, datetime):
        return at.astimezone(UTC)
    return datetime.combine(at, time.min, UTC)
