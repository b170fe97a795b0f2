"""What cannot be printed. A paper that is too large is refused before anything is drawn."""

from billing.documents.snapshot import Document, to_json
from billing.errors import BillingError

MOST_LINES = 2_000
MOST_CHARACTERS = 400_000


class PaperTooLarge(BillingError):
    code = "paper_too_large"
    status = 409
    title = "The document is too large to print"


class PaperCannotDraw(BillingError):
    code = "paper_cannot_draw"
    title = "The document cannot be drawn as a PDF"


def check_size(document: Document) -> None:
    """Check that a document can be printed in reasonable time.

    :raises PaperTooLarge: it cannot.
    """
    if len(document.lines) > MOST_LINES:
        raise PaperTooLarge(
            f"A document may have {MOST_LINES} lines; this one has {len(document.lines)}.",
            field="lines",
            lines=len(document.lines),
            most_lines=MOST_LINES,
        )
    size = _characters(to_json(document))
    if size > MOST_CHARACTERS:
        raise PaperTooLarge(
            f"A document may have {MOST_CHARACTERS} characters of text; this one has {size}.",
            characters=size,
            most_characters=MOST_CHARACTERS,
        )


def _characters(value: object) -> int:
    if isinstance(value, dict):
        return sum(map(_characters, value.values()))
    if isinstance(value, list | tuple):
        return sum(map(_characters, value))
    return len(value) if isinstance(value, str) else 0
