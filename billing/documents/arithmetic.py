"""The sums of a new document, from its lines up (EN 16931 BT-106 … BT-117)."""

from collections.abc import Sequence
from decimal import Decimal

from billing.money import HUNDRED, ZERO, round_amount
from billing.tax import Taxable, tax_breakdown

from .snapshot import AllowanceCharge, Line, TaxGroup, Totals

Reasons = dict[str, tuple[str, str]]
"""Why a category is not taxed: category to (reason in words, VATEX code)."""

REASONS: Reasons = {
    "AE": ("Reverse charge", "VATEX-EU-AE"),
    "K": ("Intra-community supply", "VATEX-EU-IC"),
    "G": ("Export outside the EU", "VATEX-EU-G"),
    "O": ("Not subject to VAT", "VATEX-EU-O"),
}


def line_net(
    *,
    quantity: Decimal,
    unit_price: Decimal,
    currency: str,
    base_quantity: Decimal | None = None,
    allowances_charges: Sequence[AllowanceCharge] = (),
) -> Decimal:
    """Return a line's net amount (BT-131): quantity times price, plus charges, less allowances."""
    gross = round_amount(quantity * unit_price / (base_quantity or 1), currency)
    return gross + sum((signed(item) for item in allowances_charges), ZERO)


def signed(item: AllowanceCharge) -> Decimal:
    return item.amount if item.is_charge else -item.amount


def tax_groups(
    lines: Sequence[Line],
    allowances_charges: Sequence[AllowanceCharge],
    currency: str,
    reasons: Reasons = REASONS,
) -> tuple[TaxGroup, ...]:
    """Return the VAT of a document, one group for each category and rate."""
    items = [Taxable(line.tax_category, line.tax_rate, line.net_amount) for line in lines]
    items += [Taxable(item.tax_category, item.tax_rate, signed(item)) for item in allowances_charges]
    return tuple(
        TaxGroup(
            category=tax.category,
            rate=tax.rate,
            base=tax.base,
            amount=tax.amount,
            exemption_reason=reasons.get(tax.category, ("", ""))[0],
            exemption_code=reasons.get(tax.category, ("", ""))[1],
        )
        for tax in tax_breakdown(items, currency)
    )


def totals(
    lines: Sequence[Line],
    allowances_charges: Sequence[AllowanceCharge],
    taxes: Sequence[TaxGroup],
    *,
    currency: str,
    prepaid_amount: Decimal = ZERO,
    rounding_amount: Decimal = ZERO,
    accounting_tax_total: Decimal | None = None,
) -> Totals:
    """Return a document's sums. Sums of rounded amounts are exact and are not rounded again."""
    nothing = round_amount(ZERO, currency)
    line_total = sum((line.net_amount for line in lines), nothing)
    allowance_total = sum((item.amount for item in allowances_charges if not item.is_charge), nothing)
    charge_total = sum((item.amount for item in allowances_charges if item.is_charge), nothing)
    net_total = line_total - allowance_total + charge_total
    tax_total = sum((tax.amount for tax in taxes), nothing)
    return Totals(
        line_total=line_total,
        allowance_total=allowance_total,
        charge_total=charge_total,
        net_total=net_total,
        tax_total=tax_total,
        tax_inclusive_total=net_total + tax_total,
        accounting_tax_total=accounting_tax_total,
        prepaid_amount=prepaid_amount,
        rounding_amount=rounding_amount,
        payable_amount=net_total + tax_total - prepaid_amount + rounding_amount,
    )


def percent_of(base: Decimal, percent: Decimal, currency: str) -> Decimal:
    """Return an allowance or charge given in percent of a base."""
    return round_amount(base * percent / HUNDRED, currency)
