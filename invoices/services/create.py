"""Make a one-off invoice: a draft, or at once a final one."""

from datetime import datetime

from billing.documents.inclusive import Parts
from billing.events import names
from billing.events.record import record
from billing.ids import new_id
from billing.platforms.models import Platform
from billing.transactions import entrance
from invoices.models import Invoice
from invoices.wish import InvoiceWish

from .draft import create_draft
from .finalize import finalize_locked, prepared
from .plan import plan_for, wished_columns
from .summary import summary_of


@entrance
def create_invoice(
    *,
    platform: Platform,
    wish: InvoiceWish,
    finalize: bool = False,
    notify: bool = False,
    parts: Parts | None = None,
    actor: str,
    at: datetime,
) -> Invoice:
    """Return a new invoice: a DRAFT, or with `finalize` a FINAL one. `parts` are as in `plan_for`.

    :raises BillingError: something about it makes no sense, or with `finalize` it would not be a valid
        e-invoice. Nothing is stored.
    """
    invoice = Invoice(id=new_id("inv"))
    plan = plan_for(wish, platform=platform, number=invoice.display_number, at=at, parts=parts)
    invoice = create_draft(
        invoice_id=invoice.pk,
        billing_entity=plan.entity,
        customer_id=plan.customer.pk,
        document=plan.document,
        groups=plan.groups,
        at=at,
        **wished_columns(wish, plan, invoice=invoice, actor=actor, at=at),
    )
    if finalize:
        document, report = prepared(invoice, notify=notify, at=at)
        finalize_locked(invoice, document, report, notify=notify, actor=actor, at=at)
        return invoice
    data = {"object": summary_of(invoice)}
    record(names.INVOICE_DRAFTED, platform=platform, about=invoice, actor=actor, at=at, data=data)
    return invoice
