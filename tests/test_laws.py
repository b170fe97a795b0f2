"""A walk at random over full credits of invoices, each step foretold. All along the books must balance.

tests/test_long_walks.py takes every other step there is, and foretells none.

LAWS_WALKS=500 takes more walks than the usual ones; a walk that fails is taken again by its seed alone.
"""

import os
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing.documents.models import SeriesCounter
from billing.documents.snapshot import AllowanceCharge, Document, Line
from billing.errors import BillingError
from credit_notes.models import CreditNote
from credit_notes.services import (
    credit_invoice,
    delete_draft,
    finalize_credit_note,
    refund,
    update_draft,
    void_credit_note,
)
from invoices.models import Invoice, Payment
from invoices.services import import_document, record_payment, settle_payment
from tests import laws
from tests.books import digest_of_rows
from tests.factories import (
    CLERK,
    NOON,
    a_customer,
    a_draft_invoice,
    a_line,
    a_platform,
    an_entity,
    an_invoice_document,
)
from tests.work import do_all_work

WALKS = int(os.environ.get("LAWS_WALKS", "8"))
STEPS = 36
LOOK_EVERY = 4
ZERO = Decimal(0)

RATES = [("S", "21"), ("S", "21"), ("S", "9"), ("S", "5.5"), ("Z", "0"), ("AE", "0")]
BUYERS: list[dict[str, str]] = [
    {},
    {"vat_number": "BE0403019261", "email": ""},
    {"vat_number": "BE0404616494", "endpoint_id": "", "endpoint_scheme": ""},
]
"""One to whom all can be sent, one without an e-mail address, one whom no e-invoice reaches."""


