"""Amounts that are given with VAT: lump sums, and lines of a price list with VAT. Values in, values out."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from billing.documents.inclusive import tax_within
from billing.errors import BillingError
from billing.money import HUNDRED, ZERO, minor_unit, round_amount, split

from .picking import WrongSign, everything, nothing_of, require_whole
from .portion import (
    Fixed,
    Group,
    Picked,
    Portion,
    Taken,
    group_key,
    group_of,
    left_of_group,
    left_of_items,
    portion,
    reached,
    running,
)
from .shapes import Source, by_amount, by_quantity


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
        raise WrongSign("The amount must not be negative.", field="amount")
    if not amount:
        nothing, pick = round_amount(ZERO, currency), nothing_of(source, document.lines[0])
        return portion(document, source.taken, [pick], {group_of(pick.line): Fixed(nothing, nothing)})
    rest = everything(source)
    if amount == rest.totals.total:
        return rest
    left = left_with_vat(source, rest.lines)
    most = round_amount(sum(left.values(), ZERO), currency)
    if amount > most:
        raise AmountExceedsLines(
            f"{amount} {currency} is more than the {most} that is left of the lines of {document.number}.",
            field="amount",
            limit=str(most),
            requested=str(amount),
            currency=currency,
        )
    shares = zip(left, split(amount, list(left.values()), currency), strict=True)
    fixed = {group: fixed_by(source, group, share) for group, share in shares if share}
    return portion(document, source.taken, spread(source, rest.lines, fixed), fixed)


def left_with_vat(source: Source, rest: Sequence[Picked]) -> dict[Group, Decimal]:
    """Return what each VAT group still comes to with VAT, if it has lines left and is not negative."""
    nets: dict[Group, Decimal] = {}
    for pick in rest:
        nets[group_of(pick.line)] = nets.get(group_of(pick.line), ZERO) + pick.line.net_amount
    left = {group: left_of_group(source.document, source.taken, group) for group, net in nets.items() if net}
    return {group: each.gross for group, each in left.items() if each.base > ZERO and each.gross > ZERO}


def fixed_by(source: Source, group: Group, gross: Decimal) -> Fixed:
    """Return base and VAT of a share of one VAT group, by running totals, or where they drifted, its own.

    Its base is a cent at least, and neither is more than is left.
    """
    document, taken = source.document, source.taken
    left = left_of_group(document, taken, group)
    whole = left_of_group(document, Taken(), group)
    so_far = whole.gross - left.gross + gross
    vat = running(whole.tax, so_far, whole.gross, source.currency) - taken.taxes.get(group, ZERO)
    if gross != left.gross and is_off(gross, gross - vat, group):
        vat = tax_within(gross, group[1], source.currency)
    vat = max(min(vat, left.tax, gross - minor_unit(source.currency)), gross - left.base)
    return Fixed(gross - vat, vat)


def spread(source: Source, rest: Sequence[Picked], fixed: Mapping[Group, Fixed]) -> list[Picked]:
    """Return each group's share of what is left of its lines, and that spread over them."""
    shares: dict[int, Decimal] = {}
    for group, share in fixed.items():
        places = [place for place, pick in enumerate(rest) if group_of(pick.line) == group]
        weights = [rest[place].line.net_amount for place in places]
        net = net_of_lines(source, group, share.base, sum(weights, ZERO))
        shares |= dict(zip(places, split(net, weights, source.currency), strict=True))
    return [
        Picked(pick.place, by_amount(pick.line, shares[place]))
        for place, pick in enumerate(rest)
        if shares.get(place)
    ]


def net_of_lines(source: Source, group: Group, base: Decimal, whole: Decimal) -> Decimal:
    """Return what of a share of a VAT group falls to its lines, of which `whole` is left: a cent at least."""
    document, taken = source.document, source.taken
    net = base
    if sum(left_of_items(document, taken, group).values(), ZERO):
        net = running(whole, base, left_of_group(document, taken, group).base, source.currency)
    low, high = sorted([minor_unit(source.currency).copy_sign(whole), whole])
    return min(max(net, low), high)


