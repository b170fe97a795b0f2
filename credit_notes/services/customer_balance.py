"""What a customer owes, what credit they have, and what moved: read only, and held by no lock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from heapq import nlargest
from typing import Any

from django.db.models import Count, F, Sum

from billing.money import ZERO
from billing.platforms.models import BillingEntity, Customer, Platform
from credit_notes.models import Allocation, CreditNote, Refund, TaxWithheldRefund
from invoices.models import Invoice, Overpayment, Payment, TaxWithheld

MOST_ROWS = 100

Key = tuple[str, str]
"""A billing entity's id and a currency: sums are never made across either."""


@dataclass(frozen=True)
class Account:
    """Where a customer stands with one billing entity in one currency.

    The sums and counts are of everything; the lists may be cut, see `balance_of`.
    """

    billing_entity: BillingEntity
    currency: str
    amount_due: Decimal
    amount_available: Decimal  # of credit notes
    amount_overpaid: Decimal  # and not used yet
    open_invoice_count: int
    credit_note_count: int
    overpayment_count: int
    open_invoices: list[Invoice]
    credit_notes: list[CreditNote]
    overpayments: list[Overpayment]

    @property
    def balance(self) -> Decimal:
        """What the customer owes in the end; less than zero when it is they who have money to get."""
        return self.amount_due - self.amount_available - self.amount_overpaid


@dataclass(frozen=True)
class Movement:
    """Money that moved. Its amount is negative when it undoes an earlier movement."""

    kind: str  # payment, overpayment, tax_withheld, allocation, refund or tax_withheld_refund
    id: str
    at: datetime
    date: date | None
    amount: Decimal
    currency: str
    status: str  # of a payment or refund
    invoice: Invoice | None
    credit_note: CreditNote | None


@dataclass(frozen=True)
class CustomerBalance:
    customer: Customer
    accounts: list[Account]
    movements: list[Movement]  # newest first


def balance_of(*, platform: Platform, customer_id: str, most: int = MOST_ROWS) -> CustomerBalance:
    """Return where a customer stands, by billing entity and currency, and their latest `most` movements.

    Of open invoices `most` are listed, those due first at the top; of credit and overpayments as many, in the
    order in which they are used.

    :raises NotFound: there is no such customer.
    """
    customer = Customer.objects.for_platform(platform).find(customer_id)
    invoices = Invoice.objects.for_platform(platform).final().filter(customer=customer, amount_due__gt=ZERO)
    notes = (
        CreditNote.objects.for_platform(platform).live().filter(customer=customer, amount_available__gt=ZERO)
    )
    kept = Overpayment.objects.for_platform(platform).filter(customer=customer, amount_available__gt=ZERO)
    sums = {
        "due": sums_of(invoices, "amount_due"),
        "available": sums_of(notes, "amount_available"),
        "overpaid": sums_of(kept, "amount_available"),
    }
    by_due_date = invoices.order_by(F("due_date").asc(nulls_last=True), "date", "pk")
    by_turn = notes.order_by("-type", "date", "series_number", "number", "pk")  # store, then refundable
    lists = {
        "due": by_key(by_due_date[:most]),
        "available": by_key(by_turn[:most]),
        "overpaid": by_key(kept.order_by("pk")[:most]),
    }
    keys = {key for found in sums.values() for key in found}
    entities = BillingEntity.objects.for_platform(platform).in_bulk([entity_id for entity_id, _ in keys])
    accounts = [account_of(key, entities[key[0]], sums, lists) for key in keys]
    return CustomerBalance(
        customer=customer,
        accounts=sorted(
            accounts, key=lambda row: (row.billing_entity.name, row.billing_entity.pk, row.currency)
        ),
        movements=movements_of(customer, platform, most),
    )


