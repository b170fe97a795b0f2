"""A note in any of the ways to credit: what it says of its invoices, and that it is a valid e-invoice."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from billing.documents.arithmetic import line_net
from billing.documents.snapshot import (
    SELF_BILLED_NOTE,
    AllowanceCharge,
    Delivery,
    Document,
    Line,
    PaymentMeans,
    Period,
    Reference,
)
from billing.einvoice import gate
from billing.errors import BillingError
from billing.money import ZERO
from credit_notes.by_period import Node, selection_of, tree_of
from credit_notes.correction import Heading, bonus, correction
from credit_notes.free_lines import free_line
from credit_notes.portion import Portion
from credit_notes.selecting import portion_of
from credit_notes.selection import FreeLine, Pick, Selection
from tests.unit.einvoice.documents import BANK, BUYER, SELLER
from tests.unit.splits import Kind, a_kind, a_selection, an_invoice, put_together, source_of

HEADING = Heading(number="CR-2026-000001", on=date(2026, 2, 3), reason="Returned", language="en", logo="")
SAMPLE = 120
"""Random invoices whose notes pass the whole gate."""


def dressed(invoice: Document, **fields: object) -> Document:
    """An invoice of numbers with the parties that an e-invoice asks for."""
    said = {
        "profile": "peppol-bis-3",
        "seller": SELLER,
        "buyer": BUYER,
        "buyer_reference": "PO-77",
        "due_date": date(2026, 2, 1),
        "payment_terms": "30 days",
        "payment_means": (BANK,),
        "delivery": Delivery(date=date(2026, 1, 1)),
    }
    return replace(invoice, **said | fields)


def faults(document: Document) -> list[str]:
    """Return the ids of the rules that forbid a document."""
    return [finding.id for finding in gate.check(document).fatal]


def notes_on(random: Random, invoice: Document) -> Iterable[Document]:
    """Yield notes in random ways, and at last one over all that is left."""
    live: list[Portion] = []
    for turn in range(4):
        left = invoice.totals.total - sum((note.totals.total for note in live), ZERO)
        source = source_of(invoice, live)
        try:
            selection = a_selection(random, source, left) if turn < 3 else Selection()
            note = portion_of(source, selection)
        except BillingError:
            continue
        if left and ZERO <= note.totals.total <= left:
            live.append(note)
            yield correction([(invoice, note)], HEADING)


def test_notes_on_random_valid_invoices_are_valid_e_invoices():
    random, valid, seen = Random(381), 0, 0
    while valid < SAMPLE:
        invoice = dressed(an_invoice(random, a_kind(random)))
        if faults(invoice):
            continue
        valid += 1
        for note in notes_on(random, invoice):
            seen += 1
            assert faults(note) == [], note
    assert seen > 2 * SAMPLE


# What it says


LOYAL = AllowanceCharge(
    is_charge=False, amount=Decimal("12.50"), reason="Loyal", tax_category="S", tax_rate=Decimal(20)
)
FREIGHT = AllowanceCharge(
    is_charge=True, amount=Decimal("7.95"), reason="Freight", tax_category="S", tax_rate=Decimal(9)
)
DISCOUNT = AllowanceCharge(is_charge=False, amount=Decimal("10.00"), reason="Less")


def a_line(price: str, quantity: str, rate: int, **fields: Any) -> Line:
    priced = {"quantity": Decimal(quantity), "unit_price": Decimal(price)} | fields
    return Line(
        id="",
        name="Work",
        unit="C62",
        tax_category="S",
        tax_rate=Decimal(rate),
        net_amount=line_net(currency="EUR", **priced),
        **priced,
    )


def a_full_invoice(number: str = "INV-1", **fields: object) -> Document:
    """Five lines at two rates, with an allowance on a line, one on the document, and a charge: 494.92."""
    lines = [
        a_line("33.33", "3", 20, allowances_charges=(DISCOUNT,)),
        a_line("96.30", "0.5", 20),
        a_line("1.99", "7", 9),
        a_line("249.75", "1", 20),
        a_line("18.90", "1000", 9, base_quantity=Decimal(1000)),
    ]
    lines = [replace(line, id=str(place)) for place, line in enumerate(lines, start=1)]
    invoice = put_together(Random(0), Kind(), lines, [LOYAL, FREIGHT])
    return dressed(replace(invoice, number=number), **fields)


TEN = Selection(amount=Decimal("10.00"))


def a_note(*invoices: Document, heading: Heading = HEADING, selection: Selection = TEN) -> Document:
    return correction([(each, portion_of(source_of(each, ()), selection)) for each in invoices], heading)


WAYS = {
    "everything": Selection(),
    "a lump sum": Selection(amount=Decimal("33.33")),
    "a cent": Selection(amount=Decimal("0.01")),
    "nothing but data": Selection(amount=ZERO),
    "pieces": Selection(picks=(Pick(invoice_line="1", quantity=Decimal("0.5")),)),
    "an amount of a line": Selection(picks=(Pick(invoice_line="3", net_amount=Decimal("1.23")),)),
    "the rest of lines": Selection(picks=(Pick(invoice_line="2"), Pick(invoice_line="5"))),
    "a free line": Selection(
        free=(FreeLine(name="Late", quantity=Decimal(3), unit_price=Decimal("0.37"), tax_rate=Decimal(9)),)
    ),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize("profile", ["peppol-bis-3", "en16931"])
def test_a_note_in_each_way_to_credit_is_a_valid_e_invoice(way, profile):
    note = a_note(a_full_invoice(profile=profile), selection=way)

    assert faults(note) == []


def test_a_note_by_periods_and_groups_is_a_valid_e_invoice():
    invoice = a_full_invoice()
    tree = tree_of(
        [("January", ""), ("January", "Work"), ("February", ""), ("February", ""), ("January", "")]
    )
    periods = [Node(order=1, children=(Node(order=1, amount=Decimal("5.55")),)), Node(order=2)]
    selection = selection_of(source_of(invoice, ()), tree, periods)

    note = a_note(invoice, selection=selection)

    assert [pick.invoice_line for pick in selection.picks] == ["1", "5", "3", "4"]
    assert sum(line.net_amount for line in note.lines if line.id in ("1", "5")) == Decimal("5.55")
    assert faults(note) == []


def test_a_note_on_several_invoices_names_each_and_adds_up():
    first, second = a_full_invoice("INV-1"), a_full_invoice("INV-2", date=date(2026, 1, 9))

    note = a_note(first, second)

    assert note.references == (
        Reference(number="INV-1", date=date(2026, 1, 1)),
        Reference(number="INV-2", date=date(2026, 1, 9)),
    )
    assert note.totals.total == Decimal("20.00")
    assert [line.id for line in note.lines] == [str(place) for place in range(1, 11)]
    assert len(note.taxes) == len(first.taxes) == 2
    assert sum(tax.base + tax.amount for tax in note.taxes) == Decimal("20.00")
    assert faults(note) == []


def test_a_note_keeps_the_numbers_of_the_lines_it_takes():
    selection = Selection(picks=(Pick(invoice_line="2"), Pick(invoice_line="5")))

    assert [line.id for line in a_note(a_full_invoice(), selection=selection).lines] == ["2", "5"]


def test_a_note_asks_for_no_payment_and_says_what_it_is():
    note = a_note(a_full_invoice())

    assert (note.kind, note.type_code, note.number, note.date) == (
        "credit_note",
        "381",
        "CR-2026-000001",
        date(2026, 2, 3),
    )
    assert (note.due_date, note.payment_terms, note.payment_means) == (None, "", ())
    assert note.reason == "Returned"
    assert note.totals.payable_amount == note.totals.total == Decimal("10.00")


def test_within_germany_a_note_names_a_way_to_pay():
    buyer = replace(BUYER, address=replace(BUYER.address, country="DE"), vat_number="DE123456788")

    note = a_note(a_full_invoice(buyer=buyer))

    assert note.payment_means == (BANK,)
    assert faults(note) == []


@pytest.mark.parametrize("code", ["389", "527"])
def test_a_note_on_a_self_billed_invoice_is_self_billed(code):
    assert a_note(a_full_invoice(type_code=code)).type_code == SELF_BILLED_NOTE == "261"


def test_a_note_can_have_the_parties_of_today_and_another_delivery_date():
    buyer = replace(BUYER, name="De Nieuwe Molen BV")
    heading = HEADING._replace(buyer=buyer, delivery_date=date(2026, 1, 20))

    note = a_note(a_full_invoice(), heading=heading)

    assert (note.seller, note.buyer.name) == (SELLER, "De Nieuwe Molen BV")
    assert note.delivery.date == date(2026, 1, 20)
    assert faults(note) == []


def test_a_bonus_is_a_note_of_its_own_kind_that_corrects_nothing():
    lines = [
        free_line(FreeLine(name=name, quantity=Decimal(2), unit_price=price, tax_rate=rate), "EUR", id=name)
        for name, price, rate in [("1", Decimal("12.345"), Decimal(19)), ("2", Decimal(5), Decimal(7))]
    ]
    heading = HEADING._replace(seller=SELLER, buyer=BUYER, buyer_reference="PO-77")

    note = bonus(lines, heading, currency="EUR")

    assert (note.type_code, note.references) == ("83", ())
    assert [(tax.rate, tax.base, tax.amount) for tax in note.taxes] == [
        (Decimal(19), Decimal("24.69"), Decimal("4.69")),
        (Decimal(7), Decimal("10.00"), Decimal("0.70")),
    ]
    assert note.totals.total == Decimal("40.08")
    assert faults(note) == []


def test_the_credit_of_everything_equals_the_invoice():
    invoice = a_full_invoice(period=Period(start=date(2026, 1, 1)), payment_means=(PaymentMeans(code="30"),))

    note = a_note(invoice, selection=Selection())

    assert note.lines == invoice.lines
    assert note.taxes == invoice.taxes
    assert note.totals == invoice.totals
    assert (note.seller, note.buyer, note.period) == (invoice.seller, invoice.buyer, invoice.period)
