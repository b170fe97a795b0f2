"""The parties of a document in UBL: seller, buyer, payee, tax representative, and where the goods went."""

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
from billing.einvoice.xml import Part, day, group, leaf

CREDITOR = "SEPA"
"""The scheme under which a seller's identifier is its bank assigned creditor identifier (BT-90)."""

VAT, LOCAL_TAX = "VAT", "TAX"
"""Tax schemes: under the first a number is a VAT number (BT-31), under any other a local one (BT-32)."""


def seller(party: Party, creditor_id: str) -> etree._Element | None:
    """Return cac:Party for BG-4, with BT-90 among its identifiers."""
    return _party(
        party,
        leaf_id(Identifier(creditor_id, CREDITOR), "cac:PartyIdentification"),
        tax_scheme(party.tax_number, LOCAL_TAX),
        leaf("cbc:CompanyLegalForm", party.legal_info),
    )


def buyer(party: Party) -> etree._Element | None:
    """Return cac:Party for BG-7."""
    return _party(party, None, None, None)


def payee(party: Payee | None) -> Part:
    """Return cac:PayeeParty for BG-10."""
    if party is None:
        return None
    return group(
        "cac:PayeeParty",
        leaf_id(party.id, "cac:PartyIdentification"),
        group("cac:PartyName", leaf("cbc:Name", party.name)),
        group("cac:PartyLegalEntity", identifier("cbc:CompanyID", party.legal_id)),
    )


def tax_representative(party: TaxRepresentative | None) -> Part:
    """Return cac:TaxRepresentativeParty for BG-11."""
    if party is None:
        return None
    return group(
        "cac:TaxRepresentativeParty",
        group("cac:PartyName", leaf("cbc:Name", party.name)),
        address("cac:PostalAddress", party.address),
        tax_scheme(party.vat_number, VAT),
    )


def delivery(where: Delivery | None) -> Part:
    """Return cac:Delivery for BG-13."""
    if where is None:
        return None
    return group(
        "cac:Delivery",
        day("cbc:ActualDeliveryDate", where.date),
        group(
            "cac:DeliveryLocation",
            identifier("cbc:ID", where.location),
            address("cac:Address", where.address),
        ),
        group("cac:DeliveryParty", group("cac:PartyName", leaf("cbc:Name", where.name))),
    )


def address(name: str, value: Address | None) -> etree._Element | None:
    """Return a postal address under the given name."""
    if value is None:
        return None
    return group(
        name,
        leaf("cbc:StreetName", value.line1),
        leaf("cbc:AdditionalStreetName", value.line2),
        leaf("cbc:CityName", value.city),
        leaf("cbc:PostalZone", value.postal_code),
        leaf("cbc:CountrySubentity", value.region),
        group("cac:AddressLine", leaf("cbc:Line", value.line3)),
        group("cac:Country", leaf("cbc:IdentificationCode", value.country)),
    )


def identifier(name: str, value: Identifier | None) -> etree._Element | None:
    """Return an identifier with its scheme."""
    return None if value is None else leaf(name, value.id, schemeID=value.scheme)


def leaf_id(value: Identifier | None, wrapper: str) -> etree._Element | None:
    """Return an identifier as the cbc:ID of a wrapping element."""
    if value is None or not value.id.strip():
        return None
    return group(wrapper, identifier("cbc:ID", value))


def tax_scheme(number: str, scheme: str) -> etree._Element | None:
    """Return cac:PartyTaxScheme for a number, or None if there is no number."""
    if not number.strip():
        return None
    return group(
        "cac:PartyTaxScheme",
        leaf("cbc:CompanyID", number),
        group("cac:TaxScheme", leaf("cbc:ID", scheme)),
    )


def _party(party: Party, creditor: Part, tax_registration: Part, legal_info: Part) -> etree._Element | None:
    return group(
        "cac:Party",
        identifier("cbc:EndpointID", party.endpoint),
        [leaf_id(each, "cac:PartyIdentification") for each in party.ids],
        creditor,
        group("cac:PartyName", leaf("cbc:Name", party.trading_name)),
        address("cac:PostalAddress", party.address),
        tax_scheme(party.vat_number, VAT),
        tax_registration,
        group(
            "cac:PartyLegalEntity",
            leaf("cbc:RegistrationName", party.name),
            identifier("cbc:CompanyID", party.legal_id),
            legal_info,
        ),
        _contact(party.contact),
    )


def _contact(contact: Contact | None) -> Part:
    if contact is None:
        return None
    return group(
        "cac:Contact",
        leaf("cbc:Name", contact.name),
        leaf("cbc:Telephone", contact.phone),
        leaf("cbc:ElectronicMail", contact.email),
    )
