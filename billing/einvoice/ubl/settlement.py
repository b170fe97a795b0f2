"""What is owed and how it is paid, in UBL: periods, means of payment, allowances and charges, tax, totals."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from lxml import etree

from billing.documents.snapshot import AllowanceCharge, Document, PaymentMeans, Period, TaxGroup
from billing.einvoice.outside_vat import OUTSIDE_VAT, written_rate
from billing.einvoice.ubl.parties import VAT
from billing.einvoice.xml import Part, amount, day, group, leaf, number

UNKNOWN_CARD_NETWORK = "NA"
"""UBL wants a card's network; EN 16931 has no field for it."""


def period(value: Period | None, tax_point_code: str = "") -> Part:
    """Return cac:InvoicePeriod for BG-14 or BG-26; the document's also carries BT-8."""
    return group(
        "cac:InvoicePeriod",
        day("cbc:StartDate", value.start if value else None),
        day("cbc:EndDate", value.end if value else None),
        leaf("cbc:DescriptionCode", tax_point_code),
    )


def payment_means(means: PaymentMeans, *, text: str, due_date: date | None) -> Part:
    """Return cac:PaymentMeans for BG-16, which UBL repeats for each account.

    `text` (BT-82) and `due_date` (a credit note's BT-9) may be said with one of them only.
    """
    card = means.card_number.strip() or means.card_holder.strip()
    return group(
        "cac:PaymentMeans",
        leaf("cbc:PaymentMeansCode", means.code, name=text),
        day("cbc:PaymentDueDate", due_date),
        leaf("cbc:PaymentID", means.remittance),
        group(
            "cac:CardAccount",
            leaf("cbc:PrimaryAccountNumberID", means.card_number),
            leaf("cbc:NetworkID", UNKNOWN_CARD_NETWORK if card else ""),
            leaf("cbc:HolderName", means.card_holder),
        ),
        group(
            "cac:PayeeFinancialAccount",
            leaf("cbc:ID", means.account),
            leaf("cbc:Name", means.account_name),
            group("cac:FinancialInstitutionBranch", leaf("cbc:ID", means.bic)),
        ),
        group(
            "cac:PaymentMandate",
            leaf("cbc:ID", means.mandate),
            group("cac:PayerFinancialAccount", leaf("cbc:ID", means.debited_account)),
        ),
    )


def allowance_charge(value: AllowanceCharge, currency: str, *, on_line: bool) -> etree._Element | None:
    """Return cac:AllowanceCharge for BG-20, BG-21; on a line BG-27, BG-28, which have no tax of their own."""
    return group(
        "cac:AllowanceCharge",
        leaf("cbc:ChargeIndicator", "true" if value.is_charge else "false"),
        leaf("cbc:AllowanceChargeReasonCode", value.reason_code),
        leaf("cbc:AllowanceChargeReason", value.reason),
        number("cbc:MultiplierFactorNumeric", value.percent),
        amount("cbc:Amount", value.amount, currency),
        amount("cbc:BaseAmount", value.base_amount, currency),
        None if on_line else tax_category("cac:TaxCategory", value.tax_category, value.tax_rate),
    )


def tax_category(name: str, category: str, rate: Decimal | None, *reasons: Part) -> etree._Element | None:
    """Return a VAT category with its rate; outside the scope of VAT a line has none to write."""
    return _category(name, category, None if category == OUTSIDE_VAT else rate, *reasons)


def _category(name: str, category: str, rate: Decimal | None, *reasons: Part) -> etree._Element | None:
    if not category.strip():
        return None
    return group(
        name,
        leaf("cbc:ID", category),
        number("cbc:Percent", rate),
        *reasons,
        group("cac:TaxScheme", leaf("cbc:ID", VAT)),
    )


def tax_totals(document: Document) -> Iterator[Part]:
    """Yield cac:TaxTotal for BT-110 with its groups, then for BT-111 without."""
    sums = document.totals
    yield group(
        "cac:TaxTotal",
        amount("cbc:TaxAmount", sums.tax_total, document.currency),
        [_tax_group(each, document) for each in document.taxes],
    )
    if document.accounting_currency:
        yield group(
            "cac:TaxTotal",
            amount("cbc:TaxAmount", sums.accounting_tax_total, document.accounting_currency),
        )


def totals(document: Document) -> Part:
    """Return cac:LegalMonetaryTotal for BG-22. Optional sums are left out if there is nothing to sum."""
    sums, currency = document.totals, document.currency
    allowances = [each for each in document.allowances_charges if not each.is_charge]
    charges = [each for each in document.allowances_charges if each.is_charge]
    return group(
        "cac:LegalMonetaryTotal",
        amount("cbc:LineExtensionAmount", sums.line_total, currency),
        amount("cbc:TaxExclusiveAmount", sums.net_total, currency),
        amount("cbc:TaxInclusiveAmount", sums.tax_inclusive_total, currency),
        amount("cbc:AllowanceTotalAmount", _unless_zero(sums.allowance_total, allowances), currency),
        amount("cbc:ChargeTotalAmount", _unless_zero(sums.charge_total, charges), currency),
        amount("cbc:PrepaidAmount", _unless_zero(sums.prepaid_amount), currency),
        amount("cbc:PayableRoundingAmount", _unless_zero(sums.rounding_amount), currency),
        amount("cbc:PayableAmount", sums.payable_amount, currency),
    )


def _tax_group(value: TaxGroup, document: Document) -> etree._Element | None:
    currency = document.currency
    return group(
        "cac:TaxSubtotal",
        amount("cbc:TaxableAmount", value.base, currency),
        amount("cbc:TaxAmount", value.amount, currency),
        _category(
            "cac:TaxCategory",
            value.category,
            written_rate(value, document),
            leaf("cbc:TaxExemptionReasonCode", value.exemption_code),
            leaf("cbc:TaxExemptionReason", value.exemption_reason),
        ),
    )


def _unless_zero(value: Decimal, summed: list[AllowanceCharge] | None = None) -> Decimal | None:
    return value if value or summed else None
