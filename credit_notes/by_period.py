"""Periods, groups and lines of an invoice by their order: a shape in which systems ask for a credit."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.errors import Invalid
from billing.money import ZERO, round_amount, split

from .picking import ExceedsLineRemaining, require_whole
from .selection import Pick, Selection
from .shapes import Source


class UnknownPeriod(Invalid):
    code = "unknown_period"
    title = "The invoice has no such period, group or line"


class WrongCurrency(Invalid):
    code = "wrong_currency"
    title = "The invoice is in another currency"


@dataclass(frozen=True)
class Node:
    """A period, a group or a line by its order, from 1; an amount without VAT, or what of it is meant.

    With neither, all that is left of it is meant.
    """

    order: int
    amount: Decimal | None = None
    currency: str = ""  # "" is the invoice's
    children: tuple["Node", ...] = ()


Tree = list[list[list[int]]]
"""Periods of groups of places of lines."""


def tree_of(keys: Sequence[tuple[object, str]]) -> Tree:
    """Return the lines' places by period and group, each in the order in which it first appears.

    `keys` has the period and the group of each line.
    """
    periods: dict[object, dict[str, list[int]]] = {}
    for place, (period, group) in enumerate(keys):
        periods.setdefault(period, {}).setdefault(group, []).append(place)
    return [list(groups.values()) for groups in periods.values()]


def selection_of(source: Source, tree: Tree, periods: Sequence[Node]) -> Selection:
    """Return what periods, groups and lines by their order mean.

    An amount counts at the lowest level that has one; it is without VAT and is spread over the lines below by
    what is left of them.

    :raises UnknownPeriod: there is no such period, group or line.
    :raises ExceedsLineRemaining: less is left.
    """
    picks: list[Pick] = []
    for index, period in enumerate(periods):
        field = f"periods.{index}"
        groups = child(tree, period, source, field, "period")
        picks += of_groups(source, groups, period, field)
    return Selection(picks=tuple(picks))


def of_groups(source: Source, groups: list[list[int]], period: Node, field: str) -> list[Pick]:
    if not period.children:
        return spread(source, [place for group in groups for place in group], period.amount, field)
    picks = []
    for index, group in enumerate(period.children):
        path = f"{field}.groups.{index}"
        places = child(groups, group, source, path, "group")
        picks += of_lines(source, places, group, path)
    return picks


def of_lines(source: Source, places: list[int], group: Node, field: str) -> list[Pick]:
    if not group.children:
        return spread(source, places, group.amount, field)
    return [
        Pick(
            invoice_line=source.line_ids[child(places, line, source, f"{field}.lines.{index}", "line")],
            net_amount=line.amount,
        )
        for index, line in enumerate(group.children)
    ]


def child(nodes: Sequence, wanted: Node, source: Source, field: str, name: str):  # type: ignore[no-untyped-def, type-arg]
    if not 1 <= wanted.order <= len(nodes):
        raise UnknownPeriod(
            f"There is no {name} {wanted.order} here: its {name}s are 1 to {len(nodes)}.",
            field=f"{field}.{name}_order",
        )
    if wanted.currency and wanted.currency != source.currency:
        raise WrongCurrency(
            f"The amount is in {wanted.currency}, and invoice {source.document.number} in {source.currency}.",
            field=f"{field}.amount",
            currency=source.currency,
        )
    return nodes[wanted.order - 1]


def spread(source: Source, places: Sequence[int], amount: Decimal | None, field: str) -> list[Pick]:
    """Return the lines with their shares of a net amount, or with all that is left of them."""
    left = {place: source.document.lines[place].net_amount - source.taken.of_line(place) for place in places}
    left = {place: net for place, net in left.items() if net}
    if amount is None and left:
        return [Pick(invoice_line=source.line_ids[place]) for place in left]
    whole = round_amount(sum(left.values(), ZERO), source.currency)
    if amount is None:
        raise ExceedsLineRemaining(
            "Nothing is left here.", field=field, limit=str(whole), currency=source.currency
        )
    require_whole(amount, source.currency, f"{field}.amount")
    if not ZERO < amount <= whole:
        raise ExceedsLineRemaining(
            f"{amount} {source.currency} was asked for; {whole} is left here, without VAT.",
            field=f"{field}.amount",
            limit=str(whole),
            requested=str(amount),
            currency=source.currency,
        )
    shares = split(amount, list(left.values()), source.currency)
    return [
        Pick(invoice_line=source.line_ids[place], net_amount=share)
        for place, share in zip(left, shares, strict=True)
        if share
    ]
