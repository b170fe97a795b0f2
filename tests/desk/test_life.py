"""What a clerk reads of notes that were held, voided or reversed."""

from datetime import timedelta

import pytest
from django.test import Client

from billing.platforms.models import Platform
from credit_notes.models import CreditNote
from credit_notes.services import reverse_credit_note, void_credit_note
from credit_notes.services.auto_finalize import due_drafts, finalize_due_draft
from tests.factories import CLERK, NOON, a_draft_note, a_final_invoice, a_final_note, a_payment

from .conftest import follow_up, text_of

WHY = {"reason": "Sent to the wrong customer", "actor": CLERK, "at": NOON}


def test_a_void_note_says_so_and_why_and_its_invoice_too(clerk: Client, platform: Platform) -> None:
    # given
    note = a_final_note(a_final_invoice(platform))
    void_credit_note(platform=platform, credit_note_id=note.pk, **WHY)

    # when
    page = text_of(clerk.get(f"/credit-notes/{note.pk}/"))
    invoice = text_of(clerk.get(f"/invoices/{note.invoice_id}/"))

    # then
    assert "Credit note voided Sent to the wrong customer" in page
    assert "Credit note CR-2026-000001 voided Sent to the wrong customer" in invoice
    assert "Credit of €121.00 taken back €121.00 due again" in invoice


def test_the_pdf_of_a_void_note_is_the_marked_one(clerk: Client, platform: Platform) -> None:
    note = a_final_note(a_final_invoice(platform))
    void_credit_note(platform=platform, credit_note_id=note.pk, **WHY)
    follow_up()

    answer = clerk.get(f"/credit-notes/{note.pk}/files/pdf/")

    assert "CR-2026-000001-VOID.pdf" in answer.headers["Location"]


def test_a_reversed_note_names_the_invoice_that_reversed_it(clerk: Client, platform: Platform) -> None:
    note = a_final_note(a_final_invoice(platform), notify=True)
    follow_up()
    reverse_credit_note(platform=platform, credit_note_id=note.pk, **WHY)

    page = text_of(clerk.get(f"/credit-notes/{note.pk}/"))

    assert "Credit note reversed by invoice INV-2026-000001 Sent to the wrong customer" in page


@pytest.mark.parametrize("hours", [0, 8])
def test_a_draft_that_could_not_be_finalised_says_why(clerk: Client, platform: Platform, hours: int) -> None:
    # given
    platform.finalizes_drafts_after_hours = hours
    platform.save()
    invoice = a_final_invoice(platform)
    draft = a_draft_note(invoice)
    a_payment(invoice, "40.00", status="IN_PROGRESS")

    # when
    at = NOON + timedelta(hours=hours)
    for due in due_drafts(at=at):
        finalize_due_draft(platform=platform, kind=due.KIND, draft_id=due.pk, at=at)

    # then
    assert CreditNote.objects.get(pk=draft.pk).on_hold
    page = text_of(clerk.get(f"/credit-notes/{draft.pk}/"))
    assert "Draft put on hold 121.00 EUR is more than the 81.00 EUR" in page
    assert "Automatic finalisation" in page
