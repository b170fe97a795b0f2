"""Document → XML, in the syntax of its profile."""

from collections.abc import Mapping

from billing.documents.snapshot import Document
from billing.einvoice.cii import writer as cii
from billing.einvoice.profiles import PROFILES
from billing.einvoice.ubl import writer as ubl


def write(
    document: Document,
    *,
    pdf: bytes | None = None,
    pdf_name: str = "",
    files: Mapping[str, bytes] | None = None,
) -> bytes:
    """Return the e-invoice of a document, in UTF-8; equal documents give equal bytes.

    `pdf` is embedded as one more attachment, named `pdf_name` (default: the document's number), but not in a
    hybrid's, which goes into the PDF itself. `files` has the bytes of the document's own attachments, by
    `attachment_keys`; one without bytes is written as a mere reference.

    :raises ValueError: a text has a character that XML cannot carry; `preflight.check` finds it first.
    """
    profile = PROFILES[document.profile]
    syntax = cii if profile.syntax == "cii" else ubl
    return syntax.serialize(document, pdf=None if profile.is_hybrid else pdf, pdf_name=pdf_name, files=files)
