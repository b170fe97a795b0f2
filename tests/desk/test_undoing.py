"""Approving, holding and bringing up to date a draft; voiding and reversing a final credit note."""

from decimal import Decimal

import pytest

from billing.events.record import actor_id
from credit_notes.models import CreditNote
from credit_notes.selection import Selection
from credit_notes.services import credit_invoice
from invoices.models import Invoice
from tests.books import digest_of_rows
from tests.credit_notes.credits import BY, credited, given
from tests.desk.conftest import follow_up, text_of
from tests.factories import (
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_member,
    a_paid_invoice,
    a_payment,
    a_platform,
)

pytestmark = pytest.mark.django_db

WHY = {"reason": "Sent to the wrong customer"}


def part_of(invoice, amount, **wish):
    """A draft over a sum of an invoice."""
    note = credit_invoice(
        platform=invoice.platform,
        invoice_id=invoice.pk,
        selection=Selection(amount=Decimal(amount)),
        **BY | wish,
    )
    return CreditNote.objects.get(pk=note.pk)


@pytest.fixture
def careful(platform):
    """A platform that wants an approval above 100."""
    platform.approval_above = Decimal(100)
    platform.save()
    return platform


@pytest.fixture
def own_draft(careful):
    """A draft of 121.00 that Clara wrote."""
    clara = a_member(careful)
    token = actor_id.set(clara.pk)
    note = a_draft_note(a_final_invoice(careful))
    actor_id.reset(token)
    return clara, note


# Approving


def test_a_draft_above_the_limit_waits_for_somebody_else(client, own_draft):
    clara, note = own_draft
    client.force_login(clara)

    page = text_of(client.get(f"/credit-notes/{note.pk}/"))

    assert "Draft Waits for approval" in page
    assert "Above €100.00 somebody else than who wrote it must approve it" in page
    assert "Approve…" not in page
    assert "Finalise…" not in page


def test_whoever_finalises_it_all_the_same_is_told_why_not(client, own_draft):
    clara, note = own_draft
    client.force_login(clara)

    asked = text_of(client.get(f"/credit-notes/{note.pk}/finalise/"))
    answer = client.post(f"/credit-notes/{note.pk}/finalise/")

    assert "It waits for an approval: above €100.00" in asked
    assert answer.status_code == 409
    assert "A credit note of 121.00 EUR is above 100" in text_of(answer)


def test_somebody_else_approves_it_and_it_says_who_and_when(client, careful, own_draft):
    _, note = own_draft
    client.force_login(a_member(careful, username="paul", first_name="Paul", last_name="Proof"))

    offered = text_of(client.get(f"/credit-notes/{note.pk}/"))
    asked = text_of(client.get(f"/credit-notes/{note.pk}/approve/"))
    answer = client.post(f"/credit-notes/{note.pk}/approve/", {"version": note.version}, follow=True)

    assert "Approve…" in offered
    assert "Total €121.00 Needs approval above €100.00" in asked
    page = text_of(answer)
    assert f"{note.display_number} was approved. It can be finalised now." in page
    assert "Paul Proof approved it on" in page
    assert "Finalise…" in page
    assert CreditNote.objects.get().approved_by_name == "Paul Proof"


def test_nobody_approves_what_they_wrote_themselves(client, own_draft):
    clara, note = own_draft
    client.force_login(clara)
    before = digest_of_rows()

    answer = client.post(f"/credit-notes/{note.pk}/approve/")

    assert answer.status_code == 409
    assert "Clara Clerk wrote" in text_of(answer)
    assert digest_of_rows() == before


def test_a_draft_that_changed_since_is_not_approved(client, careful, own_draft):
    _, note = own_draft
    client.force_login(a_member(careful, username="paul"))

    answer = client.post(f"/credit-notes/{note.pk}/approve/", {"version": "99"})

    assert answer.status_code == 409
    assert "has changed since you looked at it" in text_of(answer)
    assert CreditNote.objects.get().approved_at is None


# Holding


def test_a_draft_is_put_on_hold_and_released_from_its_menu(clerk, platform):
    note = a_draft_note(a_final_invoice(platform))

    held = text_of(clerk.post(f"/credit-notes/{note.pk}/hold/", follow=True))
    again = text_of(clerk.post(f"/credit-notes/{note.pk}/hold/", follow=True))
    released = text_of(clerk.post(f"/credit-notes/{note.pk}/release/", follow=True))

    assert "is on hold: it is not finalised by itself." in held
    assert "Draft On hold" in held
    assert "Release It may be finalised by itself again" in held
    assert "is on hold already." in again
    assert "is no longer on hold." in released
    assert not CreditNote.objects.get().on_hold


# A draft that has been overtaken


def test_a_draft_that_takes_more_than_is_left_says_so(clerk, platform):
    invoice = a_final_invoice(platform)
    draft = part_of(invoice, "80.00")
    credited(invoice, selection=Selection(amount=Decimal("100.00")))

    page = text_of(clerk.get(f"/credit-notes/{draft.pk}/"))
    asked = text_of(clerk.get(f"/credit-notes/{draft.pk}/finalise/"))

    assert "It could not be finalised now: 80.00 EUR is more than the 21.00 EUR" in page
    assert "Work it out anew" in page
    assert "80.00 EUR is more than the 21.00 EUR" in asked
    assert ">Finalise<" not in asked


