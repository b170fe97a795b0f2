"""Lines that the invoice does not have: bonuses, differences in price. Values in, values out."""

from collections.abc import Sequence

from msgspec.structs import replace

from billing.documents.arithmetic import line_net
from billing.documents.snapshot import Line, TaxGroup
from billing.errors import BillingError
from billing.money import LARGEST_AMOUNT, ZERO, round_amount
from invoices.parts import AmountTooLarge, ExemptionReasonNotPossible

from .portion import Group, Picked, group_key, group_of
from .selection import FreeLine
from .shapes import Source, plain


class ExceedsTaxGroup(BillingError):
    code = "exceeds_tax_group"
    title = "More would be credited at a VAT rate than the invoice has left at it"


class TaxGroupNotOnInvoice(BillingError):
    code = "tax_group_not_on_invoice"
    title = "The invoice has nothing at this VAT category and rate"


def free_lines(source: Source, lines: Sequence[FreeLine]) -> list[Picked]:
    """Return lines that the invoice does not have, numbered after its own."""
    groups = {group_key(tax.category, tax.rate): tax for tax in source.document.taxes}
    found = []
    for position, free in enumerate(lines):
        group = group_meant(free, list(groups))
        if group not in groups:
            named = ", ".join(f"{category} {plain(rate)} %" for category, rate in groups)
            raise TaxGroupNotOnInvoice(
                f"Invoice {source.document.number} has nothing at {group[0]} {plain(group[1])} %; "
                f"it has {named}.",
                field=f"lines.{position}.tax_rate",
            )
        require_same_reason(free, groups[group], position)
        line = free_line(free, source.currency, id=str(len(source.document.lines) + position + 1))
        taxed = replace(line, tax_category=group[0], tax_rate=groups[group].rate)
        found.append(Picked(None, taxed, line.quantity))
    return found


def require_same_reason(free: FreeLine, tax: TaxGroup, position: int) -> None:
    """Refuse an exemption reason that is not the invoice's: a document has one for each category."""
    for name in ("exemption_reason", "exemption_code"):
        if getattr(free, name) not in ("", getattr(tax, name)):
            raise ExemptionReasonNotPossible(
                f"The invoice says why category {tax.category} is not taxed; a note on it says the same.",
                field=f"lines.{position}.{name}",
            )


def group_meant(free: FreeLine, groups: Sequence[Group]) -> Group:
    """Return the VAT group of a free line; what it does not say, the only group that fits says."""
    if free.tax_category:
        return group_key(free.tax_category, free.tax_rate)
    fitting = [group for group in groups if free.tax_rate is None or group[1] == free.tax_rate]
    if len(fitting) == 1:
        return fitting[0]
    return group_key("S" if free.tax_rate else "Z", free.tax_rate)


def free_line(free: FreeLine, currency: str, *, id: str) -> Line:
    """Return a free line with its net amount.

    :raises AmountTooLarge: it comes to more than can be kept.
    """
    net = line_net(quantity=free.quantity, unit_price=free.unit_price, currency=currency)
    if abs(net) > LARGEST_AMOUNT:
        raise AmountTooLarge(f"{free.name}: a line comes to at most {LARGEST_AMOUNT}.", field="lines")
    return Line(
        id=id,
        name=free.name,
        description=free.description,
        quantity=free.quantity,
        unit=free.unit,
        unit_price=free.unit_price,
        net_amount=net,
        tax_category=free.tax_category or ("S" if free.tax_rate else "Z"),
        tax_rate=free.tax_rate or ZERO if free.tax_category != "O" else None,
        period=free.period,
    )


def require_within_groups(source: Source, picked: Sequence[Picked], taxes: Sequence[TaxGroup]) -> None:
    """Refuse to take more of a VAT group than it comes to, once free lines have a part in it.

    :raises ExceedsTaxGroup: with what is left of the group.
    """
    mixed = {group_of(pick.line) for pick in picked if pick.place is None}
    mixed |= {group for group, free in source.taken.free.items() if free}
    whole = {group_key(tax.category, tax.rate): tax.base for tax in source.document.taxes}
    for tax in taxes:
        group = group_key(tax.category, tax.rate)
        left = round_amount(whole[group] - source.taken.bases.get(group, ZERO), source.currency)
        if group in mixed and (abs(tax.base) > abs(left) or tax.base * left < ZERO):
            raise ExceedsTaxGroup(
                f"{tax.base} {source.currency} at {group[0]} {plain(group[1])} % is more than the {left} "
                f"that invoice {source.document.number} has left at that rate.",
                field="lines",
                limit=str(left),
                requested=str(tax.base),
                currency=source.currency,
            )
