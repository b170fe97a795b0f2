"""A credit note's page."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.urls import reverse

from billing.events import names
from billing.events.models import Event
from billing.money import ZERO
from billing.paper.formats import formats_of
from billing.platforms.models import Member
from billing.platforms.permissions import CREDIT_NOTE_UPDATE
from billing_desk.desk.access import may
from credit_notes.models import CreditNote
from credit_notes.snapshot import document_of

from .badges import REFUNDS, Badge, note_badges
from .delivery import Delivery, delivery_of
from .einvoice import EInvoicePanel, einvoice_panel
from .einvoice_outlook import EInvoiceOutlook, quick_outlook
from .menus import Menu, MenuEntry
from .note_menu import deeds_with, waits_for_approval
from .note_money import (
    AllocationRow,
    PortionRow,
    RefundRow,
    TaxReturnRow,
    allocations_of,
    portions_of,
    refunds_of,
    tax_returns_of,
)
from .outlook import Outlook, outlook_of
from .papers import Paper, Sum, paper_of
from .timeline import Entry, timeline_of


@dataclass(frozen=True)
class Notice:
    """A thing to know before all others. `address` leads to what it speaks of, `link` names that."""

    tone: str  # info, warning or error
    icon: str
    text: str
    address: str = ""
    link: str = ""


@dataclass(frozen=True)
class CreditNotePage:
    id: str
    label: str
    version: int
    badges: list[Badge]
    customer: str
    customer_id: str
    type: str
    portions: list[PortionRow]  # one for each invoice; a bonus has none
    date: date | None
    currency: str
    total: Decimal
    allocated: Decimal
    refunded: Decimal
    available: Decimal
    outlook: Outlook | None  # of a draft
    notices: list[Notice]
    reason: str
    note: str
    reason_code: str
    internal_comment: str
    paper: Paper
    allocations: list[AllocationRow]
    refunds: list[RefundRow]
    tax_returns: list[TaxReturnRow]
    delivery: Delivery | None  # of a final note
    einvoice: EInvoicePanel | None  # of a final note that was issued here
    einvoice_outlook: EInvoiceOutlook | None  # of a draft that could be finalised
    timeline: list[Entry]
    is_draft: bool
    is_live: bool
    may_edit: bool  # the draft
    may_comment: bool
    first: MenuEntry | None
    menu: Menu

    @property
    def only_cleared(self) -> bool:
        """Whether all that was given away cleared the debt of invoices that it corrects."""
        return all(row.is_own for row in self.allocations)

    @property
    def is_store(self) -> bool:
        return self.type == "store"


def credit_note_page(*, member: Member, credit_note_id: str, at: datetime) -> CreditNotePage:
    """Return everything about one credit note.

    :raises NotFound: the platform has no such credit note.
    """
    note = find_note(member, credit_note_id)
    zone, document, portions = note.billing_entity.time_zone, document_of(note), portions_of(note)
    outlook = outlook_of(note, at=at) if note.is_draft else None
    deeds, refunds = deeds_with(note, member, at=at), refunds_of(note, member)
    return CreditNotePage(
        id=note.pk,
        label=note.display_number,
        version=note.version,
        badges=badges_of(note, refunds),
        customer=document.buyer.name,
        customer_id=note.customer_id,
        type=note.type,
        portions=portions,
        date=note.date,
        currency=note.currency,
        total=note.total,
        allocated=note.amount_allocated,
        refunded=note.amount_refunded,
        available=note.amount_available,
        outlook=outlook,
        notices=notices_of(note, outlook, zone),
        reason=note.reason,
        note=note.note,
        reason_code=note.reason_code,
        internal_comment=note.internal_comment,
        paper=paper_of(document, after_total=[] if note.is_draft else settlement_of(note)),
        allocations=allocations_of(note, {row.invoice_id for row in portions}, member),
        refunds=refunds,
        tax_returns=tax_returns_of(note, member),
        delivery=None if note.is_draft else delivery_of(note, at=at),
        einvoice=einvoice_panel(note, member, at=at),
        einvoice_outlook=quick_outlook(outlook.document, paper=note, member=member)
        if outlook and outlook.document
        else None,
        timeline=timeline_of(
            platform=member.platform, about=[note.pk], currency=note.currency, time_zone=zone
        ),
        is_draft=note.is_draft,
        is_live=note.is_live,
        may_edit=note.is_draft and may(member, CREDIT_NOTE_UPDATE),
        may_comment=may(member, CREDIT_NOTE_UPDATE),
        first=deeds.first,
        menu=deeds.menu,
    )


def find_note(member: Member, credit_note_id: str) -> CreditNote:
    """Return one of the platform's credit notes.

    :raises NotFound: there is none.
    """
    notes = CreditNote.objects.for_platform(member.platform).with_snapshot().prefetch_related("references")
    return notes.select_related("platform", "billing_entity", "customer", "reversed_by").find(credit_note_id)


def badges_of(note: CreditNote, refunds: list[RefundRow]) -> list[Badge]:
    return note_badges(
        status=note.status,
        settlement=note.settlement,
        type=note.type,
        is_refunded=note.amount_refunded > ZERO,
        is_refunding=any(row.badge == REFUNDS["PENDING"] for row in refunds),
        on_hold=note.on_hold,
        waits=waits_for_approval(note),
        is_reversed=note.reversed_by_id is not None,
    )


def notices_of(note: CreditNote, outlook: Outlook | None, zone: str) -> list[Notice]:
    """Return what stands in a note's way, or what became of it."""
    if outlook is None:
        return notices_of_undone(note, zone)
    found = []
    if outlook.refusal:
        text = f"It could not be finalised now: {outlook.refusal}"
        found.append(Notice("warning", "triangle-alert", text))
    if waits_for_approval(note):
        limit = formats_of("en", note.currency).money(note.platform.approval_above)
        text = f"Above {limit} somebody else than who wrote it must approve it before it is finalised."
        found.append(Notice("warning", "user-check", text))
    if note.approved_at:
        found.append(
            Notice(
                "success",
                "user-check",
                f"{note.approved_by_name} approved it on {written(note.approved_at, zone)}.",
            )
        )
    if note.on_hold:
        found.append(Notice("warning", "pause", f"It is on hold. {why_held(note)}".strip()))
    return found


