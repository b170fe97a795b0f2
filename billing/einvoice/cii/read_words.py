"""The words that CII has of its own, read: days with a format, yes and no."""

from datetime import date, datetime

from billing.einvoice.cii.words import DAY, YES
from billing.einvoice.cursor import Node


def day(node: Node, path: str, text: str = "udt:DateTimeString") -> date | None:
    """Return the day inside the element at the path, or None. Any other format than a day's is a problem."""
    found = node.one(f"{path}/{text}")
    if found is None or not found.own_text:
        return None
    if found.attribute("format") in ("", DAY) and found.own_text.isdecimal():
        try:
            return datetime.strptime(found.own_text, "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            pass
    found.reading.problem("BD-DATE", f"{found.own_text} is not a day we can keep (YYYYMMDD)", found.element)
    return None


def is_yes(node: Node, path: str) -> bool:
    """Tell whether the indicator inside the element at the path says so."""
    return node.text(f"{path}/udt:Indicator") in (YES, "1")