def sums_of(rows: Any, column: str) -> dict[Key, tuple[Decimal, int]]:
    grouped = rows.order_by().values_list("billing_entity_id", "currency")
    return {
        (entity_id, currency): (amount, count)
        for entity_id, currency, amount, count in grouped.annotate(Sum(column), Count("pk"))
    }


def by_key(rows: Iterable[Any]) -> dict[Key, list[Any]]:
    found: dict[Key, list[Any]] = {}
    for row in rows:
        found.setdefault((row.billing_entity_id, row.currency), []).append(row)
    return found


def account_of(
    key: Key,
    billing_entity: BillingEntity,
    sums: dict[str, dict[Key, tuple[Decimal, int]]],
    lists: dict[str, dict[Key, list[Any]]],
) -> Account:
    (due, invoices), (available, notes), (overpaid, overpayments) = (
        sums[name].get(key, (ZERO, 0)) for name in ("due", "available", "overpaid")
    )
    return Account(
        billing_entity=billing_entity,
        currency=key[1],
        amount_due=due,
        amount_available=available,
        amount_overpaid=overpaid,
        open_invoice_count=invoices,
        credit_note_count=notes,
        overpayment_count=overpayments,
        open_invoices=lists["due"].get(key, []),
        credit_notes=lists["available"].get(key, []),
        overpayments=lists["overpaid"].get(key, []),
    )


def movements_of(customer: Customer, platform: Platform, most: int) -> list[Movement]:
    """Return the customer's latest movements, newest first."""

    def latest(model: Any, by: str, *, at: str = "created_at", along: tuple[str, ...]) -> Any:
        rows = model.objects.for_platform(platform).filter(**{by: customer})
        return rows.select_related(*along).order_by(f"-{at}", "-pk")[:most]

    note, invoice = ("credit_note",), ("invoice",)
    found = [
        *(payment(row) for row in latest(Payment, "invoice__customer", along=invoice)),
        *(overpayment(row) for row in latest(Overpayment, "customer", along=("payment__invoice",))),
        *(tax_withheld(row) for row in latest(TaxWithheld, "invoice__customer", along=invoice)),
        *(
            allocation(row)
            for row in latest(Allocation, "invoice__customer", at="allocated_at", along=note + invoice)
        ),
        *(refund(row) for row in latest(Refund, "credit_note__customer", along=note)),
        *(
            tax_withheld_refund(row)
            for row in latest(
                TaxWithheldRefund, "credit_note__customer", along=(*note, "tax_withheld__invoice")
            )
        ),
    ]
    return nlargest(most, found, key=lambda row: (row.at, row.id.rpartition("_")[2]))


def movement(kind: str, row: Any, *, at: datetime, **fields: Any) -> Movement:
    defaults = {"date": None, "status": "", "invoice": None, "credit_note": None}
    return Movement(
        kind=kind, id=row.pk, at=at, amount=row.amount, currency=row.currency, **defaults | fields
    )


def payment(row: Payment) -> Movement:
    return movement("payment", row, at=row.created_at, date=row.date, status=row.status, invoice=row.invoice)


def overpayment(row: Overpayment) -> Movement:
    paid = row.payment
    return movement("overpayment", row, at=row.created_at, date=paid.date, invoice=paid.invoice)


def tax_withheld(row: TaxWithheld) -> Movement:
    return movement("tax_withheld", row, at=row.created_at, date=row.date, invoice=row.invoice)


def allocation(row: Allocation) -> Movement:
    return movement("allocation", row, at=row.allocated_at, invoice=row.invoice, credit_note=row.credit_note)


def refund(row: Refund) -> Movement:
    return movement(
        "refund", row, at=row.created_at, date=row.date, status=row.status, credit_note=row.credit_note
    )


def tax_withheld_refund(row: TaxWithheldRefund) -> Movement:
    return movement(
        "tax_withheld_refund",
        row,
        at=row.created_at,
        date=row.date,
        invoice=row.tax_withheld.invoice,
        credit_note=row.credit_note,
    )
