"""Amounts that are given with VAT: lump sums, and lines of a price list with VAT. Values in, values out."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from msgspec.structs import replace

from billing.documents.snapshot import Line
from billing.errors import BillingError, Invalid
from billing.money import ZERO, round_amount, split

from .picking import everything, require_whole
from .portion import (
    Group,
    Picked,
    Portion,
    gross_before,
    gross_whole,
    group_key,
    group_of,
    portion,
    reached,
    running,
)
from .shapes import Source, by_amount, by_quantity, signed


class AmountExceedsLines(BillingError):
    code = "amount_exceeds_lines"
    title = "The lines have less left; cash rounding is only credited with all of them"


def lump_sum(source: Source, amount: Decimal) -> Portion:
    """Return a note of exactly this amount with VAT, spread over all lines by what is left of them.

    :raises AmountExceedsLines: more than is left.
    """
    document, currency = source.document, source.currency
    require_whole(amount, currency, "amount")
    if amount < ZERO:
        raise Invalid("The amount must not be negative.", field="amount")
    rest = everything(source)
    if amount == rest.totals.total:
        return rest
    if not amount:
        return portion(document, source.taken, [nothing_of(source)])
    groups = [group_key(tax.category, tax.rate) for tax in document.taxes]
    left = [gross_whole(document, group) - gross_before(source.taken, group) for group in groups]
    most = round_amount(sum(left, ZERO), currency)
    if amount > most:
        raise AmountExceedsLines(
            f"{amount} {currency} is more than the {most} that is left of the lines of {document.number}.",
            field="amount",
            limit=str(most),
            requested=str(amount),
            currency=currency,
        )
    gross = dict(zip(groups, split(amount, left, currency), strict=True))
    gross = {group: share for group, share in gross.items() if share}
    nets = {group: net_share(source, group, share) for group, share in gross.items()}
    picked = spread(rest.lines, nets, currency)
    return portion(document, source.taken, picked, fitting(picked, gross))


def nothing_of(source: Source) -> Picked:
    """Return a line over nothing, for a note that corrects data only."""
    line = source.document.lines[0]
    zero = by_amount(line, round_amount(ZERO, source.currency))
    return Picked(None, replace(zero, id=str(len(source.document.lines) + 1)))


def net_share(source: Source, group: Group, gross: Decimal) -> Decimal:
    """Return the net of the lines of one VAT group whose share with VAT is `gross`."""
    document, taken = source.document, source.taken
    before, whole = gross_before(taken, group), gross_whole(document, group)
    tax = next(tax for tax in document.taxes if group_key(tax.category, tax.rate) == group)
    vat = running(tax.amount, before + gross, whole, source.currency) - taken.taxes.get(group, ZERO)
    vat = vat if vat * gross >= ZERO else ZERO
    shared = sum(
        (
            signed(replace(item, amount=running(item.amount, before + gross, whole, source.currency)))
            - signed(replace(item, amount=taken.allowances.get(index, ZERO)))
            for index, item in enumerate(document.allowances_charges)
            if group_key(item.tax_category, item.tax_rate) == group
        ),
        ZERO,
    )
    return gross - vat - shared


def spread(rest: Iterable[Picked], nets: Mapping[Group, Decimal], currency: str) -> list[Picked]:
    """Return each group's net spread over what is left of its lines."""
    rest = list(rest)
    shares: dict[int, Decimal] = {}
    for group, net in nets.items():
        places = [place for place, pick in enumerate(rest) if group_of(pick.line) == group]
        weights = [rest[place].line.net_amount for place in places]
        whole = sum(weights, ZERO)
        if whole:
            most = min(net, whole) if whole > ZERO else max(net, whole)
            shares |= dict(zip(places, split(most, weights, currency), strict=True))
    return [
        Picked(pick.place, by_amount(pick.line, shares[place]))
        for place, pick in enumerate(rest)
        if shares.get(place)
    ]


def fitting(picked: Sequence[Picked], gross: Mapping[Group, Decimal]) -> dict[Group, Decimal]:
    """Return the groups of which lines were picked."""
    groups = {group_of(pick.line) for pick in picked}
    return {group: amount for group, amount in gross.items() if group in groups}


def gross_of(source: Source, picked: Sequence[Picked]) -> dict[Group, Decimal]:
    """Return what groups come to with VAT where all that is picked of them has a price with VAT.

    A group with document-level allowances or charges, or with a part taken by amount, goes by net instead.
    """
    by_net = {group_key(item.tax_category, item.tax_rate) for item in source.document.allowances_charges}
    reach = reached(source.document, source.taken, picked)
    by_net |= {group for group, found in reach.items() if found.is_complete}
    gross: dict[Group, Decimal] = {}
    for place, line, quantity in picked:
        group = group_of(line)
        if place is None or quantity is None or line.tax_inclusive_price is None or line.allowances_charges:
            by_net.add(group)
            continue
        before = source.taken.quantities.get(place, ZERO)
        price = priced(line, before + quantity, source) - priced(line, before, source)
        gross[group] = gross.get(group, ZERO) + price
    return {group: amount for group, amount in gross.items() if group not in by_net}


def priced(line: Line, quantity: Decimal, source: Source) -> Decimal:
    assert line.tax_inclusive_price is not None
    return round_amount(quantity * line.tax_inclusive_price / (line.base_quantity or 1), source.currency)


def net_of_gross(source: Source, picked: Sequence[Picked], gross: Mapping[Group, Decimal]) -> list[Picked]:
    """Return the picks with nets that, with their VAT, come to the prices that the customer saw."""
    found = list(picked)
    for group, amount in gross.items():
        places = [place for place, pick in enumerate(found) if group_of(pick.line) == group]
        weights = [found[place].line.net_amount for place in places]
        shares = split(net_share(source, group, amount), weights, source.currency)
        for place, share in zip(places, shares, strict=True):
            pick = found[place]
            if pick.line.net_amount != share:
                assert pick.quantity is not None
                line = by_quantity(pick.line, pick.quantity, share, source.currency)
                found[place] = pick._replace(line=line)
    return found
