"""The pages that ask before a draft is finalised, approved or deleted."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from billing.documents.models import Series
from billing.documents.numbering import peek_number
from billing.documents.values import whole
from billing.einvoice import gate
from billing.errors import BillingError
from billing.platforms.models import Member
from credit_notes.models import CreditNote

from .credit_note_page import find_note
from .einvoice_outlook import EInvoiceOutlook, full_outlook
from .letters import mails_itself
from .note_menu import waits_for_approval
from .outlook import Outlook, outlook_of


@dataclass(frozen=True)
class Finalizing:
    id: str
    label: str
    invoice: str  # the numbers of all it credits
    is_on_several: bool
    invoice_id: str
    customer: str
    email: str
    currency: str
    drafted_total: Decimal
    reason: str
    outlook: Outlook
    number: str  # the one it would get now; somebody quicker may take it
    is_number_wanted: bool
    einvoice: EInvoiceOutlook | None  # None where nothing asked for it, or where it could not be checked
    unchecked: str  # why it could not be checked
    mails_itself: bool  # its e-invoice goes to the customer's e-mail address as soon as it is final
    version: int
    waits_for_approval: bool
    approval_above: Decimal | None

    @property
    def is_ready(self) -> bool:
        """Whether its e-invoice breaks no rule, as far as anybody asked."""
        return not self.unchecked and (self.einvoice is None or self.einvoice.is_ready)

    @property
    def total(self) -> Decimal:
        """What it comes to now."""
        return self.outlook.total

    @property
    def plain_total(self) -> str:
        """The total as the form sends it back, to tell whether this one was looked at."""
        return f"{whole(self.total, self.currency):f}"


def finalizing_of(
    *, member: Member, credit_note_id: str, at: datetime, examine: bool = False
) -> Finalizing | None:
    """Return what finalising a draft would do; None if it is final already.

    `examine` holds it to the rules of its e-invoice as well, which takes a moment.

    :raises NotFound: the platform has no such credit note.
    """
    note = find_note(member, credit_note_id)
    if not note.is_draft:
        return None
    outlook = outlook_of(note, at=at)
    einvoice, unchecked = examined(note, outlook, member) if examine else (None, "")
    return Finalizing(
        id=note.pk,
        label=note.display_number,
        invoice=", ".join(reference.number for reference in note.references.all()),
        is_on_several=len(note.references.all()) > 1,
        invoice_id=note.invoice_id or "",
        customer=note.buyer.name,
        email=note.customer.email,
        currency=note.currency,
        drafted_total=note.total,
        reason=note.reason,
        outlook=outlook,
        number=note.wanted_number
        or peek_number(
            note.billing_entity,
            Series.Kind.CREDIT_NOTE,
            series=note.series,
            on=note.date or note.day(at),
        ),
        is_number_wanted=bool(note.wanted_number),
        einvoice=einvoice,
        unchecked=unchecked,
        mails_itself=outlook.document is not None and mails_itself(note, outlook.document.profile),
        version=note.version,
        waits_for_approval=waits_for_approval(note),
        approval_above=note.platform.approval_above,
    )


def examined(note: CreditNote, outlook: Outlook, member: Member) -> tuple[EInvoiceOutlook | None, str]:
    """Return what the rules say of a draft, or why they could not be asked."""
    document = outlook.document
    if document is None:
        return None, ""
    try:
        report = gate.dry_run(document)
    except BillingError as refusal:
        return None, refusal.detail
    return full_outlook(document, report, paper=note, member=member), ""
