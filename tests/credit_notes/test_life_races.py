"""Void, reverse, hold and the rest at the same moment: one fate for one note, and books that add up."""

from collections import Counter
from decimal import Decimal
from functools import partial

import pytest
from django.core import mail

from billing.errors import BillingError
from billing.events import relay
from billing.events.models import Event, Reaction
from credit_notes.models import Allocation, CreditNote
from credit_notes.services import (
    allocate,
    credit_invoice,
    finalize_credit_note,
    hold_credit_note,
    reverse_credit_note,
    void_credit_note,
)
from credit_notes.services.limits import standing_of
from credit_notes.services.record_refund import record_refund
from credit_notes.services.refund import refund
from invoices.models import Invoice
from tests.factories import (
    CLERK,
    NOON,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_line,
    a_paid_invoice,
    a_payment,
    a_platform,
)
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = range(3)


@pytest.fixture
def platform(transactional_db):
    return a_platform()


def fates(outcomes: list) -> Counter:
    """Count the refusals by code, and what was done as `done`. Nothing else may come."""
    strange = [row for row in outcomes if isinstance(row, Exception) and not isinstance(row, BillingError)]
    assert not strange, strange
    return Counter(getattr(outcome, "code", "done") for outcome in outcomes)


def deeds(note: CreditNote) -> dict[str, object]:
    wish = {"platform": note.platform, "credit_note_id": note.pk, "actor": CLERK, "at": NOON}
    return {
        "void": partial(void_credit_note, **wish, reason="Wrong"),
        "reverse": partial(reverse_credit_note, **wish, reason="Wrong"),
        "refund": partial(refund, **wish),
        "record": partial(
            record_refund, **wish, amount=Decimal("21.00"), date=NOON.date(), method="bank_transfer"
        ),
    }


def books_add_up(platform) -> None:
    """Check laws 2, 4 and 5 on every row of a platform."""
    for invoice in Invoice.objects.for_platform(platform):
        rows = Allocation.objects.filter(invoice=invoice)
        assert sum((row.amount for row in rows), Decimal(0)) == invoice.amount_credited
        assert invoice.amount_due >= 0
    for note in CreditNote.objects.for_platform(platform):
        allocated = sum((row.amount for row in note.allocations.all()), Decimal(0))
        refunded = sum((row.amount for row in note.refunds.exclude(status="FAILED")), Decimal(0))
        assert (allocated, refunded) == (note.amount_allocated, note.amount_refunded)


def test_sixteen_voids_at_once_void_once(platform):
    note = a_final_note(a_final_invoice(platform))

    outcomes = at_once([deeds(note)["void"]] * 16)

    assert fates(outcomes) == {"done": 1, "already_voided": 15}
    assert Event.objects.filter(type="billing.credit_note.voided").count() == 1
    assert [row.amount for row in note.allocations.order_by("id")] == [Decimal("121.00"), Decimal("-121.00")]
    books_add_up(platform)


def test_eight_reversals_at_once_issue_one_invoice(platform):
    # given
    note = a_final_note(a_paid_invoice(platform))
    deeds(note)["record"]()

    # when
    outcomes = at_once([deeds(note)["reverse"]] * 8)

    # then
    assert fates(outcomes) == {"done": 1, "already_reversed": 7}
    made = Invoice.objects.exclude(reverses=None).get()
    assert (made.number, made.amount_due) == ("INV-2026-000001", Decimal("21.00"))
    books_add_up(platform)


@pytest.mark.parametrize("round_", ROUNDS)
def test_a_note_is_voided_or_its_money_is_used_but_never_both(platform, round_):
    # given
    note = a_final_note(a_paid_invoice(platform))
    others = [a_final_invoice(platform, lines=[a_line("20.00")]) for _ in range(3)]
    wish = {"platform": platform, "credit_note_id": note.pk, "actor": CLERK, "at": NOON}
    give = [partial(allocate, **wish, invoice_id=other.pk) for other in others]
    do = deeds(note)

    # when
    outcomes = at_once(
        [do["void"], *give, do["refund"], do["record"], do["void"], *give, do["reverse"], do["void"]]
    )

    # then
    fates(outcomes)
    note = CreditNote.objects.get(pk=note.pk)
    is_used = note.refunds.exists() or note.allocations.exists()
    assert (note.status == "VOID") != is_used
    assert (note.reversed_by is not None) <= is_used
    books_add_up(platform)


@pytest.mark.parametrize("round_", ROUNDS)
def test_voids_credits_and_payments_at_once_leave_books_that_add_up(platform, round_):
    # given
    invoice = a_final_invoice(platform)
    note = a_final_note(invoice)
    wish = {"platform": platform, "invoice_id": invoice.pk, "actor": CLERK, "at": NOON}

    # when
    again = partial(credit_invoice, **wish, finalize=True)
    pay = partial(a_payment, invoice, "50.00")
    outcomes = at_once([deeds(note)["void"], again, pay, deeds(note)["void"], again, pay, again])

    # then
    assert fates(outcomes[::3])["done"] >= 1
    assert CreditNote.objects.get(pk=note.pk).status == "VOID"
    standing = standing_of(Invoice.objects.with_settlement().get(pk=invoice.pk))
    assert standing.settlement.credited in (Decimal(0), Decimal("121.00"))
    assert CreditNote.objects.live().count() == len(standing.used_by) <= 1
    numbers = sorted(CreditNote.objects.exclude(number="").values_list("number", flat=True))
    assert numbers == [f"CR-2026-{place:06}" for place in range(1, len(numbers) + 1)]
    books_add_up(platform)


@pytest.mark.parametrize("round_", ROUNDS)
def test_a_note_is_e_mailed_or_voided_but_never_both(platform, round_):
    # given: all that is left to do is the e-mail
    note = a_final_note(a_final_invoice(platform), notify=True)
    work = {"event__object_id": note.pk, "name": "email_credit_note"}
    while not (waiting := Reaction.objects.filter(**work).first()):
        for reaction in Reaction.objects.pending().filter(attempts=0):
            relay.react(reaction_id=reaction.pk, at=NOON)

    # when
    send = partial(relay.react, reaction_id=waiting.pk, at=NOON)
    voided, *_ = at_once([deeds(note)["void"], send, send])

    # then
    is_void = CreditNote.objects.get(pk=note.pk).status == "VOID"
    assert is_void == (getattr(voided, "code", "done") == "done")
    assert len(mail.outbox) == note.messages.count() == (0 if is_void else 1)


@pytest.mark.parametrize("round_", ROUNDS)
def test_finalising_holding_and_voiding_at_once_leave_one_state(platform, round_):
    # given
    draft = a_draft_note(a_final_invoice(platform))
    wish = {"platform": platform, "credit_note_id": draft.pk, "actor": CLERK, "at": NOON}

    # when
    finalized, held, voided = at_once(
        [
            partial(finalize_credit_note, **wish),
            partial(hold_credit_note, **wish),
            partial(void_credit_note, **wish, reason="Wrong"),
        ]
    )

    # then
    fates([finalized, held, voided])
    note = CreditNote.objects.get(pk=draft.pk)
    if note.is_draft:
        assert note.on_hold
        assert (finalized.code, voided.code) == ("changed_meanwhile", "note_not_final")
    else:
        assert (note.number, note.on_hold) == ("CR-2026-000001", False)
    books_add_up(platform)
