"""Lines of the invoice, with the amounts that are taken of them: values in, values out.

A pick never takes more than is left of its line. Whoever asks for more is told what is left.
"""

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from billing.documents.snapshot import Line
from billing.errors import BillingError, Invalid
from billing.money import ZERO, is_whole, round_amount, split
from invoices.parts import AmountTooFine

from .portion import Picked, Portion, group_of, left_of_group, left_of_items, portion, running
from .selection import Pick
from .shapes import Source, by_amount, by_quantity, plain


class UnknownLine(Invalid):
    code = "unknown_line"
    title = "The invoice has no such line"


class LineTwice(Invalid):
    code = "line_twice"
    title = "A line is given more than once"


class QuantityAndAmount(Invalid):
    code = "quantity_and_amount_given"
    title = "It was said twice how much of a line to credit"


class WrongTaxRate(Invalid):
    code = "wrong_tax_rate"
    title = "A line is credited at the rate at which it was invoiced"


class WrongSign(Invalid):
    code = "wrong_sign"
    title = "A line is credited in its own sense: a negative one negatively"


class ExceedsLineRemaining(BillingError):
    code = "exceeds_line_remaining"
    title = "More of a line would be credited than is left of it"


# All that is left


def everything(source: Source) -> Portion:
    """Return all that is left of an invoice; of an untouched one, each line as it is."""
    picked = [
        rest
        for index in range(len(source.document.lines))
        for rest in [rest_of_line(source, index)]
        if rest is not None
    ]
    picked = less_free(source, picked)
    return portion(source.document, source.taken, [*picked, *bare_lines(source, picked)], closing=True)


def bare_lines(source: Source, picked: Sequence[Picked]) -> list[Picked]:
    """Return a line over nothing for each VAT group of which all lines are taken, and a cent of VAT is not.

    A note has a line at least, and a VAT group stands for a line.
    """
    document, held = source.document, {group_of(pick.line) for pick in picked}
    found = []
    for line in document.lines:
        group = group_of(line)
        if group not in held and any(left_of_group(document, source.taken, group)):
            held.add(group)
            found.append(nothing_of(source, line))
    return found or ([] if picked else [nothing_of(source, document.lines[0])])


def nothing_of(source: Source, line: Line) -> Picked:
    """Return a line over nothing, like a line of the invoice."""
    return Picked(None, numbered_after(source, by_amount(line, round_amount(ZERO, source.currency))))


def numbered_after(source: Source, line: Line) -> Line:
    return replace(line, id=str(len(source.document.lines) + 1))


def rest_of_line(source: Source, index: int) -> Picked | None:
    """Return what is left of a line; None if it is used up."""
    line, taken = source.document.lines[index], source.taken
    net = line.net_amount - taken.of_line(index)
    quantity = line.quantity - taken.quantities.get(index, ZERO)
    if not net and (not quantity or line.net_amount):
        return None
    if not taken.of_line(index) and not taken.quantities.get(index):
        return Picked(index, line, line.quantity)
    if taken.by_amount.get(index) or not quantity:
        return Picked(index, by_amount(line, net), quantity or None)
    return Picked(index, by_quantity(line, quantity, net, source.currency), quantity)


def less_free(source: Source, picked: Sequence[Picked]) -> list[Picked]:
    """Return the picks, smaller by what free lines have taken of their VAT groups.

    What they took of charges is left to the charges. Where lines of both signs have left too little, a
    line of the other sign makes up for it.
    """
    found = list(picked)
    for group, free in source.taken.free.items():
        places = [place for place, pick in enumerate(found) if group_of(pick.line) == group]
        weights = [found[place].line.net_amount for place in places]
        whole = sum(weights, ZERO)
        given = max(min(free, whole), ZERO)
        if given:
            shares = split(whole - given, weights, source.currency)
            for place, share in zip(places, shares, strict=True):
                pick = found[place]
                found[place] = pick._replace(line=by_amount(pick.line, share))
        charges = sum(left_of_items(source.document, source.taken, group).values(), ZERO)
        owed = free - given
        owed -= max(min(owed, charges), ZERO)
        if owed:
            line = next(line for line in source.document.lines if group_of(line) == group)
            found.append(Picked(None, numbered_after(source, by_amount(line, -owed))))
    return [pick for pick in found if pick.line.net_amount or not source.net_of(pick.place)]


# Lines


