"""The overview: what waits for a person."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache

from billing.events.models import Reaction
from billing.exchange.models import EInvoice
from billing_desk.audit.nightly import LAST
from billing_desk.desk.queries.home import MADE
from billing_desk.reactions import REACTIONS
from credit_notes.selection import Selection
from credit_notes.services import credit_invoice, refund, send_einvoice, settle_refund
from credit_notes.services.auto_finalize import finalize_due_draft
from credit_notes.services.reverse import reverse_credit_note
from tests.credit_notes.credits import BY, a_credit_of, credited, given
from tests.desk.conftest import follow_up, text_of
from tests.desk.einvoicing import answered, sending_by_hand
from tests.factories import (
    NOON,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_line,
    a_paid_invoice,
    a_payment,
    a_platform,
    an_entity,
)

pytestmark = pytest.mark.django_db

QUERIES = 19
"""Session, person, memberships, 3 counts, drafts, what is outdated or on hold, refunds, e-invoices,
invoices and 2 of what credit did to them, jobs, 2 of failures, navigation."""


def test_an_empty_desk_says_what_to_do_next(clerk):
    page = clerk.get("/").content.decode()

    assert "No invoices yet" in page
    assert "import one here" in page
    assert "Import invoice" in page


def test_drafts_overdue_invoices_and_refunds_are_counted_and_linked(clerk, platform):
    draft = a_draft_note(a_final_invoice(platform))
    a_final_note(a_paid_invoice(platform))

    page = clerk.get("/").content.decode()

    assert f'href="/credit-notes/{draft.pk}/"' in page
    assert 'href="/credit-notes/?state=draft"' in page
    assert 'href="/credit-notes/?state=refund_due"' in page
    assert 'href="/invoices/?state=overdue"' in page


def test_the_overview_costs_the_same_number_of_queries_however_much_there_is(
    clerk, platform, django_assert_num_queries
):
    for more in (1, 9):
        for _ in range(more):
            a_draft_note(a_final_invoice(platform))
        with django_assert_num_queries(QUERIES):
            clerk.get("/")


def test_drafts_that_are_stuck_say_why(clerk, platform):
    platform.approval_above = Decimal(150)
    platform.finalizes_drafts_after_hours = 0
    platform.save()
    large = a_draft_note(a_final_invoice(platform, lines=[a_line("200.00")]))
    invoice = a_final_invoice(platform, number="INV-2")
    late = credit_invoice(
        platform=platform, invoice_id=invoice.pk, selection=Selection(amount=Decimal("80.00")), **BY
    )
    credited(invoice, selection=Selection(amount=Decimal("100.00")))
    third = a_final_invoice(platform)
    held = a_draft_note(third)
    a_payment(third, "40.00", status="IN_PROGRESS")
    finalize_due_draft(platform=platform, kind="credit_note", draft_id=held.pk, at=NOON)

    page = text_of(clerk.get("/"))

    assert "To approve 1" in page
    assert f"{large.display_number} · Bières du Nord SA €242.00 Waits for approval" in page
    assert (
        f"{late.display_number} · Bières du Nord SA €80.00 Outdated "
        "It takes €80.00 of INV-2, which has €21.00 left to credit." in page
    )
    assert f"{held.display_number} · Bières du Nord SA €121.00 On hold 121.00 EUR is more than" in page


def test_refunds_on_their_way_and_failed_ones_are_shown(clerk, platform):
    waiting, failed = a_credit_of(platform, "30.00"), a_credit_of(platform, "40.00")
    refund(platform=platform, credit_note_id=waiting.pk, **BY)
    (row,) = refund(platform=platform, credit_note_id=failed.pk, **BY)
    settle_refund(platform=platform, refund_id=row.pk, succeeded=False, failure="Account closed", **BY)

    page = text_of(clerk.get("/"))

    assert f"{waiting.number} · Bières du Nord SA €30.00 On its way To be paid out by hand" in page
    assert f"{failed.number} · Bières du Nord SA €40.00 Failed Account closed" in page


def test_work_that_was_given_up_is_shown_in_words(clerk, platform):
    invoice = a_final_invoice(platform, number="INV-7")
    Reaction.objects.filter(name="render_invoice_pdf").update(
        status="FAILED", last_error="OSError: the disk is full", done_at=NOON
    )

    page = clerk.get("/").content.decode()

    assert "The PDF of invoice INV-7 was not made" in page
    assert "OSError: the disk is full" in page
    assert f'href="/invoices/{invoice.pk}/"' in page


def test_all_work_has_words():
    assert {reaction.__name__ for reactions in REACTIONS.values() for reaction in reactions} == set(MADE)


def test_a_reversed_note_is_no_refund_due(clerk, platform):
    note = a_credit_of(platform, "30.00")
    invoice = a_final_invoice(platform)
    given(note, invoice, "10.00")
    assert "Refunds due 1" in text_of(clerk.get("/"))

    reverse_credit_note(platform=platform, credit_note_id=note.pk, reason="A mistake", **BY)

    assert "Refunds due 0" in text_of(clerk.get("/"))
    assert note.number not in text_of(clerk.get("/credit-notes/?state=refund_due"))


def test_managers_see_how_the_last_audit_went(clerk, sign_in, platform):
    manager = sign_in(platform, "MANAGER", username="mona")
    cache.delete(LAST)
    assert "audit" not in text_of(manager.get("/"))

    cache.set(LAST, {"at": NOON.isoformat(), "found": 0, "laws": {}})
    assert "The books were audited on 20 November 2026, 12:00: all holds." in text_of(manager.get("/"))

    cache.set(LAST, {"at": NOON.isoformat(), "found": 3, "laws": {"a_law": 3}})
    shown = text_of(manager.get("/"))
    assert (
        "The audit of 20 November 2026, 12:00 found 3 things wrong in the books: run manage.py audit" in shown
    )
    assert "audit" not in text_of(clerk.get("/"))
    cache.delete(LAST)


def test_work_that_was_given_up_is_tried_again_by_a_clerk_of_its_platform_only(
    clerk, viewer, sign_in, platform
):
    a_final_invoice(platform)
    work = Reaction.objects.get(name="render_invoice_pdf")
    Reaction.objects.update(status="FAILED", last_error="OSError", done_at=NOON, attempts=15)
    address = f"/work/{work.pk}/again/"

    assert "Try again" not in viewer.get("/").content.decode()
    assert viewer.post(address).status_code == 403
    assert sign_in(a_platform("Stranger"), username="stan").post(address).status_code == 404
    assert Reaction.objects.get(pk=work.pk).status == "FAILED"
    answer = clerk.post(address, follow=True)

    assert "It is being tried again." in answer.content.decode()
    assert Reaction.objects.get(pk=work.pk).status == "PENDING"


def test_e_invoices_that_need_a_person_are_shown_and_lead_to_their_lists(clerk, platform, outbox):
    an_entity(platform)
    sending_by_hand(platform)
    invoices = [a_final_invoice(platform, number=f"INV-{number}") for number in range(1, 7)]
    rejected, asked, failed, skipped, meant, silent = notes = [a_final_note(each) for each in invoices]
    follow_up()
    for note in notes:
        send_einvoice(platform=platform, credit_note_id=note.pk, actor="Clara", at=NOON)
    follow_up()
    answered(rejected, "REJECTED", message="Wrong cost centre")
    answered(asked, "UNDER_QUERY", message="Which order?")
    rows = {note.pk: EInvoice.objects.filter(document_id=note.pk) for note in notes}
    rows[failed.pk].update(status="FAILED", message="The server is gone")
    rows[skipped.pk].update(status="SKIPPED", reason_code="no_receiver_address", message="No address")
    rows[meant.pk].update(status="SKIPPED", reason_code="customer_not_enabled", message="Off")
    rows[silent.pk].update(status="IN_PROGRESS", updated_at=NOON - timedelta(days=2))

    page = clerk.get("/")

    assert '<a href="/credit-notes/?state=einvoice">5 credit notes</a>' in page.content.decode()
    assert f"{rejected.number} · Bières du Nord SA Rejected Wrong cost centre" in text_of(page)
    assert f"{failed.number} · Bières du Nord SA Failed The server is gone" in text_of(page)
    assert f"{silent.number} · Bières du Nord SA On its way Nothing was heard of it for a day." in text_of(
        page
    )
    listed = clerk.get("/credit-notes/?state=einvoice").content.decode()
    assert [note.number in listed for note in notes] == [True, True, True, True, False, True]
    assert "E-invoice: rejected" in text_of(clerk.get("/credit-notes/?state=einvoice"))

    reverse_credit_note(platform=platform, credit_note_id=rejected.pk, reason="Rejected", **BY)

    assert '?state=einvoice">4 credit notes<' in clerk.get("/").content.decode()
