"""Many at the same moment: one note for one invoice, one effect for one key, one fate for one draft."""

import threading
import time
from collections import Counter
from decimal import Decimal
from functools import partial

import pytest
from django.db import transaction
from django.test import Client

from billing.api.models import IdempotencyKey
from billing.documents.models import SeriesCounter
from billing.errors import BillingError
from billing.events.models import Event
from credit_notes.models import Allocation, CreditNote
from credit_notes.services import credit_invoice, delete_draft, finalize_credit_note, update_draft
from invoices.models import Invoice
from tests.factories import (
    CLERK,
    NOON,
    a_draft_note,
    a_final_invoice,
    a_paid_invoice,
    a_payment,
    a_platform,
    an_api_key,
)
from tests.threads import PATIENCE, at_once, is_somebody_waiting

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 16


@pytest.fixture
def platform(transactional_db):
    return a_platform()


def sixteen(call) -> tuple[list, list]:
    """Return what came of sixteen calls at once: the results, and the refusals. Nothing else may come."""
    outcomes = at_once([call] * CROWD)
    refusals = [outcome for outcome in outcomes if isinstance(outcome, BillingError)]
    results = [outcome for outcome in outcomes if not isinstance(outcome, Exception)]
    assert len(results) + len(refusals) == CROWD, outcomes
    return results, refusals


@pytest.mark.parametrize("make", [a_final_invoice, a_paid_invoice])
def test_sixteen_full_credits_at_once_give_one_credit_note(platform, make):
    # given
    invoice = make(platform)
    wish = {"platform": platform, "invoice_id": invoice.pk, "actor": CLERK, "at": NOON}

    # when
    results, refusals = sixteen(lambda: credit_invoice(**wish, finalize=True))

    # then
    note = CreditNote.objects.get()
    assert [result.pk for result in results] == [note.pk]
    assert (note.number, note.total) == ("CR-2026-000001", Decimal("121.00"))
    assert Counter(refusal.code for refusal in refusals) == {"nothing_left_to_credit": 15}
    assert all(
        refusal.facts["used_by"] == [{"id": note.pk, "number": "CR-2026-000001", "total": "121.00"}]
        for refusal in refusals
    )
    assert [counter.last_number for counter in SeriesCounter.objects.all()] == [1]
    invoice = Invoice.objects.get()
    assert sum(Allocation.objects.values_list("amount", flat=True)) == invoice.amount_credited
    assert Event.objects.filter(type="billing.credit_note.finalized").count() == 1


def test_sixteen_drafts_at_once_give_one_draft(platform):
    invoice = a_final_invoice(platform)
    wish = {"platform": platform, "invoice_id": invoice.pk, "actor": CLERK, "at": NOON}

    results, refusals = sixteen(lambda: credit_invoice(**wish))

    draft = CreditNote.objects.get()
    assert [result.pk for result in results] == [draft.pk]
    assert Counter(refusal.code for refusal in refusals) == {"full_credit_is_drafted": 15}
    assert all(
        refusal.facts["used_by"] == [{"id": draft.pk, "number": draft.display_number, "status": "DRAFT"}]
        for refusal in refusals
    )
    assert not SeriesCounter.objects.exists()


def test_drafts_and_finals_at_once_give_one_note(platform):
    invoice = a_final_invoice(platform)
    wish = {"platform": platform, "invoice_id": invoice.pk, "actor": CLERK, "at": NOON}

    outcomes = at_once([partial(credit_invoice, **wish, finalize=bool(place % 2)) for place in range(CROWD)])

    note = CreditNote.objects.get()
    refused = Counter(getattr(outcome, "code", "made") for outcome in outcomes)
    code = "nothing_left_to_credit" if note.is_final else "full_credit_is_drafted"
    assert refused == {"made": 1, code: 15}


def test_a_payment_and_a_credit_at_once_never_settle_the_invoice_twice(platform):
    # given
    invoice = a_final_invoice(platform)
    wish = {"platform": platform, "invoice_id": invoice.pk, "actor": CLERK, "at": NOON, "finalize": True}

    # when
    pay = partial(a_payment, invoice, "121.00")
    at_once([partial(credit_invoice, **wish), *[pay] * 4])

    # then
    invoice = Invoice.objects.get()
    note = CreditNote.objects.get()
    assert invoice.amount_due == Decimal(0)
    assert invoice.amount_paid + invoice.amount_credited == Decimal("121.00")
    assert note.amount_allocated == invoice.amount_credited
    assert note.amount_available == invoice.amount_paid


