"""Random invoices, and random ways to share one out over credit notes: values only."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from random import Random
from typing import NamedTuple

from msgspec.structs import replace

from billing.documents.arithmetic import line_net, tax_groups, totals
from billing.documents.inclusive import without_tax
from billing.documents.snapshot import AllowanceCharge, Document, Line, Party, Period
from billing.money import ZERO, minor_unit, round_amount
from credit_notes.by_period import Node, selection_of, tree_of
from credit_notes.picking import rest_of_line
from credit_notes.portion import Group, Portion, Taken, group_key, group_of
from credit_notes.selection import FreeLine, Pick, Selection
from credit_notes.shapes import Source

CURRENCIES = ("EUR", "EUR", "JPY", "KWD", "HUF")
GROUPS = (
    ("S", Decimal(20)),
    ("S", Decimal(9)),
    ("S", Decimal("5.5")),
    ("S", Decimal(27)),
    ("Z", ZERO),
    ("AE", ZERO),
    ("O", None),
)
ROUNDINGS = ("0.03", "-0.02", "0", "0", "0")
PERIODS = (None, Period(start=date(2026, 1, 1), end=date(2026, 1, 31)), Period(start=date(2026, 2, 1)))


class Kind(NamedTuple):
    """What an invoice may have."""

    currency: str = "EUR"
    has_negatives: bool = False
    has_allowances: bool = False
    has_line_allowances: bool = False
    is_inclusive: bool = False
    has_accounting: bool = False
    has_rounding: bool = False


def a_kind(random: Random) -> Kind:
    return Kind(random.choice(CURRENCIES), *[random.random() < 0.3 for _ in Kind._fields[1:]])


def an_amount(random: Random, most: int, currency: str) -> Decimal:
    return random.randint(0, most) * minor_unit(currency)


# Invoices


def an_invoice(random: Random, kind: Kind) -> Document:
    """An invoice of one to six lines, with whatever its kind may have; what it claims is more than zero."""
    while True:
        groups = random.sample(GROUPS, random.randint(1, 3))
        lines = [a_line(random, kind, random.choice(groups), place) for place in range(random.randint(1, 6))]
        groups = [(line.tax_category, line.tax_rate) for line in lines]
        groups += [random.choice(GROUPS)] * (random.random() < 0.2)  # freight at a rate of its own
        items = [an_item(random, kind, random.choice(groups)) for _ in range(random.randint(1, 2))]
        document = put_together(random, kind, lines, items if kind.has_allowances else [])
        is_sane = kind.has_negatives or all(tax.base >= 0 for tax in document.taxes)
        if document.totals.total > 0 and is_sane:
            return document


def a_line(random: Random, kind: Kind, group: tuple[str, Decimal | None], place: int) -> Line:
    quantity = random.choice(
        [Decimal(1), Decimal(3), Decimal(7), Decimal("2.5"), Decimal("0.333"), Decimal(24)]
    )
    price = random.randint(0, 9_999) * minor_unit(kind.currency)
    price += random.choice(
        [ZERO, ZERO, Decimal(random.randint(0, 9999)) / 10_000 * minor_unit(kind.currency)]
    )
    base = random.choice([None, None, None, Decimal(10)])
    if kind.has_negatives and random.random() < 0.3:
        quantity = -quantity
    if random.random() < 0.05:
        price = ZERO
    extras: list[AllowanceCharge] = []
    if kind.has_line_allowances and random.random() < 0.5:
        gross = round_amount(quantity * price / (base or 1), kind.currency)
        share = random.choice([Decimal("0.1"), Decimal("0.333"), Decimal("0.05")])
        amount = round_amount(abs(gross) * share, kind.currency)
        extras = [
            a_line_item(random.random() < 0.3, amount),
            a_line_item(True, an_amount(random, 99, kind.currency)),
        ]
        extras = extras[: random.randint(1, 2)]
    net = line_net(
        quantity=quantity,
        unit_price=price,
        currency=kind.currency,
        base_quantity=base,
        allowances_charges=extras,
    )
    return Line(
        id=str(place + 1),
        name=f"Item {place + 1}",
        quantity=quantity,
        unit="C62",
        unit_price=price,
        net_amount=net,
        base_quantity=base,
        allowances_charges=tuple(item for item in extras if item.amount),
        tax_category=group[0],
        tax_rate=group[1],
    )


def a_line_item(is_charge: bool, amount: Decimal) -> AllowanceCharge:
    return AllowanceCharge(is_charge=is_charge, amount=amount, reason="Extra")


def an_item(random: Random, kind: Kind, group: tuple[str, Decimal | None]) -> AllowanceCharge:
    return AllowanceCharge(
        is_charge=random.random() < 0.4,
        amount=an_amount(random, 2_000, kind.currency),
        reason="Thanks",
        tax_category=group[0],
        tax_rate=group[1],
    )


def put_together(random: Random, kind: Kind, lines: list[Line], items: list[AllowanceCharge]) -> Document:
    if kind.is_inclusive:
        parts = without_tax(lines, items, kind.currency)
        kept, extras, taxes = parts.lines, parts.allowances_charges, parts.taxes
    else:
        kept, extras = tuple(lines), tuple(items)
        taxes = tax_groups(kept, extras, kind.currency)
    rounding = Decimal(random.choice(ROUNDINGS)) if kind.has_rounding and kind.currency == "EUR" else ZERO
    sums = totals(kept, extras, taxes, currency=kind.currency, rounding_amount=rounding)
    if kind.has_accounting:
        other = round_amount(sums.tax_total * Decimal("0.8473"), "GBP")
        sums = replace(sums, accounting_tax_total=other)
    return Document(
        kind="invoice",
        type_code="380",
        profile="en16931",
        number="INV-1",
        date=date(2026, 1, 1),
        currency=kind.currency,
        accounting_currency="GBP" if kind.has_accounting else "",
        seller=Party(),
        buyer=Party(),
        lines=kept,
        allowances_charges=extras,
        taxes=taxes,
        totals=sums,
    )


# What has been taken


def taken_by(notes: Iterable[Portion]) -> Taken:
    """What live notes have taken of an invoice, as the rows of the database would say it."""
    lines: dict[int, Decimal] = {}
    quantities: dict[int, Decimal] = {}
    by_amount: dict[int, Decimal] = {}
    free: dict[Group, Decimal] = {}
    allowances: dict[int, Decimal] = {}
    bases: dict[Group, Decimal] = {}
    taxes: dict[Group, Decimal] = {}
    rounding, accounting = ZERO, ZERO
    for note in notes:
        for place, line, quantity in note.lines:
            if place is None:
                add(free, group_of(line), line.net_amount)
                continue
            add(lines, place, line.net_amount)
            if quantity is None:
                add(by_amount, place, line.net_amount)
            else:
                add(quantities, place, quantity)
        for place, item in note.allowances_charges:
            add(allowances, place, item.amount)
        for tax in note.taxes:
            add(bases, group_key(tax.category, tax.rate), tax.base)
            add(taxes, group_key(tax.category, tax.rate), tax.amount)
        rounding += note.totals.rounding_amount
        accounting += note.totals.accounting_tax_total or ZERO
    return Taken(lines, quantities, by_amount, free, allowances, bases, taxes, rounding, accounting)


def add(sums: dict, key: object, amount: Decimal) -> None:
    sums[key] = sums.get(key, ZERO) + amount


def source_of(invoice: Document, notes: Iterable[Portion]) -> Source:
    return Source(invoice, tuple(line.id for line in invoice.lines), taken_by(notes))


# What somebody asks for


def a_selection(random: Random, source: Source, left: Decimal) -> Selection:
    """Any way to credit a part of what is left."""
    return random.choice([everything, a_lump_sum, some_lines, some_lines, some_lines, free_lines, by_period])(
        random, source, left
    )


def everything(random: Random, source: Source, left: Decimal) -> Selection:
    return Selection()


def a_lump_sum(random: Random, source: Source, left: Decimal) -> Selection:
    unit = minor_unit(source.currency)
    return Selection(amount=random.randint(1, max(int(left / unit), 1)) * unit)


def some_lines(random: Random, source: Source, left: Decimal) -> Selection:
    places = [place for place in range(len(source.line_ids)) if rest_of_line(source, place)]
    places = random.sample(places, random.randint(min(1, len(places)), len(places)))
    return Selection(picks=tuple(a_pick(random, source, place) for place in places))


def a_pick(random: Random, source: Source, place: int) -> Pick:
    """A part of a line: pieces of it, an amount of it, or all that is left of it."""
    line, line_id = source.document.lines[place], source.line_ids[place]
    unit = minor_unit(source.currency) * (1 if line.net_amount >= 0 else -1)
    pieces = line.quantity - source.taken.quantities.get(place, ZERO)
    net = line.net_amount - source.taken.of_line(place)
    way = random.choice(["quantity", "quantity", "net_amount", "net_amount", "rest"])
    if way == "quantity" and pieces * line.quantity > 0:
        share = Decimal(random.randint(1, 8)) / 8
        return Pick(invoice_line=line_id, quantity=(pieces * share).quantize(Decimal("0.001")) or pieces)
    if way == "net_amount" and net * line.net_amount > 0:
        return Pick(invoice_line=line_id, net_amount=random.randint(1, int(net / unit)) * unit)
    return Pick(invoice_line=line_id)


def free_lines(random: Random, source: Source, left: Decimal) -> Selection:
    """A line that the invoice does not have, and perhaps some that it has."""
    tax = random.choice(source.document.taxes)
    group = group_key(tax.category, tax.rate)
    most = max(tax.base - source.taken.bases.get(group, ZERO), minor_unit(source.currency))
    unit = minor_unit(source.currency)
    line = FreeLine(
        name="A bonus",
        quantity=Decimal(1),
        unit_price=random.randint(1, int(most / unit)) * unit,
        tax_category=tax.category,
        tax_rate=tax.rate,
    )
    picks = some_lines(random, source, left).picks[:1] if random.random() < 0.3 else ()
    return Selection(picks=picks, free=(line,))


def by_period(random: Random, source: Source, left: Decimal) -> Selection:
    """A period or a group of the invoice, with an amount or all of it."""
    keys = [(place % 2, str(place % 3)) for place in range(len(source.line_ids))]
    tree = tree_of(keys)
    period = random.randrange(len(tree))
    groups = tree[period]
    group = random.randrange(len(groups))
    node = random.choice(
        [
            Node(order=period + 1),
            Node(order=period + 1, amount=an_amount(random, 5_000, source.currency)),
            Node(order=period + 1, children=(Node(order=group + 1),)),
            Node(order=period + 1, children=(Node(order=group + 1, children=(Node(order=1),)),)),
        ]
    )
    return selection_of(source, tree, [node])
