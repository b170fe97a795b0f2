"""Are the parties of a document complete, and do their numbers look right?"""

from collections.abc import Iterator

from stdnum.eu import vat as eu_vat
from stdnum.gb import vat as british_vat
from stdnum.no import mva as norwegian_vat

from billing.documents.snapshot import Address, Document, Party
from billing.einvoice.codes import is_known
from billing.einvoice.findings import Finding, gap
from billing.einvoice.preflight.schemes import scheme

GREECE = "EL"
"""The prefix of Greek VAT numbers; the country itself is GR."""

NORTHERN_IRELAND = "XI"

EU_PREFIXES = frozenset(state.upper() for state in eu_vat.MEMBER_STATES) | {GREECE}
"""Prefixes of VAT numbers for supplies within the EU; Northern Ireland's XI is one."""

MISTAKEN = {"EL": "Greece is GR; only its VAT numbers start with EL", "UK": "the United Kingdom is GB"}
"""What people take for the code of a country, and what it is."""

ENDPOINT_RULES = {"seller": "BR-62", "buyer": "BR-63"}

NAMELESS = {"seller": ("BR-06", "BR-09"), "buyer": ("BR-07", "BR-11")}
"""The rules on the name and on the country, by role."""


def parties(document: Document) -> tuple[Finding, ...]:
    """Return what is missing or odd about the seller, the buyer and the tax representative."""
    return (
        *_party(document.seller, "seller"),
        *_seller(document.seller),
        *_party(document.buyer, "buyer"),
        *_representative(document),
        *_delivery(document),
    )


def vat_prefix(number: str) -> str:
    """Return the country code that a VAT number starts with, in capitals."""
    return number.strip()[:2].upper()


def _party(party: Party, role: str) -> Iterator[Finding]:
    name_rule, country_rule = NAMELESS[role]
    if not party.name.strip():
        yield Finding(name_rule, "fatal", f"The {role} has no legal name", role, f"{role}.name")
    yield from _country(party.address, role, f"{role}.address", country_rule)
    yield from vat_number(party.vat_number, role, f"{role}.vat_number")
    yield from _identifiers(party, role)


def _identifiers(party: Party, role: str) -> Iterator[Finding]:
    for index, identifier in enumerate(party.ids):
        yield from scheme("", "BR-CL-10", identifier, role, f"{role}.ids.{index}")
    yield from scheme("", "BR-CL-11", party.legal_id, role, f"{role}.legal_id")
    yield from scheme(
        ENDPOINT_RULES[role],
        "BR-CL-25",
        party.endpoint,
        role,
        f"{role}.endpoint",
        known="endpoint_schemes",
    )


def _seller(seller: Party) -> Iterator[Finding]:
    if not (seller.ids or seller.legal_id or seller.vat_number.strip()):
        message = "The seller needs a VAT number, a registration number or another identifier"
        yield Finding("BR-CO-26", "fatal", message, "seller", "seller.vat_number")


def _representative(document: Document) -> Iterator[Finding]:
    representative, role = document.tax_representative, "tax representative"
    if representative is None:
        return
    if not representative.name.strip():
        message = "The tax representative has no name"
        yield Finding("BR-18", "fatal", message, role, "tax_representative.name")
    if not representative.vat_number.strip():
        message = "The tax representative has no VAT number"
        yield Finding("BR-56", "fatal", message, role, "tax_representative.vat_number")
    yield from _country(representative.address, role, "tax_representative.address", "BR-20")
    yield from vat_number(representative.vat_number, role, "tax_representative.vat_number")


def _delivery(document: Document) -> Iterator[Finding]:
    if document.delivery and document.delivery.address not in (None, Address()):
        yield from _country(document.delivery.address, "delivery", "delivery.address", "BR-57")
    if document.delivery:
        yield from scheme("", "BR-CL-26", document.delivery.location, "delivery", "delivery.location")


def _country(address: Address, role: str, field: str, rule: str) -> Iterator[Finding]:
    field = f"{field}.country"
    if not address.country.strip():
        yield Finding(rule, "fatal", f"The address of the {role} has no country", role, field)
    elif not is_known("countries", address.country.strip()):
        hint = MISTAKEN.get(address.country.strip(), "Germany is DE, Northern Ireland GB or XI")
        message = f"{address.country} is not an ISO 3166 country: {hint}"
        yield Finding("BR-CL-14", "fatal", message, role, field)


def vat_number(number: str, role: str, field: str) -> Iterator[Finding]:
    """Yield what is wrong with a VAT number: its prefix is fatal, its shape a warning.

    The official rules let GR pass, but VIES and the Greek authorities know EL only.
    """
    prefix = number.strip()[:2]
    if not prefix:
        return
    if prefix != GREECE and not is_known("countries", prefix):
        message = f"The VAT number {number} must start with the code of its country, in capitals"
        yield gap("BR-CO-09", message, role, field)
    elif prefix == "GR":
        yield gap("BD-VAT-PREFIX", "Greek VAT numbers start with EL, not GR", role, field)
    elif not _looks_right(prefix, number):
        message = f"{number} does not look like a VAT number of {prefix}: a digit is wrong or missing"
        yield Finding("BD-VAT-NUMBER", "warning", message, role, field)


def _looks_right(prefix: str, number: str) -> bool:
    """Tell whether shape and check digits are right, as far as we know those of the country."""
    if prefix in EU_PREFIXES:
        return eu_vat.is_valid(number)
    if prefix == "GB":
        return british_vat.is_valid(number)
    if prefix == "NO":
        return norwegian_vat.is_valid(number)
    return True
