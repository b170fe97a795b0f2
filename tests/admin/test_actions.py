"""Deeds on documents: each asks why, calls a service, and says how it went."""

from datetime import timedelta

from django.test import Client

from billing import clock
from billing.events.models import Event, Reaction
from billing.platforms.models import Platform
from credit_notes.models import CreditNote
from tests import factories

from .pages import WHY, act, page_of, said


def events(type: str) -> list[Event]:
    return list(Event.objects.filter(type=type).order_by("id"))


def test_an_action_first_asks_why(root: Client, platform: Platform) -> None:
    invoice = factories.a_final_invoice(platform)

    answer = root.post(
        "/admin/invoices/invoice/", {"action": "credit_entire_invoice", "_selected_action": [invoice.pk]}
    )

    page = answer.content.decode()
    assert 'name="reason"' in page
    assert invoice.number in page
    assert "Say why" not in page
    assert not CreditNote.objects.exists()


def test_an_entire_invoice_is_credited_as_a_draft(root: Client, platform: Platform) -> None:
    invoice = factories.a_final_invoice(platform)

    answer = act(root, "credit_entire_invoice", invoice)

    note = CreditNote.objects.get()
    assert (note.invoice, note.status) == (invoice, "DRAFT")
    assert said(answer) == [f"{note.display_number} credits all of {invoice}. It is a draft."]
    (event,) = events("billing.credit_note.drafted")
    assert (event.actor, event.data["reason"]) == ("Rosa Root", WHY)


def test_a_refusal_is_told_in_its_own_words(root: Client, platform: Platform) -> None:
    first, second = factories.a_final_invoice(platform), factories.a_final_invoice(platform)
    factories.a_final_note(first)

    answer = act(root, "credit_entire_invoice", first, second)

    assert sorted(said(answer)) == sorted(
        [
            f"{first}: {first} has been credited in full by CR-2026-000001.",
            f"{CreditNote.objects.get(invoice=second)} credits all of {second}. It is a draft.",
        ]
    )


def test_without_a_reason_nothing_is_done(root: Client, platform: Platform) -> None:
    invoice = factories.a_final_invoice(platform)

    answer = act(root, "credit_entire_invoice", invoice, reason="  ")

    assert "Say why" in answer.content.decode()
    assert not CreditNote.objects.exists()


def test_a_draft_is_finalised(root: Client, platform: Platform) -> None:
    draft = factories.a_draft_note(factories.a_final_invoice(platform))

    answer = act(root, "finalise", draft)

    note = CreditNote.objects.get()
    assert note.status == "FINAL"
    assert said(answer) == [f"{draft} was finalised as {note.number}."]
    (event,) = events("billing.credit_note.finalized")
    assert (event.actor, event.data["reason"]) == ("Rosa Root", WHY)


def test_a_draft_is_deleted_and_a_final_note_is_not(root: Client, platform: Platform) -> None:
    draft = factories.a_draft_note(factories.a_final_invoice(platform))
    final = factories.a_final_note(factories.a_final_invoice(platform))

    answer = act(root, "delete_drafts", draft, final)

    assert list(CreditNote.objects.all()) == [final]
    refused = f"{final}: {final} is FINAL. Void it, or reverse it where it has left the house."
    assert sorted(said(answer)) == sorted([f"{draft} was deleted.", refused])
    (event,) = events("billing.credit_note.deleted")
    assert event.data["reason"] == WHY


def test_work_that_failed_is_tried_again(root: Client, platform: Platform) -> None:
    factories.a_final_note(factories.a_final_invoice(platform))
    work = Reaction.objects.filter(name="render_credit_note_pdf").get()
    Reaction.objects.filter(pk=work.pk).update(status="FAILED", attempts=15, last_error="S3 was down")

    answer = act(root, "try_again", work)

    tried = Reaction.objects.get(pk=work.pk)
    assert (tried.status, tried.attempts, tried.last_error) == ("PENDING", 0, "S3 was down")
    assert tried.due_at <= clock.now()
    assert said(answer) == [f"{work} will be tried again in a few seconds."]
    (event,) = events("billing.work.tried_again")
    assert (event.object_id, event.actor, event.data["reason"]) == (work.event_id, "Rosa Root", WHY)
    assert event.data["previous"] == {"status": "FAILED", "attempts": 15, "last_error": "S3 was down"}
    assert WHY in root.get(page_of(tried)).content.decode()


def test_work_that_is_done_or_in_hand_is_left_alone(root: Client, platform: Platform) -> None:
    factories.a_final_invoice(platform)
    done, in_hand = Reaction.objects.order_by("pk")[:2]
    now = clock.now()
    Reaction.objects.filter(pk=done.pk).update(status="DONE", done_at=factories.NOON)
    Reaction.objects.filter(pk=in_hand.pk).update(leased_until=now + timedelta(minutes=1))

    answer = act(root, "try_again", done, in_hand)

    assert sorted(said(answer)) == sorted(
        [
            f"{done}: It was done at 2026-11-20 12:00:00.",
            f"{in_hand}: A worker has it at this moment.",
        ]
    )
    assert events("billing.work.tried_again") == []


def test_the_reason_of_one_deed_does_not_stick_to_the_next(root: Client, platform: Platform) -> None:
    act(root, "credit_entire_invoice", factories.a_final_invoice(platform))

    factories.a_draft_note(factories.a_final_invoice(platform))

    assert "reason" not in events("billing.credit_note.drafted")[-1].data


def test_too_many_rows_at_once_are_refused(root: Client, platform: Platform) -> None:
    factories.a_final_note(factories.a_final_invoice(platform))
    event = Event.objects.first()
    rows = [Reaction(event=event, name=f"deed {n}", due_at=factories.NOON) for n in range(51)]
    Reaction.objects.bulk_create(rows)

    answer = act(root, "try_again", *rows)

    assert said(answer) == ["Choose at most 50 at once."]
