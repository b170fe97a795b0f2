"""Cash discounts among the payment terms (BT-20), in the way that Germany has computers read them.

Each has a line of its own, `#SKONTO#TAGE=14#PROZENT=2.00#`, and a line break behind it (BR-DE-18), be it the
last. People and forms leave that one out, so it is written wherever it is missing, and not read back.
"""

import re

from lxml import etree

from billing.einvoice.xml import leaf

LINE = re.compile(r"#SKONTO#TAGE=[0-9]+#PROZENT=[0-9]+\.[0-9]{2}(#BASISBETRAG=-?[0-9]+\.[0-9]{2})?#")
BLANKS = " \t\r\n"
MARK = "#"
"""What a line of a cash discount begins with, and no other line may."""


def payment_terms(name: str, terms: str) -> etree._Element | None:
    """Return an element with payment terms as they are written, or None if there are none."""
    made = leaf(name, terms)
    if made is not None:
        made.text = as_written(terms)
    return made


def as_written(terms: str) -> str:
    """Return payment terms with nothing around them but the line break that ends a cash discount.

    >>> as_written(" 30 days "), as_written("#SKONTO#TAGE=14#PROZENT=2.00#")
    ('30 days', '#SKONTO#TAGE=14#PROZENT=2.00#\\n')
    """
    terms = terms.strip()
    return f"{terms}\n" if LINE.fullmatch(lines(terms)[-1]) else terms


def lines(terms: str) -> list[str]:
    """Return the lines of payment terms, without the blanks around each."""
    return [line.strip(BLANKS) for line in terms.split("\n")]


def is_readable(terms: str) -> bool:
    """Tell whether what is marked as a cash discount is one, each on a line that ends behind it."""
    written = as_written(terms)
    marked = [line for line in lines(written) if line.startswith(MARK)]
    behind = re.split("#.+#", written)[-1]
    return not marked or (all(map(LINE.fullmatch, marked)) and behind.lstrip(" \t\r").startswith("\n"))
