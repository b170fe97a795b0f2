"""Somebody who does everything that can be done, at random: a clerk, a bank and a machine in one."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet

from billing.documents.snapshot import AllowanceCharge
from billing.errors import BillingError
from billing.events.models import Event
from billing.money import round_amount
from billing.platforms.models import Platform
from credit_notes.models import Allocation, CreditNote, Refund, TaxWithheldRefund
from credit_notes.selection import FreeLine, Pick, Selection
from credit_notes.services import (
    allocate,
    allocate_oldest_first,
    apply_credits,
    approve_credit_note,
    credit,
    credit_and_copy,
    deallocate,
    delete_draft,
    finalize_credit_note,
    hold_credit_note,
    import_credit_note,
    record_refund,
    refund,
    release_credit_note,
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
from invoices.models import Invoice, Overpayment, Payment
from invoices.services import (
    apply_overpayment,
    create_invoice,
    delete_invoice_draft,
    finalize_invoice,
    hold_invoice,
    import_document,
    record_payment,
    record_tax_withheld,
    release_invoice,
    settle_payment,
    update_invoice,
)
from invoices.settlement import settlement_of
from invoices.wish import InvoiceWish, LineWish
from tests.books import digest_of_rows
from tests.factories import CLERK, NOON, a_customer, a_line, a_platform, an_entity, an_invoice_document
from tests.work import do_all_work

ZERO = Decimal(0)
RATES = [("S", "21"), ("S", "21"), ("S", "9"), ("Z", "0"), ("AE", "0")]
CURRENCIES = ["EUR"] * 8 + ["JPY", "HUF"]
LIVE = {"status": "FINAL", "reversed_by": None}
OPEN = {"status": "FINAL", "amount_due__gt": 0}
UNUSED = {"reverses": None, "reversed_by": None}


class NothingThere(Exception):
    """No row for this deed yet: choose another."""


class Walk:
    """One platform, two sellers, three customers, and one deed after another.

    A deed succeeds, or is refused and changes nothing. `done` counts what succeeded, `refused` the refusals.
    """

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.at = NOON
        self.platform = a_platform()
        self.change_settings()
        other = {"name": "Acme Services B.V.", "vat_number": "NL004495445B01"}
        self.sellers = [an_entity(self.platform), an_entity(self.platform, **other)]
        self.buyers = [
            a_customer(self.platform),
            a_customer(self.platform, vat_number="BE0403019261", email=""),
            a_customer(self.platform, vat_number="BE0404616494", applies_credits=False),
        ]
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.deeds: dict[Callable[[], Any], float] = {
            self.import_invoice: 5,
            self.draft_invoice: 3,
            self.edit_invoice: 1,
            self.finalize_invoice: 2,
            self.hold_or_release_invoice: 1,
            self.delete_invoice: 1,
            self.pay: 6,
            self.settle_payment: 2,
            self.withhold: 3,
            self.credit: 9,
            self.credit_several: 2,
            self.give_bonus: 2,
            self.write_off: 1,
            self.credit_and_copy: 1,
            self.edit: 3,
            self.finalize: 5,
            self.approve: 1,
            self.hold_or_release: 1,
            self.delete: 1,
            self.allocate: 4,
            self.allocate_oldest: 1,
            self.apply: 2,
            self.deallocate: 2,
            self.remove: 1,
            self.use_overpayment: 1,
            self.refund: 3,
            self.settle_refund: 3,
            self.record_refund: 2,
            self.return_withheld: 2,
            self.remove_return: 1,
            self.void: 2,
            self.credit_and_void: 1,
            self.reverse: 2,
            self.import_note: 1,
            self.change_settings: 1,
            self.let_the_workers_work: 4,
        }

    def take_a_step(self) -> None:
        """Do one deed for which there is a row; on a refusal nothing may have changed."""
        self.at += timedelta(minutes=self.chance.randint(0, 90))
        before = digest_of_rows()
        while True:
            deed = self.choose()
            try:
                deed()
            except NothingThere:
                continue
            except BillingError as refusal:
                self.refused[f"{deed.__name__}: {refusal.code}"] += 1
                assert digest_of_rows() == before, f"{deed.__name__} was refused and changed something"
            else:
                self.done[deed.__name__] += 1
            return

    def choose(self) -> Callable[[], Any]:
        """Return a deed; one that has not succeeded so far comes up more often."""
        weights = [weight if self.done[deed.__name__] else 5 * weight for deed, weight in self.deeds.items()]
        return self.chance.choices(list(self.deeds), weights)[0]

    def do(self, service: Callable[..., Any], **wish: Any) -> Any:
        return service(**{"platform": self.platform, "actor": CLERK, "at": self.at} | wish)

    def one_of(self, suitable: QuerySet[Any]) -> Any:
        """Return a row: mostly one that suits the deed, now and then whichever.

        :raises NothingThere: there is none.
        """
        everything = suitable.model.objects.all()
        rows = everything if self.chance.random() < 0.1 else suitable
        ids = list(rows.order_by("pk").distinct().values_list("pk", flat=True))
        if not ids:
            raise NothingThere
        return everything.get(pk=self.chance.choice(ids))

    def an_invoice(self, **which: Any) -> Any:
        return self.one_of(Invoice.objects.filter(**which or {"status": "FINAL"}))

    def a_note(self, **which: Any) -> Any:
        return self.one_of(CreditNote.objects.filter(**which))

    def a_note_with_credit(self, **which: Any) -> Any:
        return self.a_note(amount_available__gt=0, **LIVE | which)

    def part(self, whole: Decimal, currency: str) -> Decimal:
        """Return a part of an amount; now and then all of it, more than all, or nothing."""
        share = self.chance.choice([100, 100, 50, 50, 33, 10, 1, 130, 0])
        return round_amount(whole * share / 100, currency)

    # Invoices

    def import_invoice(self) -> Any:
        return self.do(import_document, document=self.a_document())

    def a_seller(self) -> Any:
        return self.chance.choices(self.sellers, [5, 1])[0]

    def a_buyer(self) -> Any:
        return self.chance.choices(self.buyers, [6, 1, 1])[0]

    def a_document(self) -> Any:
        chance, currency = self.chance, self.chance.choice(CURRENCIES)
        unit = unit_of(currency)
        lines = [
            a_line(
                quantity=chance.choice(["1", "1", "3", "7", "-1"]),
                unit_price=str(chance.randint(1, 20_000) * unit),
                category=category,
                rate=rate,
                currency=currency,
            )
            for category, rate in (chance.choice(RATES) for _ in range(chance.randint(1, 4)))
        ]
        discount = AllowanceCharge(
            is_charge=chance.random() < 0.3,
            amount=chance.randint(1, 30) * unit,
            reason="Terms",
            tax_category=lines[0].tax_category,
            tax_rate=lines[0].tax_rate,
        )
        return an_invoice_document(
            self.a_seller(),
            self.a_buyer(),
            lines=lines,
            currency=currency,
            allowances_charges=[discount] if chance.random() < 0.3 else [],
            prepaid_amount=chance.choice([0, 0, 0, 50]) * unit,
            rounding_amount=chance.choice([0, 0, -4, 3]) * unit,
        )

    def draft_invoice(self) -> Any:
        finalize = self.chance.random() < 0.6
        return self.do(create_invoice, wish=self.an_invoice_wish(), finalize=finalize)

    def an_invoice_wish(self) -> InvoiceWish:
        chance = self.chance
        currency = chance.choice(CURRENCIES)
        return InvoiceWish(
            customer=self.a_buyer().pk,
            billing_entity=self.a_seller().pk,
            currency=currency,
            price_type=chance.choice(["tax_exclusive", "tax_inclusive"]),
            lines=tuple(
                LineWish(
                    name="Work",
                    quantity=Decimal(chance.randint(1, 5)),
                    unit_price=chance.randint(1, 9_999) * unit_of(currency),
                    tax_rate=Decimal(chance.choice([21, 9])),
                )
                for _ in range(chance.randint(1, 3))
            ),
        )

    def edit_invoice(self) -> Any:
        invoice = self.an_invoice(status="DRAFT")
        changes = {"lines": self.an_invoice_wish().lines[:1]}
        return self.do(update_invoice, invoice_id=invoice.pk, changes=changes)

    def finalize_invoice(self) -> Any:
        return self.do(finalize_invoice, invoice_id=self.an_invoice(status="DRAFT").pk)

    def hold_or_release_invoice(self) -> Any:
        invoice = self.an_invoice(status="DRAFT")
        deed = release_invoice if invoice.on_hold else hold_invoice
        return self.do(deed, invoice_id=invoice.pk)

    def delete_invoice(self) -> Any:
        return self.do(delete_invoice_draft, invoice_id=self.an_invoice(status="DRAFT").pk)

    def pay(self) -> Any:
        invoice = self.an_invoice(**OPEN)
        return self.do(
            record_payment,
            invoice_id=invoice.pk,
            amount=self.part(invoice.amount_due, invoice.currency),
            date=self.at.date(),
            method=self.chance.choice(["bank_transfer", "card", "cash"]),
            status=self.chance.choice(["SUCCEEDED", "SUCCEEDED", "IN_PROGRESS"]),
        )

    def settle_payment(self) -> Any:
        payment = self.one_of(Payment.objects.filter(status="IN_PROGRESS"))
        return self.do(settle_payment, payment_id=payment.pk, succeeded=self.chance.random() < 0.6)

    def withhold(self) -> Any:
        invoice = self.an_invoice(**OPEN)
        amount = self.part(invoice.amount_due / 5, invoice.currency)
        return self.do(record_tax_withheld, invoice_id=invoice.pk, amount=amount, date=self.at.date())

    def use_overpayment(self) -> Any:
        kept = self.one_of(Overpayment.objects.filter(amount_applied__lt=F("amount")))
        return self.do(apply_overpayment, invoice_id=self.an_invoice(**OPEN | parties_of(kept)).pk)

    # Credit notes

    def credit(self) -> Any:
        invoice = self.an_invoice()
        wish = Wish(selections=((invoice.pk, self.a_selection(invoice)),), **self.said())
        return self.do(credit, wish=wish, **self.at_once())

    def at_once(self) -> dict[str, bool]:
        finalize = self.chance.random() < 0.7
        return {"finalize": finalize, "notify": finalize and self.chance.random() < 0.2}

    def a_selection(self, invoice: Invoice) -> Selection:
        kind = self.chance.choice(["all", "lines", "lines", "lines", "amount", "amount", "free"])
        if kind == "all":
            return Selection()
        if kind == "amount":
            left = invoice.total - settlement_of(invoice).credited
            return Selection(amount=self.part(max(left, ZERO), invoice.currency))
        if kind == "free":
            group = self.chance.choice(invoice.taxes)
            price = abs(self.part(group.base / 3, invoice.currency))
            free = FreeLine(
                name="Bonus",
                quantity=Decimal(1),
                unit_price=price,
                tax_category=group.category,
                tax_rate=group.rate,
            )
            return Selection(free=(free,))
        lines = list(invoice.lines.all())
        some = self.chance.sample(lines, self.chance.randint(1, len(lines)))
        return Selection(picks=tuple(self.a_pick(line, invoice.currency) for line in some))

    def a_pick(self, line: Any, currency: str) -> Pick:
        kind = self.chance.choice(["rest", "quantity", "net"])
        if kind == "quantity":
            return Pick(invoice_line=line.pk, quantity=self.chance.choice([line.quantity, line.quantity / 2]))
        if kind == "net":
            net = round_amount(line.net_amount / self.chance.choice([1, 2, 3]), currency)
            return Pick(invoice_line=line.pk, net_amount=net)
        return Pick(invoice_line=line.pk)

    def said(self) -> dict[str, Any]:
        return {
            "type": self.chance.choice(["", "", "", "adjustment", "refundable", "store"]),
            "note": self.chance.choice(["", "Wrong price", "Łódź paid twice"]),
            "reason_code": self.chance.choice(["", "waiver"]),
            "details_source": self.chance.choice(["ORIGINAL", "ORIGINAL", "CURRENT"]),
            "series": self.chance.choice(["", "", "", "BONUS"]),
        }

    def credit_several(self) -> Any:
        untouched = Invoice.objects.final().filter(credit_note_references=None)
        first = self.one_of(untouched)
        others = untouched.filter(**parties_of(first)).exclude(pk=first.pk).order_by("-pk")[:2]
        selections = tuple((invoice.pk, self.a_selection(invoice)) for invoice in [first, *others])
        return self.do(credit, wish=Wish(selections=selections, **self.said()), finalize=True)

    def give_bonus(self) -> Any:
        chance = self.chance
        line = FreeLine(
            name="Bonus",
            quantity=Decimal(1),
            unit_price=Decimal(chance.randint(0, 300)),
            tax_category="S",
            tax_rate=Decimal(21),
        )
        buyer, seller = self.a_buyer(), self.a_seller()
        said = self.said() | {"currency": "EUR", "customer_id": buyer.pk, "billing_entity_id": seller.pk}
        return self.do(credit, wish=Wish(free=(line,), **said), **self.at_once())

    def write_off(self) -> Any:
        return self.do(write_off_invoice, invoice_id=self.an_invoice(**OPEN).pk)

    def credit_and_copy(self) -> Any:
        return self.do(
            credit_and_copy,
            invoice_id=self.an_invoice().pk,
            finalize_credit_note=self.chance.random() < 0.5,
            finalize_copy=self.chance.random() < 0.5,
        )

    def edit(self) -> Any:
        note = self.a_note(status="DRAFT")
        changes: dict[str, Any] = {"note": self.chance.choice(["", "Changed"]), "internal_comment": "Asked"}
        if note.invoice_id and self.chance.random() < 0.5:
            changes["selections"] = ((note.invoice_id, self.a_selection(note.invoice)),)
        return self.do(update_draft, credit_note_id=note.pk, changes=changes)

    def finalize(self) -> Any:
        note = self.a_note(status="DRAFT")
        return self.do(finalize_credit_note, credit_note_id=note.pk, notify=self.chance.random() < 0.2)

    def approve(self) -> Any:
        note = self.a_note(status="DRAFT", approved_at=None)
        return self.do(approve_credit_note, credit_note_id=note.pk, approver_id="usr_other")

    def hold_or_release(self) -> Any:
        note = self.a_note(status="DRAFT")
        deed = release_credit_note if note.on_hold else hold_credit_note
        return self.do(deed, credit_note_id=note.pk)

    def delete(self) -> Any:
        return self.do(delete_draft, credit_note_id=self.a_note(status="DRAFT").pk)

    def import_note(self) -> Any:
        invoice = self.an_invoice()
        number = self.chance.choice(["OLD-{}", "CR-2026-{:06}", "{}"]).format(self.chance.randint(1, 400))
        wish = Wish(
            selections=((invoice.pk, self.a_selection(invoice)),),
            number=number,
            date=self.at.date(),
            note="Old",
        )
        return self.do(import_credit_note, wish=wish)

    # Money

    def allocate(self) -> Any:
        note = self.a_note_with_credit()
        invoice = self.an_invoice(**OPEN | parties_of(note))
        amount = self.chance.choice([None, self.part(note.amount_available, note.currency)])
        return self.do(allocate, credit_note_id=note.pk, invoice_id=invoice.pk, amount=amount)

    def allocate_oldest(self) -> Any:
        return self.do(allocate_oldest_first, credit_note_id=self.a_note_with_credit().pk)

    def apply(self) -> Any:
        invoice = self.an_invoice(**OPEN | parties_of(self.a_note_with_credit()))
        return self.do(apply_credits, invoice_id=invoice.pk)

    def an_allocation(self) -> Any:
        own = Q(credit_note__references__invoice=F("invoice"))
        return self.one_of(Allocation.objects.filter(credit_note__status="FINAL", **UNUSED).exclude(own))

    def deallocate(self) -> Any:
        return self.do(deallocate, allocation_id=self.an_allocation().pk)

    def remove(self) -> Any:
        row = self.an_allocation()
        return self.do(remove_credit_note, invoice_id=row.invoice_id, credit_note_id=row.credit_note_id)

    def refund(self) -> Any:
        note = self.a_note_with_credit(type="refundable")
        amount = self.chance.choice([None, self.part(note.amount_available, note.currency)])
        return self.do(refund, credit_note_id=note.pk, amount=amount)

    def settle_refund(self) -> Any:
        row = self.one_of(Refund.objects.filter(status="PENDING"))
        succeeded = self.chance.random() < 0.6
        failure = "" if succeeded else "The account is closed"
        return self.do(settle_refund, refund_id=row.pk, succeeded=succeeded, failure=failure)

    def record_refund(self) -> Any:
        note = self.a_note_with_credit(type="refundable")
        return self.do(
            record_refund,
            credit_note_id=note.pk,
            amount=self.part(note.amount_available, note.currency),
            date=self.at.date(),
            method="bank_transfer",
        )

    def return_withheld(self) -> Any:
        note = self.a_note_with_credit(type="refundable", references__invoice__amount_withheld__gt=0)
        return self.do(return_tax_withheld, credit_note_id=note.pk, date=self.at.date())

    def remove_return(self) -> Any:
        row = self.one_of(TaxWithheldRefund.objects.filter(**UNUSED))
        return self.do(remove_tax_withheld_refund, refund_id=row.pk)

    # Undoing

    def void(self) -> Any:
        return self.do(void_credit_note, credit_note_id=self.a_note(**LIVE).pk, reason="By mistake")

    def credit_and_void(self) -> Any:
        """Void a note that has just become final: invoice and customer are where they were (law 9)."""
        invoice = self.an_invoice()
        before = where(invoice)
        wish = Wish(selections=((invoice.pk, self.a_selection(invoice)),), note="Soon undone")
        note = self.do(credit, wish=wish, finalize=True)
        self.do(void_credit_note, credit_note_id=note.pk, reason="By mistake")
        assert where(invoice) == before

    def reverse(self) -> Any:
        away = self.chance.choice([{"refunds__status": "SUCCEEDED"}, {"messages__isnull": False}])
        return self.do(reverse_credit_note, credit_note_id=self.a_note(**LIVE | away).pk, reason="Too late")

    # The house

    def change_settings(self) -> None:
        """Change what the platform wants, as its manager would."""
        Platform.objects.filter(pk=self.platform.pk).update(
            applies_credits=self.chance.random() < 0.5,
            keeps_overpayments=self.chance.random() < 0.8,
            approval_above=self.chance.choice([None, None, None, Decimal(100)]),
        )
        self.platform = Platform.objects.get(pk=self.platform.pk)

    def let_the_workers_work(self) -> None:
        """Let them do what follows for one paper: mostly one that somebody is to get by e-mail."""
        events = Event.objects.filter(reactions__status="PENDING")
        wanted = events.filter(type="billing.credit_note.finalized", data__notify=True)
        do_all_work(at=self.at, about=self.one_of(wanted if wanted.exists() else events).object_id)


def parties_of(row: Any) -> dict[str, str]:
    """Return what a paper, or an overpayment, has in common with the invoices that its credit may settle."""
    return {name: getattr(row, name) for name in ("customer_id", "billing_entity_id", "currency")}


def where(invoice: Invoice) -> Any:
    """Return where an invoice and its customer's credit stand."""
    now = Invoice.objects.with_settlement().get(pk=invoice.pk)
    notes = CreditNote.objects.live().filter(customer=invoice.customer_id)
    return settlement_of(now), now.amount_due, sum((note.amount_available for note in notes), ZERO)


def unit_of(currency: str) -> Decimal:
    return Decimal(1) if currency == "JPY" else Decimal("0.01")
