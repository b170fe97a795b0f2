"""Giving up what is due: an adjustment over all of it."""

from decimal import Decimal

import pytest

from billing.events.models import Reaction
from billing.platforms.models import Customer
from credit_notes.models import CreditNote, SentMessage
from credit_notes.services import write_off_invoice
from invoices.models import Invoice
from tests.factories import (
    CLERK,
    NOON,
    a_draft_invoice,
    a_final_invoice,
    a_line,
    a_paid_invoice,
    a_payment,
    a_platform,
)
from tests.work import do_all_work

from .stories import balance_of, due, issue, lump_sum, refused, sums_of, void


def write_off(invoice: Invoice, **wish: object) -> CreditNote:
    defaults = {"platform": invoice.platform, "invoice_id": invoice.pk, "actor": CLERK, "at": NOON}
    return CreditNote.objects.get(pk=write_off_invoice(**defaults | wish).pk)


def test_all_that_is_due_is_written_off(platform):
    # given
    invoice = a_final_invoice(platform, lines=[a_line("100.00"), a_line("50.00", rate="9")])
    a_payment(invoice, "75.50")

    # when
    note = write_off(invoice)

    # then
    assert (note.status, note.reason_code, note.number) == ("FINAL", "write_off", "CR-2026-000001")
    assert balance_of(note) == ("adjustment", "100.00", "0.00", "0.00")
    assert sums_of(note) == ("85.47", "14.53", "100.00")
    assert due(invoice) == "0.00"
    assert Invoice.objects.get(pk=invoice.pk).amount_paid == Decimal("75.50")


def test_it_can_be_drafted_with_another_reason(platform):
    invoice = a_final_invoice(platform)

    draft = write_off(invoice, finalize=False, reason_code="waiver", note="Insolvent since May")

    assert (draft.status, draft.reason_code, draft.note) == ("DRAFT", "waiver", "Insolvent since May")
    assert due(invoice) == "121.00"


def test_what_notes_have_cleared_is_not_written_off_again(platform):
    invoice = a_final_invoice(platform)
    issue(invoice, lump_sum("21.00"))

    assert f"{write_off(invoice).total:.2f}" == "100.00"


def test_a_void_makes_it_due_again(platform):
    invoice = a_final_invoice(platform)

    void(write_off(invoice))

    assert due(invoice) == "121.00"


def test_a_payment_in_progress_stands_in_the_way(platform):
    invoice = a_final_invoice(platform)
    a_payment(invoice, "40.00", status="IN_PROGRESS")

    refusal = refused(lambda: write_off(invoice))

    assert (refusal.code, refusal.status) == ("payment_in_progress", 409)
    assert refusal.facts["terms"]["payments_in_progress"] == "40.00"


@pytest.mark.parametrize("make", [a_paid_invoice, lambda platform: issue_all(a_final_invoice(platform))])
def test_where_nothing_is_due_nothing_is_written_off(platform, make):
    invoice = make(platform)

    assert refused(lambda: write_off(invoice)).code == "nothing_due"


def issue_all(invoice: Invoice) -> Invoice:
    issue(invoice, lump_sum(str(invoice.total)))
    return invoice


def test_only_a_final_invoice_of_the_platform_is_written_off(platform):
    draft, theirs = a_draft_invoice(platform), a_final_invoice(a_platform("Other Group"))
    theirs.platform = platform

    assert refused(lambda: write_off(draft)).code == "invoice_not_final"
    assert refused(lambda: write_off(theirs)).code == "not_found"


def test_a_write_off_is_not_sent_to_an_address_that_was_emptied_meanwhile(platform, outbox):
    # given
    invoice = a_final_invoice(platform)
    write_off(invoice, notify=True)
    Customer.objects.update(email="")

    # when
    do_all_work()

    # then
    assert len(outbox) == 0
    assert not SentMessage.objects.exists()
    work = Reaction.objects.get(name="email_credit_note")
    assert work.status == "FAILED"
    assert work.last_error == f"no_recipient: {invoice.customer} has no e-mail address."
