"""The seller's logo: a small PNG or JPEG, and nothing else."""

from base64 import b64encode
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from billing.errors import BillingError

MOST_BYTES = 1_000_000
MOST_PIXELS = 4_000_000
BOX = (164, 46)
"""The room on the paper, in points: about 58 by 16 mm."""

GREYS_OF_16_BITS = ("I", "I;16")
"""How Pillow calls them; xhtml2pdf would cut them off at 255 and draw white."""


class LogoNotUsable(BillingError):
    code = "logo_not_usable"
    status = 400
    title = "The logo cannot be printed"


@dataclass(frozen=True)
class Logo:
    """A checked logo: its `data:` address, and the size in points that fits the paper."""

    src: str
    width: float
    height: float

    @classmethod
    def read(cls, data: bytes) -> "Logo":
        """Return the logo in these bytes, in colours that a PDF/A in sRGB can have.

        :raises LogoNotUsable: too large, or not a PNG or JPEG (an SVG can run code and is refused).
        """
        image = _open(data)
        width, height = image.size
        scale = min(BOX[0] / width, BOX[1] / height)
        src = f"data:image/{str(image.format).lower()};base64,{b64encode(_for_screens(image, data)).decode()}"
        return cls(src=src, width=round(width * scale, 2), height=round(height * scale, 2))


def _open(data: bytes) -> Image.Image:
    if len(data) > MOST_BYTES:
        raise _refusal(f"It has {len(data)} bytes; {MOST_BYTES} is the most.")
    try:
        image = Image.open(BytesIO(data), formats=["PNG", "JPEG"])
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise _refusal(f"It has {width} × {height} pixels; {MOST_PIXELS} in all is the most.")
        image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise _refusal("It is not a whole PNG or JPEG image.") from error
    return image


def _for_screens(image: Image.Image, data: bytes) -> bytes:
    """The file as it is, unless it is made for printing presses (CMYK), or has 65,536 greys."""
    if image.mode == "CMYK":
        return _saved(image.convert("RGB"), "JPEG", quality=95, subsampling=0)
    if image.mode in GREYS_OF_16_BITS:
        return _saved(image.point(lambda grey: grey / 256).convert("L"), "PNG")
    return data


def _saved(image: Image.Image, kind: str, **options: int) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def _refusal(detail: str) -> LogoNotUsable:
    return LogoNotUsable(detail, field="logo")
