"""One line of a document in UBL: BG-25."""

from decimal import Decimal

from lxml import etree

from billing.documents.snapshot import Kind, Line
from billing.einvoice.ubl.parties import identifier, leaf_id
from billing.einvoice.ubl.settlement import allowance_charge, period, tax_category
from billing.einvoice.xml import Part, amount, group, leaf, number, price

OBJECT = "130"
"""Document type code of the one reference a line may have: to an object (BT-128)."""


def line(value: Line, kind: Kind, currency: str) -> etree._Element | None:
    """Return cac:InvoiceLine or cac:CreditNoteLine."""
    is_note = kind == "credit_note"
    name, quantity = (
        ("CreditNoteLine", "CreditedQuantity") if is_note else ("InvoiceLine", "InvoicedQuantity")
    )
    return group(
        f"cac:{name}",
        leaf("cbc:ID", value.id),
        leaf("cbc:Note", value.note),
        number(f"cbc:{quantity}", value.quantity, unitCode=value.unit),
        amount("cbc:LineExtensionAmount", value.net_amount, currency),
        leaf("cbc:AccountingCost", value.accounting_reference),
        period(value.period),
        group("cac:OrderLineReference", leaf("cbc:LineID", value.order_line)),
        _object(value),
        [allowance_charge(each, currency, on_line=True) for each in value.allowances_charges],
        _item(value),
        _price(value, currency),
    )


def _object(value: Line) -> Part:
    if value.object_id is None or not value.object_id.id.strip():
        return None
    return group(
        "cac:DocumentReference", identifier("cbc:ID", value.object_id), leaf("cbc:DocumentTypeCode", OBJECT)
    )


def _item(value: Line) -> Part:
    return group(
        "cac:Item",
        leaf("cbc:Description", value.description),
        leaf("cbc:Name", value.name),
        group("cac:BuyersItemIdentification", leaf("cbc:ID", value.buyer_item_id)),
        group("cac:SellersItemIdentification", leaf("cbc:ID", value.seller_item_id)),
        leaf_id(value.standard_item_id, "cac:StandardItemIdentification"),
        group("cac:OriginCountry", leaf("cbc:IdentificationCode", value.origin_country)),
        [
            group(
                "cac:CommodityClassification",
                leaf(
                    "cbc:ItemClassificationCode",
                    each.id,
                    listID=each.list_id,
                    listVersionID=each.list_version,
                ),
            )
            for each in value.classifications
        ],
        tax_category("cac:ClassifiedTaxCategory", value.tax_category, value.tax_rate),
        [
            group("cac:AdditionalItemProperty", leaf("cbc:Name", each.name), leaf("cbc:Value", each.value))
            for each in value.attributes
        ],
    )


def _price(value: Line, currency: str) -> Part:
    discount = value.price_discount
    if value.gross_price is not None and discount is None:
        discount = Decimal(0)  # UBL has a gross price only beside a discount
    has_discount = discount is not None
    return group(
        "cac:Price",
        price("cbc:PriceAmount", value.unit_price, currency),
        number("cbc:BaseQuantity", value.base_quantity, unitCode=value.base_quantity_unit),
        group(
            "cac:AllowanceCharge",
            leaf("cbc:ChargeIndicator", "false" if has_discount else ""),
            price("cbc:Amount", discount, currency),
            price("cbc:BaseAmount", value.gross_price, currency),
        ),
    )
