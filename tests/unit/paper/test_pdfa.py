"""PDF/A-3b: what veraPDF says of our papers, and the e-invoice inside a Factur-X."""

import os
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, date, datetime
from hashlib import md5
from io import BytesIO

import pikepdf
import pypdf
import pypdfium2
import pytest
import time_machine
from facturx import get_facturx_xml_from_pdf
from lxml import etree
from msgspec.structs import replace
from PIL import Image, ImageCms
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from billing.documents.look import BUILTIN
from billing.paper import html, render_pdf
from billing.paper.glyphs import drawable
from billing.paper.limits import PaperCannotDraw
from billing.paper.logo import Logo
from billing.paper.pdfa import SRGB, archival
from billing.paper.press import print_story
from billing.paper.words import LANGUAGES

from . import verapdf
from .logos import GREY, every_logo, png_of_16_bits
from .papers import BANK, SELLER, a_document, a_line, a_rich_document, many_lines, text_of

CII = """<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
  xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100">
  <rsm:ExchangedDocument><ram:ID>Łódź-1</ram:ID></rsm:ExchangedDocument>
</rsm:CrossIndustryInvoice>
""".encode()
COMPACT = replace(BUILTIN["compact"], accent="#8a1538", footer="Thank you")
MADE = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "fx": "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#",
    "pdf": "http://ns.adobe.com/pdf/1.3/",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xmp": "http://ns.adobe.com/xap/1.0/",
}


def an_invoice() -> bytes:
    return render_pdf(a_document(kind="invoice", due_date=date(2026, 12, 1), payment_means=(BANK,)))


def every_paper() -> dict[str, bytes]:
    """A paper of each kind that we print, by what it is."""
    note = a_rich_document()
    plenty = "".join(map(chr, range(0x100, 0x24F))) + "".join(map(chr, range(0x400, 0x500)))
    papers = {
        "credit note": render_pdf(note),
        "invoice": an_invoice(),
        "draft": render_pdf(note, watermark="DRAFT"),
        "void": render_pdf(note, watermark="VOID", logo=every_logo()["PNG with alpha"]),
        "three pages": render_pdf(a_document(many_lines(60))),
        "compact": render_pdf(note, look=COMPACT),
        "more letters than a font's part has": render_pdf(a_document([a_line(plenty)])),
        "letters that the font lacks": render_pdf(a_document([a_line("設備 🧾")])),
        "Factur-X": render_pdf(note, invoice=CII),
        "Factur-X draft": render_pdf(note, invoice=CII, watermark="DRAFT", logo=every_logo()["JPEG in CMYK"]),
        "strange names": render_pdf(
            a_document(number="CR <&> 🧾", seller=replace(SELLER, name="A \ud800\x0b]]> & Co"))
        ),
        "Factur-X with strange words": archival(
            pages(), at=MADE, title="<&>\"' 🧾 \x00\ud800", author="\uffff]]>", subject="é\r\nǅ", invoice=CII
        ),
    }
    papers |= {f"in {language}": render_pdf(replace(note, language=language)) for language in LANGUAGES}
    return papers | {f"logo: {kind}": render_pdf(note, logo=logo) for kind, logo in every_logo().items()}


def pages(**changes: str) -> bytes:
    """A paper as it comes from the press."""
    page = drawable(html.render(a_rich_document(**changes), watermark="VOID"))
    return print_story(page, page_label="{page}/{pages}", watermark="Void")


def drawn(draw: Callable[[Canvas], None]) -> bytes:
    """A page from elsewhere."""
    out = BytesIO()
    canvas = Canvas(out, initialFontName="Inter-Regular")
    draw(canvas)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def facts_of(content: bytes) -> etree._Element:
    with pikepdf.open(BytesIO(content)) as paper:
        return etree.fromstring(paper.Root.Metadata.read_bytes())


def said(content: bytes, name: str) -> str:
    return "".join(facts_of(content).find(f".//{name}", NAMESPACES).itertext())


@pytest.fixture(scope="module")
def broken_rules(tmp_path_factory):
    """Ask veraPDF; without a Java runtime, skip or, where REQUIRE_JAVA is set, fail."""
    why = verapdf.missing()
    if why and os.environ.get("REQUIRE_JAVA"):
        pytest.fail(why)
    if why:
        pytest.skip(why)
    return lambda papers: verapdf.broken_rules(papers, tmp_path_factory.mktemp("papers"))


