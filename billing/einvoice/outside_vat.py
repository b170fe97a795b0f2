"""The VAT category O: outside the scope of VAT there is no rate, but German rules want one written."""

from decimal import Decimal

from billing.documents.snapshot import Document, TaxGroup
from billing.einvoice.profiles import PEPPOL, PROFILES
from billing.money import ZERO

OUTSIDE_VAT = "O"
"""The one tax category of which lines have no rate, not even 0 (BR-O-05)."""


def written_rate(group: TaxGroup, document: Document) -> Decimal | None:
    """Return the rate that a VAT group is written with.

    XRechnung (BR-DE-14), and Peppol within Germany (DE-R-014), want one in every group; of this it is 0.
    """
    if group.category != OUTSIDE_VAT:
        return group.rate
    parties = (document.seller, document.buyer)
    is_german = document.profile == PEPPOL and all(party.address.country == "DE" for party in parties)
    return ZERO if is_german or PROFILES[document.profile].cius == "xrechnung" else None
