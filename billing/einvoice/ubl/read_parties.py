"""The parties of a UBL document, read: seller, buyer, payee, tax representative, delivery."""

from billing.documents.snapshot import Address, Contact, Delivery, Party, Payee, TaxRepresentative
from billing.einvoice.cursor import Node
from billing.einvoice.ubl.parties import CREDITOR, VAT


def seller(node: Node) -> Party:
    """Read BG-4 from cac:Party."""
    vat_number, tax_number = _tax_numbers(node)
    return _party(
        node,
        vat_number=vat_number,
        tax_number=tax_number,
        legal_info=node.text("cac:PartyLegalEntity/cbc:CompanyLegalForm"),
    )


def buyer(node: Node) -> Party:
    """Read BG-7 from cac:Party."""
    return _party(node, vat_number=_vat_number(node))


def payee(node: Node | None) -> Payee | None:
    """Read BG-10 from cac:PayeeParty."""
    if node is None:
        return None
    ids = [id_ for each in _identifications(node) if (id_ := each.identifier("cbc:ID"))]
    found = Payee(
        name=node.text("cac:PartyName/cbc:Name"),
        id=ids[0] if ids else None,
        legal_id=node.identifier("cac:PartyLegalEntity/cbc:CompanyID"),
    )
    return None if found == Payee("") else found


def creditor_id(*parties: Node | None) -> str:
    """Read BT-90 from the first of the parties that has it."""
    for party in parties:
        for each in party.candidates("cac:PartyIdentification") if party else []:
            id_ = each.one("cbc:ID")
            if id_ and id_.element.get("schemeID", "").upper() == CREDITOR:
                each.take()
                id_.attribute("schemeID")
                return id_.own_text
    return ""


def tax_representative(node: Node | None) -> TaxRepresentative | None:
    """Read BG-11 from cac:TaxRepresentativeParty."""
    if node is None:
        return None
    return TaxRepresentative(
        name=node.text("cac:PartyName/cbc:Name"),
        vat_number=_vat_number(node),
        address=address(node.one("cac:PostalAddress")) or Address(),
    )


def delivery(node: Node | None) -> Delivery | None:
    """Read BG-13 from cac:Delivery."""
    if node is None:
        return None
    found = Delivery(
        name=node.text("cac:DeliveryParty/cac:PartyName/cbc:Name"),
        location=node.identifier("cac:DeliveryLocation/cbc:ID"),
        date=node.day("cbc:ActualDeliveryDate"),
        address=address(node.one("cac:DeliveryLocation/cac:Address")),
    )
    return None if found == Delivery() else found


def address(node: Node | None) -> Address | None:
    """Read a postal address; None if there is nothing in it."""
    if node is None:
        return None
    found = Address(
        line1=node.text("cbc:StreetName"),
        line2=node.text("cbc:AdditionalStreetName"),
        line3=node.text("cac:AddressLine/cbc:Line"),
        city=node.text("cbc:CityName"),
        postal_code=node.text("cbc:PostalZone"),
        region=node.text("cbc:CountrySubentity"),
        country=node.text("cac:Country/cbc:IdentificationCode"),
    )
    return None if found == Address() else found


def _party(node: Node, *, vat_number: str, tax_number: str = "", legal_info: str = "") -> Party:
    identifiers = [each.identifier("cbc:ID") for each in _identifications(node)]
    return Party(
        name=node.text("cac:PartyLegalEntity/cbc:RegistrationName"),
        trading_name=node.text("cac:PartyName/cbc:Name"),
        ids=tuple(identifier for identifier in identifiers if identifier),
        legal_id=node.identifier("cac:PartyLegalEntity/cbc:CompanyID"),
        vat_number=vat_number,
        tax_number=tax_number,
        legal_info=legal_info,
        endpoint=node.identifier("cbc:EndpointID"),
        address=address(node.one("cac:PostalAddress")) or Address(),
        contact=_contact(node.one("cac:Contact")),
    )


def _identifications(node: Node) -> list[Node]:
    """Return the identifications but for the creditor identifier, which is the bank's and not the party's."""
    return [
        each.take()
        for each in node.candidates("cac:PartyIdentification")
        if _scheme(each).upper() != CREDITOR
    ]


def _scheme(identification: Node) -> str:
    id_ = identification.element.find("{*}ID")
    return "" if id_ is None else id_.get("schemeID", "")


def _tax_numbers(node: Node) -> tuple[str, str]:
    """Return the VAT number (BT-31) and the local tax number (BT-32)."""
    numbers = {True: "", False: ""}
    for each in node.candidates("cac:PartyTaxScheme"):
        is_vat = each.peek("cac:TaxScheme/cbc:ID").upper() == VAT
        if not numbers[is_vat]:
            each.take().text("cac:TaxScheme/cbc:ID")
            numbers[is_vat] = each.text("cbc:CompanyID")
    return numbers[True], numbers[False]


def _vat_number(node: Node) -> str:
    for each in node.candidates("cac:PartyTaxScheme"):
        if each.peek("cac:TaxScheme/cbc:ID").upper() == VAT:
            each.take().text("cac:TaxScheme/cbc:ID")
            return each.text("cbc:CompanyID")
    return ""


def _contact(node: Node | None) -> Contact | None:
    if node is None:
        return None
    found = Contact(
        name=node.text("cbc:Name"),
        phone=node.text("cbc:Telephone"),
        email=node.text("cbc:ElectronicMail"),
    )
    return None if found == Contact() else found