def notices_of_undone(note: CreditNote, zone: str) -> list[Notice]:
    if note.status == CreditNote.Status.VOID and note.voided_at:
        when = written(note.voided_at, zone)
        return [Notice("error", "ban", f"Void since {when}: {note.void_reason}")]
    if note.reversed_by is not None:
        return [
            Notice(
                "error",
                "undo-2",
                f"Reversed on {written(note.reversed_at, zone)}; it no longer counts. See invoice",
                reverse("desk:invoice", args=[note.reversed_by_id]),
                note.reversed_by.display_number,
            )
        ]
    return []


def why_held(note: CreditNote) -> str:
    """Return why a draft was held, where it was not a person who did it."""
    held = Event.objects.for_platform(note.platform).filter(object_id=note.pk, type=names.CREDIT_NOTE_HELD)
    event = held.order_by("-id").first()
    detail: str = event.data.get("refusal", {}).get("detail", "") if event else ""
    return f"It could not be finalised automatically: {detail}" if detail else ""


def settlement_of(note: CreditNote) -> list[Sum]:
    """Return what follows the total: where the credit went, and what is left of it."""
    used = [Sum("Used to clear debt", -note.amount_allocated), Sum("Refunded", -note.amount_refunded)]
    is_store = note.type == CreditNote.Type.STORE
    words = "Available for other invoices" if is_store else "Available to the customer"
    left = Sum(words, note.amount_available, is_total=True)
    counts = note.total > ZERO and note.is_final
    return [*(row for row in used if row.amount), left] if counts else []


def written(value: datetime, zone: str) -> str:
    """Write a moment for a sentence: 3 November 2026, 14:05."""
    local = value.astimezone(ZoneInfo(zone))
    return f"{formats_of('en', 'EUR').day(local.date())}, {local:%H:%M}"
