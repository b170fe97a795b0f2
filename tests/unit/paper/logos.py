"""Logos of every kind that a PNG or a JPEG can be."""

import struct
import zlib
from io import BytesIO

from PIL import Image

SIZE = (64, 32)
GREY, COLOUR, GREY_ALPHA, COLOUR_ALPHA = 0, 2, 4, 6
"""The colour types of a PNG."""
SAMPLES = {GREY: 1, COLOUR: 3, GREY_ALPHA: 2, COLOUR_ALPHA: 4}
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""The seven passes of an interlaced PNG (Adam7): first column and row, steps between them."""


def every_logo() -> dict[str, bytes]:
    """A logo of each kind, by what it is."""
    colours = Image.merge(
        "RGB", [_gradient(), _gradient().transpose(Image.Transpose.ROTATE_180), _gradient()]
    )
    translucent = colours.copy()
    translucent.putalpha(_gradient())
    return {
        "PNG": _saved(colours, "PNG"),
        "PNG with alpha": _saved(translucent, "PNG"),
        "PNG in grey with alpha": _saved(translucent.convert("LA"), "PNG"),
        "PNG in grey": _saved(colours.convert("L"), "PNG"),
        "PNG in black and white": _saved(colours.convert("1"), "PNG"),
        "PNG with a palette": _saved(colours.convert("P"), "PNG"),
        "PNG with a transparent colour": _saved(colours.convert("P"), "PNG", transparency=3),
        "PNG of 16 bits": png_of_16_bits(COLOUR),
        "PNG of 16 bits with alpha": png_of_16_bits(COLOUR_ALPHA),
        "PNG of 16 bits in grey": png_of_16_bits(GREY),
        "PNG of 16 bits in grey with alpha": png_of_16_bits(GREY_ALPHA),
        "PNG interlaced": png_of_16_bits(COLOUR, is_interlaced=True),
        "JPEG": _saved(colours, "JPEG"),
        "JPEG in grey": _saved(colours.convert("L"), "JPEG"),
        "JPEG in CMYK": _saved(colours.convert("CMYK"), "JPEG"),
        "JPEG progressive": _saved(colours, "JPEG", progressive=True),
    }


def png_of_16_bits(kind: int, *, is_interlaced: bool = False) -> bytes:
    """A PNG whose samples rise from left to right: by a 64th of 65,536 a column."""
    passes = PASSES if is_interlaced else ((0, 0, 1, 1),)
    width, height = SIZE
    rows = b"".join(
        b"\0" + b"".join(struct.pack(">H", x * 1024) * SAMPLES[kind] for x in range(left, width, across))
        for left, top, across, down in passes
        for _ in range(top, height, down)
    )
    header = struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, is_interlaced)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _gradient() -> Image.Image:
    return Image.linear_gradient("L").resize(SIZE)


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()
