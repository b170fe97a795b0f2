"""Lines of an invoice, by quantity, by amount, or what is left: each note exact, all together the invoice."""

from datetime import date
from decimal import Decimal
from itertools import permutations
from random import Random

import pytest

from billing.documents.inclusive import without_tax
from billing.documents.snapshot import AllowanceCharge
from billing.einvoice import gate
from billing.errors import BillingError
from billing.events.models import Event
from billing.platforms.models import Customer, Platform
from billing_desk.audit import audit
from credit_notes.models import CreditNote, CreditNoteReference
from credit_notes.portion import group_key
from credit_notes.selection import Selection
from credit_notes.services import update_draft
from credit_notes.services.taken import sources_of
from credit_notes.shapes import Source
from invoices.models import Invoice
from invoices.services import import_document
from tests.factories import (
    CLERK,
    NOON,
    a_customer,
    a_draft_invoice,
    a_final_invoice,
    a_line,
    a_payment,
    an_entity,
    an_invoice_document,
)
from tests.unit.splits import a_kind, a_selection, an_invoice

from .stories import (
    a_pick,
    again,
    balance_of,
    credit,
    due,
    finalize,
    four_lines,
    issue,
    lump_sum,
    nets_of,
    pick,
    refusal,
    sums_of,
    void,
)

LOYAL = AllowanceCharge(
    is_charge=False, amount=Decimal("30.00"), reason="Loyal", tax_category="S", tax_rate=Decimal(21)
)
FREIGHT = AllowanceCharge(
    is_charge=True, amount=Decimal("9.99"), reason="Freight", tax_category="S", tax_rate=Decimal(9)
)

# The worked example


@pytest.mark.parametrize(
    ("order", "totals"),
    [
        ((1, 2, 3, 4), ["82.00", "81.99", "69.00", "102.00"]),
        ((1, 3, 4, 2), ["82.00", "69.00", "101.99", "82.00"]),
    ],
)
@pytest.mark.parametrize("way", ["one by one", "all drafted first"])
def test_four_notes_come_to_the_invoice_in_any_order(platform, order, totals, way):
    # given
    invoice = four_lines(platform)

    # when
    if way == "one by one":
        notes = [issue(invoice, pick(invoice, position)) for position in order]
    else:
        drafts = [credit(invoice, selection=pick(invoice, position)) for position in order]
        notes = [finalize(draft) for draft in drafts]

    # then
    assert [f"{note.total:.2f}" for note in notes] == totals
    assert sum(note.total for note in notes) == Decimal("334.99")
    assert sum(note.tax_total for note in notes) == Decimal("55.83")
    assert due(invoice) == "0.00"


@pytest.mark.parametrize("order", list(permutations((1, 2, 3, 4)))[::5])
def test_a_void_in_between_leaves_the_rest_exact(platform, order):
    # given
    invoice = four_lines(platform)
    first, second, third, _ = order
    void(issue(invoice, pick(invoice, first)))
    issue(invoice, pick(invoice, second))
    void(issue(invoice, pick(invoice, third, net_amount="20.01")))

    # when
    last = issue(invoice, Selection())

    # then
    live = CreditNote.objects.live().filter(invoice=invoice)
    assert sum(note.total for note in live) == Decimal("334.99")
    assert sum(note.tax_total for note in live) == Decimal("55.83")
    assert last.lines.count() == 3
    assert due(invoice) == "0.00"


# What a note on a part says


def test_a_note_over_a_line_has_that_line_and_its_vat(platform):
    # given
    lines = [a_line("100.00", quantity="2", unit_price="50.00"), a_line("40.00", rate="9", name="Book")]
    invoice = a_final_invoice(platform, lines=lines)

    # when
    note = issue(invoice, pick(invoice, 1, quantity="1"))

    # then
    line = note.lines.get()
    assert (line.line_id, line.name, line.quantity, line.unit_price, line.net_amount) == (
        "1",
        "Licence",
        Decimal(1),
        Decimal("50.00"),
        Decimal("50.00"),
    )
    assert (line.invoice_line, line.quantity_taken) == (invoice.lines.get(position=1), Decimal(1))
    assert [(tax.rate, tax.base, tax.amount) for tax in note.taxes] == [
        (Decimal(21), Decimal("50.00"), Decimal("10.50"))
    ]
    assert sums_of(note) == ("50.00", "10.50", "60.50")
    assert balance_of(note) == ("adjustment", "60.50", "0.00", "0.00")
    assert due(invoice) == "104.10"
    assert [(ref.number, ref.date) for ref in note.snapshot.references] == [(invoice.number, invoice.date)]


