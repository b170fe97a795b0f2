"""Everything that moves money, on the same few papers at once: no deadlock, and the books balance."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from billing.documents.gaps import gap_report
from billing.documents.models import Series
from billing.documents.series import hold_series_of
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
from tests.factories import (
    CLERK,
    NOON,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_line,
    a_payment,
    a_platform,
)
from tests.threads import PATIENCE, at_once, deadlocks, is_somebody_waiting

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
    """Six invoices of one customer, in every state of being paid, and notes on them, drafts among them."""
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
    before = {model: ids(model) for model in (Refund, TaxWithheldRefund, Payment)}

    for _ in range(ROUNDS):
        # when
        crowd.go()

        # then
        assert audit(files=False).findings == (), crowd.fates
    assert crowd.fates.total() == CROWD * ROUNDS
    assert crowd.fates["done"] >= CROWD, crowd.fates
    for model, old in before.items():
        told = {row.pk for row in crowd.made if isinstance(row, model)}
        assert ids(model) == old | told, "what was refused left a row, or what was done left none"


def ids(model: Any) -> set[str]:
    return set(model.objects.values_list("pk", flat=True))


# Two or more want the same


def test_two_clerks_who_credit_the_same_line_credit_no_more_than_it_has(platform):
    # given three pieces of 100.00
    invoice = a_final_invoice(platform, lines=[a_line(quantity="3", unit_price="100.00")])
    line = invoice.lines.get()
    two = Selection(picks=(Pick(invoice_line=line.pk, quantity=Decimal(2)),))
    wish = {"platform": platform, "invoice_id": invoice.pk, "selection": two, "finalize": True, **BY}

    # when
    outcomes = at_once([partial(credit_invoice, **wish)] * 2)

    # then
    assert fates(outcomes) == {"done": 1, "exceeds_line_remaining": 1}
    [refusal] = [outcome for outcome in outcomes if isinstance(outcome, BillingError)]
    assert refusal.facts["limit"] == "100.00"
    assert CreditNote.objects.get().total == Decimal("242.00")


def test_what_is_left_of_a_line_is_credited_by_one_of_sixteen(platform):
    # given
    invoice = a_final_invoice(platform, lines=[a_line(quantity="3", unit_price="100.00"), a_line("50.00")])
    rest = Selection(picks=(Pick(invoice_line=invoice.lines.first().pk),))
    wish = {"platform": platform, "invoice_id": invoice.pk, "finalize": True, **BY}
    credit_invoice(
        selection=Selection(picks=(Pick(invoice_line=invoice.lines.first().pk, quantity=Decimal(1)),)), **wish
    )

    # when
    outcomes = at_once([partial(credit_invoice, selection=rest, **wish)] * CROWD)

    # then
    assert fates(outcomes)["done"] == 1
    assert [note.total for note in CreditNote.objects.order_by("pk")] == [
        Decimal("121.00"),
        Decimal("242.00"),
    ]


def test_of_sixteen_lump_sums_of_a_tenth_ten_are_credited(platform):
    # given
    invoice = a_final_invoice(platform, lines=[a_line("33.33"), a_line("66.67")])
    tenth = Selection(amount=Decimal("12.10"))
    wish = {"platform": platform, "invoice_id": invoice.pk, "selection": tenth, "finalize": True, **BY}

    # when
    outcomes = at_once([partial(credit_invoice, **wish)] * CROWD)

    # then
    assert fates(outcomes) == {"done": 10, "nothing_left_to_credit": 6}
    refusals = [outcome for outcome in outcomes if isinstance(outcome, BillingError)]
    assert {refusal.facts["limit"] for refusal in refusals} == {"0.00"}
    assert all(len(refusal.facts["used_by"]) == 10 for refusal in refusals)
    notes = list(CreditNote.objects.order_by("series_number"))
    assert [note.number for note in notes] == [f"CR-2026-{number:06}" for number in range(1, 11)]
    assert sum(note.total for note in notes) == invoice.total == Decimal("121.00")
    assert sum(note.tax_total for note in notes) == invoice.tax_total
    assert Invoice.objects.get().amount_due == Decimal(0)


@pytest.mark.parametrize("round_", range(3))
def test_a_note_is_voided_or_its_withheld_tax_is_returned_and_never_both(platform, round_):
    # given
    invoice = a_final_invoice(platform)
    record_tax_withheld(platform=platform, invoice_id=invoice.pk, amount=Decimal(21), date=DAY, **BY)
    a_payment(invoice, "100.00")
    note = credit_invoice(platform=platform, invoice_id=invoice.pk, finalize=True, **BY)
    wish = {"platform": platform, "credit_note_id": note.pk, **BY}

    # when
    outcomes = at_once(
        [
            *[partial(void_credit_note, **wish, reason="A mistake")] * 4,
            *[partial(return_tax_withheld, **wish, date=DAY)] * 4,
        ]
    )

    # then
    note = CreditNote.objects.get()
    if note.status == "VOID":
        assert fates(outcomes) == {"done": 1, "already_voided": 7}
        assert not TaxWithheldRefund.objects.exists()
    else:
        assert fates(outcomes) == {"done": 1, "nothing_withheld": 3, "has_tax_withheld_refunds": 4}
        assert note.amount_refunded == Decimal(21)


@pytest.mark.parametrize("round_", range(3))
def test_an_approval_and_an_edit_at_once_leave_nothing_approved_that_was_not_looked_at(platform, round_):
    # given
    Platform.objects.update(approval_above=Decimal(100))
    draft = credit_invoice(platform=platform, invoice_id=a_final_invoice(platform).pk, note="Before", **BY)
    wish = {"platform": Platform.objects.get(), "credit_note_id": draft.pk, **BY}

    # when
    approved, edited, finalized = at_once(
        [
            partial(approve_credit_note, **wish, approver_id="usr_other", version=draft.version),
            partial(update_draft, **wish, changes={"note": "After"}),
            partial(finalize_credit_note, **wish),
        ]
    )

    # then
    note = CreditNote.objects.get()
    assert getattr(finalized, "code", "") in {"", "approval_required", "changed_meanwhile"}
    if note.is_final:
        assert (note.approved_by, note.note, edited.code) == ("usr_other", "Before", "note_not_draft")
    else:
        assert (note.approved_at, note.note, edited.pk) == (None, "After", note.pk)
        assert getattr(approved, "code", "") in {"", "changed_meanwhile"}


def test_of_two_named_numbers_the_lower_one_is_not_given_after_the_higher(platform):
    # given
    invoices = [a_final_invoice(platform) for _ in range(2)]
    wish = {"platform": platform, "finalize": True, **BY}

    # when
    lower, higher = at_once(
        [
            partial(credit_invoice, **wish, invoice_id=invoice.pk, number=number)
            for invoice, number in zip(invoices, ["CR-2026-000007", "CR-2026-000009"], strict=True)
        ]
    )

    # then
    assert higher.number == "CR-2026-000009"
    assert getattr(lower, "code", "") in {"", "number_out_of_sequence"}
    [report] = gap_report(Series.objects.get())
    assert report.is_clean
    numbers = sorted(CreditNote.objects.values_list("number", flat=True))
    assert numbers == ["CR-2026-000007"] * isinstance(lower, CreditNote) + ["CR-2026-000009"]


# The order of locks


def test_paying_out_a_note_in_several_steps_does_not_wait_for_its_invoice(platform):
    # given a note over two payments
    invoice = a_final_invoice(platform)
    a_payment(invoice, "60.00")
    a_payment(invoice, "61.00")
    note = credit_invoice(platform=platform, invoice_id=invoice.pk, finalize=True, **BY)
    held, done = threading.Event(), threading.Event()

    def hold() -> bool:
        with transaction.atomic():
            Invoice.objects.locked().get()
            held.set()
            return done.wait(PATIENCE / 6)

    def pay_out() -> list[Refund]:
        held.wait(PATIENCE)
        refunds = refund(platform=platform, credit_note_id=note.pk, **BY)
        done.set()
        return refunds

    # when
    was_done, refunds = at_once([hold, pay_out])

    # then
    assert was_done
    assert [row.amount for row in refunds] == [Decimal("61.00"), Decimal("60.00")]


def test_a_copy_takes_no_number_before_its_series_is_made(platform):
    # given a seller who has numbered notes and no invoice, and somebody who holds its series, then numbers
    invoice = a_final_invoice(platform)
    a_final_note(a_final_invoice(platform))
    draft = a_draft_note(a_final_invoice(platform))
    held = threading.Event()

    def copy() -> Any:
        held.wait(PATIENCE)
        return credit_and_copy(
            platform=platform, invoice_id=invoice.pk, finalize_credit_note=True, finalize_copy=True, **BY
        )

    def finalize() -> CreditNote:
        with transaction.atomic():
            hold_series_of(invoice.billing_entity)
            held.set()
            while not is_somebody_waiting():
                time.sleep(0.01)
            return finalize_credit_note(platform=platform, credit_note_id=draft.pk, **BY)

    # when
    copied, finalized = at_once([copy, finalize])

    # then
    assert finalized.number == "CR-2026-000002"
    assert (copied.credit_note.number, copied.copy.number) == ("CR-2026-000003", "INV-2026-000001")
