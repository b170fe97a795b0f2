"""The list of invoices."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Sum

from billing.money import ZERO
from billing.platforms.models import Member
from credit_notes.models import CreditNote
from invoices.models import Invoice
from invoices.querysets import InvoiceQuerySet

from .badges import Badge, invoice_badges
from .paging import Listing, Wish, page_of, tabs_of

STATES = {
    "all": "All",
    "unpaid": "Unpaid",
    "overdue": "Overdue",
    "paid": "Paid",
    "credited": "Credited",
}
COLUMNS = (
    "id",
    "number",
    "status",
    "date",
    "due_date",
    "currency",
    "total",
    "amount_due",
    "amount_paid",
    "amount_withheld",
    "customer__name",
)


@dataclass(frozen=True)
class InvoiceRow:
    id: str
    number: str
    customer: str
    date: date | None
    due_date: date | None
    currency: str
    total: Decimal
    due: Decimal
    badges: list[Badge]


def invoice_list(*, member: Member, wish: Wish, at: datetime) -> Listing:
    """Return a page of the platform's invoices."""
    found = in_state(Invoice.objects.for_platform(member.platform), wish.state, on=at.date())
    if wish.text:
        found = found.matching(wish.text)
    rows, newer, older = page_of(found.values(*COLUMNS), wish)
    return Listing(invoice_rows(rows, on=at.date()), wish, tabs_of(wish, STATES), newer, older)


def in_state(invoices: InvoiceQuerySet, state: str, *, on: date) -> InvoiceQuerySet:
    """Keep the invoices of one tab of the list."""
    live = CreditNote.objects.live().filter(invoice=OuterRef("pk"))
    match state:
        case "unpaid":
            return invoices.final().filter(amount_due__gt=0)
        case "overdue":
            return invoices.overdue(on=on)
        case "paid":
            return invoices.filter(amount_due__lte=0).filter(Q(amount_paid__gt=0) | Q(amount_withheld__gt=0))
        case "credited":
            return invoices.filter(Exists(live))
    return invoices


def invoice_rows(rows: list[dict[str, Any]], *, on: date) -> list[InvoiceRow]:
    """Return the rows of a list, with what credit notes did to each."""
    credits_by_invoice = {
        row["invoice_id"]: row
        for row in CreditNote.objects.filter(invoice__in=[row["id"] for row in rows])
        .order_by()
        .values("invoice_id")
        .annotate(
            credited=Sum("total", filter=Q(status="FINAL")), drafts=Count("pk", filter=Q(status="DRAFT"))
        )
    }
    return [invoice_row(row, credits_by_invoice.get(row["id"], {}), on=on) for row in rows]


def invoice_row(row: dict[str, Any], credit: dict[str, Any], *, on: date) -> InvoiceRow:
    return InvoiceRow(
        id=row["id"],
        number=row["number"] or Invoice(id=row["id"]).display_number,
        customer=row["customer__name"],
        date=row["date"],
        due_date=row["due_date"],
        currency=row["currency"],
        total=row["total"],
        due=row["amount_due"],
        badges=invoice_badges(
            status=row["status"],
            total=row["total"],
            settled=row["amount_paid"] + row["amount_withheld"],
            due=row["amount_due"],
            due_date=row["due_date"],
            credited=credit.get("credited") or ZERO,
            is_drafted=bool(credit.get("drafts")),
            on=on,
        ),
    )
