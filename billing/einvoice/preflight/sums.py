"""Adding a document up again: totals from its lines, VAT groups from what they tax."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from billing.documents.snapshot import AllowanceCharge, Document, TaxGroup, Totals
from billing.einvoice.codes import is_known
from billing.einvoice.findings import Finding
from billing.einvoice.profiles import NONE
from billing.einvoice.xml import MOST_PLACES, amount_text
from billing.money import HUNDRED, ZERO, has_minor_unit, is_whole, minor_unit

CENT = Decimal("0.01")

Key = tuple[str, Decimal]
"""What a VAT group is for: category and rate. Rates compare as numbers, and no rate is 0."""

RULE_OF_CATEGORY = {"K": "IC", "L": "AF", "M": "AG"}
"""Letters of the categories in the names of their rules, where the two differ."""

GRADED = ("S", "L", "M")
"""Categories with a group for each rate; the rules let their base be off by less than 1 (BR-S-08)."""

UNTAXED = ("Z", "E", "AE", "K", "G", "O")
"""Categories without VAT: one group each, its VAT 0."""

TOTALS = tuple(name for name in Totals.__struct_fields__ if name != "accounting_tax_total")

COUNTED = {3: "three", 4: "four"}

SLACK = Decimal(1)
"""What the VAT of a group may be off by, exclusive: room for VAT rounded line by line (BR-CO-17)."""


def sums(document: Document) -> tuple[Finding, ...]:
    """Add an e-invoice up again and return what does not come out: BT-106 to BT-117, to the cent."""
    return (*places(document), *added_up(document))


def added_up(document: Document) -> tuple[Finding, ...]:
    """Add any document up again, to the smallest unit of its currency."""
    return (*_minor_units(document), *_totals(document), *_groups(document))


def places(document: Document) -> Iterator[Finding]:
    """Find a currency with more decimals than an e-invoice writes."""
    currency = document.currency
    if not (is_known("currencies", currency) and has_minor_unit(currency)):
        return
    decimals = -int(minor_unit(currency).as_tuple().exponent)
    if decimals > MOST_PLACES:
        message = (
            f"{currency} has {COUNTED[decimals]} decimals; an e-invoice has two. "
            f"Give the customer the profile {NONE}"
        )
        yield Finding("BD-CURRENCY-PLACES", "fatal", message, field="profile")
    accounting = document.totals.accounting_tax_total
    if accounting is not None and accounting != round(accounting, MOST_PLACES):
        message = f"The VAT total in {document.accounting_currency} has more than two decimals"
        yield Finding("BR-DEC-15", "fatal", message, "totals", "totals.accounting_tax_total")


def group_key(category: str, rate: Decimal | None) -> Key:
    """Return the VAT group that a category and rate belong to."""
    return category, rate or ZERO


def rule_of(category: str, number: str) -> str:
    """Return the name of a category's rule: `BR-IC-10` for K and 10."""
    return f"BR-{RULE_OF_CATEGORY.get(category, category)}-{number}"


def name_of(group: TaxGroup) -> str:
    """Return a VAT group in words, `VAT group S 19 %`."""
    rate = "" if group.rate is None else f" {group.rate.normalize():f} %"
    return f"VAT group {group.category}{rate}"


def _minor_units(document: Document) -> Iterator[Finding]:
    """Find amounts finer than their currency, half a yen, and currencies without a minor unit, gold."""
    for currency, field, amounts in (
        (document.currency, "currency", _amounts(document)),
        (document.accounting_currency, "accounting_currency", _accounting(document)),
    ):
        if not is_known("currencies", currency):
            continue  # the official rules say so
        if not has_minor_unit(currency):
            message = f"{currency} is no currency that amounts can be rounded in"
            yield Finding("BD-CURRENCY", "fatal", message, field=field)
            continue
        for place, value in amounts:
            if not is_whole(value, currency):
                message = f"{value:f} is finer than {currency} has decimals"
                yield Finding("BD-MINOR-UNIT", "fatal", message, place.split(".")[0], place)


def _amounts(document: Document) -> Iterator[tuple[str, Decimal]]:
    for name in TOTALS:
        yield f"totals.{name}", getattr(document.totals, name)
    for index, line in enumerate(document.lines):
        yield f"lines.{index}.net_amount", line.net_amount
        yield from _given(f"lines.{index}.allowances_charges", line.allowances_charges)
    yield from _given("allowances_charges", document.allowances_charges)
    for index, tax in enumerate(document.taxes):
        yield f"taxes.{index}.base", tax.base
        yield f"taxes.{index}.amount", tax.amount


def _given(path: str, items: tuple[AllowanceCharge, ...]) -> Iterator[tuple[str, Decimal]]:
    for index, item in enumerate(items):
        yield f"{path}.{index}.amount", item.amount
        if item.base_amount is not None:
            yield f"{path}.{index}.base_amount", item.base_amount