def picked_lines(source: Source, picks: Sequence[Pick]) -> list[Picked]:
    """Return the lines that were named, each with the amount that is taken of it."""
    places = {line_id: index for index, line_id in enumerate(source.line_ids)}
    found: dict[int, Picked] = {}
    for position, pick in enumerate(picks):
        field = f"lines.{position}"
        if pick.invoice_line not in places:
            raise UnknownLine(
                f"Invoice {source.document.number} has no line {pick.invoice_line!r}.",
                field=f"{field}.invoice_line",
            )
        index = places[pick.invoice_line]
        if index in found:
            raise LineTwice(
                f"Line {pick.invoice_line} is given twice; give it once, with all that is to be credited.",
                field=f"{field}.invoice_line",
            )
        found[index] = one_line(source, index, pick, field)
    return [found[index] for index in sorted(found)]


def one_line(source: Source, index: int, pick: Pick, field: str) -> Picked:
    if pick.quantity is not None and pick.net_amount is not None:
        raise QuantityAndAmount("Give a quantity or a net amount, not both.", field=field)
    rate = source.document.lines[index].tax_rate or ZERO
    if pick.tax_rate is not None and pick.tax_rate != rate:
        detail = f"The line is taxed at {plain(rate)} %, and credited so."
        raise WrongTaxRate(detail, field=f"{field}.tax_rate", tax_rate=plain(rate))
    if pick.quantity is not None:
        return pieces(source, index, pick.quantity, f"{field}.quantity")
    if pick.net_amount is not None:
        return part(source, index, pick.net_amount, f"{field}.net_amount")
    rest = rest_of_line(source, index)
    if rest is None:
        raise exceeds(source, index, field, f"Nothing is left of line {source.document.lines[index].id}.")
    return rest


def pieces(source: Source, index: int, quantity: Decimal, field: str) -> Picked:
    """Return so many pieces of a line, their net by running totals over the line's quantity."""
    line, taken = source.document.lines[index], source.taken
    before = taken.quantities.get(index, ZERO)
    left = line.quantity - before
    require_sense(quantity, line.quantity, field, "quantity")
    net_left = line.net_amount - taken.of_line(index)
    share = running(line.net_amount, before + quantity, line.quantity, source.currency)
    net = share - running(line.net_amount, before, line.quantity, source.currency)
    if quantity == left and not taken.by_amount.get(index):
        net = net_left
    if abs(quantity) > abs(left) or abs(net) > abs(net_left):
        detail = (
            f"{plain(quantity)} of line {line.id} cannot be credited: {plain(left)} of {plain(line.quantity)}"
        )
        raise exceeds(source, index, field, f"{detail} are left, worth {net_left} {source.currency} net.")
    if quantity == line.quantity and net == line.net_amount:
        return Picked(index, line, quantity)
    return Picked(index, by_quantity(line, quantity, net, source.currency), quantity)


def part(source: Source, index: int, net: Decimal, field: str) -> Picked:
    """Return a net amount of a line."""
    line = source.document.lines[index]
    left = line.net_amount - source.taken.of_line(index)
    require_sense(net, line.net_amount, field, "net amount")
    require_whole(net, source.currency, field)
    if abs(net) > abs(left):
        detail = f"{net} of line {line.id} cannot be credited: {left} {source.currency} of {line.net_amount}"
        raise exceeds(source, index, field, f"{detail} are left.")
    if net == left:
        rest = rest_of_line(source, index)
        assert rest is not None
        return rest
    return Picked(index, by_amount(line, round_amount(net, source.currency)))


def require_sense(value: Decimal, whole: Decimal, field: str, name: str) -> None:
    """Refuse zero, and what goes against the sense of the line: a negative line is credited negatively."""
    if value * whole > ZERO:
        return
    sense = "negative, as the line is" if whole < ZERO else "greater than zero"
    detail = f"The line has a {name} of zero." if not whole else f"The {name} must be {sense}."
    raise WrongSign(detail, field=field)


def require_whole(amount: Decimal, currency: str, field: str) -> None:
    if not is_whole(amount, currency):
        raise AmountTooFine(f"{plain(amount)} has more decimals than {currency} has.", field=field)


def exceeds(source: Source, index: int, field: str, detail: str) -> ExceedsLineRemaining:
    line, taken = source.document.lines[index], source.taken
    return ExceedsLineRemaining(
        detail,
        field=field,
        invoice_line=source.line_ids[index],
        limit=str(round_amount(line.net_amount - taken.of_line(index), source.currency)),
        limit_quantity=plain(line.quantity - taken.quantities.get(index, ZERO)),
        currency=source.currency,
    )