def test_a_full_draft_is_worked_out_anew_over_what_is_left(clerk, platform):
    invoice = a_final_invoice(platform)
    draft = a_draft_note(invoice)
    credited(invoice, selection=Selection(amount=Decimal("100.00")))

    answer = clerk.post(f"/credit-notes/{draft.pk}/work-out/", {"version": draft.version}, follow=True)

    page = text_of(answer)
    assert f"{draft.display_number} was worked out anew." in page
    assert "Total €21.00 Will clear debt €21.00 Will be owed to the customer €0.00" in page


def test_finalising_asks_again_when_the_total_is_no_longer_what_was_shown(clerk, platform):
    note = a_draft_note(a_final_invoice(platform))
    asked = clerk.get(f"/credit-notes/{note.pk}/finalise/").content.decode()

    answer = clerk.post(f"/credit-notes/{note.pk}/finalise/", {"version": "1", "total": "120.99"})

    assert '<input type="hidden" name="total" value="121.00">' in asked
    assert answer.status_code == 409
    assert "would come to 121.00 now, and not to 120.99" in text_of(answer)
    assert CreditNote.objects.get().is_draft


# Voiding


def test_voiding_says_first_what_is_put_back(clerk, platform):
    invoice = a_final_invoice(platform, number="INV-1")
    a_payment(invoice, "21.00")
    note = a_final_note(invoice)

    page = text_of(clerk.get(f"/credit-notes/{note.pk}/void/"))

    assert "INV-1 asks for €100.00 again." in page
    assert "The €21.00 that it has available is gone." in page
    assert f"It keeps its number {note.number}, which is never given again." in page


def test_a_note_is_voided_for_a_reason_and_its_paper_is_the_marked_one(clerk, platform):
    note = a_final_note(a_final_invoice(platform))
    follow_up()

    answer = clerk.post(f"/credit-notes/{note.pk}/void/", WHY, follow=True)
    follow_up()

    page = text_of(answer)
    assert f"{note.number} is void. Its number stays used." in page
    assert f"{note.number} Void" in page
    assert "Sent to the wrong customer" in page
    assert "Void…" not in page
    assert Invoice.objects.get().amount_due == Decimal("121.00")
    assert f"PDF {note.number}-VOID.pdf" in text_of(clerk.get(f"/credit-notes/{note.pk}/"))


def test_voiding_needs_a_reason(clerk, platform):
    note = a_final_note(a_final_invoice(platform))
    before = digest_of_rows()

    answer = clerk.post(f"/credit-notes/{note.pk}/void/", {"reason": "  "})

    assert answer.status_code == 400
    assert "Error: Say why." in text_of(answer)
    assert digest_of_rows() == before


def test_a_note_whose_credit_is_elsewhere_leads_to_reversing(clerk, platform):
    note = a_final_note(a_paid_invoice(platform))
    given(note, a_final_invoice(platform, number="INV-2"), "50.00")

    page = text_of(clerk.get(f"/credit-notes/{note.pk}/"))
    away = clerk.get(f"/credit-notes/{note.pk}/void/", follow=True)

    assert f"Reverse… It cannot be voided: 50.00 EUR of {note.number} was given to INV-2." in page
    assert away.redirect_chain == [(f"/credit-notes/{note.pk}/", 302)]
    assert "Take that back first." in text_of(away)


# Reversing


def test_reversing_says_why_voiding_is_no_way_and_what_the_invoice_will_be(clerk, platform):
    note = a_final_note(a_paid_invoice(platform))
    given(note, a_final_invoice(platform, number="INV-2"), "50.00")

    page = text_of(clerk.get(f"/credit-notes/{note.pk}/reverse/"))

    assert "It cannot be voided: 50.00 EUR" in page
    assert "Its total €121.00 Cleared at once −€71.00 Left to pay €50.00" in page
    assert "Bières du Nord SA owes the other €50.00 , due on" in page


def test_a_note_is_reversed_by_an_invoice_to_which_it_is_linked(clerk, platform):
    note = a_final_note(a_paid_invoice(platform))
    given(note, a_final_invoice(platform, number="INV-2"), "50.00")

    answer = clerk.post(f"/credit-notes/{note.pk}/reverse/", WHY, follow=True)

    by = CreditNote.objects.get().reversed_by
    assert by.amount_due == Decimal("50.00")
    page = text_of(answer)
    assert f"{note.number} was reversed by invoice {by.number}." in page
    assert f"{note.number} Final Reversed" in page
    assert f'href="/invoices/{by.pk}/"' in answer.content.decode()


def test_a_note_that_can_be_voided_is_not_reversed(clerk, platform):
    note = a_final_note(a_final_invoice(platform))
    before = digest_of_rows()

    answer = clerk.post(f"/credit-notes/{note.pk}/reverse/", WHY, follow=True)

    assert "has not left the house and its money is not elsewhere: void it." in text_of(answer)
    assert digest_of_rows() == before


# Who may


DEEDS = ["approve", "hold", "release", "work-out", "void", "reverse"]


@pytest.mark.parametrize("deed", DEEDS)
def test_a_viewer_does_none_of_it(viewer, platform, deed):
    note = a_final_note(a_final_invoice(platform))

    assert viewer.post(f"/credit-notes/{note.pk}/{deed}/", WHY).status_code == 403
    page = text_of(viewer.get(f"/credit-notes/{note.pk}/"))
    assert "Void…" not in page
    assert "Save comment" not in page


@pytest.mark.parametrize("deed", DEEDS)
def test_another_platforms_note_does_not_exist(sign_in, platform, deed):
    note = a_final_note(a_final_invoice(platform))
    stranger = sign_in(a_platform("Stranger"))
    before = digest_of_rows()

    assert stranger.post(f"/credit-notes/{note.pk}/{deed}/", WHY).status_code == 404
    assert digest_of_rows() == before
