"""The parties of a CII document, read: seller, buyer, payee, tax representative, delivery.

CII may give a buyer, a payee and a place of delivery two identifiers, of which EN 16931 knows one: that with
a scheme (ram:GlobalID) is kept, the other told as ignored.
"""

from billing.documents.snapshot import (
    Address,
    Contact,
    Delivery,
    Identifier,
    Party,
    Payee,
    TaxRepresentative,
)
from billing.einvoice.cii.parties import LOCAL_TAX_NUMBER, VAT_NUMBER
from billing.einvoice.cii.read_words import day
from billing.einvoice.cursor import Node


def seller(node: Node) -> Party:
    """Read BG-4 from ram:SellerTradeParty."""
    return _party(
        node,
        ids=_ids(node),
        tax_number=_registration(node, LOCAL_TAX_NUMBER),
        legal_info=node.text("ram:Description"),
    )


def buyer(node: Node) -> Party:
    """Read BG-7 from ram:BuyerTradeParty."""
    id_ = _one_id(node)
    return _party(node, ids=(id_,) if id_ else ())


def payee(node: Node | None) -> Payee | None:
    """Read BG-10 from ram:PayeeTradeParty."""
    if node is None:
        return None
    found = Payee(
        name=node.text("ram:Name"),
        id=_one_id(node),
        legal_id=node.identifier("ram:SpecifiedLegalOrganization/ram:ID"),
    )
    return None if found == Payee("") else found


def tax_representative(node: Node | None) -> TaxRepresentative | None:
    """Read BG-11 from ram:SellerTaxRepresentativeTradeParty."""
    if node is None:
        return None
    return TaxRepresentative(
        name=node.text("ram:Name"),
        vat_number=_registration(node, VAT_NUMBER),
        address=address(node.one("ram:PostalTradeAddress")) or Address(),
    )


def delivery(node: Node) -> Delivery | None:
    """Read BG-13 from ram:ApplicableHeaderTradeDelivery."""
    party = node.one("ram:ShipToTradeParty")
    found = Delivery(
        name=party.text("ram:Name") if party else "",
        location=_one_id(party) if party else None,
        date=day(node, "ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime"),
        address=address(party.one("ram:PostalTradeAddress")) if party else None,
    )
    return None if found == Delivery() else found


def address(node: Node | None) -> Address | None:
    """Read a postal address; None if there is nothing in it."""
    if node is None:
        return None
    found = Address(
        line1=node.text("ram:LineOne"),
        line2=node.text("ram:LineTwo"),
        line3=node.text("ram:LineThree"),
        city=node.text("ram:CityName"),
        postal_code=node.text("ram:PostcodeCode"),
        region=node.text("ram:CountrySubDivisionName"),
        country=node.text("ram:CountryID"),
    )
    return None if found == Address() else found


def _party(node: Node, *, ids: tuple[Identifier, ...], tax_number: str = "", legal_info: str = "") -> Party:
    return Party(
        name=node.text("ram:Name"),
        trading_name=node.text("ram:SpecifiedLegalOrganization/ram:TradingBusinessName"),
        ids=ids,
        legal_id=node.identifier("ram:SpecifiedLegalOrganization/ram:ID"),
        vat_number=_registration(node, VAT_NUMBER),
        tax_number=tax_number,
        legal_info=legal_info,
        endpoint=node.identifier("ram:URIUniversalCommunication/ram:URIID"),
        address=address(node.one("ram:PostalTradeAddress")) or Address(),
        contact=_contact(node.one("ram:DefinedTradeContact")),
    )


def _ids(node: Node) -> tuple[Identifier, ...]:
    given = [*node.all("ram:ID"), *node.all("ram:GlobalID")]
    return tuple(Identifier(each.own_text, each.attribute("schemeID")) for each in given if each.own_text)


def _one_id(node: Node) -> Identifier | None:
    return node.identifier("ram:GlobalID") or node.identifier("ram:ID")


def _registration(node: Node, scheme: str) -> str:
    """Return the first number registered under a scheme."""
    for each in node.candidates("ram:SpecifiedTaxRegistration"):
        id_ = each.element.find("{*}ID")
        if id_ is not None and (id_.get("schemeID") or "").strip().upper() == scheme:
            found = each.take().identifier("ram:ID")
            return found.id if found else ""
    return ""


def _contact(node: Node | None) -> Contact | None:
    """Read BG-6 or BG-9; a department stands for a person where none is named (BT-41, BT-56)."""
    if node is None:
        return None
    found = Contact(
        name=node.text("ram:PersonName") or node.text("ram:DepartmentName"),
        phone=node.text("ram:TelephoneUniversalCommunication/ram:CompleteNumber"),
        email=node.text("ram:EmailURIUniversalCommunication/ram:URIID"),
    )
    return None if found == Contact() else found
