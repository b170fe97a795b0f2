"""However an invoice is shared out over credit notes, the notes add up to it, to the cent."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from billing.documents.arithmetic import tax_groups, totals
from billing.documents.snapshot import AllowanceCharge, Document, Line, Party
from credit_notes.portion import Picked, Portion, Taken, group_key, portion

RATES = [Decimal(20), Decimal(9), Decimal("5.5"), Decimal(0)]
ROUNDING = Decimal("0.03")


def an_invoice(
    nets: Sequence[Decimal],
    rates: Sequence[Decimal],
    allowances_charges: Sequence[AllowanceCharge] = (),
    currency: str = "EUR",
    rounding_amount: Decimal = Decimal(0),
) -> Document:
    lines = tuple(
        Line(
            id=str(place),
            name="Work",
            quantity=Decimal(1),
            unit="C62",
            unit_price=net,
            net_amount=net,
            tax_category="S",
            tax_rate=rate,
        )
        for place, (net, rate) in enumerate(zip(nets, rates, strict=True), start=1)
    )
    taxes = tax_groups(lines, allowances_charges, currency)
    return Document(
        kind="invoice",
        type_code="380",
        profile="en16931",
        number="1",
        date=date(2026, 1, 1),
        currency=currency,
        seller=Party(),
        buyer=Party(),
        lines=lines,
        allowances_charges=tuple(allowances_charges),
        taxes=taxes,
        totals=totals(lines, allowances_charges, taxes, currency=currency, rounding_amount=rounding_amount),
    )


def after(taken: Taken, note: Portion) -> Taken:
    """What has been taken once this note is final too."""
    lines, allowances = dict(taken.lines), dict(taken.allowances)
    bases, taxes = dict(taken.bases), dict(taken.taxes)
    for index, line, _ in note.lines:
        lines[index] = lines.get(index, Decimal(0)) + line.net_amount
    for index, item in note.allowances_charges:
        allowances[index] = allowances.get(index, Decimal(0)) + item.amount
    for tax in note.taxes:
        group = group_key(tax.category, tax.rate)
        bases[group] = bases.get(group, Decimal(0)) + tax.base
        taxes[group] = taxes.get(group, Decimal(0)) + tax.amount
    return taken._replace(
        lines=lines,
        allowances=allowances,
        bases=bases,
        taxes=taxes,
        rounding=taken.rounding + note.totals.rounding_amount,
    )


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ((0, 1, 2, 3), ["82.00", "81.99", "69.00", "102.00"]),
        ((0, 2, 3, 1), ["82.00", "69.00", "101.99", "82.00"]),
    ],
)
def test_four_notes_come_to_the_invoice_in_any_order(order, expected):
    invoice = an_invoice([Decimal(net) for net in ("68.33", "68.33", "57.50", "85.00")], [Decimal(20)] * 4)
    taken, found = Taken(), []

    for index in order:
        note = portion(invoice, taken, [Picked(index, invoice.lines[index])])
        taken = after(taken, note)
        found.append(str(note.totals.total))

    assert found == expected
    assert sum(map(Decimal, found)) == invoice.totals.total == Decimal("334.99")


def test_taking_all_at_once_takes_the_invoice_as_it_is():
    discount = AllowanceCharge(
        is_charge=False, amount=Decimal("7.77"), tax_category="S", tax_rate=Decimal(9), reason="Thanks"
    )
    invoice = an_invoice([Decimal("68.33"), Decimal("57.50")], [Decimal(20), Decimal(9)], [discount])

    note = portion(invoice, Taken(), [Picked(*pair) for pair in enumerate(invoice.lines)])

    assert [line for _, line, _ in note.lines] == list(invoice.lines)
    assert [item for _, item in note.allowances_charges] == [discount]
    assert note.taxes == invoice.taxes
    assert note.totals == invoice.totals


amounts = st.integers(-20_000, 100_000).map(lambda cents: Decimal(cents) / 100)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_split_comes_to_the_invoice_and_no_vat_turns_against_its_base(data):
    nets = data.draw(st.lists(amounts, min_size=1, max_size=5))
    rates = [data.draw(st.sampled_from(RATES)) for _ in nets]
    items = [
        AllowanceCharge(
            is_charge=data.draw(st.booleans()),
            amount=abs(data.draw(amounts)),
            tax_category="S",
            tax_rate=data.draw(st.sampled_from(rates)),
        )
        for _ in range(data.draw(st.integers(0, 2)))
    ]
    invoice = an_invoice(nets, rates, items, rounding_amount=ROUNDING)
    left, taken, credited = list(nets), Taken(), Decimal(0)

    for _ in range(data.draw(st.integers(0, 5))):
        picked = []
        for index, net in enumerate(left):
            cents = int(net * 100)
            part = Decimal(data.draw(st.integers(min(cents, 0), max(cents, 0)))) / 100
            if part:
                picked.append(Picked(index, replace(invoice.lines[index], net_amount=part)))
                left[index] -= part
        note = portion(invoice, taken, picked)
        assert all(tax.base * tax.amount >= 0 for tax in note.taxes) or not any(left)
        taken, credited = after(taken, note), credited + note.totals.total
    rest = [
        Picked(index, replace(invoice.lines[index], net_amount=net)) for index, net in enumerate(left) if net
    ]
    if rest:
        note = portion(invoice, taken, rest)
        taken, credited = after(taken, note), credited + note.totals.total

    if any(nets):
        assert credited == invoice.totals.total
        assert {group: tax for group, tax in taken.taxes.items() if tax} == {
            group_key(tax.category, tax.rate): tax.amount for tax in invoice.taxes if tax.amount
        }
