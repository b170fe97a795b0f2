"""The pages that ask before an invoice is credited: all that is left of it, again in a corrected invoice, or
as a write-off."""

from dataclasses import dataclass
from decimal import Decimal

from billing.platforms.models import Member
from billing.platforms.permissions import CREDIT_NOTE_FINALIZE, INVOICE_FINALIZE
from billing_desk.desk.access import may
from credit_notes.reasons import DEFAULT
from credit_notes.selecting import portion_of
from credit_notes.selection import Selection
from credit_notes.services import reasons_of
from credit_notes.services.limits import standing_of
from credit_notes.services.taken import sources_of
from credit_notes.services.write_off import WRITE_OFF
from invoices.models import Invoice

from .invoice_page import find_invoice
from .standing import Split, refusal_of, shared_out

Reasons = list[tuple[str, str]]


@dataclass(frozen=True)
class Crediting:
    invoice_id: str
    number: str
    customer: str
    currency: str
    invoice_total: Decimal
    total: Decimal  # of the note: all that is left
    lines: int  # of which something is left
    all_lines: int
    split: Split
    due: Decimal
    reasons: Reasons
    refusal: str  # why it cannot be done; "" if it can
    draft_id: str  # of the draft that does it already; "" if there is none
    may_finalize_note: bool
    may_finalize_invoice: bool

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the invoice has been credited before."""
        return self.total == self.invoice_total

    @property
    def write_off_reasons(self) -> Reasons:
        """The platform's reasons, and that of every write-off where its own list has none."""
        return list(({WRITE_OFF: DEFAULT[WRITE_OFF]} | dict(self.reasons)).items())


def crediting_of(*, member: Member, invoice_id: str) -> Crediting:
    """Return what crediting all that is left of an invoice would do.

    :raises NotFound: the platform has no such invoice.
    """
    invoice = find_invoice(member, invoice_id)
    standing, refusal = standing_of(invoice), refusal_of(invoice)
    total, lines = (standing.limits.creditable, 0) if refusal else rest_of(invoice)
    return Crediting(
        invoice_id=invoice.pk,
        number=invoice.display_number,
        customer=invoice.buyer.name,
        currency=invoice.currency,
        invoice_total=invoice.total,
        total=total,
        lines=lines,
        all_lines=invoice.lines.count(),
        split=shared_out(total, standing),
        due=invoice.amount_due,
        reasons=reasons_of(member.platform, "CREDIT"),
        refusal=refusal,
        draft_id=full_draft_of(invoice),
        may_finalize_note=may(member, CREDIT_NOTE_FINALIZE),
        may_finalize_invoice=may(member, INVOICE_FINALIZE),
    )


def rest_of(invoice: Invoice) -> tuple[Decimal, int]:
    """Return what a note on all that is left of an invoice comes to, and how many lines it has."""
    source = sources_of([invoice])[0]
    portion = portion_of(source, Selection())
    return portion.totals.total, len(portion.lines)


def full_draft_of(invoice: Invoice) -> str:
    """Return the id of the draft that credits all that is left of an invoice; "" if there is none."""
    notes = (row.credit_note for row in invoice.credit_note_references.all())
    return next((note.pk for note in notes if note.is_draft and note.is_full), "")
