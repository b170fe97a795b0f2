"""Everything that moves money, on the same few papers at the same moment: no deadlock, and the books balance."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from billing.documents.gaps import gap_report
from billing.documents.models import Series
from billing.errors import BillingError
from billing.platforms.models import Platform
from billing_desk.audit import audit
from credit_notes.models import Allocation, CreditNote, Refund, TaxWithheldRefund
from credit_notes.selection import FreeLine, Pick, Selection
from credit_notes.services import (
    allocate,
    allocate_oldest_first,
    apply_credits,
    approve_credit_note,
    credit,
    credit_and_copy,
    credit_invoice,
    deallocate,
    finalize_credit_note,
    import_credit_note,
    record_refund,
    refund,
    remove_credit_note,
    remove_tax_withheld_refund,
    return_tax_withheld,
    reverse_credit_note,
    settle_refund,
    update_draft,
    void_credit_note,
    write_off_invoice,
)
from credit_notes.wish import Wish
from invoices.models import Invoice, Payment
from invoices.services import apply_overpayment, record_payment, record_tax_withheld, settle_payment
from tests.factories import CLERK, NOON, a_final_invoice, a_line, a_payment, a_platform
from tests.threads import at_once, deadlocks

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 16
ROUNDS = 4
BY = {"actor": CLERK, "at": NOON}
DAY = NOON.date()


@pytest.fixture
def platform(transactional_db) -> Platform:
    return a_platform()


@pytest.fixture(autouse=True)
def nobody_met_a_deadlock(transactional_db):
    """A deadlock would be tried again and go unnoticed; in the order of locks there is none."""
    before = deadlocks()
    yield
    assert deadlocks() == before


@pytest.fixture(autouse=True)
def the_books_balance(nobody_met_a_deadlock):
    yield
    assert audit(files=False).findings == ()


def fates(outcomes: list[Any]) -> Counter[str]:
    """Count the refusals by code, and what was done as `done`. Nothing else may come."""
    strange = [row for row in outcomes if isinstance(row, Exception) and not isinstance(row, BillingError)]
    assert not strange, strange
    return Counter(getattr(outcome, "code", "done") for outcome in outcomes)


class Crowd:
    """Clerks, banks and machines that all want something of one customer's few papers.

    What each wants is drawn, by a seed, from what is there when they begin.
    """

    def __init__(self, platform: Platform, seed: int) -> None:
        self.chance = random.Random(seed)
        self.platform = platform
        self.made: list[Any] = []
        self.fates: Counter[str] = Counter()
        self.deeds: list[Callable[[], Callable[[], Any]]] = [
            self.allocate,
            self.allocate_oldest,
            self.apply,
            self.deallocate,
            self.remove,
            self.refund,
            self.settle_refund,
            self.record_refund,
            self.return_withheld,
            self.remove_return,
            self.void,
            self.reverse,
            self.credit,
            self.credit,
            self.credit_several,
            self.draft,
            self.finalize,
            self.finalize,
            self.edit,
            self.pay,
            self.settle_payment,
            self.withhold,
            self.write_off,
            self.use_overpayment,
            self.credit_and_copy,
            self.import_note,
        ]

    def go(self) -> None:
        """Do sixteen things at once."""
        calls = [self.chance.choice(self.deeds) for _ in range(CROWD)]
        wanted = [make() for make in calls]
        outcomes = at_once(wanted)
        self.fates += fates(outcomes)
        for outcome in outcomes:
            if not isinstance(outcome, BillingError):
                self.made += outcome if isinstance(outcome, list) else [outcome]

    def do(self, service: Callable[..., Any], **wish: Any) -> Callable[[], Any]:
        return partial(service, platform=self.platform, **BY | wish)

    def some(self, model: Any, **which: Any) -> Any:
        """Return one of the rows that are there, of those that suit if there are any."""
        rows = list(model.objects.filter(**which).order_by("pk")) or list(model.objects.order_by("pk"))
        return self.chance.choice(rows)

    def invoice(self) -> Any:
        return self.some(Invoice, status="FINAL")

    def note(self) -> Any:
        which = self.chance.choice([{"amount_available__gt": 0}] * 3 + [{}])
        return self.some(CreditNote, status="FINAL", **which)

    def amount(self, most: Decimal = Decimal(40)) -> Decimal:
        return Decimal(self.chance.randint(1, int(most * 100))) / 100

    def selection(self, invoice: Invoice) -> Selection:
        line = self.chance.choice(list(invoice.lines.all()))
        kinds = [
            Selection(amount=self.amount()),
            Selection(picks=(Pick(invoice_line=line.pk, quantity=Decimal(1)),)),
            Selection(picks=(Pick(invoice_line=line.pk, net_amount=self.amount()),)),
            Selection(picks=(Pick(invoice_line=line.pk),)),
            Selection(),
        ]
        return self.chance.choices(kinds, [6, 3, 3, 1, 0.3])[0]

    # The deeds

    def allocate(self) -> Any:
        amount = self.chance.choice([None, self.amount()])
        ids = {"credit_note_id": self.note().pk, "invoice_id": self.invoice().pk}
        return self.do(allocate, **ids, amount=amount)

    def allocate_oldest(self) -> Any:
        return self.do(allocate_oldest_first, credit_note_id=self.note().pk)

    def apply(self) -> Any:
        named = self.chance.choice([(), {self.note().pk, self.note().pk}])
        return self.do(apply_credits, invoice_id=self.invoice().pk, credit_note_ids=named)

    def deallocate(self) -> Any:
        return self.do(deallocate, allocation_id=self.some(Allocation, reverses=None).pk)

    def remove(self) -> Any:
        row = self.some(Allocation, reverses=None)
        return self.do(remove_credit_note, invoice_id=row.invoice_id, credit_note_id=row.credit_note_id)

    def refund(self) -> Any:
        return self.do(refund, credit_note_id=self.note().pk, amount=self.amount())

    def settle_refund(self) -> Any:
        succeeded = self.chance.random() < 0.5
        row = self.some(Refund, status="PENDING")
        return self.do(settle_refund, refund_id=row.pk, succeeded=succeeded, failure="It came back")

    def record_refund(self) -> Any:
        wish = {"amount": self.amount(), "date": DAY, "method": "cash"}
        return self.do(record_refund, credit_note_id=self.note().pk, **wish)

    def return_withheld(self) -> Any:
        return self.do(return_tax_withheld, credit_note_id=self.note().pk, amount=self.amount(), date=DAY)

    def remove_return(self) -> Any:
        row = self.some(TaxWithheldRefund, reverses=None)
        return self.do(remove_tax_withheld_refund, refund_id=row.pk)

    def void(self) -> Any:
        return self.do(void_credit_note, credit_note_id=self.note().pk, reason="By mistake")

    def reverse(self) -> Any:
        return self.do(reverse_credit_note, credit_note_id=self.note().pk, reason="Sent by mistake")

    def credit(self) -> Any:
        invoice = self.invoice()
        wish = Wish(selections=((invoice.pk, self.selection(invoice)),), note="Wrong price")
        return self.do(credit, wish=replace(wish, series=self.chance.choice(["", "", "GS"])), finalize=True)

    def credit_several(self) -> Any:
        final = list(Invoice.objects.final().order_by("pk"))
        chosen = self.chance.sample(final, 3)
        selections = tuple((invoice.pk, Selection(amount=self.amount())) for invoice in chosen)
        return self.do(credit, wish=Wish(selections=selections, note="Wrong price"), finalize=True)

    def draft(self) -> Any:
        invoice = self.invoice()
        return self.do(credit_invoice, invoice_id=invoice.pk, selection=self.selection(invoice), note="Wrong")

    def finalize(self) -> Any:
        return self.do(finalize_credit_note, credit_note_id=self.some(CreditNote, status="DRAFT").pk)

    def edit(self) -> Any:
        note = self.some(CreditNote, status="DRAFT", invoice__isnull=False)
        selections = ((note.invoice_id, Selection(amount=self.amount())),)
        return self.do(update_draft, credit_note_id=note.pk, changes={"selections": selections})

    def pay(self) -> Any:
        wish = {"amount": self.amount(Decimal(150)), "date": DAY, "method": "bank_transfer"}
        status = self.chance.choice(["SUCCEEDED", "IN_PROGRESS"])
        return self.do(record_payment, invoice_id=self.invoice().pk, status=status, **wish)

    def settle_payment(self) -> Any:
        row = self.some(Payment, status="IN_PROGRESS")
        return self.do(settle_payment, payment_id=row.pk, succeeded=self.chance.random() < 0.5)

    def withhold(self) -> Any:
        invoice = self.invoice()
        return self.do(record_tax_withheld, invoice_id=invoice.pk, amount=self.amount(Decimal(5)), date=DAY)

    def write_off(self) -> Any:
        return self.do(write_off_invoice, invoice_id=self.invoice().pk)

    def use_overpayment(self) -> Any:
        return self.do(apply_overpayment, invoice_id=self.invoice().pk)

    def credit_and_copy(self) -> Any:
        invoice = self.invoice()
        return self.do(credit_and_copy, invoice_id=invoice.pk, finalize_credit_note=True, finalize_copy=True)

    def import_note(self) -> Any:
        number = f"CR-2026-{self.chance.randint(1, 60):06}"
        selections = ((self.invoice().pk, Selection(amount=self.amount())),)
        return self.do(import_credit_note, wish=Wish(selections=selections, number=number, date=DAY))


def a_customers_papers(platform: Platform) -> None:
    """Six invoices of one customer, in every state of being paid, and notes with credit, drafts among them."""
    Platform.objects.filter(pk=platform.pk).update(keeps_overpayments=True)
    lines = [a_line(quantity="5", unit_price="31.30"), a_line("77.77", rate="9"), a_line("12.50")]
    invoices = [a_final_invoice(platform, lines=lines) for _ in range(6)]
    paid, overpaid, half_paid, withheld, waiting, _ = invoices
    a_payment(paid, str(paid.total))
    a_payment(overpaid, str(overpaid.total + 60))
    a_payment(half_paid, "150.00")
    record_tax_withheld(platform=platform, invoice_id=withheld.pk, amount=Decimal(50), date=DAY, **BY)
    a_payment(withheld, str(withheld.total - 50))
    a_payment(waiting, "30.00", status="IN_PROGRESS")

    def note(invoice: Invoice, amount: str, **wish: Any) -> CreditNote:
        selection = Selection(amount=Decimal(amount))
        return credit_invoice(
            platform=platform, invoice_id=invoice.pk, selection=selection, **BY | {"finalize": True} | wish
        )

    first = note(paid, "120.00")
    note(overpaid, "80.00", type="store")
    second = note(withheld, "140.00")
    note(half_paid, "90.00")
    note(waiting, "25.00")
    for invoice in invoices:
        note(invoice, "15.00", finalize=False)
    bonus = FreeLine(name="Bonus", quantity=Decimal(1), unit_price=Decimal(70), tax_rate=Decimal(21))
    wish = Wish(free=(bonus,), customer_id=paid.customer_id, currency="EUR")
    credit(platform=platform, wish=wish, finalize=True, **BY)
    refund(platform=platform, credit_note_id=first.pk, amount=Decimal(20), **BY)
    return_tax_withheld(platform=platform, credit_note_id=second.pk, amount=Decimal(10), date=DAY, **BY)
    allocate(platform=platform, credit_note_id=first.pk, invoice_id=half_paid.pk, amount=Decimal(30), **BY)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_sixteen_do_at_once_is_done_or_refused_and_the_books_balance(platform, seed):
    # given
    a_customers_papers(platform)
    crowd = Crowd(platform, seed)

    for _ in range(ROUNDS):
        # when
        crowd.go()

        # then
        assert audit(files=False).findings == (), crowd.fates
    assert crowd.fates["done"] >= CROWD, crowd.fates
    assert crowd.fates.total() == CROWD * ROUNDS
    for model in (Allocation, Refund, TaxWithheldRefund, Payment):
        told = [row.pk for row in crowd.made if isinstance(row, model)]
        assert len(set(told)) == model.objects.filter(pk__in=told).count(), model
