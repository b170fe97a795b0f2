"""Refunds: reserved first, settled later, never more than the note or its payments have."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from billing.errors import BillingError
from billing.events.models import Event
from credit_notes.models import CreditNote, Refund
from credit_notes.selection import FreeLine, Selection
from credit_notes.services import (
    allocate,
    finalize_credit_note,
    plan_refund,
    record_refund,
    refund,
    settle_refund,
)
from credit_notes.services.credit import credit
from credit_notes.wish import Wish
from invoices.services import settle_payment
from tests.books import digest_of_rows
from tests.factories import (
    CLERK,
    NOON,
    a_customer,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_gateway_account,
    a_paid_invoice,
    a_payment,
    a_platform,
    an_entity,
)
from tests.work import do_all_work

TODAY = NOON.date()


def a_note_on(platform, *payments: tuple, **fields) -> CreditNote:
    """A note that credits all of an invoice of 121.00, which was paid by these: amount, day, method."""
    invoice = a_final_invoice(platform, **fields)
    for amount, day, method, *reference in payments:
        a_payment(
            invoice,
            amount,
            date=date(2026, 11, day),
            method=method,
            reference=reference[0] if reference else "",
        )
    return a_final_note(invoice)


def refunded(note: CreditNote, amount: str | None = None, **wish) -> list[Refund]:
    defaults = {"actor": CLERK, "at": NOON}
    return refund(
        platform=note.platform,
        credit_note_id=note.pk,
        amount=None if amount is None else Decimal(amount),
        **defaults | wish,
    )


def settled(row: Refund, succeeded: bool = True, **wish) -> Refund:
    defaults = {
        "platform": row.platform,
        "refund_id": row.pk,
        "succeeded": succeeded,
        "actor": CLERK,
        "at": NOON,
    }
    return settle_refund(**defaults | wish)


def refusal(deed, *args, **wish) -> BillingError:
    """Return how a deed was refused. Nothing has happened."""
    before = digest_of_rows()
    with pytest.raises(BillingError) as caught:
        deed(*args, **wish)
    assert digest_of_rows() == before
    return caught.value


def again(note: CreditNote) -> CreditNote:
    return CreditNote.objects.get(pk=note.pk)


def told(note: CreditNote) -> list[tuple]:
    """Return what the events of refunds say: the verb, and the amounts before and after."""
    rows = Event.objects.filter(object_id=note.pk, type__contains=".refund_").order_by("id")
    return [
        (
            row.type.rpartition("_")[2],
            row.data["refund"]["amount"],
            row.data["previous"].get("amount_available"),
            row.data["object"]["amount_available"],
        )
        for row in rows
    ]


# The first phase


def test_a_refund_reserves_its_amount_at_once(platform):
    note = a_final_note(a_paid_invoice(platform))

    (row,) = refunded(note, "21.00")

    assert (row.status, row.amount, row.gateway, row.method) == (
        "PENDING",
        Decimal("21.00"),
        "manual",
        "bank_transfer",
    )
    note = again(note)
    assert (note.amount_refunded, note.amount_available, note.settlement) == (
        Decimal("21.00"),
        Decimal("100.00"),
        "refund_due",
    )
    assert told(note) == [("pending", "21.00", "121.00", "100.00")]


def test_without_an_amount_all_that_is_available_goes_back(platform):
    note = a_final_note(a_paid_invoice(platform))

    (row,) = refunded(note)

    assert row.amount == Decimal("121.00")
    assert again(note).settlement == "refunded"


def test_only_what_was_not_cleared_goes_back(platform):
    invoice = a_final_invoice(platform)
    a_payment(invoice, "21.00")
    note = a_final_note(invoice)

    (row,) = refunded(note)

    assert (note.amount_allocated, row.amount) == (Decimal("100.00"), Decimal("21.00"))


def test_the_waterfall_takes_online_payments_first_and_the_newest_of_each_first(platform):
    # given
    a_gateway_account(platform)
    note = a_note_on(
        platform,
        ("30.00", 5, "bank_transfer"),
        ("20.00", 6, "stripe", "pi_old"),
        ("40.00", 7, "cash"),
        ("31.00", 8, "stripe", "pi_new"),
    )

    # when
    _, plan = plan_refund(platform=platform, credit_note_id=note.pk, amount=Decimal("100.00"))
    rows = refunded(note, "100.00")

    # then
    steps = [("stripe", "31.00"), ("stripe", "20.00"), ("manual", "40.00"), ("manual", "9.00")]
    assert [(leg.gateway, f"{leg.amount:.2f}") for leg in plan.legs] == steps
    assert [(row.gateway, f"{row.amount:.2f}") for row in rows] == steps
    assert [row.method for row in rows] == ["stripe", "stripe", "cash", "bank_transfer"]
    assert [row.payment.reference for row in rows[:2]] == ["pi_new", "pi_old"]
    assert [after for *_, after in told(note)] == ["90.00", "70.00", "30.00", "21.00"]


@pytest.mark.parametrize("reference", ["", "pi_1"])
def test_a_stripe_payment_that_cannot_be_sent_back_is_paid_out_by_hand(platform, reference):
    if not reference:
        a_gateway_account(platform)
    note = a_note_on(platform, ("121.00", 5, "stripe", reference))

    (row,) = refunded(note)

    assert (row.gateway, row.method) == ("manual", "stripe")


def test_each_payment_gives_only_what_has_not_gone_back(platform):
    note = a_note_on(platform, ("60.00", 5, "cash"), ("61.00", 6, "card"))
    refunded(note, "50.00")

    rows = refunded(note, "20.00")

    assert [(row.method, row.amount) for row in rows] == [
        ("card", Decimal("11.00")),
        ("cash", Decimal("9.00")),
    ]


def test_a_payment_that_failed_gives_nothing(platform):
    invoice = a_final_invoice(platform)
    failed = a_payment(invoice, "40.00", method="direct_debit", status="IN_PROGRESS")
    settle_payment(platform=platform, payment_id=failed.pk, succeeded=False, actor=CLERK, at=NOON)
    came = a_payment(invoice, "50.00", method="cash")
    note = a_final_note(invoice)

    assert [(row.payment_id, row.amount) for row in refunded(note)] == [(came.pk, Decimal("50.00"))]


def test_a_note_over_several_invoices_draws_on_each_only_for_what_it_takes_of_it(platform):
    # given
    invoices = [a_final_invoice(platform), a_final_invoice(platform)]
    for invoice, day in zip(invoices, (5, 6), strict=True):
        a_payment(invoice, "121.00", date=date(2026, 11, day))
    wish = Wish(
        selections=(
            (invoices[0].pk, Selection(amount=Decimal("60.50"))),
            (invoices[1].pk, Selection(amount=Decimal("84.70"))),
        )
    )
    note = credit(platform=platform, wish=wish, finalize=True, actor=CLERK, at=NOON)

    # when
    rows = refunded(note)

    # then
    assert [(row.payment.invoice_id, row.amount) for row in rows] == [
        (invoices[1].pk, Decimal("84.70")),
        (invoices[0].pk, Decimal("60.50")),
    ]


def test_a_standalone_note_is_paid_out_by_hand_and_against_no_payment(platform):
    an_entity(platform)
    bonus = FreeLine(
        name="Bonus", quantity=Decimal(1), unit_price=Decimal("50.00"), tax_category="Z", tax_rate=Decimal(0)
    )
    wish = Wish(customer_id=a_customer(platform).pk, free=(bonus,), currency="EUR", note="Thank you")
    note = credit(platform=platform, wish=wish, finalize=True, actor=CLERK, at=NOON)

    (row,) = refunded(note)

    assert (row.payment, row.gateway, row.method, row.amount) == (None, "manual", "other", Decimal("50.00"))


# The second phase


def test_a_refund_that_was_paid_out_by_hand_succeeds_when_somebody_says_so(platform):
    note = a_final_note(a_paid_invoice(platform))
    (row,) = refunded(note)
    do_all_work()
    assert Refund.objects.get().status == "PENDING"

    settled(row, provider_reference="SEPA-7", date=TODAY)

    row = Refund.objects.get()
    assert (row.status, row.date, row.provider_reference) == ("SUCCEEDED", TODAY, "SEPA-7")
    assert row.refunded_at == NOON
    assert again(note).amount_refunded == Decimal("121.00")
    assert told(note)[1:] == [("succeeded", "121.00", None, "0.00")]


def test_a_refund_that_failed_gives_its_amount_back_and_says_why(platform):
    note = a_final_note(a_paid_invoice(platform))
    (row,) = refunded(note, "21.00")

    settled(row, succeeded=False, failure="The account is closed.")

    row = Refund.objects.get()
    assert (row.status, row.failure, row.date, row.refunded_at) == (
        "FAILED",
        "The account is closed.",
        None,
        None,
    )
    note = again(note)
    assert (note.amount_refunded, note.amount_available) == (Decimal(0), Decimal("121.00"))
    assert told(note)[1:] == [("failed", "21.00", "100.00", "121.00")]
    event = Event.objects.filter(type="billing.credit_note.refund_failed").get()
    assert event.data["refund"]["failure"] == "The account is closed."
    assert event.data["previous"]["refund"] == {"status": "PENDING"}
    assert event.actor == CLERK


def test_what_a_failed_refund_gave_back_can_be_refunded_again(platform):
    note = a_final_note(a_paid_invoice(platform))
    (row,) = refunded(note)
    settled(row, succeeded=False, failure="The account is closed.")

    (again_,) = refunded(note)

    assert (again_.amount, again_.payment_id) == (Decimal("121.00"), row.payment_id)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("second", [True, False])
def test_a_refund_is_settled_once(platform, first, second):
    note = a_final_note(a_paid_invoice(platform))
    (row,) = refunded(note)
    settled(row, first, failure="No.")

    refused = refusal(settled, row, second, failure="No.")

    assert refused.code == "refund_is_settled"


@pytest.mark.parametrize(
    ("wish", "code", "field"),
    [
        ({"succeeded": False}, "failure_missing", "failure"),
        ({"succeeded": False, "failure": "  "}, "failure_missing", "failure"),
        ({"date": TODAY + timedelta(days=1)}, "date_in_future", "date"),
        ({"date": TODAY - timedelta(days=1)}, "date_before_note", "date"),
    ],
)
def test_settling_without_sense_is_refused(platform, wish, code, field):
    (row,) = refunded(a_final_note(a_paid_invoice(platform)))

    refused = refusal(settled, row, **wish)

    assert (refused.code, refused.field) == (code, field)


def test_what_a_provider_settles_nobody_settles_by_hand(platform):
    account = a_gateway_account(platform)
    note = a_note_on(platform, ("121.00", 5, "stripe", "pi_1"))
    (row,) = refunded(note)

    refused = refusal(settled, row)
    account.delete()
    settled(row)

    assert refused.code == "refund_is_with_gateway"
    assert Refund.objects.get().status == "SUCCEEDED"


# Refusals


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("0", "amount_not_possible"),
        ("-5.00", "amount_not_possible"),
        ("1.001", "amount_not_possible"),
        ("NaN", "amount_not_possible"),
        ("Infinity", "amount_not_possible"),
        ("1E+30", "amount_not_possible"),
        ("9" * 400, "amount_not_possible"),
        ("121.01", "refund_exceeds_available"),
    ],
)
def test_amounts_that_cannot_be_are_refused(platform, amount, code):
    note = a_final_note(a_paid_invoice(platform))

    refused = refusal(refunded, note, amount)

    assert (refused.code, refused.field) == (code, "amount")


def test_more_than_is_available_is_refused_with_the_limit_and_what_used_it_up(platform):
    note = a_final_note(a_paid_invoice(platform))
    (row,) = refunded(note, "100.00")

    refused = refusal(refunded, note, "21.01")

    assert refused.code == "refund_exceeds_available"
    assert refused.facts == {
        "requested": "21.01",
        "limit": "21.00",
        "currency": "EUR",
        "terms": {
            "total": "121.00",
            "amount_allocated": "0.00",
            "amount_refunded": "100.00",
            "amount_available": "21.00",
        },
        "used_by": [{"object": "refund", "id": row.pk, "status": "PENDING", "amount": "100.00"}],
    }


def test_nothing_available_is_refused(platform):
    note = a_final_note(a_paid_invoice(platform))
    refunded(note)

    assert refusal(refunded, note).code == "nothing_available"
    assert refusal(refunded, a_final_note(a_final_invoice(platform))).code == "nothing_available"


def test_a_draft_and_anothers_note_are_refused(platform):
    draft = a_draft_note(a_paid_invoice(platform))
    stranger = a_platform("Somebody else")

    assert refusal(refunded, draft).code == "note_not_final"
    wish = {"credit_note_id": draft.pk, "actor": CLERK, "at": NOON}
    assert refusal(refund, platform=stranger, **wish).code == "not_found"


def test_store_credit_is_not_paid_out(platform):
    draft = a_draft_note(a_paid_invoice(platform), type="store")
    note = finalize_credit_note(platform=platform, credit_note_id=draft.pk, actor=CLERK, at=NOON)

    assert refusal(refunded, note).code == "store_is_not_paid_out"
    assert refusal(refunded, note, "5.00").code == "store_is_not_paid_out"


def test_more_than_the_payments_can_return_is_refused_with_what_remains(platform):
    # given: of 121.00, the customer paid 50.00, and another note's credit settled the rest
    other = a_final_note(a_paid_invoice(platform))
    invoice = a_final_invoice(platform)
    paid = a_payment(invoice, "50.00", method="cash")
    allocate(platform=platform, credit_note_id=other.pk, invoice_id=invoice.pk, actor=CLERK, at=NOON)
    note = a_final_note(invoice)

    # when
    refused = refusal(refunded, note)

    # then
    assert (refused.code, refused.field) == ("refund_exceeds_payments", "amount")
    assert refused.detail == (
        "The payments can return 50.00 EUR, and 71.00 EUR would remain: "
        "give that to another invoice, or record a refund made elsewhere."
    )
    assert refused.facts == {
        "limit": "50.00",
        "requested": "121.00",
        "remains": "71.00",
        "currency": "EUR",
        "payments": [{"id": paid.pk, "invoice": invoice.pk, "amount": "50.00", "refunds": []}],
    }
    assert [row.amount for row in refunded(note, "50.00")] == [Decimal("50.00")]


def test_a_mandatory_reason_must_be_given_and_known(platform):
    note = a_final_note(a_paid_invoice(platform))
    platform.requires_refund_reason = True
    platform.save()

    assert refusal(refunded, note).code == "reason_code_required"
    assert refusal(refunded, note, reason_code="because").code == "reason_code_unknown"
    (row,) = refunded(note, reason_code="product_unsatisfactory")
    assert row.reason_code == "product_unsatisfactory"


def test_a_plan_moves_nothing(platform):
    note = a_final_note(a_paid_invoice(platform))
    before = digest_of_rows()

    _, plan = plan_refund(platform=platform, credit_note_id=note.pk)

    assert digest_of_rows() == before
    assert (plan.total, plan.missing) == (Decimal("121.00"), Decimal(0))


def test_a_yen_and_a_dinar_are_refunded_in_their_units(platform):
    note = a_note_on(platform, ("121", 5, "cash"), currency="JPY")

    assert refusal(refunded, note, "0.50").code == "amount_not_possible"
    refunded(note, "21")
    assert told(note) == [("pending", "21", "121", "100")]


def test_a_recorded_refund_lowers_what_the_payment_can_return(platform):
    note = a_note_on(platform, ("121.00", 5, "cash"))
    record_refund(
        platform=platform,
        credit_note_id=note.pk,
        amount=Decimal("21.00"),
        date=TODAY,
        method="cash",
        actor=CLERK,
        at=NOON,
    )

    (row,) = refunded(note)

    assert row.amount == Decimal("100.00")