# What veraPDF says


def test_every_paper_is_pdf_a_3b(broken_rules):
    papers = every_paper()

    assert broken_rules(papers) == {name: [] for name in papers}


def test_verapdf_finds_what_is_wrong_with_other_files(broken_rules):
    # given
    from_the_press = pages()
    with pikepdf.open(BytesIO(render_pdf(a_document(), invoice=CII))) as paper:
        del paper.Root.AF
        paper.save(unrelated := BytesIO())

    # when
    rules = broken_rules({"from the press": from_the_press, "unrelated": unrelated.getvalue()})

    # then
    numbers = {name: [rule.split()[0] for rule in broken] for name, broken in rules.items()}
    assert {"6.2.4.3-2", "6.6.2.1-1"} <= set(numbers["from the press"])
    assert numbers["unrelated"] == ["6.8-4"]


# The paper stays as it was printed


def test_no_letter_and_no_pixel_changes():
    before, after = (pypdfium2.PdfDocument(each) for each in (pages(), archived(pages())))

    assert len(before) == len(after) == 1
    assert before[0].get_textpage().get_text_range() == after[0].get_textpage().get_text_range()
    assert before[0].render(scale=2).to_pil().tobytes() == after[0].render(scale=2).to_pil().tobytes()


def test_the_archive_costs_no_room_and_an_invoice_little_more_than_its_own():
    printed = pages()

    assert len(archived(printed)) < len(printed)
    assert len(archived(printed, invoice=CII)) < len(archived(printed)) + len(CII) + 3000


def test_another_day_makes_the_same_bytes():
    papers = []
    for day in (date(2026, 11, 21), date(2031, 1, 1)):
        with time_machine.travel(day):
            papers.append(render_pdf(a_rich_document(), logo=every_logo()["JPEG in CMYK"], invoice=CII))

    assert papers[0] == papers[1]


def test_two_papers_have_two_ids():
    papers = [pikepdf.open(BytesIO(render_pdf(a_document(number=number)))) for number in ("CR-1", "CR-2")]

    ids = [bytes(part) for paper in papers for part in paper.trailer.ID]
    assert len(ids) == 4
    assert len(set(ids)) > 1


def test_the_profile_of_our_colours_is_srgb():
    profile = ImageCms.ImageCmsProfile(BytesIO(SRGB))
    colours = Image.linear_gradient("L").convert("RGB")

    same = ImageCms.profileToProfile(colours, profile, ImageCms.createProfile("sRGB"))

    assert profile.profile.version == 4.2
    assert profile.profile.xcolor_space == "RGB "
    assert same.tobytes() == colours.tobytes()


# What the file says of itself


def test_the_file_says_the_same_of_itself_in_both_places():
    content = archived(pages(), title='A <b>&amp; "c"</b> 🧾', author="Łódź ]]>", subject="'two'\n lines")
    info = pypdf.PdfReader(BytesIO(content)).metadata

    assert said(content, "dc:title") == info.title == 'A <b>&amp; "c"</b> 🧾'
    assert said(content, "dc:creator") == info.author == "Łódź ]]>"
    assert said(content, "dc:description") == info.subject == "'two' lines"
    assert said(content, "xmp:CreatorTool") == info.creator == "Billing Desk"
    assert said(content, "pdf:Producer") == info.producer
    assert said(content, "xmp:CreateDate") == said(content, "xmp:ModifyDate") == "2026-11-21T09:30:00+00:00"
    assert info.creation_date == info.modification_date == MADE
    assert (said(content, "pdfaid:part"), said(content, "pdfaid:conformance")) == ("3", "B")


@pytest.mark.parametrize("letter", ["\x00", "\x1b", "\ud800", "\uffff"])
def test_what_xml_cannot_say_is_replaced(letter):
    content = archived(pages(), title=f"a{letter}b")

    assert said(content, "dc:title") == "a□b"
    assert pypdf.PdfReader(BytesIO(content)).metadata.title == "a□b"


# The invoice inside