def _accounting(document: Document) -> Iterator[tuple[str, Decimal]]:
    if document.totals.accounting_tax_total is not None:
        yield "totals.accounting_tax_total", document.totals.accounting_tax_total


def _totals(document: Document) -> Iterator[Finding]:
    said, given = document.totals, document.allowances_charges
    lines = sum((line.net_amount for line in document.lines), ZERO)
    allowances = _sum(each for each in given if not each.is_charge)
    charges = _sum(each for each in given if each.is_charge)
    tax = sum((group.amount for group in document.taxes), ZERO)
    net = said.line_total - said.allowance_total + said.charge_total
    payable = said.tax_inclusive_total - said.prepaid_amount + said.rounding_amount
    for rule, field, words, expected in (
        ("BR-CO-10", "line_total", "The lines come to", lines),
        ("BR-CO-11", "allowance_total", "The allowances come to", allowances),
        ("BR-CO-12", "charge_total", "The charges come to", charges),
        ("BR-CO-13", "net_total", "Lines less allowances plus charges come to", net),
        ("BR-CO-14", "tax_total", "The VAT groups come to", tax),
        (
            "BR-CO-15",
            "tax_inclusive_total",
            "The total without VAT and the VAT come to",
            said.net_total + said.tax_total,
        ),
        ("BR-CO-16", "payable_amount", "The total less what is paid plus rounding comes to", payable),
    ):
        found: Decimal = getattr(said, field)
        if found != expected:
            right, says = _money(expected, document), _money(found, document)
            message = f"{words} {right}, but the document says {says}"
            yield Finding(rule, "fatal", message, "totals", f"totals.{field}")


def _groups(document: Document) -> Iterator[Finding]:
    bases = _bases(document)
    keys = [group_key(group.category, group.rate) for group in document.taxes]
    for category, rate in bases:
        if (category, rate) not in keys:
            message = f"There is no VAT group for category {category} at {rate.normalize():f} %"
            yield Finding(rule_of(category, "01"), "fatal", message, "VAT groups", "taxes")
    for index, (key, group) in enumerate(zip(keys, document.taxes, strict=True)):
        if keys.index(key) != index:
            message = f"The {name_of(group)} is there twice"
            yield Finding("BD-GROUP-TWICE", "fatal", message, name_of(group), f"taxes.{index}")
            continue
        yield from _base(document, group, bases.get(key, ZERO), index, is_used=key in bases)
        yield from _tax(document, group, index)


def _base(
    document: Document, group: TaxGroup, expected: Decimal, index: int, *, is_used: bool
) -> Iterator[Finding]:
    if not is_used:
        rule = rule_of(group.category, "08" if group.category in GRADED else "01")
        message = "No line, allowance or charge belongs to the group"
        yield Finding(rule, "fatal", message, name_of(group), f"taxes.{index}")
        return
    if group.base == expected:
        return
    is_near = group.category in GRADED and abs(group.base - expected) < SLACK
    yield Finding(
        rule_of(group.category, "08"),
        "warning" if is_near else "fatal",
        f"What the group taxes comes to {_money(expected, document)}, but its base is {group.base:f}",
        name_of(group),
        f"taxes.{index}.base",
    )


def _tax(document: Document, group: TaxGroup, index: int) -> Iterator[Finding]:
    expected = group.base * (group.rate or ZERO) / HUNDRED
    if group.category in UNTAXED and group.amount:
        message = f"Category {group.category} has no VAT, but the VAT is {group.amount:f}"
        rule = rule_of(group.category, "09")
        yield Finding(rule, "fatal", message, name_of(group), f"taxes.{index}.amount")
    elif abs(group.amount - expected) >= SLACK:
        rounded = _money(expected.quantize(CENT, ROUND_HALF_UP), document)
        message = f"The base times the rate comes to {rounded}, but the VAT is {group.amount:f}"
        yield Finding("BR-CO-17", "fatal", message, name_of(group), f"taxes.{index}.amount")


def _bases(document: Document) -> dict[Key, Decimal]:
    """Return what lines, allowances and charges put into each VAT group."""
    bases: dict[Key, Decimal] = {}
    for line in document.lines:
        key = group_key(line.tax_category, line.tax_rate)
        bases[key] = bases.get(key, ZERO) + line.net_amount
    for each in document.allowances_charges:
        key = group_key(each.tax_category, each.tax_rate)
        bases[key] = bases.get(key, ZERO) + (each.amount if each.is_charge else -each.amount)
    return bases


def _sum(given: Iterator[AllowanceCharge]) -> Decimal:
    return sum((each.amount for each in given), ZERO)


def _money(value: Decimal, document: Document) -> str:
    return f"{amount_text(value, document.currency)} {document.currency}"
