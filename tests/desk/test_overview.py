"""The overview: what waits for a person."""

import pytest

from billing.events.models import Reaction
from tests.factories import NOON, a_draft_note, a_final_invoice, a_final_note, a_paid_invoice, a_platform

pytestmark = pytest.mark.django_db

QUERIES = (
    12  # session, person, memberships, 3 counts, drafts, invoices, their credits, 2 of failures, navigation
)


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


def test_work_that_was_given_up_is_shown_in_words(clerk, platform):
    invoice = a_final_invoice(platform, number="INV-7")
    Reaction.objects.filter(name="render_invoice_pdf").update(
        status="FAILED", last_error="OSError: the disk is full", done_at=NOON
    )

    page = clerk.get("/").content.decode()

    assert "The PDF of invoice INV-7 was not made" in page
    assert "OSError: the disk is full" in page
    assert f'href="/invoices/{invoice.pk}/"' in page


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