def test_its_reference_keeps_what_was_asked_and_what_that_came_to(platform):
    invoice = four_lines(platform)
    selection = pick(invoice, 2, net_amount="20.00")

    note = issue(invoice, selection)

    row = CreditNoteReference.objects.get(credit_note=note)
    assert (row.invoice, row.selection) == (invoice, selection)
    assert (row.net_total, row.tax_total, row.total) == (Decimal("20.00"), Decimal("4.00"), Decimal("24.00"))
    assert [(tax.base, tax.amount) for tax in row.taxes] == [(Decimal("20.00"), Decimal("4.00"))]


def test_allowances_and_charges_go_along_in_proportion_and_come_to_the_invoice(platform):
    # given
    lines = [a_line("100.00"), a_line("200.00"), a_line("50.00", rate="9")]
    invoice = a_final_invoice(platform, lines=lines, allowances_charges=[LOYAL, FREIGHT])

    # when
    first = issue(invoice, pick(invoice, 1))
    second = issue(invoice, pick(invoice, 3, net_amount="25.00"))
    rest = issue(invoice, Selection())

    # then
    assert [(item.is_charge, item.amount) for item in first.snapshot.allowances_charges] == [
        (False, Decimal("10.00"))
    ]
    assert [item.amount for item in second.snapshot.allowances_charges] == [Decimal("5.00")]
    assert [item.amount for item in rest.snapshot.allowances_charges] == [Decimal("20.00"), Decimal("4.99")]
    assert sums_of(first) == ("90.00", "18.90", "108.90")
    assert sums_of(second) == ("30.00", "2.70", "32.70")
    assert sums_of(rest) == ("209.99", "40.50", "250.49")
    assert first.total + second.total + rest.total == invoice.total == Decimal("392.09")


def test_after_earlier_notes_everything_is_what_is_left_of_every_line(platform):
    # given
    lines = [
        a_line("90.00", quantity="3", unit_price="30.00"),
        a_line("-10.00", quantity="-1", unit_price="10"),
    ]
    invoice = a_final_invoice(platform, lines=lines)
    issue(invoice, pick(invoice, 1, quantity="1"))

    # when
    rest = issue(invoice, Selection())

    # then
    assert [(f"{line.quantity:f}", f"{line.net_amount:f}") for line in rest.snapshot.lines] == [
        ("2", "60.00"),
        ("-1", "-10.00"),
    ]
    assert sums_of(rest) == ("50.00", "10.50", "60.50")


def test_cash_rounding_is_taken_back_by_the_last_note(platform):
    invoice = a_final_invoice(
        platform, lines=[a_line("10.00"), a_line("9.99")], rounding_amount=Decimal("0.01")
    )

    first = issue(invoice, pick(invoice, 1))
    last = issue(invoice, Selection())

    assert (first.rounding_amount, first.total) == (Decimal("0.00"), Decimal("12.10"))
    assert (last.rounding_amount, last.total) == (Decimal("0.01"), Decimal("12.10"))
    assert due(invoice) == "0.00"


def test_the_accounting_currency_follows_its_own_running_total(platform):
    # given
    invoice = a_final_invoice(
        platform,
        lines=[a_line("33.33"), a_line("33.33"), a_line("33.34")],
        accounting_currency="GBP",
        accounting_tax_total=Decimal("17.79"),
    )

    # when
    notes = [issue(invoice, pick(invoice, position)) for position in (1, 2, 3)]

    # then
    assert [note.accounting_tax_total for note in notes] == [
        Decimal("5.93"),
        Decimal("5.93"),
        Decimal("5.93"),
    ]


@pytest.mark.parametrize(
    ("currency", "net", "third", "total"),
    [("JPY", "1000", "333", "366"), ("HUF", "1000.00", "333.33", "366.66")],
)
def test_other_currencies_have_their_own_decimals(platform, currency, net, third, total):
    invoice = a_final_invoice(
        platform, lines=[a_line(net, rate="10", currency=currency)] * 3, currency=currency
    )

    note = issue(invoice, pick(invoice, 1, net_amount=third))
    issue(invoice, pick(invoice, 2))
    issue(invoice, Selection())

    assert f"{note.snapshot.totals.total:f}" == total
    assert due(invoice) == "0.00"


