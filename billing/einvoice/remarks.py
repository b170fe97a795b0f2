"""The notes (BG-1) that an e-invoice has, in either syntax."""

from msgspec.structs import replace

from billing.documents.snapshot import Document, Note


def written_notes(document: Document) -> tuple[Note, ...]:
    """Return the notes as they are written, none of them blank.

    The reason of a credit note leads the first one, for Peppol takes no more than one.
    """
    first, *others = document.notes or (Note(""),)
    texts = (document.reason.strip(), first.text.strip())
    first = replace(first, text=" — ".join(text for text in texts if text))
    return tuple(note for note in (first, *others) if note.text.strip())
