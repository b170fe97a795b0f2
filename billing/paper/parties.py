"""Who stands on the paper: names, addresses and numbers of a party, line by line."""

from dataclasses import dataclass

from billing.documents.snapshot import Address, Contact, Identifier, Party
from billing.paper.formats import Formats

CITY_FIRST = {"GB", "XI", "IE", "US", "CA", "AU", "NZ", "IN", "SG", "ZA"}
"""Countries whose postal code follows the city."""


@dataclass(frozen=True)
class Block:
    """A name in bold, lines under it, and labelled numbers under those."""

    name: str
    lines: list[str]
    facts: list[tuple[str, str]]


def party_block(party: Party, formats: Formats) -> Block:
    """Return a seller or a buyer as it is printed."""
    trading = party.trading_name if party.trading_name != party.name else ""
    return Block(
        name=party.name,
        lines=_present(trading, *address_lines(party.address, formats)),
        facts=_numbers(party, formats),
    )


def address_lines(address: Address, formats: Formats) -> list[str]:
    """Return an address as the post of its country reads it, the country last."""
    if address.country in CITY_FIRST:
        place = " ".join(_present(address.city, address.region, address.postal_code))
    else:
        place = ", ".join(_present(" ".join(_present(address.postal_code, address.city)), address.region))
    country = formats.country(address.country)
    return _present(address.line1, address.line2, address.line3, place, country)


def contact_lines(contact: Contact | None) -> list[str]:
    """Return whom to ask, how: name, telephone, e-mail."""
    return _present(contact.name, contact.phone, contact.email) if contact else []


def identified(identifier: Identifier | None) -> str:
    """Return an identifier as it is printed: without its scheme, which is for machines."""
    return identifier.id if identifier else ""


def _numbers(party: Party, formats: Formats) -> list[tuple[str, str]]:
    labels = formats.words.labels
    facts = [
        (labels.vat_number, party.vat_number),
        (labels.tax_number, party.tax_number),
        (labels.legal_id, identified(party.legal_id)),
        *((labels.party_id, identifier.id) for identifier in party.ids),
    ]
    return list(dict.fromkeys((label, value) for label, value in facts if value))


def _present(*texts: str) -> list[str]:
    return [text for text in texts if text]
