"""What a credit note says: all that the invoice says, and that it corrects it."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing.clock import day
from billing.documents.snapshot import (
    Address,
    AllowanceCharge,
    Delivery,
    Document,
    Note,
    PaymentMeans,
    Reference,
    TaxGroup,
)
from billing.money import ZERO
from billing.platforms.models import BillingEntity, Customer
from invoices.models import Invoice
from tests.factories import NOON, a_customer, a_draft_note, a_final_invoice, a_final_note, a_line, an_entity

from .stories import credit

SAME = (
    "currency",
    "accounting_currency",
    "buyer_reference",
    "purchase_order_reference",
    "seller",
    "buyer",
    "payee",
    "tax_representative",
    "delivery",
    "period",
    "allowances_charges",
    "taxes",
    "lines",
)
DISCOUNT = AllowanceCharge(
    is_charge=False,
    amount=Decimal("15.00"),
    base_amount=Decimal("100.00"),
    percent=Decimal(15),
    reason="Volume discount",
    reason_code="95",
    tax_category="S",
    tax_rate=Decimal(21),
)
FREIGHT = AllowanceCharge(
    is_charge=True,
    amount=Decimal("5.00"),
    reason="Freight",
    reason_code="FC",
    tax_category="S",
    tax_rate=Decimal(9),
)
RETURNED = a_line("-189.00", quantity="-1", unit_price="189.00")
TO_BELGIUM = Delivery(date=date(2026, 11, 2), address=Address(country="BE"))
TO_NORWAY = Delivery(date=date(2026, 11, 2), address=Address(country="NO"))
EXEMPT = TaxGroup("E", ZERO, Decimal("100.00"), Decimal("0.00"), "Exempt, article 132", "VATEX-EU-132")
OUTSIDE = {"vat_number": "", "endpoint_scheme": "0106", "endpoint_id": "12345678"}

INVOICES: dict[str, dict[str, Any]] = {
    "one line": {},
    "terms and a remark": {"payment_terms": "Within 30 days", "notes": (Note(text="Thank you"),)},
    "several rates": {
        "lines": [a_line("68.33"), a_line("57.50", rate="9"), a_line("85.00", rate="0", category="Z")]
    },
    "a returned item": {"lines": [a_line("567.00"), RETURNED, a_line("400.00", rate="9")]},
    "discount and freight": {
        "lines": [a_line("100.00"), a_line("50.00", rate="9")],
        "allowances_charges": [DISCOUNT, FREIGHT],
    },
    "fine prices": {
        "lines": [a_line(quantity="9.5", unit_price="96.305"), a_line(quantity="0.333", unit_price="1.0001")]
    },
    "reverse charge": {"lines": [a_line(category="AE", rate="0")]},
    "intra-community supply": {"lines": [a_line(category="K", rate="0")], "delivery": TO_BELGIUM},
    "export": {"lines": [a_line(category="G", rate="0")], "delivery": TO_NORWAY},
    "exempt": {"lines": [a_line(category="E", rate="0")], "taxes": (EXEMPT,)},
    "cash rounding": {"lines": [a_line("10.02")], "rounding_amount": Decimal("-0.02")},
    "prepaid": {"prepaid_amount": Decimal("21.00")},
    "forints": {"lines": [a_line("990.01", rate="27", currency="HUF")], "currency": "HUF"},
    "VAT in another currency": {"accounting_currency": "DKK", "accounting_tax_total": Decimal("156.63")},
}


def papers_of(invoice: Invoice) -> tuple[Document, Document]:
    """Credit an invoice and return both documents as they were frozen."""
    note = a_final_note(invoice)
    return Invoice.objects.with_snapshot().get(pk=invoice.pk).snapshot, note.snapshot


@pytest.fixture(params=INVOICES)
def papers(request, platform) -> tuple[Document, Document]:
    return papers_of(a_final_invoice(platform, **INVOICES[request.param]))


def test_the_note_has_the_totals_vat_and_parties_of_the_invoice(papers):
    invoice, note = papers

    assert {name: getattr(note, name) for name in SAME} == {name: getattr(invoice, name) for name in SAME}
    for name in ("line_total", "allowance_total", "charge_total", "net_total", "tax_total", "total"):
        assert getattr(note.totals, name) == getattr(invoice.totals, name)
    assert note.totals.accounting_tax_total == invoice.totals.accounting_tax_total
    assert note.totals.rounding_amount == invoice.totals.rounding_amount


def test_the_note_names_the_invoice_it_credits(papers):
    invoice, note = papers

    assert note.references == (Reference(number=invoice.number, date=invoice.date),)
    assert (note.kind, note.type_code) == ("credit_note", "381")


def test_the_note_never_asks_for_payment(papers):
    _, note = papers

    assert (note.due_date, note.payment_terms, note.payment_means, note.creditor_id) == (None, "", (), "")
    assert note.notes == ()
    assert note.totals.prepaid_amount == ZERO
    assert note.totals.payable_amount == note.totals.total


def test_outside_the_scope_of_vat_there_is_neither_rate_nor_vat_number(platform):
    seller = an_entity(platform, **OUTSIDE)
    buyer = a_customer(platform, **OUTSIDE)
    lines = [a_line(category="O", rate=None)]

    invoice, note = papers_of(a_final_invoice(platform, seller=seller, buyer=buyer, lines=lines))

    assert note.taxes == invoice.taxes
    assert (note.taxes[0].category, note.taxes[0].rate) == ("O", None)
    assert (note.seller.vat_number, note.totals.total) == ("", Decimal("100.00"))


def test_negative_lines_stay_negative_and_all_others_positive(platform):
    _, note = papers_of(a_final_invoice(platform, **INVOICES["a returned item"]))

    assert [str(line.net_amount) for line in note.lines] == ["567.00", "-189.00", "400.00"]
    assert note.lines[1].quantity == Decimal(-1)
    assert note.totals.total == Decimal("893.38")


def test_yen_are_credited_in_whole_yen(platform):
    yen = a_line("1005", rate="10", currency="JPY")
    invoice, note = papers_of(a_final_invoice(platform, currency="JPY", lines=[yen]))

    assert note.taxes == invoice.taxes
    assert [str(group.amount) for group in note.taxes] == ["101"]
    assert str(note.totals.total) == "1106"


def test_a_self_billed_invoice_is_credited_by_a_self_billed_note(platform):
    _, note = papers_of(a_final_invoice(platform, type_code="389", profile="en16931"))

    assert note.type_code == "261"


def test_between_germans_the_note_still_names_a_way_to_pay(platform):
    # Peppol's DE-R-001 wants one on every document.
    german = {"country": "DE", "vat_number": "DE136695976", "endpoint_scheme": "9930"}
    an_entity(platform, **german, endpoint_id="DE136695976", legal_id="", legal_id_scheme="")
    a_customer(platform, **german | {"vat_number": "DE811569869"}, endpoint_id="DE811569869")
    means = (PaymentMeans(code="58", account="DE75512108001245126199"),)

    _, note = papers_of(a_final_invoice(platform, lines=[a_line(rate="19")], payment_means=means))

    assert note.payment_means == means


def test_the_note_speaks_the_language_that_the_customer_has_today(platform):
    # given
    invoice = a_final_invoice(platform, language="en")
    Customer.objects.update(language="fr")

    # when
    note = a_final_note(invoice)

    # then
    assert note.language == note.snapshot.language == "fr"


def test_whatever_has_changed_since_the_invoice_does_not_reach_the_note(platform):
    # given
    invoice = a_final_invoice(platform, lines=[a_line(rate="19")])
    BillingEntity.objects.update(name="Acme Renamed B.V.", city="Utrecht")
    Customer.objects.update(vat_number="", name="Bières du Sud SA")

    # when
    note = a_final_note(invoice)

    # then
    assert note.snapshot.seller.name == "Acme Software B.V."
    assert note.snapshot.buyer.vat_number == "BE0123456749"
    assert [group.rate for group in note.snapshot.taxes] == [Decimal(19)]


def test_each_part_of_the_note_is_linked_to_its_part_of_the_invoice(platform):
    invoice = a_final_invoice(platform, **INVOICES["discount and freight"])

    note = a_draft_note(invoice)

    assert [row.invoice_line for row in note.lines.all()] == list(invoice.lines.all())
    assert [row.invoice_allowance_charge for row in note.allowances_charges.all()] == list(
        invoice.allowances_charges.all()
    )
    assert [(row.invoice_id, row.number) for row in note.references.all()] == [(invoice.pk, invoice.number)]


def test_a_draft_has_a_label_and_neither_number_nor_date(platform):
    note = a_draft_note(a_final_invoice(platform), note="Wrong customer", reason_code="order_change")

    assert (note.status, note.number, note.date, note.settlement) == ("DRAFT", "", None, "")
    assert note.display_number == f"CR-DRAFT-{note.pk[-6:].upper()}"
    assert note.reason == "Wrong customer"


def test_the_reason_code_is_printed_when_there_is_no_note(platform):
    note = credit(a_final_invoice(platform), finalize=True, reason_code="order_cancellation")

    assert note.snapshot.reason == "Order cancelled"


def test_the_date_is_the_day_of_the_billing_entity(platform):
    # given
    an_entity(platform, time_zone="Pacific/Auckland")
    new_year = NOON.replace(month=12, day=31, hour=11, minute=30)

    # when
    note = a_final_note(a_final_invoice(platform), at=new_year)

    # then
    assert day(new_year, "Pacific/Auckland") == date(2027, 1, 1)
    assert (note.date, note.number) == (date(2027, 1, 1), "CR-2027-000001")
