"""What is owed and how it is paid, read from CII: periods, payment, allowances and charges, tax, totals."""

from datetime import date
from decimal import Decimal

from billing.documents.snapshot import AllowanceCharge, PaymentMeans, Period, TaxGroup, Totals
from billing.einvoice.cii.read_words import day, is_yes
from billing.einvoice.cii.settlement import TAX_POINT_CODES
from billing.einvoice.cursor import Node
from billing.einvoice.outside_vat import OUTSIDE_VAT

ZERO = Decimal(0)
TAX_POINT_NAMES = {code: name for name, code in TAX_POINT_CODES.items()}
TERMS = "ram:SpecifiedTradePaymentTerms"
CARD = "ram:ApplicableTradeSettlementFinancialCard"
CREDITED = "ram:PayeePartyCreditorFinancialAccount"
DEBITED = "ram:PayerPartyDebtorFinancialAccount/ram:IBANID"


def amount(node: Node, path: str, currency: str) -> Decimal | None:
    """Return the amount at the path, or None; it need not name its currency."""
    return node.amount(path, currency, must_name_it=False)


def period(node: Node | None) -> Period | None:
    """Read BG-14 or BG-26 from ram:BillingSpecifiedPeriod; None if it names no day."""
    if node is None:
        return None
    found = Period(start=day(node, "ram:StartDateTime"), end=day(node, "ram:EndDateTime"))
    return None if found == Period() else found


def all_payment_means(root: Node) -> tuple[PaymentMeans, ...]:
    """Read BG-16 from the ram:SpecifiedTradeSettlementPaymentMeans elements, one an account.

    EN 16931 knows one code and one text of payment, one card and one mandate: means of another code than the
    first are ignored, and so are another text, card or debited account. The remittance is said once for all.
    """
    given = root.candidates("ram:SpecifiedTradeSettlementPaymentMeans")
    code = next((each.peek("ram:TypeCode") for each in given), "")
    means = [each.take() for each in given if each.peek("ram:TypeCode") == code]
    if not means:
        return ()
    text = next((text for each in means if (text := each.peek("ram:Information"))), "")
    common = {"code": code, "text": text, "remittance": root.text("ram:PaymentReference")}
    mandate = root.text(f"{TERMS}/ram:DirectDebitMandateID")
    payer = next((each for each in means if each.peek(DEBITED)), means[0])
    card = next((each for each in means if each.peek(f"{CARD}/ram:ID")), None)
    for each in means:
        each.text("ram:TypeCode")
        if each.peek("ram:Information") == text:
            each.text("ram:Information")
    return tuple(
        PaymentMeans(
            **common,
            **_account(each),
            **(_card(each) if each is card else {}),
            **({"mandate": mandate, "debited_account": each.text(DEBITED)} if each is payer else {}),
        )
        for each in means
    )


def _account(node: Node) -> dict[str, str]:
    """Read BG-17."""
    return {
        "account": node.text(f"{CREDITED}/ram:IBANID") or node.text(f"{CREDITED}/ram:ProprietaryID"),
        "account_name": node.text(f"{CREDITED}/ram:AccountName"),
        "bic": node.text("ram:PayeeSpecifiedCreditorFinancialInstitution/ram:BICID"),
    }


def _card(node: Node) -> dict[str, str]:
    """Read BG-18."""
    return {
        "card_number": node.text(f"{CARD}/ram:ID"),
        "card_holder": node.text(f"{CARD}/ram:CardholderName"),
    }


def allowance_charge(node: Node, currency: str, *, on_line: bool) -> AllowanceCharge:
    """Read BG-20, BG-21, or on a line BG-27, BG-28, from ram:SpecifiedTradeAllowanceCharge."""
    category, rate = ("", None) if on_line else tax_category(node.one("ram:CategoryTradeTax"))
    return AllowanceCharge(
        is_charge=is_yes(node, "ram:ChargeIndicator"),
        amount=amount(node, "ram:ActualAmount", currency) or ZERO,
        base_amount=amount(node, "ram:BasisAmount", currency),
        percent=node.number("ram:CalculationPercent"),
        reason=node.text("ram:Reason"),
        reason_code=node.text("ram:ReasonCode"),
        tax_category=category,
        tax_rate=rate,
    )


def tax_category(node: Node | None) -> tuple[str, Decimal | None]:
    """Read a VAT category and its rate; outside the scope of VAT there is no rate, whatever the file says."""
    if node is None:
        return "", None
    node.text("ram:TypeCode")
    category, rate = node.text("ram:CategoryCode"), node.number("ram:RateApplicablePercent")
    return category, None if category == OUTSIDE_VAT else rate


def tax_point(root: Node) -> tuple[date | None, str]:
    """Read BT-7 and BT-8, the VAT date or what it depends on; any VAT group may say it, the first counts."""
    on, code = None, ""
    for each in root.candidates("ram:ApplicableTradeTax"):
        if on is None and each.peek("ram:TaxPointDate/udt:DateString"):
            on = day(each, "ram:TaxPointDate", "udt:DateString")
        if each.peek("ram:DueDateTypeCode") and code in ("", each.peek("ram:DueDateTypeCode")):
            code = each.text("ram:DueDateTypeCode")
    return on, TAX_POINT_NAMES.get(code, code)


def tax_group(node: Node, currency: str) -> TaxGroup:
    """Read one group of BG-23 from ram:ApplicableTradeTax."""
    category, rate = tax_category(node)
    return TaxGroup(
        category=category,
        rate=rate,
        base=amount(node, "ram:BasisAmount", currency) or ZERO,
        amount=amount(node, "ram:CalculatedAmount", currency) or ZERO,
        exemption_reason=node.text("ram:ExemptionReason"),
        exemption_code=node.text("ram:ExemptionReasonCode").upper(),  # the norm takes small letters too
    )


def totals(root: Node, currency: str, accounting_currency: str) -> Totals:
    """Read BG-22 from ram:SpecifiedTradeSettlementHeaderMonetarySummation."""
    sums = root.required("ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    accounting = _tax_total(sums, accounting_currency) if accounting_currency else None

    def sum_of(name: str) -> Decimal:
        return amount(sums, f"ram:{name}", currency) or ZERO

    return Totals(
        line_total=sum_of("LineTotalAmount"),
        allowance_total=sum_of("AllowanceTotalAmount"),
        charge_total=sum_of("ChargeTotalAmount"),
        net_total=sum_of("TaxBasisTotalAmount"),
        tax_total=_tax_total(sums, currency) or _tax_total(sums, "") or ZERO,
        tax_inclusive_total=sum_of("GrandTotalAmount"),
        accounting_tax_total=accounting,
        prepaid_amount=sum_of("TotalPrepaidAmount"),
        rounding_amount=sum_of("RoundingAmount"),
        payable_amount=sum_of("DuePayableAmount"),
    )


def _tax_total(sums: Node, currency: str) -> Decimal | None:
    for each in sums.candidates("ram:TaxTotalAmount"):
        if (each.element.get("currencyID") or "").strip() == currency:
            each.take().attribute("currencyID")
            return each.own_number
    return None
