"""A draft as the wish that it came from, so that it can be changed."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from billing.documents.inclusive import total
from billing.documents.snapshot import AllowanceCharge, Document, Line, TaxGroup
from billing.documents.templates import asked_template
from billing.errors import BillingError
from billing.money import ZERO

from .composition import SAME as HEADER
from .models import Invoice
from .parts import SAME as LINE
from .parts import group_of
from .wish import AllowanceChargeWish, InvoiceWish, LineWish

PARTS = frozenset({"lines", "allowances_charges", "price_type", "currency"})
"""What the net sums of an invoice follow from."""

FOLLOWS = {
    "customer": ("buyer_reference", "language", "delivery"),
    "billing_entity": ("payment_means", "creditor_id", "payee", "tax_representative", "series", "number"),
}
"""What goes with a party, and is asked of the new one when that changes."""

FRESH = InvoiceWish(customer="", lines=())


class PartsNeeded(BillingError):
    code = "parts_needed"
    title = "These parts of the invoice can only be changed together"


def wish_of(invoice: Invoice, document: Document) -> InvoiceWish:
    """Return what a draft was asked for. `document` is its value."""
    reasons = {tax.category: tax for tax in document.taxes}
    groups = [row.group for row in invoice.lines.all()]
    return InvoiceWish(
        **{name: getattr(document, name) for name in HEADER},
        customer=invoice.customer_id,
        billing_entity=invoice.billing_entity_id,
        lines=tuple(
            line_wish(line, reasons.get(line.tax_category), group)
            for line, group in zip(document.lines, groups, strict=True)
        ),
        allowances_charges=tuple(
            item_wish(item, base=net_of_group(document, item)) for item in document.allowances_charges
        ),
        price_type=invoice.price_type,
        currency=invoice.currency,
        accounting_currency=invoice.accounting_currency,
        exchange_rate=invoice.exchange_rate,
        rounding_amount=document.totals.rounding_amount,
        series=invoice.series_id or "",
        number=invoice.wanted_number,
        template=asked_template(invoice),
        time_zone=invoice.time_zone,
        date=invoice.date,
        metadata=invoice.metadata,
        custom_fields=invoice.custom_fields,
        internal_comment=invoice.internal_comment,
    )


def line_wish(line: Line, reason: TaxGroup | None, group: str) -> LineWish:
    said = {name: getattr(line, name) for name in LINE}
    goods = line.net_amount - total(line.allowances_charges)
    if line.tax_inclusive_price is not None:
        said["unit_price"] = line.tax_inclusive_price
    return LineWish(
        **said,
        tax_rate=line.tax_rate,
        allowances_charges=tuple(item_wish(item, base=goods) for item in line.allowances_charges),
        exemption_reason=reason.exemption_reason if reason else "",
        exemption_code=reason.exemption_code if reason else "",
        group=group,
    )


def item_wish(item: AllowanceCharge, *, base: Decimal) -> AllowanceChargeWish:
    """Return an allowance or charge as it was asked for; a percentage of all of `base` follows it."""
    return AllowanceChargeWish(
        is_charge=item.is_charge,
        amount=item.amount if item.percent is None else None,
        percent=item.percent,
        base_amount=None if item.percent is None or item.base_amount == base else item.base_amount,
        reason=item.reason,
        reason_code=item.reason_code,
        tax_category=item.tax_category,
        tax_rate=item.tax_rate,
    )


def net_of_group(document: Document, item: AllowanceCharge) -> Decimal:
    group = (item.tax_category, item.tax_rate)
    return sum((line.net_amount for line in document.lines if group_of(line) == group), ZERO)


def changed(wish: InvoiceWish, changes: Mapping[str, Any]) -> InvoiceWish:
    """Return a wish with changes; what goes with another party is asked of that party anew."""
    fresh = {
        name: getattr(FRESH, name)
        for party, names in FOLLOWS.items()
        if changes.get(party, getattr(wish, party)) != getattr(wish, party)
        for name in names
    }
    return replace(wish, **fresh | dict(changes))


def require_all_parts(document: Document, price_type: str, names: Collection[str]) -> None:
    """Refuse to change some parts of a sum whose other parts are no longer known as they were given.

    An allowance or a charge with VAT is kept without it, and cannot be told back to the cent.

    :raises PartsNeeded: give the lines, and the allowances and charges, together.
    """
    has_extras = document.allowances_charges or any(line.allowances_charges for line in document.lines)
    if price_type != Invoice.PriceType.TAX_INCLUSIVE or not has_extras or not PARTS & set(names):
        return
    missing = [name for name in ("lines", "allowances_charges") if name not in names]
    if missing:
        raise PartsNeeded(
            "Its prices contain VAT, and it has allowances or charges: give lines and allowances_charges "
            "together, as they shall be.",
            field=missing[0],
        )
