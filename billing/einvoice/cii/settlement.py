"""What is owed and how it is paid, in CII: periods, means of payment, allowances and charges, tax, totals."""

import re
from collections.abc import Iterator
from decimal import Decimal

from lxml import etree

from billing.documents.snapshot import AllowanceCharge, Document, PaymentMeans, Period, TaxGroup
from billing.einvoice import xml
from billing.einvoice.cii.words import amount, is_charge, moment
from billing.einvoice.outside_vat import OUTSIDE_VAT, written_rate
from billing.einvoice.xml import Part, group, leaf, number

VAT = "VAT"
"""The one type of tax that EN 16931 knows (UNTDID 5153)."""


TAX_POINT_CODES = {"3": "5", "35": "29", "432": "72"}
"""BT-8 as the Document and UBL have it (UNTDID 2005), and as CII has it (UNTDID 2475)."""

LIKE_AN_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", re.ASCII)


def period(value: Period | None) -> Part:
    """Return ram:BillingSpecifiedPeriod for BG-14 or BG-26."""
    if value is None:
        return None
    return group(
        "ram:BillingSpecifiedPeriod",
        moment("ram:StartDateTime", value.start),
        moment("ram:EndDateTime", value.end),
    )


def payment_means(means: PaymentMeans) -> etree._Element | None:
    """Return ram:SpecifiedTradeSettlementPaymentMeans for BG-16, but for remittance and mandate."""
    return group(
        "ram:SpecifiedTradeSettlementPaymentMeans",
        leaf("ram:TypeCode", means.code),
        leaf("ram:Information", means.text),
        _card(means),
        group("ram:PayerPartyDebtorFinancialAccount", leaf("ram:IBANID", means.debited_account)),
        group(
            "ram:PayeePartyCreditorFinancialAccount",
            leaf("ram:IBANID", means.account if is_iban(means.account) else ""),
            leaf("ram:AccountName", means.account_name),
            leaf("ram:ProprietaryID", "" if is_iban(means.account) else means.account),
        ),
        group("ram:PayeeSpecifiedCreditorFinancialInstitution", leaf("ram:BICID", means.bic)),
    )


def is_iban(account: str) -> bool:
    """Tell whether an account (BT-84) looks like an IBAN, which has a place of its own in CII."""
    return LIKE_AN_IBAN.fullmatch(account.replace(" ", "")) is not None


def allowance_charge(value: AllowanceCharge, currency: str, *, on_line: bool) -> etree._Element | None:
    """Return BG-20, BG-21; on a line BG-27, BG-28, which have no tax of their own."""
    return group(
        "ram:SpecifiedTradeAllowanceCharge",
        is_charge(value.is_charge),
        number("ram:CalculationPercent", value.percent),
        amount("ram:BasisAmount", value.base_amount, currency),
        amount("ram:ActualAmount", value.amount, currency),
        leaf("ram:ReasonCode", value.reason_code),
        leaf("ram:Reason", value.reason),
        None if on_line else tax_category("ram:CategoryTradeTax", value.tax_category, value.tax_rate),
    )


def tax_category(name: str, category: str, rate: Decimal | None) -> etree._Element | None:
    """Return a VAT category with its rate; outside the scope of VAT there is none to write."""
    if not category.strip():
        return None
    return group(name, leaf("ram:TypeCode", VAT), leaf("ram:CategoryCode", category), _rate(category, rate))


def tax_groups(document: Document) -> Iterator[etree._Element | None]:
    """Yield ram:ApplicableTradeTax for BG-23.

    The document's VAT date (BT-7) may stand in one of them only (CII-SR-461); the code for it (BT-8) stands
    in each.
    """
    code = document.tax_point_code.strip()
    for index, value in enumerate(document.taxes):
        yield _tax_group(
            value,
            document,
            None if index else moment("ram:TaxPointDate", document.tax_point_date, "udt:DateString"),
            leaf("ram:DueDateTypeCode", TAX_POINT_CODES.get(code, code)),
        )


def totals(document: Document) -> Part:
    """Return ram:SpecifiedTradeSettlementHeaderMonetarySummation for BG-22.

    Optional sums are left out if there is nothing to sum. The VAT totals alone name their currency.
    """
    sums, currency = document.totals, document.currency
    allowances = [each for each in document.allowances_charges if not each.is_charge]
    charges = [each for each in document.allowances_charges if each.is_charge]
    accounting = sums.accounting_tax_total if document.accounting_currency else None
    return group(
        "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
        amount("ram:LineTotalAmount", sums.line_total, currency),
        amount("ram:ChargeTotalAmount", _unless_zero(sums.charge_total, charges), currency),
        amount("ram:AllowanceTotalAmount", _unless_zero(sums.allowance_total, allowances), currency),
        amount("ram:TaxBasisTotalAmount", sums.net_total, currency),
        xml.amount("ram:TaxTotalAmount", sums.tax_total, currency),
        xml.amount("ram:TaxTotalAmount", accounting, document.accounting_currency),
        amount("ram:RoundingAmount", _unless_zero(sums.rounding_amount), currency),
        amount("ram:GrandTotalAmount", sums.tax_inclusive_total, currency),
        amount("ram:TotalPrepaidAmount", _unless_zero(sums.prepaid_amount), currency),
        amount("ram:DuePayableAmount", sums.payable_amount, currency),
    )


def _card(means: PaymentMeans) -> Part:
    if not means.card_number.strip():
        return None
    return group(
        "ram:ApplicableTradeSettlementFinancialCard",
        leaf("ram:ID", means.card_number),
        leaf("ram:CardholderName", means.card_holder),
    )


def _tax_group(
    value: TaxGroup, document: Document, tax_point: Part, tax_point_code: Part
) -> etree._Element | None:
    currency = document.currency
    return group(
        "ram:ApplicableTradeTax",
        amount("ram:CalculatedAmount", value.amount, currency),
        leaf("ram:TypeCode", VAT),
        leaf("ram:ExemptionReason", value.exemption_reason),
        amount("ram:BasisAmount", value.base, currency),
        leaf("ram:CategoryCode", value.category),
        leaf("ram:ExemptionReasonCode", value.exemption_code),
        tax_point,
        tax_point_code,
        number("ram:RateApplicablePercent", written_rate(value, document)),
    )


def _rate(category: str, rate: Decimal | None) -> Part:
    return None if category == OUTSIDE_VAT else number("ram:RateApplicablePercent", rate)


def _unless_zero(value: Decimal, summed: list[AllowanceCharge] | None = None) -> Decimal | None:
    return value if value or summed else None
