"""Which e-invoice a final paper has, if any."""

from billing.documents.models import BillingDocument
from billing.einvoice.profiles import PROFILES


def has_einvoice(paper: BillingDocument) -> bool:
    """Tell whether an e-invoice of a final paper is made: it was issued here, with a profile that has one."""
    return bool(paper.einvoice_rules) and PROFILES[paper.profile].syntax is not None


def is_hybrid(paper: BillingDocument) -> bool:
    """Tell whether a final paper's e-invoice is in its PDF."""
    return has_einvoice(paper) and PROFILES[paper.profile].is_hybrid
