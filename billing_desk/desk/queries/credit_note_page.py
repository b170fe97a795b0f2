"""A credit note's page."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from billing.money import ZERO
from billing.platforms.models import Member
from billing.platforms.permissions import CREDIT_NOTE_FINALIZE, CREDIT_NOTE_UPDATE
from billing_desk.desk.access import may
from credit_notes.models import CreditNote
from credit_notes.services.limits import standing_of
from credit_notes.snapshot import document_of
from invoices.models import Invoice

from .badges import Badge, note_badges
from .delivery import Delivery, delivery_of
from .papers import Paper, Sum, paper_of
from .standing import Split, split_of
from .timeline import Entry, timeline_of


@dataclass(frozen=True)
class AllocationRow:
    invoice_id: str
    invoice: str
    amount: Decimal
    at: datetime


@dataclass(frozen=True)
class CreditNotePage:
    id: str
    label: str
    badges: list[Badge]
    customer: str
    invoice_id: str
    invoice: str
    date: date | None
    currency: str
    total: Decimal
    allocated: Decimal
    refunded: Decimal
    available: Decimal
    split: Split | None  # of a draft: what finalising it would do
    reason: str
    note: str
    reason_code: str
    paper: Paper
    allocations: list[AllocationRow]
    delivery: Delivery | None  # of a final note
    timeline: list[Entry]
    is_draft: bool
    may_edit: bool
    may_finalize: bool


def credit_note_page(*, member: Member, credit_note_id: str, at: datetime) -> CreditNotePage:
    """Return everything about one credit note.

    :raises NotFound: the platform has no such credit note.
    """
    note = find_note(member, credit_note_id)
    zone, document = note.billing_entity.time_zone, document_of(note)
    return CreditNotePage(
        id=note.pk,
        label=note.display_number,
        badges=note_badges(status=note.status, settlement=note.settlement),
        customer=document.buyer.name,
        invoice_id=note.invoice_id or "",
        invoice=document.references[0].number if document.references else "",
        date=note.date,
        currency=note.currency,
        total=note.total,
        allocated=note.amount_allocated,
        refunded=note.amount_refunded,
        available=note.amount_available,
        split=split_of_draft(note),
        reason=note.reason,
        note=note.note,
        reason_code=note.reason_code,
        paper=paper_of(document, after_total=[] if note.is_draft else settlement_of(note)),
        allocations=allocations_of(note, zone),
        delivery=None if note.is_draft else delivery_of(note, at=at),
        timeline=timeline_of(
            platform=member.platform, about=[note.pk], currency=note.currency, time_zone=zone
        ),
        is_draft=note.is_draft,
        may_edit=note.is_draft and may(member, CREDIT_NOTE_UPDATE),
        may_finalize=note.is_draft and may(member, CREDIT_NOTE_FINALIZE),
    )


def find_note(member: Member, credit_note_id: str) -> CreditNote:
    """Return one of the platform's credit notes.

    :raises NotFound: there is none.
    """
    notes = CreditNote.objects.for_platform(member.platform).with_snapshot()
    return notes.select_related("billing_entity", "customer").find(credit_note_id)


def split_of_draft(note: CreditNote) -> Split | None:
    """Return what finalising a draft would do; None for a final note, and for one without an invoice."""
    if not note.is_draft or not note.invoice_id:
        return None
    invoice = Invoice.objects.with_settlement().get(pk=note.invoice_id)
    return split_of(invoice, standing_of(invoice))


def settlement_of(note: CreditNote) -> list[Sum]:
    """Return what follows the total: where the credit went, and what is left of it."""
    used = [Sum("Used to clear debt", -note.amount_allocated), Sum("Refunded", -note.amount_refunded)]
    left = Sum("Available to the customer", note.amount_available, is_total=True)
    return [*(row for row in used if row.amount), left] if note.total > ZERO else []


def allocations_of(note: CreditNote, time_zone: str) -> list[AllocationRow]:
    zone = ZoneInfo(time_zone)
    rows = note.allocations.values("invoice_id", "invoice__number", "amount", "allocated_at")
    return [
        AllocationRow(
            invoice_id=row["invoice_id"],
            invoice=row["invoice__number"],
            amount=row["amount"],
            at=row["allocated_at"].astimezone(zone),
        )
        for row in rows
    ]