@pytest.mark.parametrize(
    "invoice",
    [CII, b"", b"\xff\x00\x01 no XML", CII + b" " * 5_000_000],
    ids=["CII", "empty", "no XML", "5 MB"],
)
def test_the_invoice_is_inside_byte_for_byte(invoice):
    content = archived(pages(), invoice=invoice)

    assert pypdf.PdfReader(BytesIO(content)).attachments == {"factur-x.xml": [invoice]}
    with pikepdf.open(BytesIO(content)) as paper:
        (file,) = paper.Root.AF
        inside = file.EF.F
        assert file.AFRelationship == "/Alternative"
        assert (file.F, file.UF) == ("factur-x.xml", "factur-x.xml")
        assert inside.read_bytes() == invoice
        assert inside.Subtype == "/text/xml"
        assert inside.Params.Size == len(invoice)
        assert bytes(inside.Params.CheckSum) == md5(invoice).digest()


def test_the_file_says_which_invoice_is_inside():
    content = render_pdf(a_document(), invoice=CII)

    assert {name: said(content, f"fx:{name}") for name in ("DocumentType", "DocumentFileName")} == {
        "DocumentType": "INVOICE",
        "DocumentFileName": "factur-x.xml",
    }
    assert (said(content, "fx:ConformanceLevel"), said(content, "fx:Version")) == ("EN 16931", "1.0")


def test_a_reader_of_others_finds_the_invoice():
    content = render_pdf(a_rich_document(), invoice=CII)

    assert get_facturx_xml_from_pdf(content, check_xsd=False) == ("factur-x.xml", CII)


def test_a_paper_without_an_invoice_has_nothing_inside():
    content = render_pdf(a_document())

    assert pypdf.PdfReader(BytesIO(content)).attachments == {}
    assert b"factur-x" not in etree.tostring(facts_of(content))


def test_the_invoice_changes_no_word_of_the_paper():
    note = a_rich_document()

    assert text_of(render_pdf(note, invoice=CII)) == text_of(render_pdf(note))


# What is refused, what is mended


def test_a_font_that_is_not_inside_is_refused():
    page = drawn(lambda canvas: canvas.setFont("Helvetica", 9))

    with pytest.raises(PaperCannotDraw, match="The font /Helvetica is not in the file"):
        archived(page)


def test_a_picture_for_printing_presses_is_refused_by_the_archive():
    picture = ImageReader(Image.new("CMYK", (9, 9)))
    page = drawn(lambda canvas: canvas.drawImage(picture, 0, 0))

    with pytest.raises(PaperCannotDraw, match="CMYK"):
        archived(page)


def test_a_link_is_printed():
    content = archived(drawn(lambda canvas: canvas.linkURL("https://acme.example", (0, 0, 9, 9))))

    with pikepdf.open(BytesIO(content)) as paper:
        assert [annotation.F for annotation in paper.pages[0].Annots] == [4]


def test_a_logo_for_printing_presses_is_drawn_in_screen_colours():
    out = BytesIO()
    Image.new("CMYK", (60, 20), (0, 255, 255, 0)).save(out, "JPEG", quality=95)

    assert pixel_of(render_pdf(a_document(), logo=out.getvalue())) == pytest.approx((255, 0, 0), abs=3)


def test_a_logo_of_65536_greys_keeps_its_greys():
    assert pixel_of(render_pdf(a_document(), logo=png_of_16_bits(GREY))) == pytest.approx((128,) * 3, abs=6)


def test_a_logo_for_screens_is_used_as_it_is():
    changed = {
        kind for kind, logo in every_logo().items() if b64encode(logo).decode() not in Logo.read(logo).src
    }

    assert changed == {"JPEG in CMYK", "PNG of 16 bits in grey"}


def pixel_of(content: bytes) -> tuple[int, ...]:
    """The colour in the middle of the logo."""
    page = pypdfium2.PdfDocument(content)[0]
    (logo,) = page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE])
    left, bottom, right, top = logo.get_bounds()
    middle = (2 * (left + right), 4 * page.get_height() - 2 * (top + bottom))
    return page.render(scale=4).to_pil().convert("RGB").getpixel(tuple(map(round, middle)))


def archived(pdf: bytes, **changes: object) -> bytes:
    return archival(pdf, **{"at": MADE, "title": "Title", "author": "Author"} | changes)
