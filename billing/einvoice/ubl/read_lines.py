"""The lines of a UBL document, read: BG-25."""

from decimal import Decimal
from typing import Any

from billing.documents.snapshot import Attribute, Classification, Identifier, Line
from billing.einvoice.cursor import Node
from billing.einvoice.ubl.lines import OBJECT
from billing.einvoice.ubl.read_settlement import allowance_charge, period, tax_category

ZERO = Decimal(0)


def line(node: Node, quantity_name: str, currency: str) -> Line:
    """Read one cac:InvoiceLine or cac:CreditNoteLine."""
    quantity, item = node.one(quantity_name), node.one("cac:Item")
    category, rate = tax_category(item.one("cac:ClassifiedTaxCategory") if item else None)
    return Line(
        id=node.text("cbc:ID"),
        note=node.text("cbc:Note"),
        object_id=_object(node),
        quantity=node.number(quantity_name) or ZERO,
        unit=quantity.attribute("unitCode") if quantity else "",
        net_amount=node.amount("cbc:LineExtensionAmount", currency) or ZERO,
        order_line=node.text("cac:OrderLineReference/cbc:LineID"),
        accounting_reference=node.text("cbc:AccountingCost"),
        period=period(node.one("cac:InvoicePeriod")),
        allowances_charges=tuple(
            allowance_charge(each, currency, on_line=True) for each in node.all("cac:AllowanceCharge")
        ),
        tax_category=category,
        tax_rate=rate,
        **_price(node.one("cac:Price"), currency),
        **(_item(item) if item else {"name": ""}),
    )


def _object(node: Node) -> Identifier | None:
    """Read BT-128: the one document a line may refer to, even if the file does not say it is an object."""
    reference = next(iter(node.candidates("cac:DocumentReference")), None)
    if reference is None or reference.peek("cbc:DocumentTypeCode") not in ("", OBJECT):
        return None
    reference.take().text("cbc:DocumentTypeCode")
    return reference.identifier("cbc:ID")


def _item(node: Node) -> dict[str, Any]:
    return {
        "name": node.text("cbc:Name"),
        "description": node.text("cbc:Description"),
        "seller_item_id": node.text("cac:SellersItemIdentification/cbc:ID"),
        "buyer_item_id": node.text("cac:BuyersItemIdentification/cbc:ID"),
        "standard_item_id": node.identifier("cac:StandardItemIdentification/cbc:ID"),
        "origin_country": node.text("cac:OriginCountry/cbc:IdentificationCode"),
        "classifications": tuple(
            Classification(code.own_text, code.attribute("listID"), code.attribute("listVersionID"))
            for each in node.all("cac:CommodityClassification")
            if (code := each.one("cbc:ItemClassificationCode"))
        ),
        "attributes": tuple(
            Attribute(each.text("cbc:Name"), each.text("cbc:Value"))
            for each in node.all("cac:AdditionalItemProperty")
        ),
    }


def _price(node: Node | None, currency: str) -> dict[str, Any]:
    """Read BG-29. A discount of 0 is how UBL says that there is none off the gross price."""
    if node is None:
        return {"unit_price": ZERO}
    base = node.one("cbc:BaseQuantity")
    discount = next(iter(node.candidates("cac:AllowanceCharge")), None)
    if discount is not None and discount.peek("cbc:ChargeIndicator") in ("true", "1"):
        discount = None  # a charge on a price is not of EN 16931; the price has it already
    if discount is not None:
        discount.take().text("cbc:ChargeIndicator")
    return {
        "unit_price": node.amount("cbc:PriceAmount", currency) or ZERO,
        "price_discount": (discount.amount("cbc:Amount", currency) if discount else None) or None,
        "gross_price": discount.amount("cbc:BaseAmount", currency) if discount else None,
        "base_quantity": node.number("cbc:BaseQuantity"),
        "base_quantity_unit": base.attribute("unitCode") if base else "",
    }
