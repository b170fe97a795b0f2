"""Recording what came in for an invoice: payments, withheld tax, credit from other notes."""

from decimal import Decimal

import pytest

from credit_notes.services import allocate, apply_credits
from invoices.models import Invoice, Overpayment, Payment, TaxWithheld
from tests.books import digest_of_rows
from tests.credit_notes.credits import a_credit_of
from tests.desk.conftest import text_of
from tests.factories import (
    CLERK,
    NOON,
    a_draft_invoice,
    a_final_invoice,
    a_final_note,
    a_paid_invoice,
    a_payment,
    a_platform,
)

pytestmark = pytest.mark.django_db

DAY = "2026-11-20"


@pytest.fixture
def invoice(platform) -> Invoice:
    """INV-1 over 121.00, unpaid."""
    return a_final_invoice(platform, number="INV-1")


def due(invoice: Invoice) -> Decimal:
    return Invoice.objects.get(pk=invoice.pk).amount_due


def test_the_page_offers_what_is_due_and_the_payment_settles_it(clerk, invoice):
    page = clerk.get(f"/invoices/{invoice.pk}/pay/").content.decode()
    answer = clerk.post(
        f"/invoices/{invoice.pk}/pay/",
        {"amount": "121,00", "date": DAY, "method": "card", "reference": "Statement 4"},
        follow=True,
    )

    assert 'name="amount" value="121.00"' in page
    payment = Payment.objects.get()
    assert (payment.amount, payment.method, payment.status) == (Decimal("121.00"), "card", "SUCCEEDED")
    assert due(invoice) == 0
    shown = text_of(answer)
    assert "A payment of €121.00 was recorded on INV-1." in shown
    assert "INV-1 Paid" in shown
    assert "20 November 2026 €121.00 Card · Statement 4" in shown


def test_a_payment_on_its_way_arrives_or_does_not(clerk, invoice):
    address = f"/invoices/{invoice.pk}/pay/"
    clerk.post(address, {"amount": "21", "date": DAY, "method": "direct_debit", "in_progress": "on"})
    payment = Payment.objects.get()

    shown = text_of(clerk.get(f"/invoices/{invoice.pk}/"))
    asked = text_of(clerk.get(f"/payments/{payment.pk}/settle/"))
    answer = clerk.post(
        f"/payments/{payment.pk}/settle/", {"succeeded": "no", "failure": "Account closed"}, follow=True
    )
    again = clerk.post(f"/payments/{payment.pk}/settle/", {"succeeded": "yes"})

    assert "20 November 2026 · on its way €21.00 Direct debit Received or failed?" in shown
    assert "Payment €21.00 Due now €121.00 Due if it has arrived €100.00" in asked
    assert "The payment of €21.00 will not come." in text_of(answer)
    assert "Payment of €21.00 failed Account closed" in text_of(answer)
    assert (again.status_code, due(invoice)) == (409, Decimal("121.00"))


def test_a_payment_that_arrives_settles_the_invoice(clerk, invoice):
    payment = a_payment(invoice, "21.00", status="IN_PROGRESS")

    answer = clerk.post(f"/payments/{payment.pk}/settle/", {"succeeded": "yes"}, follow=True)

    assert "The payment of €21.00 has arrived." in text_of(answer)
    assert due(invoice) == Decimal("100.00")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"amount": "121.01"}, "INV-1 owes 121.00 EUR; a payment of 121.01 does not fit."),
        ({"amount": "0"}, "a payment of 0.00 does not fit."),
        ({"amount": "-5"}, "This cannot be negative."),
        ({"amount": "1.005"}, "This is finer than EUR, whose smallest unit is 0.01."),
        ({"amount": "NaN"}, "Write a number, such as 12.50."),
        ({"amount": "1e30"}, "Write a number, such as 12.50."),
        ({"amount": "1,23.4"}, "Thousands may be set apart: 1,250.50 or 1.250,50."),
        ({"amount": "1 21.00"}, "Write a number, such as 12.50."),
        ({"amount": "9" * 400}, "Write a number, such as 12.50."),
        ({"amount": "9" * 20}, "This is larger than anything that is taken in."),
        ({"amount": ""}, "This field is required."),
        ({"date": "2999-01-01"}, "2999-01-01 is in the future"),
        ({"date": "soon"}, "Enter a valid date."),
        ({"method": "overpayment"}, "Select a valid choice."),
    ],
)
def test_a_payment_that_makes_no_sense_is_refused_beside_its_field(clerk, invoice, typed, said):
    before = digest_of_rows()

    answer = clerk.post(
        f"/invoices/{invoice.pk}/pay/",
        {"amount": "121", "date": DAY, "method": "cash", "reference": "Keep me"} | typed,
    )

    assert answer.status_code in (400, 409)
    page = answer.content.decode()
    assert said in text_of(answer)
    assert 'id="id_' in page
    assert "_error" in page
    assert 'value="Keep me"' in page
    assert digest_of_rows() == before


