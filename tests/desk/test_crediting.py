"""Credit entire invoice, credit and re-invoice, write off: the pages that ask, and what they do."""

from decimal import Decimal

import pytest

from credit_notes.models import CreditNote
from credit_notes.selection import Selection
from credit_notes.services import credit_invoice
from credit_notes.services.reason_codes import add_reason_code
from invoices.models import Invoice
from tests.books import digest_of_rows
from tests.desk.conftest import text_of
from tests.factories import (
    CLERK,
    NOON,
    a_draft_invoice,
    a_draft_note,
    a_final_invoice,
    a_final_note,
    a_line,
    a_paid_invoice,
    a_payment,
    a_platform,
)

pytestmark = pytest.mark.django_db


def test_the_page_says_what_will_happen_to_an_unpaid_invoice(clerk, platform):
    invoice = a_final_invoice(platform, number="INV-1")

    page = text_of(clerk.get(f"/invoices/{invoice.pk}/credit/"))

    assert "Credit note €121.00 Clears debt €121.00 Owed to the customer €0.00" in page
    assert "The one line of INV-1 is reversed, with VAT as it was charged." in page
    assert "It clears €121.00 that INV-1 still asks for; nothing has to be paid back." in page


def test_the_page_says_what_is_owed_when_a_part_was_paid(clerk, platform):
    invoice = a_final_invoice(platform, number="INV-1", lines=[a_line(), a_line()])
    a_payment(invoice, "200.00")

    page = text_of(clerk.get(f"/invoices/{invoice.pk}/credit/"))

    assert "All 2 lines of INV-1 are reversed" in page
    assert "It clears €42.00 that INV-1 still asks for." in page
    assert "€200.00 is owed to Bières du Nord SA, who has paid it already." in page


def test_crediting_makes_a_draft_with_note_and_reason_and_leads_to_it(clerk, platform):
    invoice = a_final_invoice(platform)

    answer = clerk.post(
        f"/invoices/{invoice.pk}/credit/",
        {"note": "Wrong\r\nseats\x0b", "reason_code": "order_change"},
        follow=True,
    )

    note = CreditNote.objects.get()
    assert (note.status, note.invoice_id, note.note, note.reason_code) == (
        "DRAFT",
        invoice.pk,
        "Wrong\nseats",
        "order_change",
    )
    assert answer.redirect_chain == [(f"/credit-notes/{note.pk}/", 302)]
    page = text_of(answer)
    assert f"{note.display_number} was drafted. Nothing is final until you finalise it." in page
    assert f"{note.display_number} Draft" in page
    assert "Credit note drafted for €121.00" in page
    assert "Clara Clerk" in page


def test_a_second_click_leads_to_the_draft_that_the_first_one_made(clerk, platform):
    invoice = a_final_invoice(platform)
    first = clerk.post(f"/invoices/{invoice.pk}/credit/")
    second = clerk.post(f"/invoices/{invoice.pk}/credit/", follow=True)

    note = CreditNote.objects.get()
    assert first.headers["Location"] == f"/credit-notes/{note.pk}/"
    assert second.redirect_chain == [(f"/credit-notes/{note.pk}/", 302)]
    assert f"{note.display_number} credits all of {invoice}" in text_of(second)


def test_an_invoice_that_was_credited_in_full_is_refused_with_the_note_that_did_it(clerk, platform):
    invoice = a_paid_invoice(platform, number="INV-1")
    note = a_final_note(invoice)

    asked = clerk.get(f"/invoices/{invoice.pk}/credit/")
    done = clerk.post(f"/invoices/{invoice.pk}/credit/")

    sentence = f"INV-1 has been credited in full by {note.number}."
    assert sentence in text_of(asked)
    assert "<form" not in asked.content.decode().split("<main")[1]
    assert done.status_code == 409
    assert f"Nothing of this invoice is left to credit {sentence} Nothing was changed." in text_of(done)
    assert f'href="/credit-notes/{note.pk}/"' in done.content.decode()
    assert CreditNote.objects.count() == 1


