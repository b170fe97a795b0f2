"""Whether finalising sends an e-mail anyway, so that the usual letter would be a second one."""

from billing.documents.models import BillingDocument
from billing.einvoice.profiles import PROFILES
from billing.exchange.conditions import channel_of
from billing.exchange.models import Channel


def mails_itself(paper: BillingDocument, profile: str) -> bool:
    """Tell whether the e-invoice of a draft goes to its customer's e-mail address as soon as it is final."""
    channel = channel_of(paper)
    if channel is None or channel.method != Channel.Method.AUTOMATIC:
        return False
    is_made = profile in PROFILES and PROFILES[profile].syntax is not None
    is_wanted = paper.customer.is_einvoice_enabled and bool(paper.customer.email)
    return is_made and is_wanted and channel.transport == Channel.Transport.EMAIL
