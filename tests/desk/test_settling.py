"""A credit note's money: used on invoices, refunded, recorded, returned as tax; and each of them undone."""

from datetime import timedelta
from decimal import Decimal

import pytest

from billing import clock
from credit_notes.models import Allocation, CreditNote, Refund, TaxWithheldRefund
from credit_notes.services import refund
from invoices.models import Invoice
from tests.books import digest_of_rows
from tests.credit_notes.credits import (
    BY,
    a_credit_of,
    an_invoice_of,
    credited,
    due,
    given,
    left,
    withheld_from,
)
from tests.desk.conftest import text_of
from tests.factories import NOON, a_gateway_account, a_payment, a_platform

pytestmark = pytest.mark.django_db


def kept_back(client, path, **fields):
    """Post what is refused, or cannot be understood, and return the page. Nothing has happened."""
    before = digest_of_rows()
    answer = client.post(path, fields)
    assert answer.status_code in {400, 409}
    assert digest_of_rows() == before
    return answer


# Using credit


def test_using_credit_shows_what_each_invoice_would_get_the_oldest_debt_first(clerk, platform):
    note = a_credit_of(platform, "100.00")
    an_invoice_of(platform, "80.00", number="INV-9", due_date=NOON.date().replace(month=12, day=24))
    an_invoice_of(platform, "30.00", number="INV-8", due_date=NOON.date().replace(month=12, day=1))

    page = text_of(clerk.get(f"/credit-notes/{note.pk}/use/"))

    assert "Available €100.00 Given, oldest debt first −€100.00 Left then €0.00" in page
    assert "Oldest debt first INV-8 €30.00 INV-9 €70.00 €100.00" in page
    assert "Only INV-9 asks for €80.00, due 24 December 2026 €80.00" in page


def test_credit_goes_to_the_oldest_debt_first(clerk, platform):
    note = a_credit_of(platform, "100.00")
    late = an_invoice_of(platform, "80.00", due_date=NOON.date().replace(month=12, day=24))
    early = an_invoice_of(platform, "30.00", due_date=NOON.date().replace(month=12, day=1))

    answer = clerk.post(f"/credit-notes/{note.pk}/use/", {"invoice": "", "amount": ""}, follow=True)

    page = text_of(answer)
    assert "€100.00 was given to 2 invoices." in page
    assert "Given to invoices −€100.00 Refunded €0.00 Available €0.00" in page
    assert "€70.00 given to an invoice €0.00 still available" in page
    assert (due(early), due(late), left(note)) == (Decimal("0.00"), Decimal("10.00"), Decimal("0.00"))


def test_an_amount_goes_to_the_invoice_that_was_chosen(clerk, platform):
    note = a_credit_of(platform, "100.00")
    invoice = an_invoice_of(platform, "80.00", number="INV-9")

    answer = clerk.post(
        f"/credit-notes/{note.pk}/use/", {"invoice": invoice.pk, "amount": "12,50"}, follow=True
    )

    assert "€12.50 was given to INV-9." in text_of(answer)
    assert (due(invoice), left(note)) == (Decimal("67.50"), Decimal("87.50"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"amount": "10.00", "invoice": ""}, "Choose the invoice that gets this amount."),
        ({"amount": "80.01"}, "80.01 EUR is more than the 80.00 EUR that INV-9 still owes."),
        ({"amount": "0"}, "0 EUR is not more than zero."),
        ({"amount": "1.005"}, "This is finer than EUR"),
        ({"amount": "1e30"}, "Write a number"),
        ({"amount": "NaN"}, "Write a number"),
        ({"amount": "9" * 400}, "Write a number"),
        ({"amount": "-5"}, "This cannot be negative."),
        ({"invoice": "inv_nothing"}, "Select a valid choice"),
    ],
)
def test_credit_that_does_not_fit_stays_and_so_does_what_was_typed(clerk, platform, fields, said):
    note = a_credit_of(platform, "100.00")
    invoice = an_invoice_of(platform, "80.00", number="INV-9")

    answer = kept_back(clerk, f"/credit-notes/{note.pk}/use/", **{"invoice": invoice.pk} | fields)

    assert said in text_of(answer)
    assert f'value="{fields.get("amount", "")}"' in answer.content.decode()


