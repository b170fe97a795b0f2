"""One line of a document in CII: BG-25."""

from lxml import etree

from billing.documents.snapshot import Line
from billing.einvoice.cii.parties import identifier
from billing.einvoice.cii.settlement import allowance_charge, period, tax_category
from billing.einvoice.cii.words import amount, is_charge, price
from billing.einvoice.xml import Part, group, leaf, number

OBJECT = "130"
"""Type code of a reference to an object: BT-18 of the document, BT-128 of a line."""


def line(value: Line, currency: str) -> etree._Element | None:
    """Return ram:IncludedSupplyChainTradeLineItem."""
    return group(
        "ram:IncludedSupplyChainTradeLineItem",
        group(
            "ram:AssociatedDocumentLineDocument",
            leaf("ram:LineID", value.id),
            group("ram:IncludedNote", leaf("ram:Content", value.note)),
        ),
        _product(value),
        group(
            "ram:SpecifiedLineTradeAgreement",
            group("ram:BuyerOrderReferencedDocument", leaf("ram:LineID", value.order_line)),
            _gross_price(value, currency),
            group(
                "ram:NetPriceProductTradePrice",
                price("ram:ChargeAmount", value.unit_price, currency),
                _base_quantity(value),
            ),
        ),
        group(
            "ram:SpecifiedLineTradeDelivery",
            number("ram:BilledQuantity", value.quantity, unitCode=value.unit),
        ),
        _settlement(value, currency),
    )


def _product(value: Line) -> Part:
    return group(
        "ram:SpecifiedTradeProduct",
        identifier("ram:GlobalID", value.standard_item_id),
        leaf("ram:SellerAssignedID", value.seller_item_id),
        leaf("ram:BuyerAssignedID", value.buyer_item_id),
        leaf("ram:Name", value.name),
        leaf("ram:Description", value.description),
        [
            group(
                "ram:ApplicableProductCharacteristic",
                leaf("ram:Description", each.name),
                leaf("ram:Value", each.value),
            )
            for each in value.attributes
        ],
        [
            group(
                "ram:DesignatedProductClassification",
                leaf("ram:ClassCode", each.id, listID=each.list_id, listVersionID=each.list_version),
            )
            for each in value.classifications
        ],
        group("ram:OriginTradeCountry", leaf("ram:ID", value.origin_country)),
    )


def _gross_price(value: Line, currency: str) -> Part:
    """Return the price before its discount, which is for the same quantity as the net price."""
    gross, discount = value.gross_price, value.price_discount
    if gross is None and discount is not None:
        gross = value.unit_price + discount  # CII has a discount only beside a gross price
    return group(
        "ram:GrossPriceProductTradePrice",
        price("ram:ChargeAmount", gross, currency),
        _base_quantity(value) if gross is not None else None,
        group(
            "ram:AppliedTradeAllowanceCharge",
            is_charge(False) if discount is not None else None,
            price("ram:ActualAmount", discount, currency),
        ),
    )


def _base_quantity(value: Line) -> Part:
    return number("ram:BasisQuantity", value.base_quantity, unitCode=value.base_quantity_unit)


def _settlement(value: Line, currency: str) -> Part:
    return group(
        "ram:SpecifiedLineTradeSettlement",
        tax_category("ram:ApplicableTradeTax", value.tax_category, value.tax_rate),
        period(value.period),
        [allowance_charge(each, currency, on_line=True) for each in value.allowances_charges],
        group(
            "ram:SpecifiedTradeSettlementLineMonetarySummation",
            amount("ram:LineTotalAmount", value.net_amount, currency),
        ),
        _object(value),
        group("ram:ReceivableSpecifiedTradeAccountingAccount", leaf("ram:ID", value.accounting_reference)),
    )


def _object(value: Line) -> Part:
    if value.object_id is None or not value.object_id.id.strip():
        return None
    return group(
        "ram:AdditionalReferencedDocument",
        leaf("ram:IssuerAssignedID", value.object_id.id),
        leaf("ram:TypeCode", OBJECT),
        leaf("ram:ReferenceTypeCode", value.object_id.scheme),
    )
