"""Give up what an invoice still owes."""

from datetime import datetime

from billing.errors import BillingError
from billing.money import ZERO
from billing.platforms.models import Platform
from billing.transactions import entrance
from credit_notes.models import CreditNote
from credit_notes.selection import Selection
from invoices.models import Invoice

from .credit import credit_invoice
from .limits import facts_of, money_of, require_claim, standing_of
from .owed import NothingDue
from .reason_codes import WRITE_OFF


class PaymentInProgress(BillingError):
    code = "payment_in_progress"
    title = "A payment is on its way"


@entrance
def write_off_invoice(
    *,
    platform: Platform,
    invoice_id: str,
    note: str = "",
    reason_code: str = WRITE_OFF,
    finalize: bool = True,
    notify: bool = False,
    actor: str,
    at: datetime,
) -> CreditNote:
    """Return an adjustment over all that is due.

    :raises NothingDue: it owes nothing.
    :raises PaymentInProgress: what is due may still be paid.
    """
    invoice = Invoice.objects.for_platform(platform).locked().with_settlement().find(invoice_id)
    require_claim(invoice)
    standing = standing_of(invoice)
    money = money_of(invoice)
    if standing.settlement.amount_due <= ZERO:
        raise NothingDue(f"{invoice} owes nothing.", **facts_of(invoice, standing))
    if standing.settlement.in_progress:
        raise PaymentInProgress(
            f"Payments of {money(standing.settlement.in_progress)} on {invoice} are in progress: wait until "
            "they have come or failed.",
            **facts_of(invoice, standing),
        )
    return credit_invoice(
        platform=platform,
        invoice_id=invoice_id,
        selection=Selection(amount=standing.settlement.amount_due),
        type=CreditNote.Type.ADJUSTMENT,
        reason_code=reason_code,
        note=note,
        finalize=finalize,
        notify=notify,
        actor=actor,
        at=at,
    )