class Books:
    """What a clerk, a bank and a machine may do to two sellers' invoices, wishes that are refused included.

    Each step knows from the rows whether it must succeed; on a refusal nothing may have changed.
    """

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.at = NOON
        self.platform, self.stranger = a_platform(), a_platform("Other Group")
        other = {"name": "Acme Services B.V.", "vat_number": "NL004495445B01"}
        self.sellers = [an_entity(self.platform), an_entity(self.platform, **other)]
        self.buyers = [a_customer(self.platform, **buyer) for buyer in BUYERS]
        self.draft_invoice = a_draft_invoice(self.platform)
        self.steps: dict[Callable[[], None], float] = {
            self.import_invoice: 4,
            self.import_it_once_more: 1,
            self.pay: 5,
            self.settle: 3,
            self.credit: 8,
            self.finalize: 6,
            self.edit: 2,
            self.delete: 1,
            self.void: 2,
            self.refund: 2,
            self.credit_a_draft_invoice: 1,
            self.ask_from_another_platform: 1,
            self.let_the_workers_work: 0.5,
        }

    def take_a_step(self) -> str:
        """Take a step and return what it was."""
        (step,) = self.chance.choices(list(self.steps), self.steps.values())
        self.at += timedelta(minutes=self.chance.randint(0, 600))
        step()
        return step.__name__

    def do(self, deed: Callable[..., Any], *, refused: str = "", **wish: Any) -> None:
        """Do a deed that must succeed, or be refused with this code and change nothing."""
        wish = {"platform": self.platform, "actor": CLERK, "at": self.at} | wish
        if not refused:
            deed(**wish)
            return
        before = digest_of_rows()
        with pytest.raises(BillingError) as caught:
            deed(**wish)
        assert caught.value.code == refused, caught.value.detail
        assert digest_of_rows() == before

    def one_of(self, rows: Any) -> Any:
        found = list(rows.order_by("pk"))
        return self.chance.choice(found) if found else None

    def an_invoice(self) -> Invoice | None:
        return self.one_of(Invoice.objects.final())

    # What is expected, by the rows

    def adjustable(self, invoice: Invoice) -> Decimal:
        waiting = sum((row.amount for row in invoice.payments.filter(status="IN_PROGRESS")), ZERO)
        return max(invoice.amount_due - waiting, ZERO)

    def refusal_of_limits(self, invoice: Invoice) -> str:
        if invoice.total <= ZERO or CreditNote.objects.live().filter(invoice=invoice).exists():
            return "nothing_left_to_credit"
        most = self.adjustable(invoice) + invoice.amount_paid
        return "amount_exceeds_creditable" if invoice.total > most else ""

    def refusal_of_type(self, invoice: Invoice, type: str) -> str:
        too_much = type == "adjustment" and invoice.total > self.adjustable(invoice)
        return "amount_exceeds_adjustable" if too_much else ""

    def refusal_of_recipient(self, invoice: Invoice, *, notify: bool) -> str:
        return "no_recipient" if notify and not invoice.customer.email else ""

    def refusal_of_paper(self, invoice: Invoice) -> str:
        return "" if invoice.customer.endpoint_id else "einvoice_invalid"

    def refusal_of_date(self, invoice: Invoice, at: datetime) -> str:
        counters = SeriesCounter.objects.filter(series__billing_entity=invoice.billing_entity)
        later = [counter for counter in counters if counter.last_date > at.date()]
        return "date_before_last_issued" if later else ""

    def refusal_of_credit(self, invoice: Invoice, type: str, *, finalize: bool, notify: bool) -> str:
        if refused := self.refusal_of_limits(invoice):
            return refused
        paper = ""
        if finalize:
            paper = self.refusal_of_recipient(invoice, notify=notify) or self.refusal_of_paper(invoice)
        drafted = "full_credit_is_drafted" if invoice.credit_notes.filter(status="DRAFT") else ""
        return paper or self.refusal_of_type(invoice, type) or drafted

    def refusal_of_use(self, note: CreditNote) -> str:
        return {"DRAFT": "note_not_final", "VOID": "already_voided"}.get(note.status, "")

    def refusal_of_void(self, note: CreditNote) -> str:
        away = "einvoice_already_sent" if note.messages.exists() else ""
        return self.refusal_of_use(note) or away or ("has_refunds" if note.amount_refunded else "")

    def refusal_of_refund(self, note: CreditNote) -> str:
        store = "store_is_not_paid_out" if note.type == "store" else ""
        nothing = "" if note.amount_available else "nothing_available"
        return self.refusal_of_use(note) or store or nothing

    # The steps

    def import_invoice(self) -> None:
        self.do(import_document, document=self.a_document())

    def a_document(self) -> Document:
        """An invoice with one to four lines, some of them returned, perhaps with a discount or prepaid."""
        chance = self.chance
        currency = chance.choice(["EUR", "EUR", "EUR", "JPY", "HUF"])
        unit = unit_of(currency)
        lines = [self.a_line(unit, currency) for _ in range(chance.randint(1, 4))]
        discount = AllowanceCharge(
            is_charge=False,
            amount=chance.randint(1, 30) * unit,
            reason="Discount",
            tax_category=lines[0].tax_category,
            tax_rate=lines[0].tax_rate,
        )
        return an_invoice_document(
            chance.choice(self.sellers),
            *chance.choices(self.buyers, [6, 2, 1]),
            lines=lines,
            currency=currency,
            allowances_charges=[discount] if chance.random() < 0.3 else [],
            prepaid_amount=chance.choice([0, 0, 0, 1, 50, 30_000]) * unit,
            rounding_amount=chance.choice([0, 0, -4, 3]) * unit,
        )

    def a_line(self, unit: Decimal, currency: str) -> Line:
        category, rate = self.chance.choice(RATES)
        return a_line(
            # Not half a piece in yen: Peppol's R120 would see the rounding to a whole yen as an error.
            quantity=self.chance.choice(["1", "1", "1", "3", "-1", "1" if currency == "JPY" else "2.5"]),
            unit_price=str(self.chance.randint(1, 20_000) * unit),
            category=category,
            rate=rate,
            currency=currency,
        )

    def import_it_once_more(self) -> None:
        if invoice := self.an_invoice():
            self.do(import_document, document=invoice.snapshot, refused="number_in_use")

    def pay(self) -> None:
        invoice = self.an_invoice()
        if invoice is None:
            return
        percent = self.chance.choice([100, 100, 50, 33, 1, 101])
        amount = (invoice.amount_due * percent / 100).quantize(unit_of(invoice.currency))
        fits = ZERO < amount <= self.adjustable(invoice)
        self.do(
            record_payment,
            invoice_id=invoice.pk,
            amount=amount,
            date=self.at.date(),
            method="bank_transfer",
            status=self.chance.choice(["SUCCEEDED", "IN_PROGRESS"]),
            refused="" if fits else "payment_not_possible",
        )

    def settle(self) -> None:
        waiting = Payment.objects.filter(status="IN_PROGRESS")
        payment = self.one_of(waiting if self.chance.random() < 0.8 else Payment.objects.all())
        if payment is None:
            return
        succeeded = self.chance.random() < 0.6
        due = Invoice.objects.get(pk=payment.invoice_id).amount_due
        possible = payment.status == "IN_PROGRESS" and (not succeeded or payment.amount <= due)
        refused = "" if possible else "payment_not_possible"
        self.do(settle_payment, payment_id=payment.pk, succeeded=succeeded, refused=refused)

    def credit(self) -> None:
        if invoice := self.an_invoice():
            type = self.chance.choice(["", "", "", "adjustment", "refundable", "store"])
            wish = {"finalize": self.chance.random() < 0.4, "notify": self.chance.random() < 0.3}
            refused = self.refusal_of_credit(invoice, type, **wish)
            self.do(credit_invoice, invoice_id=invoice.pk, type=type, **wish, refused=refused)

    def finalize(self) -> None:
        drafts = CreditNote.objects.drafts()
        note = self.one_of(drafts if self.chance.random() < 0.8 else CreditNote.objects.all())
        if note is None:
            return
        invoice = Invoice.objects.get(pk=note.invoice_id)
        notify = self.chance.random() < 0.3
        at = self.at - timedelta(days=self.chance.choice([0, 0, 0, 9]))
        refused = "note_not_draft"
        if note.status == "DRAFT":
            refused = (
                self.refusal_of_recipient(invoice, notify=notify)
                or self.refusal_of_limits(invoice)
                or self.refusal_of_paper(invoice)
                or self.refusal_of_type(invoice, "" if note.is_type_automatic else note.type)
                or self.refusal_of_date(invoice, at)
            )
        self.do(finalize_credit_note, credit_note_id=note.pk, at=at, notify=notify, refused=refused)

    def edit(self) -> None:
        note = self.one_of(CreditNote.objects.all())
        if note is None:
            return
        text = self.chance.choice(["", "Wrong price", "Łódź paid twice"])
        refused = "" if note.note == text else "note_not_draft"
        if note.status == "DRAFT":
            invoice = Invoice.objects.get(pk=note.invoice_id)
            type = "" if note.is_type_automatic else note.type
            refused = self.refusal_of_limits(invoice) or self.refusal_of_type(invoice, type)
        changes = {"note": text, "internal_comment": self.chance.choice(["", "Ask the customer"])}
        self.do(update_draft, credit_note_id=note.pk, changes=changes, refused=refused)

    def void(self) -> None:
        if note := self.one_of(CreditNote.objects.all()):
            wish = {"credit_note_id": note.pk, "reason": "By mistake"}
            self.do(void_credit_note, **wish, refused=self.refusal_of_void(note))

    def refund(self) -> None:
        if note := self.one_of(CreditNote.objects.all()):
            self.do(refund, credit_note_id=note.pk, refused=self.refusal_of_refund(note))

    def delete(self) -> None:
        if note := self.one_of(CreditNote.objects.all()):
            refused = "" if note.status == "DRAFT" else "note_not_draft"
            self.do(delete_draft, credit_note_id=note.pk, refused=refused)

    def credit_a_draft_invoice(self) -> None:
        self.do(credit_invoice, invoice_id=self.draft_invoice.pk, refused="invoice_not_final")

    def ask_from_another_platform(self) -> None:
        if invoice := self.an_invoice():
            self.do(credit_invoice, platform=self.stranger, invoice_id=invoice.pk, refused="not_found")

    def let_the_workers_work(self) -> None:
        do_all_work(at=self.at)
        laws.all_laws_when_all_is_done()


def unit_of(currency: str) -> Decimal:
    return Decimal(1) if currency == "JPY" else Decimal("0.01")


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(WALKS))
def test_whatever_is_done_the_books_balance(seed, outbox):
    books = Books(seed)
    taken = []

    for step in range(1, STEPS + 1):
        taken.append(books.take_a_step())
        if step % LOOK_EVERY == 0:
            laws.all_laws()
    books.let_the_workers_work()

    assert "credit" in taken