def gross_of(source: Source, picked: Sequence[Picked]) -> dict[Group, Decimal]:
    """Return what groups come to with VAT where all that is picked of them has a price with VAT.

    A group without VAT, with document-level allowances or charges, or with a part taken by amount, goes by
    net instead; so does one of which all is taken, or of which notes by net have left too little.
    """
    document = source.document
    by_net = {group_key(item.tax_category, item.tax_rate) for item in document.allowances_charges}
    reach = reached(document, source.taken, picked)
    by_net |= {group for group, found in reach.items() if found.is_complete or not group[1]}
    gross: dict[Group, Decimal] = {}
    for place, line, quantity in picked:
        group = group_of(line)
        if place is None or quantity is None or not has_price_with_vat(source, place):
            by_net.add(group)
            continue
        before = source.taken.quantities.get(place, ZERO)
        price = priced(source, place, before + quantity) - priced(source, place, before)
        gross[group] = gross.get(group, ZERO) + price
    return {
        group: amount
        for group, amount in gross.items()
        if group not in by_net and amount < left_of_group(document, source.taken, group).gross
    }


def has_price_with_vat(source: Source, place: int) -> bool:
    """Tell whether pieces of a line have a price with VAT: not those with extras, or left by an amount."""
    line = source.document.lines[place]
    by_amount = line.allowances_charges or source.taken.by_amount.get(place)
    return line.tax_inclusive_price is not None and not by_amount


def priced(source: Source, place: int, quantity: Decimal) -> Decimal:
    """Return what so many pieces of a line cost with VAT."""
    line = source.document.lines[place]
    assert line.tax_inclusive_price is not None
    return round_amount(quantity * line.tax_inclusive_price / (line.base_quantity or 1), source.currency)


def net_of_gross(
    source: Source, picked: Sequence[Picked], gross: Mapping[Group, Decimal]
) -> tuple[list[Picked], dict[Group, Fixed]]:
    """Return the picks with nets that, with their VAT, come to the prices that the customer saw.

    A group whose lines have no room for that is left as it is; what the others come to is returned too.
    """
    found, fixed = list(picked), {}
    for group, amount in gross.items():
        places = [place for place, pick in enumerate(found) if group_of(pick.line) == group]
        nets = nets_of(source, [found[place] for place in places], fixed_by(source, group, amount).base)
        base = sum(nets, ZERO)
        if is_off(amount, base, group):
            continue
        fixed[group] = Fixed(base, amount - base)
        for place, net in zip(places, nets, strict=True):
            pick = found[place]
            if pick.line.net_amount != net:
                assert pick.quantity is not None
                line = by_quantity(pick.line, pick.quantity, net, source.currency)
                found[place] = pick._replace(line=line)
    return found, fixed


def nets_of(source: Source, picked: Sequence[Picked], base: Decimal) -> list[Decimal]:
    """Return the nets of pieces that come to a base; the last pieces of a line take what is left of it."""
    left = [source.left_of(pick.place) for pick in picked]
    nets = [net if is_last_of(source, pick) else None for pick, net in zip(picked, left, strict=True)]
    open_ones = [place for place, net in enumerate(nets) if net is None]
    weights = [picked[place].line.net_amount for place in open_ones]
    rest = base - sum((net for net in nets if net is not None), ZERO)
    shares = split(rest, weights, source.currency) if sum(weights, ZERO) else weights
    fitting = within(shares, [left[place] for place in open_ones])
    for place, share in zip(open_ones, fitting, strict=True):
        nets[place] = share
    return [net or ZERO for net in nets]


def is_last_of(source: Source, pick: Picked) -> bool:
    """Tell whether no piece of the line is left after this pick."""
    assert pick.place is not None
    assert pick.quantity is not None
    before = source.taken.quantities.get(pick.place, ZERO)
    return before + pick.quantity == source.document.lines[pick.place].quantity


def is_off(gross: Decimal, net: Decimal, group: Group) -> bool:
    """Tell whether what lies between them is too far from the net's VAT (BR-CO-17 allows less than 1)."""
    vat = gross - net
    return vat * net < ZERO or abs(vat - net * group[1] / HUNDRED) >= 1


def within(shares: Sequence[Decimal], most: Sequence[Decimal]) -> list[Decimal]:
    """Return shares of which none is more than its most, in its sense; the others take over what they can.

    >>> within([Decimal(4), Decimal(5)], [Decimal(3), Decimal(9)])
    [Decimal('3'), Decimal('6')]
    """
    bounds = [sorted([ZERO, each]) for each in most]
    found = [min(max(share, low), high) for share, (low, high) in zip(shares, bounds, strict=True)]
    over = sum(shares, ZERO) - sum(found, ZERO)
    for place, (low, high) in enumerate(bounds):
        share = min(max(found[place] + over, low), high)
        over -= share - found[place]
        found[place] = share
    return found
