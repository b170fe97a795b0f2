"""Paper: a Document value as HTML, as PDF, as an e-mail message. No table in sight."""

from billing.documents.look import Look
from billing.documents.snapshot import Document
from billing.paper import html


def render_pdf(
    document: Document,
    *,
    look: Look = Look(),  # noqa: B008 - a frozen value
    logo: bytes | None = None,
    watermark: str = "",
    invoice: bytes | None = None,
) -> bytes:
    """Return an invoice or a credit note as PDF/A-3b; see `billing.paper.pdf.render_pdf`.

    The renderer costs half a second and some 30 MB to import: a process that draws nothing never pays it.
    """
    from billing.paper import pdf

    return pdf.render_pdf(document, look=look, logo=logo, watermark=watermark, invoice=invoice)


def render_html(
    document: Document,
    *,
    look: Look = Look(),  # noqa: B008 - a frozen value
    logo: bytes | None = None,
    watermark: str = "",
) -> bytes:
    """Return an invoice or a credit note as an HTML file. Safe to open: it fetches and runs nothing."""
    page = html.render(document, look=look, logo=logo, watermark=watermark, is_file=True)
    return page.encode(errors="replace")
