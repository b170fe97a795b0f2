"""Which profile a document that was read deserves."""

from msgspec.structs import replace

from billing.documents.snapshot import Document
from billing.einvoice.cursor import Node
from billing.einvoice.preflight import peppol_gaps
from billing.einvoice.profiles import EN16931, PEPPOL, PROFILES


def with_deserved_profile(document: Document, root: Node, *, specification: str, process: str) -> Document:
    """Return the document with the profile that it deserves, whatever its file says (docs/adr/0023).

    One that leaves nothing to ask for in Peppol is a Peppol document; one that does not is none, even if its
    file says so, for a correction of it could not be sent there either. The names at the paths
    `specification` (BT-24) and `process` (BT-23) stay unread where the document does not get them, and are
    told as ignored.
    """
    profile = EN16931 if peppol_gaps(document) else PEPPOL
    if root.peek(specification) in (PROFILES[profile].specification, PROFILES[EN16931].specification):
        root.one(specification)
    if root.peek(process) == PROFILES[profile].process:
        root.one(process)
    return replace(document, profile=profile)
