"""The lines of a CII document, read: BG-25."""

from decimal import Decimal
from typing import Any

from billing.documents.snapshot import Attribute, Classification, Identifier, Line
from billing.einvoice.cii.lines import OBJECT
from billing.einvoice.cii.read_settlement import allowance_charge, amount, period, tax_category
from billing.einvoice.cii.words import YES
from billing.einvoice.cursor import Node

ZERO = Decimal(0)


def line(node: Node, currency: str) -> Line:
    """Read one ram:IncludedSupplyChainTradeLineItem."""
    delivery, settlement = (
        node.required("ram:SpecifiedLineTradeDelivery"),
        node.required("ram:SpecifiedLineTradeSettlement"),
    )
    quantity = delivery.one("ram:BilledQuantity")
    category, rate = tax_category(settlement.one("ram:ApplicableTradeTax"))
    summation = "ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount"
    return Line(
        id=node.text("ram:AssociatedDocumentLineDocument/ram:LineID"),
        note=node.text("ram:AssociatedDocumentLineDocument/ram:IncludedNote/ram:Content"),
        object_id=object_id(settlement),
        quantity=delivery.number("ram:BilledQuantity") or ZERO,
        unit=quantity.attribute("unitCode") if quantity else "",
        net_amount=amount(settlement, summation, currency) or ZERO,
        accounting_reference=settlement.text("ram:ReceivableSpecifiedTradeAccountingAccount/ram:ID"),
        period=period(settlement.one("ram:BillingSpecifiedPeriod")),
        allowances_charges=tuple(
            allowance_charge(each, currency, on_line=True)
            for each in settlement.all("ram:SpecifiedTradeAllowanceCharge")
        ),
        tax_category=category,
        tax_rate=rate,
        **_agreement(node.required("ram:SpecifiedLineTradeAgreement"), currency),
        **_product(node.required("ram:SpecifiedTradeProduct")),
    )


def object_id(node: Node) -> Identifier | None:
    """Read BT-18 or BT-128: the additional document that is called an object."""
    for each in node.candidates("ram:AdditionalReferencedDocument"):
        if each.peek("ram:TypeCode") == OBJECT and each.peek("ram:IssuerAssignedID"):
            each.take().text("ram:TypeCode")
            return Identifier(each.text("ram:IssuerAssignedID"), each.text("ram:ReferenceTypeCode"))
    return None


def _product(node: Node) -> dict[str, Any]:
    return {
        "name": node.text("ram:Name"),
        "description": node.text("ram:Description"),
        "seller_item_id": node.text("ram:SellerAssignedID"),
        "buyer_item_id": node.text("ram:BuyerAssignedID"),
        "standard_item_id": node.identifier("ram:GlobalID"),
        "origin_country": node.text("ram:OriginTradeCountry/ram:ID"),
        "classifications": tuple(
            Classification(code.own_text, code.attribute("listID"), code.attribute("listVersionID"))
            for each in node.all("ram:DesignatedProductClassification")
            if (code := each.one("ram:ClassCode"))
        ),
        "attributes": tuple(
            Attribute(each.text("ram:Description"), each.text("ram:Value"))
            for each in node.all("ram:ApplicableProductCharacteristic")
        ),
    }


def _agreement(node: Node, currency: str) -> dict[str, Any]:
    net = node.required("ram:NetPriceProductTradePrice")
    gross = node.one("ram:GrossPriceProductTradePrice")
    base = _base_quantity(net, gross)
    return {
        "order_line": node.text("ram:BuyerOrderReferencedDocument/ram:LineID"),
        "unit_price": amount(net, "ram:ChargeAmount", currency) or ZERO,
        "gross_price": amount(gross, "ram:ChargeAmount", currency) if gross else None,
        "price_discount": _discount(gross, currency) if gross else None,
        "base_quantity": base.own_number if base else None,
        "base_quantity_unit": base.attribute("unitCode") if base else "",
    }


def _base_quantity(*prices: Node | None) -> Node | None:
    """Return the first quantity that a price is for, having seen those that say the same again."""
    found = [each for price in prices if price for each in price.candidates("ram:BasisQuantity")]
    if not found:
        return None
    base = found[0].take()
    for again in found[1:]:
        if (again.own_text, again.element.get("unitCode")) == (base.own_text, base.element.get("unitCode")):
            again.take().attribute("unitCode")
    return base


def _discount(gross: Node, currency: str) -> Decimal | None:
    """Read BT-147; none of 0 is told from none at all. A charge on a price is not of EN 16931."""
    for each in gross.candidates("ram:AppliedTradeAllowanceCharge"):
        if each.peek("ram:ChargeIndicator/udt:Indicator") not in (YES, "1"):
            each.take().text("ram:ChargeIndicator/udt:Indicator")
            return amount(each, "ram:ActualAmount", currency) or None
    return None
