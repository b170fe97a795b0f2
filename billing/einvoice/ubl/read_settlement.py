"""What is owed and how it is paid, read from UBL: periods, payment, allowances and charges, tax, totals."""

from decimal import Decimal

from msgspec.structs import replace

from billing.documents.snapshot import AllowanceCharge, PaymentMeans, Period, TaxGroup, Totals
from billing.einvoice.cursor import Node
from billing.einvoice.outside_vat import OUTSIDE_VAT
from billing.einvoice.ubl.settlement import UNKNOWN_CARD_NETWORK

ZERO = Decimal(0)


def period(node: Node | None) -> Period | None:
    """Read BG-14 or BG-26 from cac:InvoicePeriod; None if it names no day."""
    if node is None:
        return None
    found = Period(start=node.day("cbc:StartDate"), end=node.day("cbc:EndDate"))
    return None if found == Period() else found


def all_payment_means(root: Node) -> tuple[PaymentMeans, ...]:
    """Read BG-16 from the cac:PaymentMeans elements, one an account.

    The text and the remittance said with one hold for all: EN 16931 knows one of each.
    """
    found = [_payment_means(each) for each in root.all("cac:PaymentMeans")]
    text = next((means.text for means in found if means.text), "")
    remittance = next((means.remittance for means in found if means.remittance), "")
    return tuple(
        replace(means, text=means.text or text, remittance=means.remittance or remittance) for means in found
    )


def _payment_means(node: Node) -> PaymentMeans:
    code = node.one("cbc:PaymentMeansCode")
    account, card, mandate = "cac:PayeeFinancialAccount", "cac:CardAccount", "cac:PaymentMandate"
    if node.peek(f"{card}/cbc:NetworkID") == UNKNOWN_CARD_NETWORK:
        node.one(f"{card}/cbc:NetworkID")
    return PaymentMeans(
        code=code.own_text if code else "",
        text=code.attribute("name") if code else "",
        remittance=node.text("cbc:PaymentID"),
        account=node.text(f"{account}/cbc:ID"),
        account_name=node.text(f"{account}/cbc:Name"),
        bic=node.text(f"{account}/cac:FinancialInstitutionBranch/cbc:ID"),
        card_number=node.text(f"{card}/cbc:PrimaryAccountNumberID"),
        card_holder=node.text(f"{card}/cbc:HolderName"),
        mandate=node.text(f"{mandate}/cbc:ID"),
        debited_account=node.text(f"{mandate}/cac:PayerFinancialAccount/cbc:ID"),
    )


def allowance_charge(node: Node, currency: str, *, on_line: bool) -> AllowanceCharge:
    """Read BG-20, BG-21, or on a line BG-27, BG-28, from cac:AllowanceCharge."""
    category, rate = ("", None) if on_line else tax_category(node.one("cac:TaxCategory"))
    return AllowanceCharge(
        is_charge=node.text("cbc:ChargeIndicator") in ("true", "1"),
        amount=node.amount("cbc:Amount", currency) or ZERO,
        base_amount=node.amount("cbc:BaseAmount", currency),
        percent=node.number("cbc:MultiplierFactorNumeric"),
        reason=node.text("cbc:AllowanceChargeReason"),
        reason_code=node.text("cbc:AllowanceChargeReasonCode"),
        tax_category=category,
        tax_rate=rate,
    )


def tax_category(node: Node | None) -> tuple[str, Decimal | None]:
    """Read a VAT category and its rate; outside the scope of VAT there is no rate, whatever the file says."""
    if node is None:
        return "", None
    category, rate = node.text("cbc:ID"), node.number("cbc:Percent")
    node.text("cac:TaxScheme/cbc:ID")
    return category, None if category == OUTSIDE_VAT else rate


def tax_total(root: Node, currency: str) -> Node | None:
    """Find the cac:TaxTotal in a currency, the one with a breakdown first."""
    found = [
        each
        for each in root.candidates("cac:TaxTotal")
        if (amount := each.element.find("{*}TaxAmount")) is not None
        and (amount.get("currencyID") or "").strip() == currency
    ]
    found.sort(key=lambda each: each.element.find("{*}TaxSubtotal") is None)
    return found[0].take() if found else None


def tax_groups(total: Node | None, currency: str) -> tuple[TaxGroup, ...]:
    """Read BG-23 from the cac:TaxSubtotal elements of a cac:TaxTotal."""
    return tuple(_tax_group(each, currency) for each in (total.all("cac:TaxSubtotal") if total else []))


def totals(root: Node, currency: str, accounting_currency: str) -> Totals:
    """Read BG-22 from cac:LegalMonetaryTotal and the cac:TaxTotal elements."""
    sums, tax = root.one("cac:LegalMonetaryTotal"), tax_total(root, currency)
    accounting = tax_total(root, accounting_currency) if accounting_currency else None

    def amount(name: str) -> Decimal:
        return (sums.amount(f"cbc:{name}", currency) if sums else None) or ZERO

    return Totals(
        line_total=amount("LineExtensionAmount"),
        allowance_total=amount("AllowanceTotalAmount"),
        charge_total=amount("ChargeTotalAmount"),
        net_total=amount("TaxExclusiveAmount"),
        tax_total=(tax.amount("cbc:TaxAmount", currency) if tax else None) or ZERO,
        tax_inclusive_total=amount("TaxInclusiveAmount"),
        accounting_tax_total=accounting.amount("cbc:TaxAmount", accounting_currency) if accounting else None,
        prepaid_amount=amount("PrepaidAmount"),
        rounding_amount=amount("PayableRoundingAmount"),
        payable_amount=amount("PayableAmount"),
    )


def _tax_group(node: Node, currency: str) -> TaxGroup:
    details = node.one("cac:TaxCategory")
    category, rate = tax_category(details)
    return TaxGroup(
        category=category,
        rate=rate,
        base=node.amount("cbc:TaxableAmount", currency) or ZERO,
        amount=node.amount("cbc:TaxAmount", currency) or ZERO,
        exemption_reason=details.text("cbc:TaxExemptionReason") if details else "",
        exemption_code=details.text("cbc:TaxExemptionReasonCode") if details else "",
    )
