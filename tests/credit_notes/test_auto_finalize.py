"""Drafts that become final by themselves after some hours, and those that do not."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from billing.events.models import Event
from billing.platforms.models import Platform
from credit_notes.models import CreditNote
from credit_notes.services import approve_credit_note, hold_credit_note, release_credit_note, update_draft
from credit_notes.services.auto_finalize import ACTOR, due_drafts, finalize_due_draft
from invoices.models import Invoice
from tests.books import digest_of_rows
from tests.factories import (
    CLERK,
    NOON,
    a_draft_invoice,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_line,
    a_payment,
    a_platform,
)
from tests.threads import at_once

HOUR = timedelta(hours=1)


@pytest.fixture
def patient(platform: Platform) -> Platform:
    """A platform that finalises drafts after eight hours."""
    platform.finalizes_drafts_after_hours = 8
    platform.save()
    return platform


def beat(at) -> None:
    for draft in due_drafts(at=at):
        finalize_due_draft(platform=draft.platform, kind=draft.KIND, draft_id=draft.pk, at=at)


def test_a_draft_becomes_final_when_its_hours_have_passed_and_not_before(patient):
    # given
    draft = a_draft_note(a_final_invoice(patient))

    # then
    before = digest_of_rows()
    beat(NOON + 8 * HOUR - timedelta(seconds=1))
    assert digest_of_rows() == before

    beat(NOON + 8 * HOUR)
    note = CreditNote.objects.get(pk=draft.pk)
    assert (note.status, note.number, note.finalized_at) == ("FINAL", "CR-2026-000001", NOON + 8 * HOUR)
    event = Event.objects.get(type="billing.credit_note.finalized")
    assert (event.actor, event.data["notify"]) == ("Automatic finalisation", False)


def test_a_platform_that_says_nothing_leaves_its_drafts_to_people(platform):
    a_draft_note(a_final_invoice(platform))

    assert due_drafts(at=NOON + 10_000 * HOUR) == []


def test_a_draft_on_hold_waits_and_its_time_begins_anew_when_it_is_released(patient):
    # given
    draft = a_draft_note(a_final_invoice(patient))
    wish = {"platform": patient, "credit_note_id": draft.pk, "actor": CLERK}
    hold_credit_note(**wish, at=NOON + HOUR)

    # then
    assert due_drafts(at=NOON + 100 * HOUR) == []
    release_credit_note(**wish, at=NOON + 100 * HOUR)
    assert due_drafts(at=NOON + 107 * HOUR) == []
    assert due_drafts(at=NOON + 108 * HOUR) == [draft]


def test_a_draft_that_is_refused_goes_on_hold_and_says_why(patient):
    # given
    invoice = a_final_invoice(patient)
    draft = a_draft_note(invoice)
    a_payment(invoice, "40.00", status="IN_PROGRESS")

    # when
    beat(NOON + 8 * HOUR)

    # then
    note = CreditNote.objects.get(pk=draft.pk)
    assert (note.status, note.on_hold, note.number) == ("DRAFT", True, "")
    event = Event.objects.filter(object_id=draft.pk).last()
    assert (event.type, event.actor) == ("billing.credit_note.held", ACTOR)
    assert event.data["refusal"]["code"] == "amount_exceeds_creditable"
    assert "still in progress" in event.data["refusal"]["detail"]
    assert due_drafts(at=NOON + 100 * HOUR) == []


def test_one_that_is_refused_does_not_hold_up_the_others(patient):
    # given
    refused = a_draft_note(a_final_invoice(patient, buyer_reference=""))
    fine = a_draft_note(a_final_invoice(patient))

    # when
    beat(NOON + 8 * HOUR)

    # then
    assert CreditNote.objects.get(pk=refused.pk).on_hold
    assert CreditNote.objects.get(pk=fine.pk).number == "CR-2026-000001"
    event = Event.objects.filter(object_id=refused.pk).last()
    assert event.data["refusal"]["code"] == "einvoice_invalid"


def test_what_waits_for_an_approval_is_left_alone_until_it_has_one(patient):
    # given
    patient.approval_above = Decimal("100.00")
    patient.save()
    draft = a_draft_note(a_final_invoice(patient))
    before = digest_of_rows()

    # then
    beat(NOON + 8 * HOUR)
    assert digest_of_rows() == before

    wish = {"platform": patient, "credit_note_id": draft.pk, "actor": "Max Manager", "at": NOON}
    approve_credit_note(**wish, approver_id="usr_max")
    beat(NOON + 8 * HOUR)
    assert CreditNote.objects.get(pk=draft.pk).is_final


def test_only_drafts_of_platforms_that_want_it_are_looked_at(patient):
    other = a_platform("Somebody else")
    a_draft_note(a_final_invoice(other))
    a_final_note(a_final_invoice(patient))
    draft = a_draft_note(a_final_invoice(patient))

    assert due_drafts(at=NOON + 8 * HOUR) == [draft]


def test_drafts_of_invoices_become_final_too_or_go_on_hold(patient):
    # given
    fine = a_draft_invoice(patient, number="")
    bad = a_draft_invoice(patient, number="", lines=[a_line("-5.00", quantity="-1", unit_price="5.00")])

    # when
    beat(NOON + 8 * HOUR)
    beat(NOON + 9 * HOUR)

    # then
    fine, bad = (Invoice.objects.get(pk=draft.pk) for draft in (fine, bad))
    assert (fine.status, fine.number, fine.on_hold) == ("FINAL", "INV-2026-000001", False)
    assert (bad.status, bad.number, bad.on_hold) == ("DRAFT", "", True)
    event = Event.objects.filter(object_id=bad.pk).get()
    assert (event.type, event.actor) == ("billing.invoice.held", ACTOR)
    assert event.data["refusal"]["code"] == "negative_total"


def test_what_is_no_longer_due_when_its_turn_comes_is_left_alone(patient):
    draft = a_draft_note(a_final_invoice(patient))
    hold_credit_note(platform=patient, credit_note_id=draft.pk, actor=CLERK, at=NOON)
    before = digest_of_rows()

    for gone in (draft.pk, "cn_gone"):
        finalize_due_draft(platform=patient, kind="credit_note", draft_id=gone, at=NOON + 8 * HOUR)

    assert digest_of_rows() == before


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_finalise_each_draft_once(transactional_db):
    # given
    platform = a_platform()
    platform.finalizes_drafts_after_hours = 8
    platform.save()
    drafts = [a_draft_note(a_final_invoice(platform)) for _ in range(4)]

    # when
    outcomes = at_once([partial(beat, NOON + 8 * HOUR)] * 4)

    # then
    assert outcomes == [None] * 4
    numbers = CreditNote.objects.values_list("number", flat=True)
    assert sorted(numbers) == [f"CR-2026-{number:06}" for number in range(1, 5)]
    finalized = Event.objects.filter(type="billing.credit_note.finalized").values_list("object_id", flat=True)
    assert sorted(finalized) == sorted(draft.pk for draft in drafts)
    assert not Event.objects.filter(type="billing.credit_note.held").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_a_beat_and_an_edit_at_once_never_hold_what_was_edited(transactional_db, round_):
    # given
    platform = a_platform()
    platform.finalizes_drafts_after_hours = 8
    platform.save()
    draft = a_draft_note(a_final_invoice(platform))
    wish = {"platform": platform, "credit_note_id": draft.pk, "actor": CLERK, "at": NOON}

    # when
    at_once(
        [partial(beat, NOON + 8 * HOUR), partial(update_draft, **wish, changes={"note": "Another reason"})]
    )

    # then
    note = CreditNote.objects.get(pk=draft.pk)
    assert not note.on_hold
    assert note.is_final or note.note == "Another reason"