def test_a_payment_on_its_way_stands_in_the_way_and_is_named(clerk, platform):
    invoice = a_final_invoice(platform)
    a_payment(invoice, "21.00", status="IN_PROGRESS")

    done = clerk.post(f"/invoices/{invoice.pk}/credit/")

    assert done.status_code == 409
    assert "payments of 21.00 EUR are still in progress" in text_of(done)
    assert CreditNote.objects.count() == 0


def test_a_draft_invoice_is_not_credited(clerk, platform):
    invoice = a_draft_invoice(platform)

    done = clerk.post(f"/invoices/{invoice.pk}/credit/")

    assert done.status_code == 409
    assert "is a draft: edit or delete it instead." in text_of(done)


def test_a_note_that_is_too_long_is_refused_beside_its_field_and_kept(clerk, platform):
    invoice = a_final_invoice(platform)

    answer = clerk.post(f"/invoices/{invoice.pk}/credit/", {"note": "x" * 2001})

    assert answer.status_code == 400
    page = answer.content.decode()
    assert "Ensure this value has at most 2000 characters" in page
    assert 'aria-describedby="id_note_helptext id_note_error"' in page
    assert "x" * 2001 in page
    assert CreditNote.objects.count() == 0


def test_an_unknown_reason_is_refused(clerk, platform):
    invoice = a_final_invoice(platform)

    answer = clerk.post(f"/invoices/{invoice.pk}/credit/", {"reason_code": "because"})

    assert answer.status_code == 400
    assert CreditNote.objects.count() == 0


def test_crediting_an_invoice_whose_draft_exists_says_so_before_one_tries(clerk, platform):
    note = a_draft_note(a_final_invoice(platform))

    answer = clerk.get(f"/invoices/{note.invoice_id}/credit/", follow=True)

    assert answer.redirect_chain == [(f"/credit-notes/{note.pk}/", 302)]


def test_crediting_and_re_invoicing_makes_two_drafts_and_leads_to_the_new_one(clerk, platform):
    invoice = a_final_invoice(platform, number="INV-1", lines=[a_line(name="Seats"), a_line(rate="9")])
    address = f"/invoices/{invoice.pk}/credit-and-copy/"

    asked = text_of(clerk.get(address))
    answer = clerk.post(address, {"note": "Wrong customer", "reason_code": "order_change"}, follow=True)

    assert "A new invoice is drafted with the lines of INV-1, to be corrected: €230.00" in asked
    note, copy = CreditNote.objects.get(), Invoice.objects.get(copy_of=invoice)
    assert (note.status, note.total, note.note) == ("DRAFT", Decimal("230.00"), "Wrong customer")
    assert (copy.status, copy.total) == ("DRAFT", Decimal("230.00"))
    assert answer.redirect_chain == [(f"/invoices/{copy.pk}/", 302)]
    page = text_of(answer)
    assert f"{note} credits INV-1; {copy} was drafted with the same lines." in page
    assert "replaces INV-1" in page


def test_both_can_be_final_at_once(clerk, platform):
    invoice = a_final_invoice(platform, number="INV-1")

    clerk.post(
        f"/invoices/{invoice.pk}/credit-and-copy/", {"finalize_credit_note": "on", "finalize_copy": "on"}
    )

    assert CreditNote.objects.get().status == "FINAL"
    assert Invoice.objects.get(copy_of=invoice).status == "FINAL"


def test_what_cannot_be_credited_is_not_re_invoiced(clerk, platform):
    invoice = a_final_invoice(platform)
    a_payment(invoice, "21.00", status="IN_PROGRESS")
    before = digest_of_rows()

    answer = clerk.post(f"/invoices/{invoice.pk}/credit-and-copy/")

    assert answer.status_code == 409
    assert "payments of 21.00 EUR are still in progress" in text_of(answer)
    assert digest_of_rows() == before