def test_a_note_with_nothing_left_sends_back_to_its_page(clerk, platform):
    note = credited(an_invoice_of(platform, "50.00"))

    answer = clerk.get(f"/credit-notes/{note.pk}/use/", follow=True)

    assert answer.redirect_chain == [(f"/credit-notes/{note.pk}/", 302)]
    assert "is an adjustment: all of it cleared the debt" in text_of(answer)


def test_credit_is_taken_back_after_saying_what_is_owed_then(clerk, platform):
    note, invoice = a_credit_of(platform, "100.00"), an_invoice_of(platform, "80.00", number="INV-9")
    row = given(note, invoice, "30.00")
    address = f"/credit-notes/{note.pk}/allocations/{row.pk}/take-back/"
    assert f'href="{address}"' in clerk.get(f"/credit-notes/{note.pk}/").content.decode()

    asked = text_of(clerk.get(address))
    answer = clerk.post(address, follow=True)

    assert "INV-9 asks for €80.00 then, €30.00 more than now." in asked
    assert "has €100.00 available then." in asked
    assert "€30.00 was taken back from INV-9." in text_of(answer)
    assert (due(invoice), left(note)) == (Decimal("80.00"), Decimal("100.00"))


def test_what_cleared_the_notes_own_invoice_is_not_offered_to_be_taken_back(clerk, platform):
    note = credited(an_invoice_of(platform, "50.00"))
    row = Allocation.objects.get()

    page = clerk.get(f"/credit-notes/{note.pk}/").content.decode()
    kept_back(clerk, f"/credit-notes/{note.pk}/allocations/{row.pk}/take-back/")

    assert "take-back" not in page


# Refunding


def test_a_refund_shows_its_steps_before_it_runs(clerk, platform):
    invoice = an_invoice_of(platform, "100.00", number="INV-9")
    a_payment(invoice, "60.00", date=NOON.date().replace(day=10))
    a_payment(invoice, "40.00", date=NOON.date().replace(day=12), method="cash")
    note = credited(invoice)

    page = text_of(clerk.get(f"/credit-notes/{note.pk}/refund/"))

    assert "Available €100.00 Refunded now −€100.00 Left then €0.00" in page
    assert "€40.00 is yours to pay out by hand. Against the cash of 12 Nov 2026 for INV-9." in page
    assert "€60.00 is yours to pay out by hand. Against the bank transfer of 10 Nov 2026 for INV-9." in page


def test_money_goes_back_through_stripe_where_it_came_from(clerk, platform):
    a_gateway_account(platform)
    invoice = an_invoice_of(platform, "100.00")
    a_payment(invoice, "100.00", method="stripe", reference="pi_42")
    note = credited(invoice)

    page = text_of(clerk.get(f"/credit-notes/{note.pk}/refund/"))

    assert "€100.00 goes back through Stripe by itself." in page


def test_a_refund_runs_when_its_steps_were_seen(clerk, platform):
    note = a_credit_of(platform, "100.00")

    answer = clerk.post(f"/credit-notes/{note.pk}/refund/", {"amount": "100", "shown": "100.00"}, follow=True)

    page = text_of(answer)
    assert "€100.00 is on its way back." in page
    assert "Final Refund on its way" in page
    assert "On its way Paid out… Failed…" in page
    assert "Refund of €100.00 asked for" in page
    assert Refund.objects.get().amount == Decimal("100.00")


def test_another_amount_shows_its_steps_first(clerk, platform):
    note = a_credit_of(platform, "100.00")
    before = digest_of_rows()

    answer = clerk.post(f"/credit-notes/{note.pk}/refund/", {"amount": "25.00", "shown": "100.00"})

    page = text_of(answer)
    assert answer.status_code == 200
    assert "These are the steps for €25.00. Nothing has been refunded yet." in page
    assert "Refunded now −€25.00 Left then €75.00" in page
    assert 'name="shown" value="25.00"' in answer.content.decode()
    assert digest_of_rows() == before


