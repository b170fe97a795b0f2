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
        """Return the logo in these bytes.

        :raises LogoNotUsable: too large, or not a PNG or JPEG (an SVG can run code and is refused).
        """
        kind, width, height = _measure(data)
        scale = min(BOX[0] / width, BOX[1] / height)
        src = f"data:image/{kind};base64,{b64encode(data).decode()}"
        return cls(src=src, width=round(width * scale, 2), height=round(height * scale, 2))


def _measure(data: bytes) -> tuple[str, int, int]:
    if len(data) > MOST_BYTES:
        raise _refusal(f"It has {len(data)} bytes; {MOST_BYTES} is the most.")
    try:
        with Image.open(BytesIO(data), formats=["PNG", "JPEG"]) as image:
            kind, (width, height) = str(image.format).lower(), image.size
            if width * height > MOST_PIXELS:
                raise _refusal(f"It has {width} × {height} pixels; {MOST_PIXELS} in all is the most.")
            image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise _refusal("It is not a whole PNG or JPEG image.") from error
    return kind, width, height


def _refusal(detail: str) -> LogoNotUsable:
    return LogoNotUsable(detail, field="logo")
