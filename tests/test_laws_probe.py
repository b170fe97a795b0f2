"""A walk at random over everything that can be done. After every step the books must balance.

LAWS_WALKS=200 walks longer, and another way each time; without it the walks are always the same.
"""

import os
from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from billing.documents.models import SeriesCounter
from billing.documents.snapshot import AllowanceCharge, Line
from billing.errors import BillingError
from credit_notes.models import CreditNote
from credit_notes.services import credit_invoice, delete_draft, finalize_credit_note, update_draft
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

WALKS = int(os.environ.get("LAWS_WALKS", "0"))
T = TypeVar("T")
ZERO = Decimal(0)
from collections import Counter
STAT=Counter()

PICKS = st.integers(0, 10**6)
RATES = st.sampled_from([("S", "21"), ("S", "9"), ("S", "5.5"), ("Z", "0"), ("AE", "0")])
CENTS = st.integers(1, 20_000)
LINES = st.lists(st.tuples(CENTS, RATES, st.integers(0, 5)), min_size=1, max_size=4)
"""Amounts in minor units, each with its VAT; one line in six is a returned item."""
DISCOUNTS = st.none() | st.integers(1, 30)
TYPES = st.sampled_from(["", "", "", "adjustment", "refundable", "store"])


def lines_of(wishes: Sequence[tuple[int, tuple[str, str], int]], currency: str) -> list[Line]:
    unit = Decimal(1) if currency == "JPY" else Decimal("0.01")
    return [
        a_line(
            quantity="-1" if returned == 5 else "1",
            unit_price=str(units * unit),
            category=category,
            rate=rate,
            currency=currency,
        )
        for units, (category, rate), returned in wishes
    ]