def test_what_is_too_much_is_kept_where_the_platform_wants_that(clerk, platform, invoice):
    platform.keeps_overpayments = True
    platform.save()

    page = text_of(clerk.get(f"/invoices/{invoice.pk}/pay/"))
    answer = clerk.post(
        f"/invoices/{invoice.pk}/pay/", {"amount": "150", "date": DAY, "method": "cash"}, follow=True
    )

    assert "What is more than the €121.00 due is kept as credit of Bières du Nord SA." in page
    shown = text_of(answer)
    assert (
        "€121.00 was recorded on INV-1, which is paid; €29.00 more is kept as credit of Bières du Nord SA."
        in shown
    )
    assert "€29.00 more came in and is kept as the customer's credit" in shown
    assert Overpayment.objects.get().amount == Decimal("29.00")


def test_withheld_tax_settles_a_part(clerk, invoice):
    answer = clerk.post(
        f"/invoices/{invoice.pk}/withhold/",
        {"amount": "12.10", "date": DAY, "reference": "Certificate 9"},
        follow=True,
    )

    assert TaxWithheld.objects.get().amount == Decimal("12.10")
    shown = text_of(answer)
    assert "Withheld tax of €12.10 was recorded on INV-1." in shown
    assert "20 November 2026 €12.10 Tax withheld · Certificate 9" in shown
    assert "Tax withheld −€12.10 Due €108.90" in shown
    assert "€12.10 of tax withheld €108.90 still due" in shown


def test_more_tax_than_is_due_is_refused(clerk, invoice):
    before = digest_of_rows()

    answer = clerk.post(f"/invoices/{invoice.pk}/withhold/", {"amount": "121.01", "date": DAY})

    assert answer.status_code == 409
    assert "121.01 does not fit." in text_of(answer)
    assert digest_of_rows() == before


def test_available_credit_is_shown_before_it_is_used_and_can_be_taken_back(clerk, platform, invoice):
    note = a_final_note(a_paid_invoice(platform, number="INV-0", lines=[]))

    menu = text_of(clerk.get(f"/invoices/{invoice.pk}/"))
    asked = text_of(clerk.get(f"/invoices/{invoice.pk}/use-credit/"))
    used = text_of(clerk.post(f"/invoices/{invoice.pk}/use-credit/", follow=True))

    assert "Use available credit… The customer has €121.00" in menu
    assert "Due €121.00 Credit used −€121.00 Due afterwards €0.00" in asked
    assert f"{note.number} gives €121.00 of its €121.00." in asked
    assert "Credit of €121.00 was used on INV-1." in used
    assert f"{note.number} €121.00 Credit of another invoice" in used
    assert "INV-1 Paid" in used
    assert due(invoice) == 0

    back = f"/invoices/{invoice.pk}/credit/{note.pk}/take-back/"
    assert "Due €0.00 Taken back €121.00 Due afterwards €121.00" in text_of(clerk.get(back))
    taken = text_of(clerk.post(back, follow=True))
    assert f"€121.00 went back to {note.number}; INV-1 asks for it again." in taken
    assert due(invoice) == Decimal("121.00")
    assert clerk.get(back).status_code == 404


def test_credit_is_used_only_as_far_as_the_invoice_asks_for_it(clerk, platform, invoice):
    note = a_final_note(a_paid_invoice(platform, number="INV-0"))
    a_payment(invoice, "100.00")

    asked = text_of(clerk.get(f"/invoices/{invoice.pk}/use-credit/"))

    assert f"{note.number} gives €21.00 of its €121.00." in asked