def test_a_write_off_gives_up_what_is_due_by_a_final_note(clerk, platform):
    invoice = a_final_invoice(platform, number="INV-1")
    a_payment(invoice, "100.00")

    menu = text_of(clerk.get(f"/invoices/{invoice.pk}/"))
    asked = clerk.get(f"/invoices/{invoice.pk}/write-off/")
    answer = clerk.post(
        f"/invoices/{invoice.pk}/write-off/", {"reason_code": "write_off", "note": "Bankrupt"}, follow=True
    )

    assert "Write off… Give up the €21.00 that it still asks for" in menu
    assert "Total €121.00 Due, to be written off €21.00" in text_of(asked)
    assert '<option value="write_off" selected>' in asked.content.decode()
    note = CreditNote.objects.get()
    assert (note.status, note.type, note.total) == ("FINAL", "adjustment", Decimal("21.00"))
    assert (note.note, note.reason_code) == ("Bankrupt", "write_off")
    assert Invoice.objects.get().amount_due == 0
    assert f"What INV-1 still asked for was written off by {note}." in text_of(answer)


def test_a_write_off_has_its_reason_where_the_platforms_own_list_has_not(clerk, platform):
    add_reason_code(platform=platform, kind="CREDIT", code="oops", name="Our mistake", actor=CLERK, at=NOON)
    invoice = a_final_invoice(platform)
    address = f"/invoices/{invoice.pk}/write-off/"

    asked = clerk.get(address).content.decode()
    clerk.post(address, {"reason_code": "write_off"})

    assert '<option value="write_off" selected>Write-off</option>' in asked
    assert '<option value="oops">Our mistake</option>' in asked
    assert "write_off" not in clerk.get(f"/invoices/{a_final_invoice(platform).pk}/credit/").content.decode()
    assert CreditNote.objects.get().reason_code == "write_off"


def test_what_is_paid_is_not_written_off(clerk, platform):
    invoice = a_paid_invoice(platform, number="INV-1")
    before = digest_of_rows()

    answer = clerk.post(f"/invoices/{invoice.pk}/write-off/", {"reason_code": "write_off"})

    assert answer.status_code == 409
    assert "INV-1 owes nothing." in text_of(answer)
    assert digest_of_rows() == before


def test_a_reason_is_asked_for_where_the_platform_wants_one(clerk, platform):
    platform.requires_reason = True
    platform.save()
    invoice = a_final_invoice(platform)

    answer = clerk.post(f"/invoices/{invoice.pk}/credit/", {"note": "Keep me"})

    assert answer.status_code == 400
    assert 'id="id_reason_code_error"' in answer.content.decode()
    assert "Say why: this platform wants a reason code." in text_of(answer)
    assert "Keep me" in answer.content.decode()


def test_the_rest_is_credited_after_a_part(clerk, platform):
    invoice = a_final_invoice(platform, number="INV-1")
    part = Selection(amount=Decimal("21.00"))
    credit_invoice(
        platform=platform, invoice_id=invoice.pk, selection=part, finalize=True, actor=CLERK, at=NOON
    )

    clerk.post(f"/invoices/{invoice.pk}/credit/")

    assert CreditNote.objects.get(status="DRAFT").total == Decimal("100.00")


def test_who_only_reads_credits_nothing_and_strangers_see_nothing(clerk, viewer, platform):
    mine, theirs = a_final_invoice(platform), a_final_invoice(a_platform("Other"))
    deeds = ("credit", "credit-and-copy", "write-off")

    assert [viewer.get(f"/invoices/{mine.pk}/{deed}/").status_code for deed in deeds] == [403] * 3
    assert [viewer.post(f"/invoices/{mine.pk}/{deed}/").status_code for deed in deeds] == [403] * 3
    assert [clerk.get(f"/invoices/{theirs.pk}/{deed}/").status_code for deed in deeds] == [404] * 3
    assert [clerk.post(f"/invoices/{theirs.pk}/{deed}/").status_code for deed in deeds] == [404] * 3