class Books(RuleBasedStateMachine):
    """What a clerk, a bank and a machine may do to two sellers' invoices, wishes that are refused included.

    Each step knows from the rows whether it must succeed; on a refusal nothing may have changed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @initialize()
    def open_the_books(self) -> None:
        self.at = NOON
        self.platform, self.stranger = a_platform(), a_platform("Other Group")
        self.sellers = [
            an_entity(self.platform),
            an_entity(self.platform, name="Acme Services B.V.", vat_number="NL004495445B01"),
        ]
        buyers: list[dict[str, str]] = [
            {},
            {"vat_number": "BE0403019261", "email": ""},
            {"vat_number": "BE0404616494", "endpoint_id": "", "endpoint_scheme": ""},
        ]
        self.buyers = [a_customer(self.platform, **buyer) for buyer in buyers]
        self.draft_invoice = a_draft_invoice(self.platform)

    # How a step is taken

    def step(self, deed: Callable[..., Any], *, refused: str = "", at: Any = None, **wish: Any) -> None:
        STAT[deed.__name__, refused, wish.get("type",""), wish.get("finalize","")]+=1
        """Do a deed that must succeed, or be refused with this code and change nothing."""
        self.at += timedelta(minutes=1)
        wish = {"platform": self.platform, "actor": CLERK, "at": at or self.at} | wish
        if not refused:
            deed(**wish)
            return
        before = digest_of_rows()
        with pytest.raises(BillingError) as caught:
            deed(**wish)
        assert caught.value.code == refused, caught.value.detail
        assert digest_of_rows() == before

    @staticmethod
    def one_of(rows: Any, pick: int) -> Any:
        found = list(rows.order_by("pk"))
        return found[pick % len(found)] if found else None

    def an_invoice(self, pick: int) -> Invoice | None:
        return self.one_of(Invoice.objects.final(), pick)

    def a_note(self, pick: int) -> CreditNote | None:
        return self.one_of(CreditNote.objects.all(), pick)

    # What is expected, by the rows

    @staticmethod
    def most_that_can_be_credited(invoice: Invoice) -> Decimal:
        waiting = invoice.payments.filter(status="IN_PROGRESS")
        adjustable = max(invoice.amount_due - sum((row.amount for row in waiting), ZERO), ZERO)
        return adjustable + invoice.amount_paid

    def refusal_of_total(self, invoice: Invoice, type: str) -> str:
        most = self.most_that_can_be_credited(invoice)
        if invoice.total > most:
            return "amount_exceeds_creditable"
        if type == "adjustment" and invoice.total > most - invoice.amount_paid:
            return "amount_exceeds_adjustable"
        return ""

    @staticmethod
    def refusal_of_paper(invoice: Invoice, notify: bool) -> str:
        if notify and not invoice.customer.email:
            return "no_recipient"
        return "" if invoice.customer.endpoint_id else "einvoice_invalid"

    @staticmethod
    def refusal_of_date(invoice: Invoice, at: Any) -> str:
        counter = SeriesCounter.objects.filter(series__billing_entity=invoice.billing_entity).first()
        return "date_before_last_issued" if counter and counter.last_date > at.date() else ""

    def refusal_of_credit(self, invoice: Invoice, type: str, *, finalize: bool, notify: bool) -> str:
        notes = {note.status for note in invoice.credit_notes.all()}
        paper = self.refusal_of_paper(invoice, notify) if finalize else ""
        if invoice.total <= ZERO:
            return "nothing_left_to_credit"
        if paper or "FINAL" in notes:
            return paper or "nothing_left_to_credit"
        drafted = "full_credit_is_drafted" if notes else ""
        return self.refusal_of_total(invoice, type) or drafted

    # The steps

    @rule(
        seller=PICKS,
        buyer=PICKS,
        lines=LINES,
        currency=st.sampled_from(["EUR", "EUR", "EUR", "JPY", "HUF"]),
        discount=DISCOUNTS,
        prepaid=st.none() | st.integers(0, 120),
        rounding=st.integers(-4, 4),
    )
    def import_invoice(
        self,
        seller: int,
        buyer: int,
        lines: Any,
        currency: str,
        discount: int | None,
        prepaid: int | None,
        rounding: int,
    ) -> None:
        unit = Decimal(1) if currency == "JPY" else Decimal("0.01")
        rows = lines_of(lines, currency)
        allowances = []
        if discount:
            allowances.append(
                AllowanceCharge(
                    is_charge=False,
                    amount=discount * unit,
                    reason="Discount",
                    tax_category=rows[0].tax_category,
                    tax_rate=rows[0].tax_rate,
                )
            )
        fields = {"lines": rows, "allowances_charges": allowances, "currency": currency}
        parties = self.sellers[seller % 2], self.buyers[buyer % 3]
        document = an_invoice_document(*parties, rounding_amount=rounding * unit, **fields)
        if prepaid:
            share = (document.totals.total * prepaid / 100).quantize(unit)
            document = an_invoice_document(
                *parties, rounding_amount=rounding * unit, prepaid_amount=max(share, ZERO), **fields
            )
        self.step(import_document, document=document)

    @rule(pick=PICKS)
    def import_it_once_more(self, pick: int) -> None:
        if invoice := self.an_invoice(pick):
            self.step(import_document, document=invoice.snapshot, refused="number_in_use")

    @rule(pick=PICKS, percent=st.integers(1, 130), status=st.sampled_from(["SUCCEEDED", "IN_PROGRESS"]))
    def pay(self, pick: int, percent: int, status: str) -> None:
        invoice = self.an_invoice(pick)
        if invoice is None:
            return
        unit = Decimal(1) if invoice.currency == "JPY" else Decimal("0.01")
        amount = (invoice.amount_due * percent / 100).quantize(unit)
        fits = ZERO < amount <= invoice.amount_due
        self.step(
            record_payment,
            invoice_id=invoice.pk,
            amount=amount,
            date=self.at.date(),
            method="bank_transfer",
            status=status,
            refused="" if fits else "payment_not_possible",
        )

    @rule(pick=PICKS, succeeded=st.booleans())
    def settle(self, pick: int, succeeded: bool) -> None:
        payment = self.one_of(Payment.objects.all(), pick)
        if payment is None:
            return
        invoice = Invoice.objects.get(pk=payment.invoice_id)
        possible = payment.status == "IN_PROGRESS" and (not succeeded or payment.amount <= invoice.amount_due)
        self.step(
            settle_payment,
            payment_id=payment.pk,
            succeeded=succeeded,
            refused="" if possible else "payment_not_possible",
        )

    @rule(pick=PICKS, type=TYPES, finalize=st.booleans(), notify=st.booleans())
    def credit(self, pick: int, type: str, finalize: bool, notify: bool) -> None:
        if invoice := self.an_invoice(pick):
            refused = self.refusal_of_credit(invoice, type, finalize=finalize, notify=notify)
            wish = {"type": type, "finalize": finalize, "notify": notify}
            self.step(credit_invoice, invoice_id=invoice.pk, **wish, refused=refused)

    @rule(pick=PICKS, notify=st.booleans(), days=st.sampled_from([0, 0, 0, -1, 1]))
    def finalize(self, pick: int, notify: bool, days: int) -> None:
        note = self.a_note(pick)
        if note is None:
            return
        invoice = Invoice.objects.get(pk=note.invoice_id)
        self.at += timedelta(days=max(days, 0))
        at = self.at + timedelta(days=min(days, 0))
        refused = "note_not_draft"
        if note.status == "DRAFT":
            refused = (
                self.refusal_of_paper(invoice, notify)
                or self.refusal_of_total(invoice, "" if note.is_type_automatic else note.type)
                or self.refusal_of_date(invoice, at)
            )
        wish = {"credit_note_id": note.pk, "notify": notify, "at": at}
        self.step(finalize_credit_note, **wish, refused=refused)

    @rule(pick=PICKS, text=st.sampled_from(["", "Wrong price", "Łódź"]), comment=st.sampled_from(["", "Ask"]))
    def edit(self, pick: int, text: str, comment: str) -> None:
        if note := self.a_note(pick):
            allowed = note.status == "DRAFT" or note.note == text
            self.step(
                update_draft,
                credit_note_id=note.pk,
                changes={"note": text, "internal_comment": comment},
                refused="" if allowed else "note_not_draft",
            )

    @rule(pick=PICKS)
    def delete(self, pick: int) -> None:
        if note := self.a_note(pick):
            refused = "" if note.status == "DRAFT" else "note_not_draft"
            self.step(delete_draft, credit_note_id=note.pk, refused=refused)

    @rule()
    def credit_a_draft_invoice(self) -> None:
        self.step(credit_invoice, invoice_id=self.draft_invoice.pk, refused="invoice_not_final")

    @rule(pick=PICKS)
    def ask_from_another_platform(self, pick: int) -> None:
        if invoice := self.an_invoice(pick):
            self.step(credit_invoice, platform=self.stranger, invoice_id=invoice.pk, refused="not_found")

    @rule()
    def let_the_workers_work(self) -> None:
        do_all_work(at=self.at)
        for law in laws.LAWS_WHEN_ALL_IS_DONE:
            law()

    @invariant()
    def the_books_balance(self) -> None:
        laws.all_laws()


@pytest.mark.django_db
def test_whatever_is_done_the_books_balance(outbox):
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=WALKS or 20,
            stateful_step_count=30,
            derandomize=not WALKS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

    for k,v in sorted(STAT.items(), key=str): print(k,v)