def test_kuwaiti_dinars_are_drafted_with_three_decimals_and_not_finalised(platform):
    invoice = a_final_invoice(
        platform, lines=[a_line("10.000", rate="5", currency="KWD")], currency="KWD", profile="en16931"
    )

    draft = credit(invoice, selection=pick(invoice, 1, net_amount="3.333"))

    assert (draft.net_total, draft.tax_total) == (Decimal("3.333"), Decimal("0.167"))
    assert refusal(invoice, selection=pick(invoice, 1), finalize=True).code == "einvoice_invalid"


# Types


@pytest.mark.parametrize(
    ("paid", "expected"),
    [
        ("0", ("adjustment", "121.00", "0.00", "0.00")),
        ("50.00", ("adjustment", "121.00", "0.00", "0.00")),
        ("200.00", ("refundable", "42.00", "0.00", "79.00")),
        ("242.00", ("refundable", "0.00", "0.00", "121.00")),
    ],
)
def test_a_part_clears_what_is_due_and_owes_the_rest(platform, paid, expected):
    invoice = a_final_invoice(platform, lines=[a_line("100.00"), a_line("100.00")])
    if Decimal(paid):
        a_payment(invoice, paid)

    assert balance_of(issue(invoice, pick(invoice, 2))) == expected


@pytest.mark.parametrize("type", ["refundable", "store"])
def test_any_other_type_clears_the_own_debt_first_too(platform, type):
    invoice = a_final_invoice(platform, lines=[a_line("100.00"), a_line("100.00")])
    a_payment(invoice, "200.00")

    note = issue(invoice, pick(invoice, 2), type=type)

    assert balance_of(note) == (type, "42.00", "0.00", "79.00")
    assert note.settlement == "refund_due"


def test_an_adjustment_is_refused_where_something_would_be_left_over(platform):
    invoice = a_final_invoice(platform, lines=[a_line("100.00"), a_line("100.00")])
    a_payment(invoice, "200.00")

    refused = refusal(invoice, selection=pick(invoice, 1), type="adjustment")

    assert (refused.code, refused.facts["limit"], refused.facts["requested"]) == (
        "amount_exceeds_adjustable",
        "42.00",
        "121.00",
    )


def test_a_payment_in_progress_leaves_the_rest_to_be_credited(platform):
    # given
    invoice = a_final_invoice(platform, lines=[a_line("100.00"), a_line("100.00")])
    a_payment(invoice, "150.00", status="IN_PROGRESS")

    # when
    refused = refusal(invoice, selection=pick(invoice, 1))
    note = issue(invoice, pick(invoice, 1, net_amount="76.03"))

    # then
    assert refused.code == "amount_exceeds_creditable"
    assert refused.facts["limit"] == "92.00"
    assert refused.facts["terms"] == {
        "creditable": "242.00",
        "adjustable": "92.00",
        "refundable": "0.00",
        "total": "242.00",
        "credited": "0.00",
        "amount_due": "242.00",
        "payments_in_progress": "150.00",
        "received": "0.00",
        "cleared_by_notes": "0.00",
    }
    assert balance_of(note) == ("adjustment", "92.00", "0.00", "0.00")


# Refusals


def test_more_than_a_line_has_left_is_refused_and_says_so(platform):
    invoice = a_final_invoice(platform, lines=[a_line("90.00", quantity="3", unit_price="30.00")])
    issue(invoice, pick(invoice, 1, quantity="2"))

    refused = refusal(invoice, selection=pick(invoice, 1, quantity="2"))

    assert (refused.code, refused.status, refused.field) == (
        "exceeds_line_remaining",
        409,
        "lines.0.quantity",
    )
    assert (refused.facts["limit"], refused.facts["limit_quantity"]) == ("30.00", "1")


def test_more_than_the_invoice_allows_is_refused_with_the_notes_that_used_it_up(platform):
    # given
    lines = [a_line("100.00"), a_line("-50.00", quantity="-1", unit_price="50.00")]
    invoice = a_final_invoice(platform, lines=lines)
    first = issue(invoice, pick(invoice, 1, net_amount="30.00"))

    # when
    refused = refusal(invoice, selection=pick(invoice, 1))

    # then
    assert (refused.code, refused.facts["requested"], refused.facts["limit"]) == (
        "amount_exceeds_creditable",
        "84.70",
        "24.20",
    )
    assert refused.facts["used_by"] == [{"id": first.pk, "number": "CR-2026-000001", "total": "36.30"}]