def test_a_payment_and_a_finalisation_at_once_never_settle_the_invoice_twice(platform):
    # given
    invoice = a_final_invoice(platform)
    draft = a_draft_note(invoice)
    wish = {"platform": platform, "credit_note_id": draft.pk, "actor": CLERK, "at": NOON}

    # when
    pay = partial(a_payment, invoice, "121.00")
    finalized, *_ = at_once([partial(finalize_credit_note, **wish), *[pay] * 4])

    # then
    assert finalized.status == "FINAL"
    invoice = Invoice.objects.get()
    note = CreditNote.objects.get()
    assert (invoice.amount_due, invoice.amount_paid + invoice.amount_credited) == (
        Decimal(0),
        Decimal("121.00"),
    )
    assert (note.amount_allocated, note.amount_available) == (invoice.amount_credited, invoice.amount_paid)


# Over HTTP


def answers(platform, invoice, **headers):
    secret = an_api_key(platform)

    def post():
        return Client().post(
            f"/v1/invoices/{invoice.pk}/credit",
            data={"finalize": True},
            content_type="application/json",
            headers={"X-API-KEY": secret} | headers,
        )

    return at_once([post] * CROWD)


def test_sixteen_calls_of_the_api_at_once_give_one_credit_note(platform):
    invoice = a_final_invoice(platform)

    found = answers(platform, invoice)

    note = CreditNote.objects.get()
    assert Counter(answer.status_code for answer in found) == {201: 1, 409: 15}
    refused = [answer.json() for answer in found if answer.status_code == 409]
    assert {body["code"] for body in refused} == {"nothing_left_to_credit"}
    assert all(body["used_by"][0]["id"] == note.pk for body in refused)


def test_sixteen_twins_with_one_key_give_one_credit_note_and_no_other_answer(platform):
    invoice = a_final_invoice(platform)

    found = answers(platform, invoice, **{"Idempotency-Key": "month-end-7"})

    note = CreditNote.objects.get()
    made = [answer for answer in found if answer.status_code == 201]
    assert {answer.json()["id"] for answer in made} == {note.pk}
    assert [answer.headers.get("Idempotent-Replayed") for answer in made].count(None) == 1
    waiting = [answer.json()["code"] for answer in found if answer.status_code != 201]
    assert set(waiting) <= {"request_in_progress"}
    assert IdempotencyKey.objects.count() == 1


# One draft


@pytest.mark.parametrize("round_", range(4))
def test_finalising_editing_and_deleting_one_draft_at_once_leaves_one_of_them(platform, round_):
    # given
    invoice = a_final_invoice(platform)
    draft = a_draft_note(invoice, note="Before")
    wish = {"platform": platform, "credit_note_id": draft.pk, "actor": CLERK, "at": NOON}

    # when
    finalized, edited, deleted = at_once(
        [
            partial(finalize_credit_note, **wish),
            partial(update_draft, **wish, changes={"note": "After"}),
            partial(delete_draft, **wish),
        ]
    )

    # then
    was = {
        name: getattr(outcome, "code", "done")
        for name, outcome in (("finalized", finalized), ("edited", edited), ("deleted", deleted))
    }
    note = CreditNote.objects.with_snapshot().first()
    types = list(Event.objects.filter(object_id=draft.pk).order_by("id").values_list("type", flat=True))
    if note is None:
        assert was["deleted"] == "done"
        assert was["finalized"] in {"not_found", "changed_meanwhile"}
        assert types[-1] == "billing.credit_note.deleted"
        assert Invoice.objects.get().amount_credited == Decimal(0)
    elif note.is_final:
        assert (was["finalized"], was["deleted"]) == ("done", "note_not_draft")
        assert note.snapshot.reason == note.note
        assert was["edited"] == ("done" if note.note == "After" else "note_not_draft")
    else:
        assert (was["finalized"], was["edited"]) == ("changed_meanwhile", "done")
        raise AssertionError("Deleting was refused although the draft is still there.")


@pytest.mark.parametrize(
    ("deed", "code"), [("edit", "changed_meanwhile"), ("delete", "not_found"), ("pay", None)]
)
def test_what_happens_while_the_paper_is_checked_is_seen_before_it_is_numbered(platform, deed, code):
    # given: somebody holds the invoice, so that finalising has checked the paper, and waits
    invoice = a_final_invoice(platform)
    draft = a_draft_note(invoice, note="Before")
    wish = {"platform": platform, "credit_note_id": draft.pk, "actor": CLERK, "at": NOON}
    held = threading.Event()

    def finalize() -> CreditNote:
        held.wait(PATIENCE)
        return finalize_credit_note(**wish)

    def interfere() -> None:
        with transaction.atomic():
            Invoice.objects.select_for_update().get()
            held.set()
            while not is_somebody_waiting():
                time.sleep(0.01)
            if deed == "edit":
                update_draft(**wish, changes={"note": "After"})
            elif deed == "delete":
                delete_draft(**wish)
            else:
                a_payment(invoice, "121.00")

    # when
    finalized, interfered = at_once([finalize, interfere])

    # then
    assert interfered is None
    assert getattr(finalized, "code", None) == code
    note = CreditNote.objects.first()
    assert bool(note and note.is_final) == (code is None)
    if deed == "pay":
        assert (note.type, note.amount_available) == ("refundable", Decimal("121.00"))