def test_more_than_is_available_is_refused_beside_what_was_typed(clerk, platform):
    note = a_credit_of(platform, "100.00")

    answer = kept_back(clerk, f"/credit-notes/{note.pk}/refund/", amount="100.01", shown="100.00")

    assert "100.01 EUR is more than the 100.00 EUR" in text_of(answer)
    assert 'value="100.01"' in answer.content.decode()


def test_a_platform_may_want_a_reason_for_refunds(clerk, platform):
    platform.requires_refund_reason = True
    platform.save()
    note = a_credit_of(platform, "100.00")

    answer = kept_back(clerk, f"/credit-notes/{note.pk}/refund/", amount="100.00", shown="100.00")

    assert "This field is required." in text_of(answer)


def test_store_credit_is_not_refunded(clerk, platform):
    note = a_credit_of(platform, "100.00", type="store")

    page = text_of(clerk.get(f"/credit-notes/{note.pk}/"))
    away = clerk.get(f"/credit-notes/{note.pk}/refund/", follow=True)

    assert "Final Store credit" in page
    assert "Refund…" not in page
    assert "is store credit: give it to an invoice." in text_of(away)


@pytest.fixture
def pending(platform):
    """A refund of 100.00 that waits to be paid out by hand."""
    note = a_credit_of(platform, "100.00")
    (row,) = refund(platform=platform, credit_note_id=note.pk, **BY)
    return row


def test_a_refund_by_hand_was_paid_out(clerk, pending):
    address = f"/credit-notes/{pending.credit_note_id}/refunds/{pending.pk}/paid-out/"

    asked = text_of(clerk.get(address))
    answer = clerk.post(address, {"date": "2026-11-20", "provider_reference": "Transfer 7"}, follow=True)

    assert "The refund of €100.00 counts as paid out." in asked
    page = text_of(answer)
    assert "The refund of €100.00 was paid out." in page
    assert "Paid out 20 November 2026 · Transfer 7" in page
    assert "Final Refunded" in page
    assert Refund.objects.get().status == "SUCCEEDED"


def test_a_refund_by_hand_failed_and_the_note_has_its_amount_again(clerk, pending):
    address = f"/credit-notes/{pending.credit_note_id}/refunds/{pending.pk}/failed/"

    missing = kept_back(clerk, address, failure=" ")
    answer = clerk.post(address, {"failure": "The account is closed"}, follow=True)

    assert "Error: Say why it failed." in text_of(missing)
    page = text_of(answer)
    assert "The refund of €100.00 failed; the credit note has it again." in page
    assert "Failed The account is closed" in page
    assert "Available €100.00" in page
    assert left(pending.credit_note) == Decimal("100.00")


def test_a_refund_is_settled_once(clerk, pending):
    address = f"/credit-notes/{pending.credit_note_id}/refunds/{pending.pk}/failed/"
    clerk.post(address, {"failure": "The account is closed"})

    again = clerk.get(address, follow=True)

    assert "The refund has failed already." in text_of(again)


TOMORROW = (clock.now() + timedelta(days=2)).date().isoformat()


@pytest.mark.parametrize("day", [TOMORROW, "2020-01-01", "20.11.2026"])
def test_a_day_that_cannot_be_is_refused(clerk, pending, day):
    address = f"/credit-notes/{pending.credit_note_id}/refunds/{pending.pk}/paid-out/"

    answer = kept_back(clerk, address, date=day)

    assert f'value="{day}"' in answer.content.decode()


# Recording a refund made elsewhere


def test_a_refund_made_elsewhere_is_recorded(clerk, platform):
    note = a_credit_of(platform, "100.00")
    fields = {"amount": "40.00", "date": "2026-11-20", "method": "cash", "reference": "Till 3"}

    answer = clerk.post(f"/credit-notes/{note.pk}/record-refund/", fields, follow=True)

    page = text_of(answer)
    assert "A refund of €40.00 was recorded." in page
    assert "€40.00 Paid out 20 November 2026 · Till 3" in page
    assert left(note) == Decimal("60.00")


