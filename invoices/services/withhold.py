"""Tax that a customer withheld and paid to the state in the seller's name."""

from datetime import date, datetime
from decimal import Decimal

from billing.documents.values import whole
from billing.errors import BillingError
from billing.events import names
from billing.events.record import record
from billing.money import ZERO, is_whole
from billing.platforms.models import Platform
from billing.transactions import entrance
from invoices.models import Invoice, TaxWithheld

from .dates import require_past_day
from .pay import room_of
from .summary import change_of, summary_of


class WithholdingNotPossible(BillingError):
    code = "withholding_not_possible"
    title = "That much tax cannot have been withheld"


@entrance
def record_tax_withheld(
    *,
    platform: Platform,
    invoice_id: str,
    amount: Decimal,
    date: date,
    reference: str = "",
    actor: str,
    at: datetime,
) -> TaxWithheld:
    """Record tax that was withheld from what a FINAL invoice owes; it settles that much of it.

    :raises WithholdingNotPossible: the invoice is a draft, or owes less, counting payments on their way.
    :raises DateInFuture, DateTooLongAgo: the day cannot be.
    """
    invoice = Invoice.objects.for_platform(platform).select_related("platform", "billing_entity").locked()
    invoice = invoice.find(invoice_id)
    require_withholdable(invoice, amount)
    require_past_day(date, today=invoice.day(at))
    before = summary_of(invoice)
    row = TaxWithheld.objects.create(
        platform=invoice.platform,
        invoice=invoice,
        amount=amount,
        date=date,
        reference=reference,
        created_at=at,
    )
    invoice.amount_withheld += amount
    invoice.updated_at = at
    invoice.save()
    data = change_of(invoice, before)
    data["tax_withheld"] = {"id": row.pk, "amount": f"{whole(amount, invoice.currency):f}"}
    record(names.INVOICE_TAX_WITHHELD, platform=platform, about=invoice, actor=actor, at=at, data=data)
    return row


def require_withholdable(invoice: Invoice, amount: Decimal) -> None:
    """Refuse an amount that the invoice does not owe. The caller holds it."""
    if not invoice.is_final:
        raise WithholdingNotPossible(f"{invoice} is a draft.")
    room = room_of(invoice)
    if amount.is_finite() and ZERO < amount <= room and is_whole(amount, invoice.currency):
        return
    limit = whole(max(room, ZERO), invoice.currency)
    raise WithholdingNotPossible(
        f"{invoice} owes {limit} {invoice.currency} beside what is on its way; {amount} does not fit.",
        field="amount",
        limit=str(limit),
        requested=str(amount),
    )
