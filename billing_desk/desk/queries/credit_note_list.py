"""The list of credit notes."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from billing.money import ZERO
from billing.platforms.models import Member, Platform
from credit_notes.lists import CREDIT_NOTES
from credit_notes.models import CreditNote, CreditNoteReference, Refund
from credit_notes.querysets import CreditNoteQuerySet

from .badges import Badge, note_badges
from .einvoices_waiting import STATE, TAB, is_waited_for, sends_einvoices, with_einvoices
from .paging import Listing, Tab, Wish, page_of, tabs_of

STATES = {
    "all": "All",
    "draft": "Drafts",
    "approval": "Waits for approval",
    "on_hold": "On hold",
    "final": "Final",
    "refund_due": "Refund due",
    "void": "Void",
}
MOST_NAMED = 1
COLUMNS = (
    "id",
    "number",
    "status",
    "settlement",
    "date",
    "currency",
    "total",
    "type",
    "on_hold",
    "approved_at",
    "amount_available",
    "amount_refunded",
    "reversed_by",
    "customer__name",
    "invoice_id",
    "invoice__number",
)


@dataclass(frozen=True)
class CreditNoteRow:
    id: str
    label: str
    customer: str
    invoice_id: str  # "" where there is not exactly one
    invoice: str
    date: date | None
    currency: str
    total: Decimal
    available: Decimal
    badges: list[Badge]


def credit_note_list(*, member: Member, wish: Wish, at: datetime) -> Listing:
    """Return a page of the platform's credit notes."""
    platform = member.platform
    rows, newer, older = page_of(columns_of(notes_found(platform, wish, at=at)), wish)
    shown = with_einvoices(credit_note_rows(rows, platform))
    return Listing(shown, wish, note_tabs(platform, wish), newer, older)


def note_tabs(platform: Platform, wish: Wish) -> list[Tab]:
    """Return the tabs; those of approval and of e-invoices only where there is such a thing."""
    asks = platform.approval_above is not None
    einvoices = {STATE: TAB} if wish.state == STATE or sends_einvoices(platform) else {}
    states = {state: words for state, words in STATES.items() if asks or state != "approval"}
    return tabs_of(wish, states | einvoices)


def notes_found(platform: Platform, wish: Wish, *, at: datetime) -> CreditNoteQuerySet:
    """Return what the list shows, on all its pages.

    :raises Invalid: there is no such filter, or its value is none.
    """
    found = CreditNote.objects.for_platform(platform).filter(kept_in(wish.state, platform))
    found = found.filter(is_waited_for(platform, at=at)) if wish.state == STATE else found
    if wish.text:
        named = CreditNoteReference.objects.filter(credit_note=OuterRef("pk"), number__icontains=wish.text)
        found = found.matching(wish.text) | found.filter(Exists(named))
    return CREDIT_NOTES.narrowed(found, wish.filters)


def columns_of(found: CreditNoteQuerySet) -> QuerySet:
    """Return what a row of a list shows, as dicts."""
    pending = Refund.objects.filter(credit_note=OuterRef("pk"), status=Refund.Status.PENDING)
    return found.annotate(is_refunding=Exists(pending)).values(*COLUMNS, "is_refunding")


def kept_in(state: str, platform: Platform) -> Q:
    """Return which notes a tab of the list shows."""
    kept = {
        "draft": Q(status="DRAFT"),
        "approval": waiting_for_approval(platform),
        "on_hold": Q(status="DRAFT", on_hold=True),
        "final": Q(status="FINAL"),
        "refund_due": Q(settlement="refund_due", reversed_by=None) & ~Q(type="store"),
        "void": Q(status="VOID"),
    }
    return kept.get(state, Q())


def waiting_for_approval(platform: Platform) -> Q:
    """Return which notes somebody must approve before they can be finalised."""
    if platform.approval_above is None:
        return Q(pk=None)
    return Q(status="DRAFT", approved_at=None, total__gt=platform.approval_above)


def credit_note_rows(rows: list[dict[str, Any]], platform: Platform) -> list[CreditNoteRow]:
    """Return rows of a list. For those that are not on exactly one invoice it is found out on which."""
    others = [row["id"] for row in rows if row["invoice_id"] is None]
    references = CreditNoteReference.objects.filter(credit_note__in=others).order_by("id") if others else []
    numbers: dict[str, list[str]] = {}
    for reference in references:
        numbers.setdefault(reference.credit_note_id, []).append(reference.number)
    return [credit_note_row(row, platform, numbers.get(row["id"], [])) for row in rows]


def credit_note_row(row: dict[str, Any], platform: Platform, numbers: list[str]) -> CreditNoteRow:
    limit = platform.approval_above
    waits = row["status"] == "DRAFT" and not row["approved_at"] and limit is not None and row["total"] > limit
    return CreditNoteRow(
        id=row["id"],
        label=CreditNote(id=row["id"], number=row["number"]).display_number,
        customer=row["customer__name"],
        invoice_id=row["invoice_id"] or "",
        invoice=row["invoice__number"] or several(numbers),
        date=row["date"],
        currency=row["currency"],
        total=row["total"],
        available=row["amount_available"] if row["status"] == "FINAL" else Decimal(0),
        badges=note_badges(
            status=row["status"],
            settlement=row["settlement"],
            type=row["type"],
            is_refunded=row["amount_refunded"] > ZERO,
            is_refunding=row["is_refunding"],
            on_hold=row["on_hold"],
            waits=waits,
            is_reversed=row["reversed_by"] is not None,
        ),
    )


def several(numbers: list[str]) -> str:
    """Say on which invoices a note is: their numbers, or how many there are; a bonus is on none."""
    return ", ".join(numbers) if len(numbers) <= MOST_NAMED else f"{len(numbers)} invoices"