def test_what_was_paid_too_much_is_shown_and_used_after_credit_notes(clerk, platform, invoice):
    platform.keeps_overpayments = True
    platform.save()
    a_payment(a_final_invoice(platform, number="INV-0"), "200.00")
    note = a_credit_of(platform, "100.00")
    address = f"/invoices/{invoice.pk}/use-credit/"

    asked = text_of(clerk.get(address))
    done = text_of(clerk.post(address, follow=True))

    assert f"{note.number} gives €100.00 of its €100.00." in asked
    assert "What was paid too much on 20 November 2026 gives €21.00 of its €79.00." in asked
    assert (
        "Credit notes are used first, then the €79.00 that Bières du Nord SA has paid too much: "
        "€58.00 of it stays for other invoices." in asked
    )
    assert "Credit of €121.00 was used on" in done


def test_without_credit_there_is_nothing_to_use(clerk, invoice):
    asked = clerk.get(f"/invoices/{invoice.pk}/use-credit/")
    done = clerk.post(f"/invoices/{invoice.pk}/use-credit/")

    assert "has no credit for it." in text_of(asked)
    assert done.status_code == 409
    assert "has no credit in EUR" in text_of(done)


def test_taking_back_what_a_later_note_has_credited_is_refused(clerk, platform, invoice):
    note = a_final_note(a_paid_invoice(platform, number="INV-0"))
    apply_credits(platform=platform, invoice_id=invoice.pk, actor=CLERK, at=NOON)
    a_final_note(invoice)
    before = digest_of_rows()

    answer = clerk.post(f"/invoices/{invoice.pk}/credit/{note.pk}/take-back/")

    assert answer.status_code == 409
    assert "is left to take back." in text_of(answer)
    assert digest_of_rows() == before


def test_a_draft_takes_no_money(clerk, platform):
    draft = a_draft_invoice(platform)
    before = digest_of_rows()

    paid = clerk.post(f"/invoices/{draft.pk}/pay/", {"amount": "1", "date": DAY, "method": "cash"})
    withheld = clerk.post(f"/invoices/{draft.pk}/withhold/", {"amount": "1", "date": DAY})
    credited = clerk.post(f"/invoices/{draft.pk}/use-credit/")

    assert [paid.status_code, withheld.status_code, credited.status_code] == [409, 409, 409]
    assert digest_of_rows() == before


def test_who_only_reads_is_offered_nothing_and_may_do_nothing(viewer, platform, invoice):
    payment = a_payment(invoice, "1.00", status="IN_PROGRESS")
    other = a_final_note(a_paid_invoice(platform))
    allocate(
        platform=platform,
        credit_note_id=other.pk,
        invoice_id=invoice.pk,
        amount=Decimal(1),
        actor=CLERK,
        at=NOON,
    )
    addresses = [
        f"/invoices/{invoice.pk}/pay/",
        f"/invoices/{invoice.pk}/withhold/",
        f"/invoices/{invoice.pk}/use-credit/",
        f"/invoices/{invoice.pk}/credit/{other.pk}/take-back/",
        f"/payments/{payment.pk}/settle/",
    ]

    page = text_of(viewer.get(f"/invoices/{invoice.pk}/"))

    assert "Received or failed?" not in page
    assert "Take back" not in page
    assert "Record a payment" not in page
    assert [viewer.get(address).status_code for address in addresses] == [403] * 5
    assert [viewer.post(address).status_code for address in addresses] == [403] * 5


def test_another_platforms_money_is_not_there(clerk, platform):
    stranger = a_platform("Other")
    invoice = a_final_invoice(stranger)
    payment = a_payment(invoice, "1.00", status="IN_PROGRESS")
    addresses = [
        f"/invoices/{invoice.pk}/pay/",
        f"/invoices/{invoice.pk}/withhold/",
        f"/invoices/{invoice.pk}/use-credit/",
        f"/invoices/{invoice.pk}/credit/cn_x/take-back/",
        f"/payments/{payment.pk}/settle/",
    ]

    assert [clerk.get(address).status_code for address in addresses] == [404] * 5
    assert [clerk.post(address).status_code for address in addresses[:4]] == [404] * 4
