"""The printing press: HTML laid out by xhtml2pdf on our own reportlab sheets.

xhtml2pdf's own `pisaDocument` lays everything out a second time when a page wants to know how many there
are. Here the story it makes of the HTML is printed once: page labels and watermark are drawn by hand. What
the file says of itself, and when it was made, follows in `pdfa`.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from reportlab import rl_config
from reportlab.lib.colors import HexColor
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from xhtml2pdf.builders.printmarks import MarkedCanvas
from xhtml2pdf.config.resources import ResourceAccessPolicy, render_budget, use_policy
from xhtml2pdf.default import DEFAULT_PAGE_NAME
from xhtml2pdf.document import pisaStory
from xhtml2pdf.files import cleanFiles
from xhtml2pdf.util import reset_caches
from xhtml2pdf.xhtml2pdf_reportlab import PmlBaseDoc

from billing.paper.limits import PaperCannotDraw
from billing.paper.typefaces import BOLD, FACES, FOLDER, REGULAR

POLICY = ResourceAccessPolicy.server(FOLDER, allow_remote=False, max_render_seconds=120)
"""What a paper may read: the fonts, and `data:` images."""

MARGIN, BASELINE = 20 * mm, 21.2 * mm
"""Where page labels end and stand: with the first line of the foot, see templates/documents/_style.html."""
LABEL_SIZE = 7
LABEL_COLOR = HexColor("#5b6572")
WATERMARK_COLOR, WATERMARK_ALPHA = HexColor("#14181f"), 0.09


_one_at_a_time = threading.Lock()

rl_config.useA85 = 0  # streams as they are, not spelled in letters: a quarter less
for face in FACES:
    registerFont(TTFont(face.stem, face))


class Sheets(MarkedCanvas):
    """A canvas whose file has no font but ours."""

    def setFont(self, name: str, size: float, leading: float | None = None) -> None:  # noqa: N802 - reportlab's name
        """Every table asks for Helvetica before its cells say what they are set in."""
        super().setFont(REGULAR.stem if name == "Helvetica" else name, size, leading)


class Book(PmlBaseDoc):
    """The pages of one paper, all of the first page's kind."""

    watermark = ""
    page_label = ""

    def afterPage(self) -> None:  # noqa: N802 - reportlab's name
        super().afterPage()
        if self.watermark:
            _draw_watermark(self.canv, self.watermark, self.pagesize)
        self.canv.doForm(f"page{self.page}")

    def _endBuild(self) -> None:  # noqa: N802 - reportlab's name
        """Draw the label of every page, now that their number is known, and close the file."""
        self._doSave = 0
        super()._endBuild()
        for page in range(1, self.page + 1):
            self.canv.beginForm(f"page{page}", 0, 0, *self.pagesize)
            self.canv.setFont(REGULAR.stem, LABEL_SIZE)
            self.canv.setFillColor(LABEL_COLOR)
            label = self.page_label.format(page=page, pages=self.page)
            self.canv.drawRightString(self.pagesize[0] - MARGIN, BASELINE, label)
            self.canv.endForm()
        self.canv.save()


def print_story(html: str, *, page_label: str, watermark: str) -> bytes:
    """Return HTML as a PDF; `page_label` has places for `page` and `pages`.

    :raises PaperCannotDraw: xhtml2pdf complains, of a glyph or a file that is missing: it would leave it out.
    """
    with _printing():
        context = pisaStory(html, path=str(FOLDER / "paper.html"), resource_policy=POLICY)
        if context.log:
            raise PaperCannotDraw(complaints=[str(text)[:200] for _, _, text, _ in context.log])
        out = BytesIO()
        book = Book(
            out,
            pagesize=context.pageSize,
            lang=context.lang_tag,
            invariant=1,
            initialFontName=REGULAR.stem,
            allowSplitting=1,
        )
        book.watermark, book.page_label = watermark, page_label
        book.addPageTemplates([context.templateList[DEFAULT_PAGE_NAME]])
        book.pisaPositioned = context.positioned
        book.build(context.story, canvasmaker=Sheets)
        return out.getvalue()


@contextmanager
def _printing() -> Iterator[None]:
    """Hold the press: reportlab and xhtml2pdf keep fonts and caches in module globals."""
    with _one_at_a_time, use_policy(POLICY), render_budget(POLICY):
        try:
            yield
        finally:
            cleanFiles()
            reset_caches()


def _draw_watermark(canvas: Canvas, text: str, pagesize: tuple[float, float]) -> None:
    """Draw a word across the page, over everything else and so pale that all of it can be read."""
    width, height = pagesize
    size = min(96, 0.95 * width / stringWidth(text, BOLD.stem, 1))
    canvas.saveState()
    canvas.translate(width / 2, height / 2)
    canvas.rotate(45)
    canvas.setFont(BOLD.stem, size)
    canvas.setFillColor(WATERMARK_COLOR, alpha=WATERMARK_ALPHA)
    canvas.drawCentredString(0, -0.35 * size, text)
    canvas.restoreState()