def test_a_refund_before_the_note_is_refused_at_its_day(clerk, platform):
    note = a_credit_of(platform, "100.00")
    fields = {"amount": "40.00", "date": "2026-11-19", "method": "cash", "reference": "Till 3"}

    answer = kept_back(clerk, f"/credit-notes/{note.pk}/record-refund/", **fields)

    assert "2026-11-19 is before 2026-11-20" in text_of(answer)
    assert 'value="Till 3"' in answer.content.decode()
    assert 'id="id_date_error"' in answer.content.decode()


# Withheld tax


@pytest.fixture
def with_tax(platform):
    """A note over 100.00, of which 10.00 had been settled by tax that the customer withheld."""
    invoice = an_invoice_of(platform, "100.00", number="INV-9")
    a_payment(invoice, "90.00")
    withheld_from(invoice, "10.00")
    return credited(Invoice.objects.get(pk=invoice.pk))


def test_withheld_tax_is_returned_and_the_return_is_removed_again(clerk, with_tax):
    address = f"/credit-notes/{with_tax.pk}/return-tax/"
    asked = text_of(clerk.get(address))
    tax = with_tax.references.get().invoice.taxes_withheld.get()

    fields = {"tax_withheld_id": tax.pk, "amount": "10.00", "date": "2026-11-20", "reference": "TDS 1"}
    returned = clerk.post(address, fields, follow=True)
    row = TaxWithheldRefund.objects.get()
    remove = f"/credit-notes/{with_tax.pk}/tax-returns/{row.pk}/remove/"
    asked_again = text_of(clerk.get(remove))
    removed = clerk.post(remove, follow=True)

    assert "€10.00 is left of INV-9, withheld on 20 Nov 2026." in asked
    page = text_of(returned)
    assert "€10.00 of withheld tax was returned." in page
    assert "Withheld tax of INV-9 €10.00 returned 20 November 2026 · TDS 1" in page
    assert f'href="{remove}"' in returned.content.decode()
    assert "has €100.00 available then." in asked_again
    assert "The return of €10.00 was removed." in text_of(removed)
    assert left(with_tax) == Decimal("100.00")


def test_more_tax_than_was_withheld_is_refused(clerk, with_tax):
    tax = with_tax.references.get().invoice.taxes_withheld.get()
    fields = {"tax_withheld_id": tax.pk, "amount": "10.01", "date": "2026-11-20"}

    answer = kept_back(clerk, f"/credit-notes/{with_tax.pk}/return-tax/", **fields)

    assert "10.01 EUR is more than the 10.00 EUR that is left" in text_of(answer)


# Who may


DEEDS = ["use", "refund", "record-refund", "return-tax"]


@pytest.mark.parametrize("deed", DEEDS)
def test_a_viewer_moves_no_money(viewer, platform, deed):
    note = a_credit_of(platform, "100.00")

    assert viewer.get(f"/credit-notes/{note.pk}/{deed}/").status_code == 403
    assert viewer.post(f"/credit-notes/{note.pk}/{deed}/").status_code == 403
    page = text_of(viewer.get(f"/credit-notes/{note.pk}/"))
    assert "Refund…" not in page
    assert "Use credit…" not in page


@pytest.mark.parametrize("deed", DEEDS)
def test_another_platforms_money_does_not_exist(sign_in, platform, deed):
    note = a_credit_of(platform, "100.00")
    stranger = sign_in(a_platform("Stranger"))

    assert stranger.get(f"/credit-notes/{note.pk}/{deed}/").status_code == 404
    assert stranger.post(f"/credit-notes/{note.pk}/{deed}/").status_code == 404


def test_rows_of_another_note_are_not_reached_through_this_one(clerk, platform, pending):
    other = a_credit_of(platform, "10.00")
    row = given(a_credit_of(platform, "20.00"), an_invoice_of(platform, "5.00"))

    for path in (
        f"refunds/{pending.pk}/paid-out/",
        f"refunds/{pending.pk}/failed/",
        f"allocations/{row.pk}/take-back/",
        f"tax-returns/{pending.pk}/remove/",
    ):
        assert clerk.get(f"/credit-notes/{other.pk}/{path}").status_code == 404
    assert CreditNote.objects.get(pk=other.pk).amount_refunded == 0
