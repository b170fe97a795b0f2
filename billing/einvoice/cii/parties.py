"""The parties of a document in CII: seller, buyer, payee, tax representative, and where the goods went."""

from collections.abc import Iterable

from lxml import etree

from billing.documents.snapshot import (
    Address,
    Contact,
    Delivery,
    Identifier,
    Party,
    Payee,
    TaxRepresentative,
)
from billing.einvoice.xml import Part, group, leaf

VAT_NUMBER, LOCAL_TAX_NUMBER = "VA", "FC"
"""Schemes of a tax registration: VAT number (BT-31, BT-48, BT-63), local tax number (BT-32)."""


def seller(party: Party) -> Part:
    """Return ram:SellerTradeParty for BG-4."""
    return _party(
        "ram:SellerTradeParty",
        party,
        description=leaf("ram:Description", party.legal_info),
        tax_number=registration(party.tax_number, LOCAL_TAX_NUMBER),
    )


def buyer(party: Party) -> Part:
    """Return ram:BuyerTradeParty for BG-7."""
    return _party("ram:BuyerTradeParty", party)


def payee(party: Payee | None) -> Part:
    """Return ram:PayeeTradeParty for BG-10."""
    if party is None:
        return None
    return group(
        "ram:PayeeTradeParty",
        *identifiers([party.id]),
        leaf("ram:Name", party.name),
        group("ram:SpecifiedLegalOrganization", identifier("ram:ID", party.legal_id)),
    )


def tax_representative(party: TaxRepresentative | None) -> Part:
    """Return ram:SellerTaxRepresentativeTradeParty for BG-11."""
    if party is None:
        return None
    return group(
        "ram:SellerTaxRepresentativeTradeParty",
        leaf("ram:Name", party.name),
        address(party.address),
        registration(party.vat_number, VAT_NUMBER),
    )


def ship_to(where: Delivery | None) -> Part:
    """Return ram:ShipToTradeParty for BG-13, but for the day (BT-72)."""
    if where is None:
        return None
    return group(
        "ram:ShipToTradeParty",
        *identifiers([where.location]),
        leaf("ram:Name", where.name),
        address(where.address),
    )


def address(value: Address | None) -> etree._Element | None:
    """Return ram:PostalTradeAddress."""
    if value is None:
        return None
    return group(
        "ram:PostalTradeAddress",
        leaf("ram:PostcodeCode", value.postal_code),
        leaf("ram:LineOne", value.line1),
        leaf("ram:LineTwo", value.line2),
        leaf("ram:LineThree", value.line3),
        leaf("ram:CityName", value.city),
        leaf("ram:CountryID", value.country),
        leaf("ram:CountrySubDivisionName", value.region),
    )


def identifiers(values: Iterable[Identifier | None]) -> tuple[Part, Part]:
    """Return those without a scheme as ram:ID, then those with one as ram:GlobalID."""
    given = [value for value in values if value is not None]
    return (
        [leaf("ram:ID", value.id) for value in given if not value.scheme],
        [identifier("ram:GlobalID", value) for value in given if value.scheme],
    )


def identifier(name: str, value: Identifier | None) -> etree._Element | None:
    """Return an identifier with its scheme."""
    return None if value is None else leaf(name, value.id, schemeID=value.scheme)


def registration(number: str, scheme: str) -> Part:
    """Return ram:SpecifiedTaxRegistration for a number, or None if there is no number."""
    return group("ram:SpecifiedTaxRegistration", leaf("ram:ID", number, schemeID=scheme))


def _party(name: str, party: Party, *, description: Part = None, tax_number: Part = None) -> Part:
    return group(
        name,
        *identifiers(party.ids),
        leaf("ram:Name", party.name),
        description,
        group(
            "ram:SpecifiedLegalOrganization",
            identifier("ram:ID", party.legal_id),
            leaf("ram:TradingBusinessName", party.trading_name),
        ),
        _contact(party.contact),
        address(party.address),
        group("ram:URIUniversalCommunication", identifier("ram:URIID", party.endpoint)),
        registration(party.vat_number, VAT_NUMBER),
        tax_number,
    )


def _contact(contact: Contact | None) -> Part:
    if contact is None:
        return None
    return group(
        "ram:DefinedTradeContact",
        leaf("ram:PersonName", contact.name),
        group("ram:TelephoneUniversalCommunication", leaf("ram:CompleteNumber", contact.phone)),
        group("ram:EmailURIUniversalCommunication", leaf("ram:URIID", contact.email)),
    )
