"""The list of invoices."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.aggregates import BoolOr
from django.db.models import Exists, OuterRef, Q, Sum

from billing.money import ZERO
from billing.platforms.models import Member, Platform
from credit_notes.models import Allocation, CreditNoteReference
from invoices.balances import Settlement
from invoices.lists import INVOICES
from invoices.models import Invoice
from invoices.querysets import InvoiceQuerySet

from .badges import Badge, invoice_badges
from .einvoices_waiting import STATE, TAB, is_waited_for, sends_einvoices, with_einvoices
from .paging import Listing, Tab, Wish, page_of, tabs_of

STATES = {
    "all": "All",
    "draft": "Drafts",
    "unpaid": "Unpaid",
    "overdue": "Overdue",
    "paid": "Paid",
    "credited": "Credited",
}
COLUMNS = (
    "id",
    "number",
    "status",
    "on_hold",
    "date",
    "due_date",
    "currency",
    "total",
    "amount_due",
    "amount_paid",
    "amount_withheld",
    "customer__name",
)
LIVE = {"credit_note__status": "FINAL", "credit_note__reversed_by": None}
OWN = CreditNoteReference.objects.filter(credit_note=OuterRef("credit_note"), invoice=OuterRef("invoice"))
"""What makes an allocation the leg of a note that corrects the very invoice."""


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
    rows, newer, older = page_of(invoices_found(member.platform, wish, at=at).values(*COLUMNS), wish)
    shown = with_einvoices(invoice_rows(rows, on=at.date()))
    return Listing(shown, wish, invoice_tabs(member.platform, wish), newer, older)


def invoice_tabs(platform: Platform, wish: Wish) -> list[Tab]:
    """Return the tabs; that of e-invoices only where they leave the house."""
    einvoices = {STATE: TAB} if wish.state == STATE or sends_einvoices(platform) else {}
    return tabs_of(wish, STATES | einvoices)


def invoices_found(platform: Platform, wish: Wish, *, at: datetime) -> InvoiceQuerySet:
    """Return what the list shows, on all its pages.

    :raises Invalid: there is no such filter, or its value is none.
    """
    found = in_state(Invoice.objects.for_platform(platform), wish.state, on=at.date())
    found = found.filter(is_waited_for(platform, at=at)) if wish.state == STATE else found
    found = found.matching(wish.text) if wish.text else found
    return INVOICES.narrowed(found, wish.filters)


def in_state(invoices: InvoiceQuerySet, state: str, *, on: date) -> InvoiceQuerySet:
    """Keep the invoices of one tab of the list."""
    match state:
        case "draft":
            return invoices.filter(status="DRAFT")
        case "unpaid":
            return invoices.final().filter(amount_due__gt=0)
        case "overdue":
            return invoices.overdue(on=on)
        case "paid":
            given = Allocation.objects.filter(~Exists(OWN), invoice=OuterRef("pk"))
            settled = Q(amount_paid__gt=0) | Q(amount_withheld__gt=0) | Exists(given)
            return invoices.final().filter(settled, amount_due__lte=0)
        case "credited":
            return invoices.filter(Exists(CreditNoteReference.objects.filter(invoice=OuterRef("pk"), **LIVE)))
    return invoices


@dataclass(frozen=True)
class Credits:
    """What credit notes did to an invoice."""

    credited: Decimal = ZERO
    is_drafted: bool = False
    given: Decimal = ZERO  # by notes on other invoices


def invoice_rows(rows: list[dict[str, Any]], *, on: date) -> list[InvoiceRow]:
    """Return the rows of a list, with what credit notes did to each."""
    credits = credits_of([row["id"] for row in rows])
    return [invoice_row(row, credits.get(row["id"], Credits()), on=on) for row in rows]


def credits_of(invoice_ids: list[str]) -> dict[str, Credits]:
    """Return what credit notes did to invoices, by the invoices' ids."""
    references = CreditNoteReference.objects.filter(invoice__in=invoice_ids).order_by().values("invoice_id")
    taken = references.annotate(
        credited=Sum("total", filter=Q(**LIVE), default=ZERO),
        is_drafted=BoolOr(Q(credit_note__status="DRAFT")),
    )
    foreign = Allocation.objects.filter(~Exists(OWN), invoice__in=invoice_ids).order_by()
    given = dict(
        foreign.values("invoice_id").annotate(given=Sum("amount")).values_list("invoice_id", "given")
    )
    found = {row.pop("invoice_id"): Credits(**row) for row in taken}
    return {key: replace(found.get(key, Credits()), given=given.get(key, ZERO)) for key in {*found, *given}}


def invoice_row(row: dict[str, Any], credits: Credits, *, on: date) -> InvoiceRow:
    received = row["amount_paid"] + row["amount_withheld"] + credits.given
    return InvoiceRow(
        id=row["id"],
        number=row["number"] or Invoice(id=row["id"]).display_number,
        customer=row["customer__name"],
        date=row["date"],
        due_date=row["due_date"],
        currency=row["currency"],
        total=row["total"],
        due=row["amount_due"] if row["status"] == "FINAL" else ZERO,
        badges=invoice_badges(
            status=row["status"],
            on_hold=row["on_hold"],
            settlement=Settlement(row["total"], row["amount_due"], received, ZERO, credits.credited, ZERO),
            due_date=row["due_date"],
            is_drafted=credits.is_drafted,
            on=on,
        ),
    )
