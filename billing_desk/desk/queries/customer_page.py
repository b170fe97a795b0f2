"""A customer's page: what they owe, what credit they have, and what moved."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.urls import reverse

from billing import clock
from billing.documents.values import party_of
from billing.money import ZERO
from billing.paper.formats import formats_of
from billing.paper.parties import Block, party_block
from billing.platforms.models import Member
from billing.platforms.permissions import CREDIT_NOTE_ALLOCATE, CREDIT_NOTE_CREATE, INVOICE_CREATE
from billing_desk.desk.access import may
from credit_notes.models import CreditNote
from credit_notes.services import balance_of
from credit_notes.services.customer_balance import Account, Movement
from invoices.models import Invoice, Overpayment

from .badges import Badge, note_badges

MOST_ROWS = 25


@dataclass(frozen=True)
class OpenInvoiceRow:
    id: str
    number: str
    due_date: date | None
    is_overdue: bool
    total: Decimal
    due: Decimal


@dataclass(frozen=True)
class CreditRow:
    id: str
    number: str
    date: date | None
    badges: list[Badge]
    available: Decimal
    use: str  # the address; "" where this person may not, or there is nothing to use it on


@dataclass(frozen=True)
class OverpaymentRow:
    invoice_id: str
    invoice: str
    date: date
    amount: Decimal
    available: Decimal


@dataclass(frozen=True)
class AccountCard:
    """Where the customer stands with one billing entity in one currency."""

    seller: str
    currency: str
    due: Decimal
    available: Decimal
    overpaid: Decimal
    balance: Decimal
    invoices: list[OpenInvoiceRow]
    more_invoices: int
    credits: list[CreditRow]
    more_credits: int
    overpayments: list[OverpaymentRow]

    @property
    def has_to_get(self) -> bool:
        """Whether it is the customer who has money to get."""
        return self.balance < ZERO


@dataclass(frozen=True)
class MovementRow:
    words: str
    date: date
    amount: Decimal
    currency: str
    invoice_id: str
    invoice: str
    credit_note_id: str
    credit_note: str


@dataclass(frozen=True)
class CustomerPage:
    id: str
    name: str
    place: str
    accounts: list[AccountCard]
    movements: list[MovementRow]
    party: Block
    email: str
    applies_credits: bool
    platform_applies_credits: bool
    may_credit: bool
    may_invoice: bool
    shows_seller: bool


def customer_page(*, member: Member, customer_id: str, at: datetime) -> CustomerPage:
    """Return where a customer stands.

    :raises NotFound: the platform has no such customer.
    """
    found = balance_of(platform=member.platform, customer_id=customer_id, most=MOST_ROWS)
    customer = found.customer
    accounts = [account_card(account, member, at=at) for account in found.accounts]
    return CustomerPage(
        id=customer.pk,
        name=customer.name,
        place=", ".join(part for part in (customer.city, customer.country) if part),
        accounts=accounts,
        movements=[movement_row(row) for row in found.movements],
        party=party_block(party_of(customer), formats_of("en", "EUR")),
        email=customer.email,
        applies_credits=customer.applies_credits,
        platform_applies_credits=member.platform.applies_credits,
        may_credit=may(member, CREDIT_NOTE_CREATE),
        may_invoice=may(member, INVOICE_CREATE),
        shows_seller=len({account.seller for account in accounts}) > 1,
    )


def account_card(account: Account, member: Member, *, at: datetime) -> AccountCard:
    today = clock.day(at, account.billing_entity.time_zone)
    can_use = may(member, CREDIT_NOTE_ALLOCATE) and account.open_invoice_count > 0
    return AccountCard(
        seller=account.billing_entity.name,
        currency=account.currency,
        due=account.amount_due,
        available=account.amount_available,
        overpaid=account.amount_overpaid,
        balance=account.balance,
        invoices=[open_invoice_row(row, today) for row in account.open_invoices],
        more_invoices=account.open_invoice_count - len(account.open_invoices),
        credits=[credit_row(row, can_use=can_use) for row in account.credit_notes],
        more_credits=account.credit_note_count - len(account.credit_notes),
        overpayments=[overpayment_row(row) for row in account.overpayments],
    )


def open_invoice_row(row: Invoice, today: date) -> OpenInvoiceRow:
    return OpenInvoiceRow(
        id=row.pk,
        number=row.display_number,
        due_date=row.due_date,
        is_overdue=row.due_date is not None and row.due_date < today,
        total=row.total,
        due=row.amount_due,
    )


def credit_row(note: CreditNote, *, can_use: bool) -> CreditRow:
    badges = note_badges(status=note.status, settlement=note.settlement, type=note.type)
    return CreditRow(
        id=note.pk,
        number=note.display_number,
        date=note.date,
        badges=badges[1:],
        available=note.amount_available,
        use=reverse("desk:use_credit", args=[note.pk]) if can_use else "",
    )


def overpayment_row(row: Overpayment) -> OverpaymentRow:
    invoice = row.payment.invoice
    return OverpaymentRow(
        invoice.pk, invoice.display_number, row.payment.date, row.amount, row.amount_available
    )


def movement_row(row: Movement) -> MovementRow:
    words = MOVED[row.kind]
    return MovementRow(
        words=words[row.status or ("undone" if row.amount < ZERO else "done")],
        date=row.date or row.at.date(),
        amount=row.amount,
        currency=row.currency,
        invoice_id=row.invoice.pk if row.invoice else "",
        invoice=row.invoice.display_number if row.invoice else "",
        credit_note_id=row.credit_note.pk if row.credit_note else "",
        credit_note=row.credit_note.display_number if row.credit_note else "",
    )


MOVED: dict[str, dict[str, str]] = {
    "payment": {
        "IN_PROGRESS": "Payment on its way",
        "SUCCEEDED": "Payment",
        "FAILED": "Payment that failed",
    },
    "overpayment": {"done": "Paid too much"},
    "tax_withheld": {"done": "Tax withheld"},
    "allocation": {"done": "Credit given", "undone": "Credit taken back"},
    "refund": {
        "PENDING": "Refund on its way",
        "SUCCEEDED": "Refund",
        "FAILED": "Refund that failed",
    },
    "tax_withheld_refund": {"done": "Withheld tax returned", "undone": "Return of withheld tax removed"},
}
"""Movements in words, by their kind and what became of them."""
