"""PDFs made by hand: with invoices inside, with other things inside, and with malice."""

import io
import zlib

import pikepdf
from pikepdf import AttachedFileSpec, Name

HEADER = b"%PDF-1.7\n"


def a_pdf(*files: tuple[str, bytes]) -> bytes:
    """A PDF of one empty page with files attached, in this order."""
    pdf = pikepdf.new()
    pdf.add_blank_page()
    for number, (name, content) in enumerate(files):
        attached = AttachedFileSpec(pdf, content, filename=name, relationship=Name.Alternative)
        pdf.attachments[f"{number:03}"] = attached
    return written(pdf)


def a_hybrid(xml: bytes, name: str = "factur-x.xml") -> bytes:
    """A PDF with an invoice inside."""
    return a_pdf((name, xml))


def an_associated(xml: bytes) -> bytes:
    """A PDF whose invoice stands in no tree of names: the catalogue only calls it associated."""
    pdf = pikepdf.open(io.BytesIO(a_hybrid(xml)))
    pdf.Root.AF = pikepdf.Array([pdf.Root.Names.EmbeddedFiles.Names[1]])
    del pdf.Root.Names
    return written(pdf)


def encrypted(pdf: bytes, *, user: str) -> bytes:
    """The same PDF, with a password; with an empty one everybody can open it."""
    opened = pikepdf.open(io.BytesIO(pdf))
    return written(opened, encryption=pikepdf.Encryption(owner="secret", user=user))


def a_bomb(megabytes: int, *, times: int = 1) -> bytes:
    """A PDF whose invoice has so many megabytes when it is inflated, `times` over."""
    zeros, packer = bytes(2**20), zlib.compressobj(9)
    content = b"".join(packer.compress(zeros) for _ in range(megabytes)) + packer.flush()
    for _ in range(times - 1):
        content = zlib.compress(content, 9)
    pdf = pikepdf.open(io.BytesIO(a_hybrid(b"<x/>")))
    stream = pdf.Root.Names.EmbeddedFiles.Names[1].EF.F
    stream.write(content, filter=pikepdf.Array([Name.FlateDecode] * times))
    return written(pdf, stream_decode_level=pikepdf.StreamDecodeLevel.none)


def with_an_inflated_table(megabytes: int) -> bytes:
    """A PDF whose table of objects has so many megabytes when it is inflated."""
    zeros, packer = bytes(2**20), zlib.compressobj(9)
    table = b"".join(packer.compress(zeros) for _ in range(megabytes)) + packer.flush()
    size = megabytes * 2**20 // 4
    head = f"1 0 obj\n<</Type/XRef/Size {size}/W[1 2 1]/Root 1 0 R/Filter/FlateDecode/Length {len(table)}>>"
    body = head.encode() + b"\nstream\n" + table + b"\nendstream\nendobj\n"
    return HEADER + body + f"startxref\n{len(HEADER)}\n%%EOF\n".encode()


def with_names(tree: str) -> bytes:
    """A PDF whose tree of file names is object 2, written so."""
    catalogue = "<</Type/Catalog/Pages 3 0 R/Names<</EmbeddedFiles 2 0 R>>>>"
    objects = [catalogue, tree, "<</Type/Pages/Kids[4 0 R]/Count 1>>"]
    objects.append("<</Type/Page/Parent 3 0 R/MediaBox[0 0 9 9]>>")
    body = "".join(f"{number} 0 obj\n{each}\nendobj\n" for number, each in enumerate(objects, start=1))
    return HEADER + f"{body}trailer\n<</Root 1 0 R/Size 5>>\nstartxref\n0\n%%EOF\n".encode()


def written(pdf: pikepdf.Pdf, **options: object) -> bytes:
    made = io.BytesIO()
    pdf.save(made, **options)
    return made.getvalue()
