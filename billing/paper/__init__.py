"""Paper: a Document value as HTML, as PDF, as an e-mail message. No table in sight."""

from billing.documents.snapshot import Document


def render_pdf(document: Document, *, logo: bytes | None = None, watermark: str = "") -> bytes:
    """Return an invoice or a credit note as a PDF; see `billing.paper.pdf.render_pdf`.

    The renderer costs half a second and some 30 MB to import: a process that draws nothing never pays it.
    """
    from billing.paper import pdf

    return pdf.render_pdf(document, logo=logo, watermark=watermark)