def test_a_note_that_would_come_to_less_than_nothing_is_refused(platform):
    lines = [a_line("100.00"), a_line("-50.00", quantity="-1", unit_price="50.00")]
    invoice = a_final_invoice(platform, lines=lines)

    refused = refusal(invoice, selection=pick(invoice, 2))

    assert (refused.code, refused.facts["requested"]) == ("total_must_be_positive", "-60.50")


def test_a_line_of_another_invoice_is_unknown(platform):
    invoice, other = a_final_invoice(platform), a_final_invoice(platform)

    assert refusal(invoice, selection=pick(other, 1)).code == "unknown_line"


def test_a_line_given_twice_is_refused(platform):
    invoice = four_lines(platform)
    twice = Selection(picks=(a_pick(invoice, 1), a_pick(invoice, 1, net_amount="1.00")))

    assert refusal(invoice, selection=twice).code == "line_twice"


def test_a_part_of_a_draft_invoice_is_refused(platform):
    invoice = a_draft_invoice(platform)

    assert refusal(invoice, selection=lump_sum("1.00")).code == "invoice_not_final"


def test_nothing_is_left_after_the_last_part(platform):
    invoice = four_lines(platform)
    issue(invoice, Selection())

    assert refusal(invoice, selection=pick(invoice, 1)).code == "nothing_left_to_credit"


# Dates, parties, delivery


@pytest.mark.parametrize(
    ("day", "code", "limit"),
    [
        (date(2026, 11, 2), "date_not_possible", "2026-11-03"),
        (date(2026, 11, 21), "date_in_future", "2026-11-20"),
        (date(206, 11, 20), "date_too_long_ago", "1970-01-01"),
    ],
)
def test_a_date_before_the_invoice_or_in_the_future_is_refused(platform, day, code, limit):
    refused = refusal(a_final_invoice(platform), selection=lump_sum("1.00"), date=day)

    assert (refused.code, refused.field, refused.facts["limit"]) == (code, "date", limit)


def test_a_date_may_be_given_as_long_as_the_series_has_none_later(platform):
    invoice = four_lines(platform)

    note = issue(invoice, pick(invoice, 1), date=date(2026, 11, 10))

    assert (note.date, note.snapshot.date) == (date(2026, 11, 10), date(2026, 11, 10))
    refused = refusal(invoice, selection=pick(invoice, 2), date=date(2026, 11, 9), finalize=True)
    assert refused.code == "date_before_last_issued"


@pytest.mark.parametrize(
    ("source", "name", "city"),
    [("ORIGINAL", "Bières du Nord SA", "Bruxelles"), ("CURRENT", "Bières du Sud SA", "Namur")],
)
def test_the_parties_are_those_of_the_invoice_or_those_of_today(platform, source, name, city):
    invoice = four_lines(platform)
    Customer.objects.filter(pk=invoice.customer_id).update(name="Bières du Sud SA", city="Namur")

    note = issue(invoice, pick(invoice, 1), details_source=source)

    assert (note.snapshot.buyer.name, note.snapshot.buyer.address.city) == (name, city)


def test_a_delivery_date_of_its_own_is_printed(platform):
    note = issue(four_lines(platform), lump_sum("10.00"), delivery_date=date(2026, 11, 5))

    assert note.snapshot.delivery.date == date(2026, 11, 5)


def test_a_note_over_a_part_tells_what_happened(platform):
    invoice = four_lines(platform)

    note = issue(invoice, pick(invoice, 1))

    events = Event.objects.filter(object_id__in=[note.pk, invoice.pk]).order_by("id")
    assert [event.type for event in events][-4:] == [
        "billing.invoice.credited",
        "billing.credit_note.created",
        "billing.credit_note.finalized",
        "billing.credit_note.allocated",
    ]
    credited = events.get(type="billing.invoice.credited")
    assert (credited.data["previous"]["amount_due"], credited.data["object"]["amount_due"]) == (
        "334.99",
        "252.99",
    )


def test_parts_of_two_customers_do_not_mix(platform):
    first = a_final_invoice(platform)
    second = a_final_invoice(platform, buyer=a_customer(platform, name="Other", endpoint_id="0987654321"))

    issue(first, lump_sum("21.00"))

    assert (due(first), due(second)) == ("100.00", "121.00")


