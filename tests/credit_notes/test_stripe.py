"""Refunds through Stripe, against a server that speaks its refund calls over HTTP."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from billing import clock
from billing.errors import BillingError
from billing.events.models import Event, Reaction
from credit_notes.gateways import FAILED, PENDING, SUCCEEDED, GatewayUnavailable, Outcome, StripeGateway
from credit_notes.models import CreditNote, Refund
from credit_notes.selection import Selection
from credit_notes.services import credit_invoice, refund
from credit_notes.services.gateway_news import hear_from_stripe
from credit_notes.services.send_refund import follow_refund, refunds_to_follow, send_refund
from invoices.models import Invoice
from tests import stripe_server
from tests.books import digest_of_rows
from tests.events.test_worker_deaths import environment
from tests.factories import (
    CLERK,
    NOON,
    a_final_invoice,
    a_final_note,
    a_gateway_account,
    a_payment,
    a_platform,
)
from tests.stripe_server import KEY, Stripe, signed
from tests.threads import at_once
from tests.work import do_all_work

FRESH, LATE = timedelta(0), timedelta(days=2)


@pytest.fixture
def account(settings: Any) -> Iterator[Stripe]:
    """A Stripe account that knows the payment intent pi_1 of 121.00."""
    with stripe_server.running() as account:
        settings.STRIPE_API_BASE = account.url
        account.has_payment("pi_1", 121_00)
        yield account


@pytest.fixture
def note(platform, account) -> CreditNote:
    """A note of 121.00 on an invoice that was paid by pi_1."""
    return a_note(platform)


def a_note(platform) -> CreditNote:
    a_gateway_account(platform)
    invoice = a_final_invoice(platform)
    a_payment(invoice, "121.00", method="stripe", reference="pi_1", date=date(2026, 11, 5))
    return a_final_note(invoice)


def refunded(note: CreditNote, amount: str = "21.00", **wish: Any) -> Refund:
    defaults = {"platform": note.platform, "credit_note_id": note.pk, "actor": CLERK, "at": NOON}
    (row,) = refund(amount=Decimal(amount), **defaults | wish)
    return row


def all_of(note: CreditNote, amount: str) -> list[Refund]:
    return refund(
        platform=note.platform, credit_note_id=note.pk, amount=Decimal(amount), actor=CLERK, at=NOON
    )


def a_part_of(invoice: Invoice, amount: str) -> CreditNote:
    """A FINAL note over a part of an invoice."""
    wish = {"selection": Selection(amount=Decimal(amount)), "finalize": True, "actor": CLERK, "at": NOON}
    note = credit_invoice(platform=invoice.platform, invoice_id=invoice.pk, **wish)
    return CreditNote.objects.get(pk=note.pk)


def hear(note: CreditNote, news: tuple[bytes, str], **wish: Any) -> None:
    body, signature = news
    account = note.platform.gateway_accounts.get()
    hear_from_stripe(**{"account_id": account.pk, "body": body, "signature": signature, "at": NOON} | wish)


def now(row: Refund) -> Refund:
    return Refund.objects.get(pk=row.pk)


def available(note: CreditNote) -> Decimal:
    return CreditNote.objects.get(pk=note.pk).amount_available


def told(note: CreditNote) -> list[str]:
    rows = Event.objects.filter(object_id=note.pk, type__contains=".refund_").order_by("id")
    return [row.type.rpartition("_")[2] for row in rows]


# What is asked


def test_a_refund_goes_out_after_it_was_committed_with_our_id_as_its_key(note, account):
    row = refunded(note)
    assert account.calls == []

    do_all_work()

    (call,) = account.calls
    assert (call.method, call.path, call.idempotency_key) == ("POST", "/v1/refunds", row.pk)
    assert call.fields == {
        "payment_intent": "pi_1",
        "amount": "2100",
        "metadata[billing_desk_refund]": row.pk,
    }
    row = now(row)
    assert (row.status, row.provider_reference, row.date) == ("SUCCEEDED", "re_stripe_1", NOON.date())
    assert available(note) == Decimal("100.00")
    assert told(note) == ["pending", "succeeded"]
    assert Event.objects.get(type="billing.credit_note.refund_succeeded").actor == "Stripe"


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [
        ("21.00", "EUR", 2100),
        ("0.01", "EUR", 1),
        ("500", "JPY", 500),
        ("500.00", "HUF", 50000),
        ("5.120", "KWD", 5120),
        ("5", "ISK", 500),
        ("5", "UGX", 500),
        ("5.00", "MGA", 5),
    ],
)
@pytest.mark.parametrize(
    ("reference", "kind"), [("pi_7", "payment_intent"), ("ch_7", "charge"), ("py_7", "charge")]
)
def test_stripe_is_told_the_amount_in_the_units_it_counts_in(
    account, amount, currency, units, reference, kind
):
    account.has_payment(reference, 10**9)

    outcome = gateway(account).refund(
        refund_id="re_1", amount=Decimal(amount), currency=currency, payment_reference=reference, age=FRESH
    )

    assert outcome == Outcome(SUCCEEDED, "re_stripe_1")
    assert account.calls[0].fields[kind] == reference
    assert account.calls[0].fields["amount"] == str(units)


@pytest.mark.parametrize(("amount", "currency"), [("5.125", "KWD"), ("5.50", "MGA")])
def test_an_amount_that_stripe_cannot_take_is_not_asked_for(account, amount, currency):
    outcome = gateway(account).refund(
        refund_id="re_1", amount=Decimal(amount), currency=currency, payment_reference="pi_1", age=FRESH
    )

    assert outcome == Outcome(FAILED, failure=f"Stripe does not refund {amount} {currency}: it is too fine.")
    assert account.calls == []


def gateway(account: Stripe) -> StripeGateway:
    return StripeGateway(secret_key=KEY, base=account.url)


# What Stripe answers


def test_a_refund_that_stripe_refuses_gives_its_amount_back_and_says_why(note, account):
    account.has_payment("pi_1", 10_00)
    row = refunded(note)

    do_all_work()

    row = now(row)
    assert (row.status, row.provider_reference) == ("FAILED", "")
    assert row.failure == "Stripe refused it: Refund amount is greater than unrefunded amount"
    assert available(note) == Decimal("121.00")
    assert told(note) == ["pending", "failed"]


def test_a_payment_that_stripe_does_not_know_gives_the_amount_back(note, account):
    account.payments.clear()
    row = refunded(note)

    do_all_work()

    assert now(row).failure == "Stripe refused it: No such payment_intent: 'pi_1'"
    assert available(note) == Decimal("121.00")


@pytest.mark.parametrize("trouble", ["is down", "lost its answer", "has another key"])
def test_while_nobody_knows_the_amount_stays_reserved_and_stripe_is_asked_again(
    platform, note, account, trouble
):
    # given
    row = refunded(note)
    if trouble == "is down":
        account.refuses_work = True
    elif trouble == "lost its answer":
        account.answers_lost = 2
    else:
        platform.gateway_accounts.update(secret_key="sk_wrong")

    # when
    do_all_work()

    # then
    assert (now(row).status, available(note)) == ("PENDING", Decimal("100.00"))
    work = Reaction.objects.get(name="send_refund")
    assert (work.status, work.last_error.split(":")[0]) == ("PENDING", "gateway_unavailable")

    # when
    account.refuses_work = False
    platform.gateway_accounts.update(secret_key=KEY)
    send_refund(refund_id=row.pk, at=NOON)

    # then
    assert now(row).status == "SUCCEEDED"
    assert [each["amount"] for each in account.refunds.values()] == [2100]


def test_after_a_day_a_refund_is_looked_for_before_it_is_sent_again(note, account):
    # given: it was sent, the answer was lost, and Stripe has forgotten the key
    row = refunded(note)
    account.answers_lost = 2
    do_all_work()
    assert now(row).status == "PENDING"
    account.forget_keys()

    # when
    send_refund(refund_id=row.pk, at=NOON + LATE)

    # then
    assert (now(row).status, now(row).provider_reference) == ("SUCCEEDED", "re_stripe_1")
    assert len(account.refunds) == 1


def test_after_a_day_a_refund_that_never_arrived_is_sent(note, account):
    row = refunded(note)

    send_refund(refund_id=row.pk, at=NOON + LATE)

    assert [call.method for call in account.calls] == ["GET", "POST"]
    assert now(row).status == "SUCCEEDED"


def test_a_key_that_came_with_something_else_is_a_mistake_of_ours_and_no_failure(account):
    ask = partial(
        gateway(account).refund, refund_id="re_1", currency="EUR", payment_reference="pi_1", age=FRESH
    )
    ask(amount=Decimal("5.00"))

    with pytest.raises(GatewayUnavailable, match="Keys for idempotent requests"):
        ask(amount=Decimal("6.00"))


# Pending at Stripe


def test_a_refund_that_stripe_has_pending_waits_and_is_looked_up(note, account):
    account.status = "pending"
    row = refunded(note)
    do_all_work()
    assert (now(row).status, now(row).provider_reference) == ("PENDING", "re_stripe_1")

    account.refunds["re_stripe_1"]["status"] = "requires_action"
    follow_refund(refund_id=row.pk, at=NOON)
    assert now(row).status == "PENDING"
    account.refunds["re_stripe_1"]["status"] = "succeeded"
    follow_refund(refund_id=row.pk, at=NOON)

    assert now(row).status == "SUCCEEDED"
    assert [call.method for call in account.calls] == ["POST", "GET", "GET"]
    assert told(note) == ["pending", "succeeded"]


@pytest.mark.parametrize(
    ("status", "reason", "failure"),
    [
        ("failed", "lost_or_stolen_card", "The card was reported lost or stolen."),
        ("failed", "something_new", "Stripe could not return the money (reason: something_new)."),
        ("failed", None, "Stripe could not return the money (reason: unknown)."),
        ("canceled", None, "The refund was cancelled at Stripe."),
    ],
)
def test_a_refund_that_fails_later_says_why(note, account, status, reason, failure):
    account.status = "pending"
    row = refunded(note)
    do_all_work()

    account.refunds["re_stripe_1"] |= {"status": status, "failure_reason": reason}
    follow_refund(refund_id=row.pk, at=NOON)

    assert (now(row).status, now(row).failure) == ("FAILED", failure)
    assert available(note) == Decimal("121.00")


def test_the_clock_asks_after_what_waits_and_after_nothing_else(platform, note, account):
    # given
    account.status = "pending"
    waiting, gone = refunded(note, "21.00"), refunded(note, "30.00")
    account.status = "succeeded"
    send_refund(refund_id=gone.pk, at=NOON)
    invoice = a_final_invoice(a_platform("Without an account"))
    a_payment(invoice, "121.00", method="cash")
    refunded(a_final_note(invoice))

    # then
    assert refunds_to_follow(at=NOON + timedelta(minutes=4)) == []
    assert refunds_to_follow(at=NOON + timedelta(minutes=5)) == [waiting.pk]
    platform.gateway_accounts.all().delete()
    assert refunds_to_follow(at=NOON + timedelta(minutes=5)) == []


def test_a_provider_that_does_not_answer_does_not_stop_the_round(note, account, caplog):
    account.refuses_work = True
    row = refunded(note)

    follow_refund(refund_id=row.pk, at=NOON)

    assert f"{row.pk} waits: Stripe could not be asked" in caplog.text


def test_without_an_account_the_refund_waits_for_one(platform, note, account):
    row = refunded(note)
    platform.gateway_accounts.all().delete()

    do_all_work()

    assert now(row).status == "PENDING"
    assert Reaction.objects.get(name="send_refund").last_error.startswith("gateway_account_missing")


# Webhooks


@pytest.fixture
def waiting(note, account) -> Refund:
    """A refund that Stripe has pending."""
    account.status = "pending"
    row = refunded(note)
    do_all_work()
    return now(row)


def test_a_webhook_settles_a_refund_and_may_come_twice(note, account, waiting):
    news = account.settle("re_stripe_1", "succeeded")

    for _ in range(2):
        hear(note, news)

    assert now(waiting).status == "SUCCEEDED"
    assert told(note) == ["pending", "succeeded"]


def test_a_webhook_that_says_it_failed_gives_the_amount_back(note, account, waiting):
    hear(note, account.settle("re_stripe_1", "failed", failure_reason="declined"))

    assert now(waiting).failure == "The customer's bank declined the refund."
    assert available(note) == Decimal("121.00")


def test_the_webhook_may_come_before_the_answer(note, account):
    row = refunded(note)
    sent = gateway(account)
    sent.refund(
        refund_id=row.pk, amount=row.amount, currency="EUR", payment_reference="pi_1", age=FRESH
    )  # a worker that has not noted it yet

    hear(note, account.settle("re_stripe_1", "succeeded"))
    send_refund(refund_id=row.pk, at=NOON)

    assert (now(row).status, now(row).provider_reference) == ("SUCCEEDED", "re_stripe_1")
    assert told(note) == ["pending", "succeeded"]


def test_old_news_does_not_undo_what_is_settled(note, account, waiting, caplog):
    hear(note, account.settle("re_stripe_1", "succeeded"))
    before = digest_of_rows()

    hear(note, account.settle("re_stripe_1", "pending"))

    assert caplog.text == ""
    assert digest_of_rows() == before


def test_money_that_the_bank_sends_back_is_available_again(note, account, waiting, caplog):
    hear(note, account.settle("re_stripe_1", "succeeded"))
    left = available(note)

    hear(note, account.settle("re_stripe_1", "failed"))

    row = now(waiting)
    assert (row.status, row.date, row.refunded_at) == ("FAILED", None, None)
    assert row.failure
    assert available(note) == left + row.amount
    assert told(note) == ["pending", "succeeded", "failed"]
    hear(note, account.settle("re_stripe_1", "succeeded"))
    assert now(waiting).status == "FAILED"
    assert f"Stripe says of {waiting.pk}, which has FAILED" in caplog.text


@pytest.mark.parametrize(
    "event",
    [
        {"type": "charge.refunded", "data": {"object": {"id": "ch_1", "object": "charge"}}},
        {"type": "payout.paid", "data": {"object": {}}},
        {"type": "refund.updated", "data": {"object": {"id": "re_9", "status": "failed", "metadata": {}}}},
        {"type": "refund.updated", "data": {"object": {"id": "re_9", "status": "failed", "metadata": None}}},
        {
            "type": "refund.updated",
            "data": {
                "object": {"id": "re_9", "status": "failed", "metadata": {"billing_desk_refund": "re_0"}}
            },
        },
    ],
)
def test_news_of_something_else_is_ignored(note, account, waiting, event):
    before = digest_of_rows()

    hear(note, signed(event))

    assert digest_of_rows() == before


def test_a_strangers_account_cannot_settle_our_refund(note, account, waiting):
    stranger = a_platform("Somebody else")
    theirs = a_gateway_account(stranger)
    before = digest_of_rows()

    hear(note, account.settle("re_stripe_1", "failed"), account_id=theirs.pk)

    assert digest_of_rows() == before


def bad_signatures(news: tuple[bytes, str]) -> dict[str, tuple[bytes, str]]:
    body, signature = news
    event = {"type": "refund.updated", "data": {"object": {}}}
    return {
        "none": (body, ""),
        "nonsense": (body, "t=yesterday,v1=abc"),
        "of another body": (body + b" ", signature),
        "of another secret": signed(event, secret="whsec_other"),
        "of an hour ago": signed(event, at=time.time() - 3600),
        "of no text": (b"\xff", signature),
    }


@pytest.mark.parametrize(
    "kind", ["none", "nonsense", "of another body", "of another secret", "of an hour ago", "of no text"]
)
def test_a_webhook_that_is_not_signed_by_the_account_is_refused(note, account, waiting, kind):
    body, signature = bad_signatures(account.settle("re_stripe_1", "succeeded"))[kind]
    before = digest_of_rows()

    with pytest.raises(BillingError) as caught:
        hear(note, (body, signature))

    assert (caught.value.code, caught.value.status) == ("signature_invalid", 400)
    assert digest_of_rows() == before


def test_an_account_without_a_webhook_secret_hears_nothing(platform, note, account, waiting):
    platform.gateway_accounts.update(webhook_secret="")
    account.settle("re_stripe_1", "succeeded")
    event = {"type": "refund.updated", "data": {"object": account.refunds["re_stripe_1"]}}

    with pytest.raises(BillingError) as caught:
        hear(note, signed(event, secret=""))

    assert caught.value.code == "signature_invalid"


# Many at the same moment


@pytest.mark.django_db(transaction=True)
def test_sixteen_refunds_at_once_never_exceed_the_note(account):
    # given
    note = a_note(a_platform())

    # when
    outcomes = at_once([partial(refunded, note, "10.00")] * 16)

    # then
    refusals = [outcome for outcome in outcomes if isinstance(outcome, BillingError)]
    assert {refusal.code for refusal in refusals} <= {"refund_exceeds_available", "nothing_available"}
    assert (len(refusals), Refund.objects.count()) == (4, 12)
    assert available(note) == Decimal("1.00")
    assert len(told(note)) == 12


@pytest.mark.django_db(transaction=True)
def test_two_notes_that_draw_on_one_payment_at_once_never_exceed_it(account):
    # given: half of the money was cash
    platform = a_platform()
    a_gateway_account(platform)
    invoice = a_final_invoice(platform)
    a_payment(invoice, "60.00", method="stripe", reference="pi_1")
    a_payment(invoice, "61.00", method="cash")
    notes = [a_part_of(invoice, "60.00"), a_part_of(invoice, "61.00")]

    # when
    outcomes = at_once([partial(all_of, note, "15.00") for note in notes] * 8)

    # then
    assert {outcome.code for outcome in outcomes if isinstance(outcome, BillingError)} == {
        "refund_exceeds_available",
        "nothing_available",
    }
    assert [available(note) for note in notes] == [Decimal("0.00"), Decimal("1.00")]
    returned = {
        payment.method: sum(row.amount for row in payment.refunds.all()) for payment in invoice.payments.all()
    }
    assert returned == {"stripe": Decimal("60.00"), "cash": Decimal("60.00")}


@pytest.mark.django_db(transaction=True)
def test_webhook_poll_and_worker_at_once_settle_a_refund_once(account):
    # given
    note = a_note(a_platform())
    account.status = "pending"
    row = refunded(note)
    send_refund(refund_id=row.pk, at=NOON)
    news = account.settle("re_stripe_1", "failed", failure_reason="declined")

    # when
    calls = [partial(hear, note, news), partial(follow_refund, refund_id=row.pk, at=NOON)] * 8
    outcomes = at_once(calls)

    # then
    assert outcomes == [None] * 16
    assert (now(row).status, available(note)) == ("FAILED", Decimal("121.00"))
    assert told(note) == ["pending", "failed"]


@pytest.mark.django_db(transaction=True)
def test_sixteen_workers_send_one_refund(account):
    note = a_note(a_platform())
    row = refunded(note)

    outcomes = at_once([partial(send_refund, refund_id=row.pk, at=NOON)] * 16)

    assert outcomes == [None] * 16
    assert len(account.refunds) == 1
    assert told(note) == ["pending", "succeeded"]


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_between_stripes_yes_and_our_record_of_it_loses_nothing(account):
    # given
    note = a_note(a_platform())
    row = refunded(note, at=clock.now())
    command = [sys.executable, "-m", "tests.credit_notes.dying_sender", row.pk]

    # when
    died = subprocess.run(
        command,
        env=environment() | {"STRIPE_API_BASE": account.url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert (now(row).status, len(account.refunds)) == (PENDING, 1)
    do_all_work(at=clock.now())

    # then
    assert (now(row).status, now(row).provider_reference) == ("SUCCEEDED", "re_stripe_1")
    assert len(account.refunds) == 1
    assert told(note) == ["pending", "succeeded"]
