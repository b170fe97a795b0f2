"""The list of customers."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet, Sum

from billing.money import ZERO
from billing.platforms.models import Customer, Member
from credit_notes.models import CreditNote
from invoices.models import Invoice

from .paging import Listing, Wish, page_of

COLUMNS = ("id", "name", "city", "country", "vat_number")


Amounts = list[tuple[Decimal, str]]
"""An amount in each of several currencies."""


@dataclass(frozen=True)
class CustomerRow:
    id: str
    name: str
    place: str
    vat_number: str
    due: Amounts
    available: Amounts


def customer_list(*, member: Member, wish: Wish) -> Listing:
    """Return a page of the platform's customers, the newest first, with what they owe and have."""
    found = Customer.objects.for_platform(member.platform)
    if wish.text:
        found = found.filter(name__icontains=wish.text) | found.filter(vat_number__icontains=wish.text)
    rows, newer, older = page_of(found.values(*COLUMNS), wish)
    ids = [row["id"] for row in rows]
    due = sums_of(Invoice.objects.final().filter(customer__in=ids), "amount_due")
    available = sums_of(CreditNote.objects.live().filter(customer__in=ids), "amount_available")
    listed = [
        CustomerRow(
            id=row["id"],
            name=row["name"],
            place=", ".join(part for part in (row["city"], row["country"]) if part),
            vat_number=row["vat_number"],
            due=due.get(row["id"], []),
            available=available.get(row["id"], []),
        )
        for row in rows
    ]
    return Listing(listed, wish, [], newer, older)


def sums_of(rows: QuerySet, column: str) -> dict[str, Amounts]:
    """Return the sums of a column by customer and currency, without those that are zero."""
    grouped = rows.filter(**{f"{column}__gt": ZERO}).order_by("currency").values("customer_id", "currency")
    found: dict[str, Amounts] = {}
    for row in grouped.annotate(amount=Sum(column)):
        found.setdefault(row["customer_id"], []).append((row["amount"], row["currency"]))
    return found
