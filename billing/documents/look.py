"""How a paper looks: a value, of which a final paper keeps a copy."""

from typing import Literal

from billing.documents.snapshot import Value

Style = Literal["classic", "compact"]
BLACK = "#000000"


class Look(Value, frozen=True, kw_only=True, omit_defaults=False):
    """A style, the colour of title and rules (`#rrggbb`; black leaves them as they are), a last paragraph."""

    style: Style = "classic"
    accent: str = BLACK
    footer: str = ""


BUILTIN = {"classic": Look(), "compact": Look(style="compact")}
"""Looks that every platform has, by the names that they are asked for."""

LEAST_CONTRAST = 4.5
"""On white, for text of any size: WCAG 2.2, 1.4.3."""


def contrast_on_white(colour: str) -> float:
    """Return the contrast of a colour `#rrggbb` with white, from 1 to 21. Source: WCAG 2.2.

    >>> round(contrast_on_white("#000000"), 1), round(contrast_on_white("#777777"), 2)
    (21.0, 4.48)
    """
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
