"""What the demo's clerk has done with its invoices: every way in which a credit note can go on."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from billing.platforms.models import Customer, Platform
from credit_notes.models import CreditNote
from credit_notes.selection import FreeLine, Pick, Selection
from credit_notes.services import (
    allocate,
    credit,
    credit_invoice,
    hold_credit_note,
    record_refund,
    refund,
    void_credit_note,
)
from credit_notes.wish import Wish
from invoices.models import Invoice, Payment
from invoices.services import create_invoice
from invoices.wish import InvoiceWish, LineWish

CLERK = "Maria Keller"


@dataclass
class Books:
    """The demo as it is written. `invoices` are found by the number of their story."""

    platform: Platform
    customers: dict[str, Customer]
    at: datetime
    invoices: dict[int, Invoice] = field(default_factory=dict)

    @property
    def whose(self) -> dict[str, Any]:
        return {"platform": self.platform, "actor": CLERK, "at": self.at}

    def credit(self, number: int, **wish: Any) -> CreditNote:
        """Credit a part of an invoice."""
        return credit_invoice(invoice_id=self.invoices[number].pk, **self.whose, **wish)

    def line(self, number: int, position: int, **much: Decimal) -> Selection:
        """Return a line of an invoice as what is to be credited; `much` as in `Pick`."""
        line = self.invoices[number].lines.get(position=position)
        return Selection(picks=(Pick(invoice_line=line.pk, **much),))


def go_on(books: Books) -> None:
    """Do everything that the stories of the invoices leave out."""
    credit_some_hours(books)
    give_store_credit(books)
    refund_what_was_paid(books)
    void_a_mistake(books)
    leave_drafts(books)
    thank_a_customer(books)
    draft_an_invoice(books)


def credit_some_hours(books: Books) -> None:
    hours = books.line(409, 2, quantity=Decimal("3.5"))
    books.credit(409, selection=hours, note="3.5 hours of the migration were not needed", finalize=True)


def give_store_credit(books: Books) -> None:
    """One of which a part has gone to another invoice."""
    note = books.credit(
        412,
        selection=Selection(amount=Decimal("120.00")),
        type=CreditNote.Type.STORE,
        reason_code="service_unsatisfactory",
        finalize=True,
    )
    allocate(
        credit_note_id=note.pk, invoice_id=books.invoices[420].pk, amount=Decimal("75.00"), **books.whose
    )


def refund_what_was_paid(books: Books) -> None:
    """One refund waits to be paid out; another was made elsewhere."""
    cancelled = CreditNote.objects.for_platform(books.platform).get(invoice=books.invoices[403])
    refund(credit_note_id=cancelled.pk, **books.whose)
    workshop = books.credit(
        398,
        selection=books.line(398, 2, quantity=Decimal(1)),
        note="The second workshop did not take place",
        finalize=True,
    )
    record_refund(
        credit_note_id=workshop.pk,
        amount=workshop.total,
        date=workshop.date,
        method=Payment.Method.BANK_TRANSFER,
        reference="Transfer 2291",
        **books.whose,
    )


def void_a_mistake(books: Books) -> None:
    seats = books.line(418, 1, quantity=Decimal(2))
    note = books.credit(418, selection=seats, note="Two seats too many", finalize=True)
    void_credit_note(credit_note_id=note.pk, reason="The seats were used after all", **books.whose)


def leave_drafts(books: Books) -> None:
    """One on hold; and one over two invoices, a large one."""
    held = books.credit(
        414, selection=Selection(amount=Decimal("500.00")), note="Goodwill, if the trainer agrees"
    )
    hold_credit_note(credit_note_id=held.pk, **books.whose)
    both = tuple((books.invoices[number].pk, Selection()) for number in (405, 419))
    credit(wish=Wish(selections=both, note="The contract began later than it was billed for"), **books.whose)


def thank_a_customer(books: Books) -> None:
    """A bonus, on no invoice."""
    thanks = FreeLine(
        name="Ten years together", quantity=Decimal(1), unit_price=Decimal("50.00"), tax_rate=Decimal(21)
    )
    credit(
        wish=Wish(
            customer_id=books.customers["tulp"].pk,
            currency="EUR",
            free=(thanks,),
            type=CreditNote.Type.STORE,
            note="With our thanks",
        ),
        finalize=True,
        **books.whose,
    )


def draft_an_invoice(books: Books) -> None:
    consulting = LineWish(
        name="Consulting",
        quantity=Decimal(4),
        unit="HUR",
        unit_price=Decimal("120.00"),
        tax_category="AE",
        tax_rate=Decimal(0),
    )
    wish = InvoiceWish(
        customer=books.customers["brasserie"].pk,
        lines=(consulting,),
        currency="EUR",
        payment_terms="Payment within 30 days",
    )
    create_invoice(wish=wish, **books.whose)
