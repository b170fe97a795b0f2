"""PDF/A-3b (ISO 19005-3): a paper that looks the same in fifty years, alone or with its e-invoice inside.

What the press prints has its fonts in it already. Added here: what its colours mean, what it says of itself,
and for a Factur-X the invoice in CII as `factur-x.xml`.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import md5
from io import BytesIO
from pathlib import Path

from pikepdf import Array, Dictionary, Name, ObjectStreamMode, Pdf, Stream, String

from billing.paper import xmp
from billing.paper.limits import PaperCannotDraw

CREATOR, PRODUCER = "Billing Desk", "xhtml2pdf and pikepdf"
SRGB = (Path(__file__).parent / "srgb.icc").read_bytes()
"""What RGB means: Little CMS's own profile ("No copyright, use freely"), set to ICC 4.2 and 2026-01-01."""

FONT_FILES = {"/FontFile", "/FontFile2", "/FontFile3"}
FONTS_OF_PARTS = (Name.Type0, Name.Type3)
"""Fonts without a file of their own: one leans on another font, the other is drawn in the PDF itself."""

PRINTS = 4
"""The flags of an annotation that is printed, and not hidden."""


def archival(
    pdf: bytes,
    *,
    at: datetime,
    title: str,
    author: str,
    subject: str = "",
    invoice: bytes | None = None,
) -> bytes:
    """Return a PDF as PDF/A-3b; equal arguments give equal bytes.

    `at` is when it was made. `invoice` is the same document in CII under EN 16931, embedded byte for byte:
    that makes the file a Factur-X (ZUGFeRD). Its relationship to the paper is Alternative, for both say the
    same: the Factur-X standard wants that of this profile in Germany and allows it in France, and there are
    German programs that refuse any other.

    :raises PaperCannotDraw: a font is not in the file, or a picture is in CMYK.
    """
    facts = xmp.Facts(
        xmp.line(title), xmp.line(author), xmp.line(subject), CREATOR, PRODUCER, at.astimezone(UTC)
    )
    with Pdf.open(BytesIO(pdf)) as paper:
        _check(paper)
        _describe(paper, facts, has_invoice=invoice is not None)
        _explain_colours(paper)
        for annotation in _annotations(paper):
            annotation.F = PRINTS
        if invoice is not None:
            _embed(paper, invoice, at=_pdf_date(facts.at))
        if "/ID" in paper.trailer:
            del paper.trailer.ID  # half of it would stay, and reportlab's knows the hour
        out = BytesIO()
        paper.save(
            out, min_version="1.7", deterministic_id=True, object_stream_mode=ObjectStreamMode.generate
        )
    return out.getvalue()


def _check(paper: Pdf) -> None:
    """Refuse what cannot be mended here."""
    for item in paper.objects:
        if not isinstance(item, Dictionary | Stream):
            continue
        if item.get("/Type") == Name.Font and not _is_embedded(item):
            raise PaperCannotDraw(f"The font {item.BaseFont} is not in the file.")
        if item.get("/Subtype") == Name.Image and item.get("/ColorSpace") == Name.DeviceCMYK:
            raise PaperCannotDraw("A picture is in CMYK; the paper is in RGB.")


def _is_embedded(font: Dictionary) -> bool:
    files = FONT_FILES & set(font.get("/FontDescriptor", {}).keys())
    return bool(files) or font.get("/Subtype") in FONTS_OF_PARTS


def _describe(paper: Pdf, facts: xmp.Facts, *, has_invoice: bool) -> None:
    """Say in both places, Info and XMP, the same of the file."""
    day = _pdf_date(facts.at)
    paper.trailer.Info = paper.make_indirect(
        Dictionary(
            Title=String(facts.title),
            Author=String(facts.author),
            Subject=String(facts.subject),
            Creator=String(facts.creator),
            Producer=String(facts.producer),
            CreationDate=day,
            ModDate=day,
        )
    )
    paper.Root.Metadata = paper.make_stream(
        xmp.packet(facts, has_invoice=has_invoice), Type=Name.Metadata, Subtype=Name.XML
    )


def _explain_colours(paper: Pdf) -> None:
    intent = Dictionary(
        Type=Name.OutputIntent,
        S=Name.GTS_PDFA1,
        OutputConditionIdentifier=String("sRGB IEC61966-2.1"),
        Info=String("sRGB IEC61966-2.1"),
        RegistryName=String("http://www.color.org"),
        DestOutputProfile=paper.make_stream(SRGB, N=3),
    )
    paper.Root.OutputIntents = Array([paper.make_indirect(intent)])


def _annotations(paper: Pdf) -> Iterator[Dictionary]:
    for page in paper.pages:
        yield from page.get("/Annots", [])


def _embed(paper: Pdf, invoice: bytes, *, at: String) -> None:
    params = Dictionary(
        ModDate=at, Size=len(invoice), CheckSum=String(md5(invoice, usedforsecurity=False).digest())
    )
    content = paper.make_stream(invoice, Type=Name.EmbeddedFile, Subtype=Name("/text/xml"), Params=params)
    name = String(xmp.INVOICE_NAME)
    file = paper.make_indirect(
        Dictionary(
            Type=Name.Filespec,
            F=name,
            UF=name,
            Desc=String("Factur-X invoice"),
            AFRelationship=Name.Alternative,
            EF=Dictionary(F=content, UF=content),
        )
    )
    paper.Root.AF = Array([file])
    paper.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array([name, file])))


def _pdf_date(at: datetime) -> String:
    return String(f"D:{at:%Y%m%d%H%M%S}+00'00'")
