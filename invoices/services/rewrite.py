"""Replace all that a draft says."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from billing.platforms.models import Platform
from billing.transactions import entrance
from invoices.models import Invoice
from invoices.parts import LinesNeeded
from invoices.reopening import FRESH

from .update import OF_FINAL, update_invoice

KEPT = ("customer", "billing_entity", "series", "number")
"""What stays unless another is given."""


@entrance
def rewrite_invoice(
    *,
    platform: Platform,
    invoice_id: str,
    says: Mapping[str, Any],
    version: int | None = None,
    actor: str,
    at: datetime,
) -> Invoice:
    """Let a draft say what `says` has, as fields of an InvoiceWish, and of the rest what a new invoice would.

    Its parties, its number and its series stay unless others are given. Of a final invoice this replaces the
    internal comment and the metadata.

    :raises LinesNeeded: a draft has none then.
    :raises BillingError: as `update_invoice`.
    """
    invoice = Invoice.objects.for_platform(platform).find(invoice_id)
    if invoice.is_draft and "lines" not in says:
        raise LinesNeeded("Give the lines, as they shall be.", field="lines")
    names = set(FRESH.__struct_fields__) - {*KEPT, "lines"} if invoice.is_draft else OF_FINAL
    return update_invoice(
        platform=platform,
        invoice_id=invoice_id,
        changes={name: getattr(FRESH, name) for name in names} | dict(says),
        version=version,
        actor=actor,
        at=at,
    )
