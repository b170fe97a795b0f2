"""What has to be true before an e-invoice can be sent, each with its own refusal."""

from typing import NamedTuple

from billing.documents import files
from billing.documents.files import XML
from billing.documents.models import BillingDocument
from billing.documents.snapshot import Identifier
from billing.documents.values import party_of
from billing.einvoice.profiles import PROFILES
from billing.errors import BillingError
from billing.events.models import Reaction
from billing.platforms.models import Platform

from .models import Channel, EInvoice
from .refusals import (
    DocumentNotFinal,
    DocumentVoid,
    EInvoiceExists,
    EInvoiceFileMissing,
    EInvoiceProfileNone,
    EInvoiceReceiverMissing,
    EInvoicesNotForClients,
    EInvoicingIsAutomatic,
    EInvoicingNotEnabled,
    EInvoicingNotEnabledForCustomer,
    NothingToResend,
)
from .shapes import PROFILE_NONE

SENT_AGAIN = (EInvoice.Status.FAILED, EInvoice.Status.SKIPPED)


class Obstacle(NamedTuple):
    """Why an e-invoice cannot go: as it is kept with one that is skipped, and as somebody is refused it."""

    reason_code: str
    refusal: BillingError


def channel_of(paper: BillingDocument) -> Channel | None:
    """Return how the e-invoices of a paper's seller leave the house, if they do."""
    rows = Channel.objects.for_platform(paper.platform).filter(billing_entity=paper.billing_entity_id)
    channel = rows.select_related("platform", "billing_entity").first()
    return None if channel is None or channel.method == Channel.Method.OFF else channel


def receiver_of(paper: BillingDocument) -> Identifier | None:
    """Return the buyer's electronic address: the one frozen with the paper, else the customer's of today."""
    return paper.buyer.endpoint or party_of(paper.customer).endpoint


def sending_obstacle(paper: BillingDocument, channel: Channel | None) -> Obstacle | None:
    """Return what keeps a final paper's e-invoice from being sent at all, by hand or by itself."""
    if channel is None:
        why = f"{paper.billing_entity} sends no e-invoices: its channel is off, or there is none."
        return Obstacle("einvoicing_not_enabled", EInvoicingNotEnabled(why))
    if not paper.customer.is_einvoice_enabled:
        why = f"{paper.customer} gets no e-invoices: that is off in the customer's settings."
        refusal: BillingError = EInvoicingNotEnabledForCustomer(why, customer=paper.customer_id)
        return Obstacle("customer_not_enabled", refusal)
    if PROFILES[paper.profile].syntax is None:
        why = f"The profile of {paper} is {paper.profile!r}: it is paper only."
        return Obstacle(PROFILE_NONE, EInvoiceProfileNone(why, profile=paper.profile))
    if channel.transport == Channel.Transport.EMAIL and not paper.customer.email:
        refusal = EInvoiceReceiverMissing(
            f"{paper.customer} has no e-mail address.", customer=paper.customer_id
        )
        return Obstacle("no_receiver_address", refusal)
    if channel.transport != Channel.Transport.EMAIL and not receiver_of(paper):
        why = f"{paper.customer} has no electronic address (an id and its scheme)."
        return Obstacle("no_receiver_address", EInvoiceReceiverMissing(why, customer=paper.customer_id))
    return None


def require_staff(platform: Platform) -> None:
    """Refuse a client's credential: it does not act for the seller.

    :raises EInvoicesNotForClients: it is one.
    """
    if platform.seen_by:
        raise EInvoicesNotForClients("It can read how the e-invoice stands, and not send it.")


def require_issued(paper: BillingDocument) -> None:
    """Refuse a paper that is no claim on anybody.

    :raises DocumentNotFinal, DocumentVoid: it is a draft, or was taken back.
    """
    if paper.is_draft:
        raise DocumentNotFinal(f"{paper} is a draft: finalise it first.")
    if paper.status == BillingDocument.Status.VOID:
        raise DocumentVoid(f"{paper} is void: nobody is to have its e-invoice.")


def require_sendable(paper: BillingDocument) -> Channel:
    """Return the channel that a final paper's e-invoice can leave by.

    :raises EInvoicingNotEnabled, EInvoicingNotEnabledForCustomer, EInvoiceProfileNone: it is not to be sent.
    :raises EInvoiceReceiverMissing: there is nowhere to send it.
    :raises EInvoiceFileMissing: it has none, and none is being made.
    """
    channel = channel_of(paper)
    if obstacle := sending_obstacle(paper, channel):
        raise obstacle.refusal
    if not files.find(document=paper, kind=XML) and not files.is_being_made(paper):
        raise EInvoiceFileMissing(
            f"{paper} has no e-invoice file, and none is being made. Asking for its XML makes it if it can."
        )
    assert channel is not None
    return channel


def require_first(paper: BillingDocument, einvoice: EInvoice | None, channel: Channel) -> None:
    """Refuse to send by hand what was sent before, or is sent by itself.

    :raises EInvoiceExists, EInvoicingIsAutomatic: it is.
    """
    if einvoice is not None:
        so = "send it again" if einvoice.status in SENT_AGAIN else "it is not sent twice"
        why = f"The e-invoice of {paper} is {einvoice.status}: {so}."
        raise EInvoiceExists(why, einvoice={"id": einvoice.pk, "status": einvoice.status})
    if channel.method == Channel.Method.AUTOMATIC:
        seller = paper.billing_entity
        if is_coming(paper):
            raise EInvoicingIsAutomatic(f"{seller} sends its e-invoices by itself, this one in a moment.")
        raise EInvoicingIsAutomatic(
            f"{seller} sends by itself what is issued from now on. {paper} was issued before: "
            "set the method to manual to send it by hand."
        )


def is_coming(paper: BillingDocument) -> bool:
    """Tell whether a worker has still to make a paper's e-invoice, or to see whether it goes by itself."""
    pending = Reaction.objects.pending().filter(event__object_id=paper.pk)
    return files.is_being_made(paper) or bool(pending.filter(name__startswith="schedule_").exists())


def require_failed(paper: BillingDocument, einvoice: EInvoice | None) -> EInvoice:
    """Return the e-invoice that is to be sent again.

    :raises NothingToResend: there is none, or it did not fail.
    """
    if einvoice is None:
        raise NothingToResend(f"Nobody has sent the e-invoice of {paper} yet.", einvoice=None)
    if einvoice.status not in SENT_AGAIN:
        why = f"The e-invoice of {paper} is {einvoice.status}."
        raise NothingToResend(why, einvoice={"id": einvoice.pk, "status": einvoice.status})
    return einvoice
