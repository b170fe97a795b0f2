"""The page that asks before an entire invoice is credited."""

from dataclasses import dataclass
from decimal import Decimal

from billing.platforms.models import Member
from credit_notes.services.limits import standing_of
from invoices.models import Invoice

from .standing import Split, refusal_of, split_of


@dataclass(frozen=True)
class Crediting:
    invoice_id: str
    number: str
    customer: str
    currency: str
    total: Decimal
    lines: int
    split: Split
    refusal: str  # why it cannot be done; "" if it can
    draft_id: str  # of the draft that does it already; "" if there is none


def crediting_of(*, member: Member, invoice_id: str) -> Crediting:
    """Return what crediting all of an invoice would do.

    :raises NotFound: the platform has no such invoice.
    """
    invoice = Invoice.objects.for_platform(member.platform).with_settlement().find(invoice_id)
    return Crediting(
        invoice_id=invoice.pk,
        number=invoice.display_number,
        customer=invoice.buyer.name,
        currency=invoice.currency,
        total=invoice.total,
        lines=invoice.lines.count(),
        split=split_of(invoice, standing_of(invoice)),
        refusal=refusal_of(invoice),
        draft_id=next((note.pk for note in invoice.credit_notes.all() if note.is_draft and note.is_full), ""),
    )
