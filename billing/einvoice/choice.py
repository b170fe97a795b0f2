"""Which profile a document gets: the receiver's own wish is kept, the seller's habit where it can be."""

from msgspec.structs import replace

from billing.documents.snapshot import Document
from billing.einvoice.preflight.national import is_german
from billing.einvoice.preflight.peppol import peppol_gaps
from billing.einvoice.profiles import EN16931, PEPPOL, PROFILES
from billing.money import ZERO

OUTSIDE_VAT = "O"


def with_profile(document: Document, *, wanted: str, usual: str) -> Document:
    """Return a document with the profile it is to follow.

    `wanted` is what the receiver asks for, "" if nothing: then it is the seller's `usual` one. A receiver's
    wish is never given up for an easier one: what is missing for it is refused at the gate. Peppol by habit
    is: a document that lacks something for it (an electronic address, a reference) is plain EN 16931.
    """
    chosen = following(document, wanted or usual)
    if not wanted and usual == PEPPOL and peppol_gaps(chosen):
        return following(document, EN16931)
    return chosen


def following(document: Document, profile: str) -> Document:
    """Return a document that follows a profile. German rules want a rate of VAT groups that have none."""
    wants_rates = PROFILES[profile].cius == "xrechnung" or (profile == PEPPOL and is_german(document))
    taxes = tuple(
        replace(tax, rate=ZERO if wants_rates else None) if tax.category == OUTSIDE_VAT else tax
        for tax in document.taxes
    )
    return replace(document, profile=profile, taxes=taxes)
