"""The list of credit notes."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q

from billing.platforms.models import Member
from credit_notes.models import CreditNote

from .badges import Badge, note_badges
from .paging import Listing, Wish, page_of, tabs_of

STATES = {"all": "All", "draft": "Drafts", "final": "Final", "refund_due": "Refund due"}
KEPT = {"draft": Q(status="DRAFT"), "final": Q(status="FINAL"), "refund_due": Q(settlement="refund_due")}
COLUMNS = (
    "id",
    "number",
    "status",
    "settlement",
    "date",
    "currency",
    "total",
    "amount_available",
    "customer__name",
    "invoice_id",
    "invoice__number",
)


@dataclass(frozen=True)
class CreditNoteRow:
    id: str
    label: str
    customer: str
    invoice_id: str
    invoice: str
    date: date | None
    currency: str
    total: Decimal
    available: Decimal
    badges: list[Badge]


def credit_note_list(*, member: Member, wish: Wish) -> Listing:
    """Return a page of the platform's credit notes."""
    found = CreditNote.objects.for_platform(member.platform).filter(KEPT.get(wish.state, Q()))
    if wish.text:
        found = found.matching(wish.text)
    rows, newer, older = page_of(found.values(*COLUMNS), wish)
    return Listing([credit_note_row(row) for row in rows], wish, tabs_of(wish, STATES), newer, older)


def credit_note_row(row: dict[str, Any]) -> CreditNoteRow:
    return CreditNoteRow(
        id=row["id"],
        label=CreditNote(id=row["id"], number=row["number"]).display_number,
        customer=row["customer__name"],
        invoice_id=row["invoice_id"] or "",
        invoice=row["invoice__number"] or "",
        date=row["date"],
        currency=row["currency"],
        total=row["total"],
        available=row["amount_available"] if row["status"] == "FINAL" else Decimal(0),
        badges=note_badges(status=row["status"], settlement=row["settlement"]),
    )
