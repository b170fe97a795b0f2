"""What a customer owes, what credit they have, and what moved."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from billing.errors import NotFound
from billing.platforms.models import Platform
from credit_notes.models import Refund
from credit_notes.services import balance_of, deallocate, return_tax_withheld
from credit_notes.services.customer_balance import Account, CustomerBalance
from invoices.models import Overpayment
from invoices.services import apply_overpayment
from tests.factories import NOON, a_customer, a_draft_note, a_final_invoice, a_payment, a_platform, an_entity

from .credits import BY, a_credit_of, an_invoice_of, credited, given, withheld_from

D = Decimal


def balance(platform, **wish) -> CustomerBalance:
    customer = platform.customers.get(name="Bières du Nord SA")
    return balance_of(platform=platform, customer_id=customer.pk, **wish)


def paid_too_much(platform: Platform, *, by: str, of_which_used: str) -> Overpayment:
    Platform.objects.filter(pk=platform.pk).update(keeps_overpayments=True)
    a_payment(an_invoice_of(platform, "1.00"), str(D(by) + 1))
    using = an_invoice_of(platform, of_which_used)
    apply_overpayment(platform=platform, invoice_id=using.pk, **BY)
    return Overpayment.objects.get()


def sums(account: Account) -> tuple[Decimal, ...]:
    return (account.amount_due, account.amount_available, account.amount_overpaid, account.balance)


def test_open_invoices_credit_and_overpayments_are_added_up_by_seller_and_currency(platform):
    # given
    undated = an_invoice_of(platform, "50.00", due_date=None, payment_terms="Soon")
    dated = an_invoice_of(platform, "300.00", due_date=date(2026, 12, 10))
    a_payment(dated, "20.00")
    dollars = an_invoice_of(platform, "70.00", currency="USD")
    refundable = a_credit_of(platform, "100.00")
    store = a_credit_of(platform, "40.00", type="store")
    seller = an_entity(platform, name="Zebra B.V.", vat_number="NL999999990B90")
    elsewhere = an_invoice_of(platform, "9.00", seller=seller, buyer=dated.customer)
    kept = paid_too_much(platform, by="8.00", of_which_used="3.00")

    # when
    found = balance(platform)

    # then
    euros, usd, zebra = found.accounts
    assert [(each.billing_entity.name, each.currency) for each in found.accounts] == [
        ("Acme Software B.V.", "EUR"),
        ("Acme Software B.V.", "USD"),
        ("Zebra B.V.", "EUR"),
    ]
    assert sums(euros) == (D("330.00"), D("140.00"), D("5.00"), D("185.00"))
    assert euros.open_invoices == [dated, undated]
    assert euros.credit_notes == [store, refundable]
    assert euros.overpayments == [kept]
    assert (sums(usd), usd.open_invoices) == ((D("70.00"), D(0), D(0), D("70.00")), [dollars])
    assert (zebra.amount_due, zebra.open_invoices) == (D("9.00"), [elsewhere])


def test_what_is_settled_drafted_or_anothers_is_left_out(platform):
    # given
    given(a_credit_of(platform, "10.00"), an_invoice_of(platform, "10.00"))
    credited(an_invoice_of(platform, "10.00"))
    buyer = a_customer(platform, name="Autre SA", vat_number="BE0999999922", endpoint_id="0999999922")
    a_credit_of(platform, "10.00", buyer=buyer)
    an_invoice_of(platform, "10.00", buyer=buyer)
    open_ = a_final_invoice(platform, buyer=platform.customers.get(name="Bières du Nord SA"))
    a_draft_note(open_)

    # then
    (account,) = balance(platform).accounts
    assert (account.open_invoices, account.credit_notes, account.amount_due) == ([open_], [], D("121.00"))


def test_movements_are_shown_newest_first_with_their_papers(platform):
    # given
    def later(minutes: int) -> dict:
        return {"at": NOON + timedelta(minutes=minutes)}

    invoice = an_invoice_of(platform, "100.00")
    withheld = withheld_from(invoice, "10.00")
    paid = a_payment(invoice, "90.00", **later(1))
    note = credited(invoice)
    other = an_invoice_of(platform, "30.00")
    row = given(note, other)
    back = deallocate(platform=platform, allocation_id=row.pk, **BY | later(3))
    tax = return_tax_withheld(platform=platform, credit_note_id=note.pk, date=NOON.date(), **BY | later(4))
    refund = Refund.objects.create(
        platform=platform,
        credit_note=note,
        payment=paid,
        amount=D("5.00"),
        method="bank_transfer",
        created_at=NOON + timedelta(minutes=5),
    )

    # when
    found = balance(platform).movements

    # then
    assert [(each.kind, each.id, each.amount, each.invoice, each.credit_note) for each in found] == [
        ("refund", refund.pk, D("5.00"), None, note),
        ("tax_withheld_refund", tax.pk, D("10.00"), invoice, note),
        ("allocation", back.pk, D("-30.00"), other, note),
        ("payment", paid.pk, D("90.00"), invoice, None),
        ("allocation", row.pk, D("30.00"), other, note),
        ("tax_withheld", withheld.pk, D("10.00"), invoice, None),
    ]
    assert [each.status for each in found] == ["PENDING", "", "", "SUCCEEDED", "", ""]
    assert [each.id for each in balance(platform, most=2).movements] == [refund.pk, tax.pk]


def test_lists_are_cut_and_sums_are_not(platform):
    for _ in range(3):
        an_invoice_of(platform, "10.00")

    (account,) = balance(platform, most=2).accounts

    assert (len(account.open_invoices), account.open_invoice_count, account.amount_due) == (2, 3, D("30.00"))


def test_it_costs_the_same_however_much_there_is(platform, django_assert_num_queries):
    for _ in range(3):
        given(a_credit_of(platform, "10.00"), an_invoice_of(platform, "30.00"))

    with django_assert_num_queries(15):
        found = balance(platform)
        assert [str(each.invoice) for each in found.movements if each.kind == "payment"]


def test_another_platforms_customer_does_not_exist(platform):
    customer = a_customer(a_platform("Other"))

    with pytest.raises(NotFound):
        balance_of(platform=platform, customer_id=customer.pk)
