"""Holding, releasing, voiding and reversing from the admin."""

from django.test import Client

from billing.events.models import Event
from billing.platforms.models import Platform
from credit_notes.models import CreditNote
from invoices.models import Invoice
from tests import factories
from tests.work import do_all_work

from .pages import WHY, act, page_of, said


def test_a_draft_is_held_and_released(root: Client, platform: Platform) -> None:
    draft = factories.a_draft_note(factories.a_final_invoice(platform))

    assert said(act(root, "hold", draft)) == [f"{draft} is on hold."]
    assert CreditNote.objects.get().on_hold
    assert said(act(root, "release", draft)) == [f"{draft} is no longer on hold."]
    assert not CreditNote.objects.get().on_hold
    held = Event.objects.get(type="billing.credit_note.held")
    assert (held.actor, held.data["reason"]) == ("Rosa Root", WHY)


def test_a_note_is_voided_for_the_reason_that_was_given(root: Client, platform: Platform) -> None:
    note = factories.a_final_note(factories.a_final_invoice(platform))

    answer = act(root, "void", note)

    assert said(answer) == ["CR-2026-000001 is void."]
    note = CreditNote.objects.get()
    assert (note.status, note.void_reason) == ("VOID", WHY)
    assert WHY in root.get(page_of(note)).content.decode()


def test_a_note_that_cannot_be_voided_is_reversed(root: Client, platform: Platform) -> None:
    # given
    invoice = factories.a_final_invoice(platform)
    note = factories.a_final_note(invoice, notify=True)
    do_all_work()

    # when
    refused = act(root, "void", note)
    answer = act(root, "reverse", note)

    # then
    assert "was e-mailed to ap@bieres.example" in said(refused)[0]
    made = Invoice.objects.exclude(pk=invoice.pk).get()
    assert said(answer) == [f"CR-2026-000001 was reversed by {made}."]
    assert made.number in root.get(page_of(note)).content.decode()