def test_what_is_taken_counts_when_a_note_is_edited_too(platform):
    # given
    invoice = four_lines(platform)
    draft = credit(invoice, selection=pick(invoice, 1))
    issue(invoice, pick(invoice, 2))

    # when
    update_draft(
        platform=platform, credit_note_id=draft.pk, changes={"note": "Returned"}, actor=CLERK, at=NOON
    )

    # then
    assert sums_of(again(draft)) == ("68.33", "13.66", "81.99")
    assert nets_of(draft) == ["68.33"]


def test_prices_with_vat_are_given_back_as_they_were_paid(platform):
    # given
    listed = [a_line("29.97", quantity="3", unit_price="9.99"), a_line("4.99")]
    parts = without_tax(listed, (), "EUR")
    invoice = a_final_invoice(platform, lines=parts.lines)
    assert invoice.total == Decimal("34.96")

    # when
    notes = [issue(invoice, pick(invoice, 1, quantity="1")) for _ in range(3)]
    notes.append(issue(invoice, Selection()))

    # then
    assert [f"{note.total:.2f}" for note in notes] == ["9.99", "9.99", "9.99", "4.99"]
    assert Invoice.objects.get(pk=invoice.pk).amount_due == 0


def test_an_invoice_of_another_seller_has_its_own_limits(platform):
    first = a_final_invoice(platform)
    seller = an_entity(platform, name="Acme Two B.V.", vat_number="NL123456782B02")
    second = a_final_invoice(platform, seller=seller)

    assert issue(first, Selection()).number == "CR-2026-000001"
    assert issue(second, Selection()).number == "CR-2026-000001"


# Any way, through the database


def a_random_invoice(platform: Platform, random: Random) -> Invoice:
    """A FINAL invoice of any kind that makes a valid e-invoice."""
    seller, buyer = platform.billing_entities.get(), platform.customers.get()
    while True:
        kind = a_kind(random)
        drawn = an_invoice(random, kind)
        document = an_invoice_document(
            seller,
            buyer,
            lines=drawn.lines,
            allowances_charges=drawn.allowances_charges,
            currency=drawn.currency,
            rounding_amount=drawn.totals.rounding_amount,
        )
        if document.totals.total > 0 and gate.check(document).is_valid:
            return import_document(platform=platform, document=document, actor=CLERK, at=NOON)


def source_of(invoice: Invoice) -> Source:
    rows = Invoice.objects.with_snapshot().with_settlement()
    return sources_of([rows.get(pk=invoice.pk)])[0]


def try_to_credit(invoice: Invoice, random: Random) -> None:
    """Credit something of an invoice in a random way, and perhaps void that again. It may be refused."""
    source, left = source_of(invoice), again(invoice).total - credited(invoice)
    try:
        note = issue(invoice, a_selection(random, source, left), note="At random")
    except BillingError as refused:
        if refused.code not in REFUSALS:
            raise
        return
    if random.random() < 0.25:
        void(note)


REFUSALS = {
    "amount_exceeds_creditable",
    "amount_exceeds_lines",
    "exceeds_line_remaining",
    "exceeds_tax_group",
    "amount_too_fine",
    "total_must_be_positive",
    "wrong_sign",
}


def credited(invoice: Invoice) -> Decimal:
    return sum((row.total for row in CreditNote.objects.live().filter(invoice=invoice)), Decimal(0))


@pytest.mark.parametrize("seed", range(16))
def test_random_notes_and_voids_come_to_the_invoice(platform, seed):
    # given
    random = Random(seed)
    an_entity(platform)
    a_customer(platform)
    invoice = a_random_invoice(platform, random)

    # when
    for _ in range(5):
        if credited(invoice) < invoice.total:
            try_to_credit(invoice, random)
    if credited(invoice) < invoice.total:
        issue(invoice, Selection())

    # then
    assert credited(invoice) == invoice.total
    assert due(invoice) == "0.00"
    if source_of(invoice).taken.free or any(line.net_amount < 0 for line in invoice.snapshot.lines):
        return
    taken, paper = source_of(invoice).taken, invoice.snapshot
    assert [taken.of_line(place) for place in range(len(paper.lines))] == [
        line.net_amount for line in paper.lines
    ]
    assert {group: tax for group, tax in taken.taxes.items() if tax} == {
        group_key(tax.category, tax.rate): tax.amount for tax in paper.taxes if tax.amount
    }
    assert taken.rounding == paper.totals.rounding_amount
    assert audit(platform_id=platform.pk).holds
