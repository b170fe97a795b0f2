"""Have an e-invoice sent: by itself when its file is there, by hand, or once more."""

from datetime import datetime

from billing.documents import files
from billing.documents.files import XML
from billing.documents.models import BillingDocument
from billing.einvoice.profiles import PROFILES
from billing.ids import new_id
from billing.platforms.models import Platform
from billing.transactions import entrance, step

from .conditions import (
    channel_of,
    require_failed,
    require_first,
    require_issued,
    require_sendable,
    require_staff,
    sending_obstacle,
)
from .models import Channel, EInvoice
from .route import Route, einvoice_of
from .shapes import DOCUMENT_VOID, shape_of
from .steps import keep_step


@entrance
def send_einvoice(
    route: Route, *, platform: Platform, document_id: str, actor: str, at: datetime
) -> EInvoice:
    """Have a final paper's e-invoice sent for the first time; a worker does it.

    :raises EInvoicesNotForClients: a client asks.
    :raises DocumentNotFinal, DocumentVoid: the paper is a draft, or void.
    :raises EInvoiceExists, EInvoicingIsAutomatic: it is sent already, or will be.
    :raises BillingError: see `conditions.require_sendable`.
    """
    require_staff(platform)
    paper = route.lock(platform, document_id)
    require_issued(paper)
    einvoice = einvoice_of(document_id, lock=True)
    channel = require_sendable(paper)
    require_first(paper, einvoice, channel)
    return make(route, paper, channel, actor=actor, at=at)


@entrance
def resend_einvoice(
    route: Route, *, platform: Platform, document_id: str, actor: str, at: datetime
) -> EInvoice:
    """Have an e-invoice sent once more that failed or was skipped, under a new message id.

    :raises EInvoicesNotForClients, DocumentNotFinal, DocumentVoid: as for the first time.
    :raises NothingToResend: it was not sent, or is on its way, or has arrived.
    :raises BillingError: see `conditions.require_sendable`.
    """
    require_staff(platform)
    paper = route.lock(platform, document_id)
    require_issued(paper)
    einvoice = require_failed(paper, einvoice_of(document_id, lock=True))
    channel = require_sendable(paper)
    before = shape_of(einvoice)
    einvoice.schedule_again()
    einvoice.transport, einvoice.reference, einvoice.receiver = channel.transport, "", ""
    einvoice.sent_at = None
    keep_step(route, paper, einvoice, before=before, actor=actor, at=at)
    return einvoice


@entrance
def schedule_einvoice(route: Route, *, platform: Platform, document_id: str, at: datetime) -> None:
    """Schedule the e-invoice of a paper whose files are there, or say why it cannot go, once.

    Nothing happens where somebody sends them by hand, and to papers that were issued elsewhere.
    """
    paper = route.lock(platform, document_id)
    channel = channel_of(paper)
    if channel is None or channel.method != Channel.Method.AUTOMATIC or not is_complete(paper):
        return
    if einvoice_of(document_id, lock=True) is None:
        make(route, paper, channel, at=at)


def is_complete(paper: BillingDocument) -> bool:
    """Tell whether a final paper was issued here and has the file that is sent, or will never have one."""
    if not paper.is_final or not paper.einvoice_rules:
        return False
    return PROFILES[paper.profile].syntax is None or files.find(document=paper, kind=XML) is not None


@step
def make(
    route: Route, paper: BillingDocument, channel: Channel, *, actor: str = "", at: datetime
) -> EInvoice:
    """Make the e-invoice of a paper that has none: SCHEDULED, or SKIPPED if it cannot go."""
    einvoice = EInvoice(
        id=new_id("einv"),
        platform=paper.platform,
        billing_entity_id=paper.billing_entity_id,
        customer_id=paper.customer_id,
        document_id=paper.pk,
        document_kind=paper.KIND,
        transport=channel.transport,
        created_at=at,
    )
    if obstacle := sending_obstacle(paper, channel):
        skip(einvoice, obstacle.reason_code, obstacle.refusal.detail)
    keep_step(route, paper, einvoice, before=None, actor=actor, at=at)
    return einvoice


def skip(einvoice: EInvoice, reason_code: str, message: str) -> None:
    einvoice.skip()
    einvoice.reason_code, einvoice.message = reason_code, message


@step
def skip_einvoice_of_void(route: Route, paper: BillingDocument, *, actor: str, at: datetime) -> None:
    """Let the e-invoice of a paper that is being voided stay at home. The caller holds the paper."""
    einvoice = einvoice_of(paper.pk, lock=True)
    if einvoice is not None and einvoice.status == EInvoice.Status.SCHEDULED:
        before = shape_of(einvoice)
        skip(einvoice, DOCUMENT_VOID, f"{paper} was voided before it was sent.")
        keep_step(route, paper, einvoice, before=before, actor=actor, at=at)
