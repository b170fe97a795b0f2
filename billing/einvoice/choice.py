"""Which profile a document gets: the receiver's own wish is kept, the seller's habit where it can be."""

from msgspec.structs import replace

from billing.documents.snapshot import Document
from billing.einvoice.preflight.peppol import peppol_gaps
from billing.einvoice.profiles import EN16931, PEPPOL


def with_profile(document: Document, *, wanted: str, usual: str) -> Document:
    """Return a document with the profile it is to follow.

    `wanted` is what the receiver asks for, "" if nothing: then it is the seller's `usual` one. A receiver's
    wish is never given up for an easier one: what is missing for it is refused at the gate. Peppol by habit
    is: a document that lacks something for it (an electronic address, a reference) is plain EN 16931.
    """
    if not wanted and usual == PEPPOL and peppol_gaps(replace(document, profile=PEPPOL)):
        return replace(document, profile=EN16931)
    return replace(document, profile=wanted or usual)
