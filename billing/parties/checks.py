"""What may be written of a party: codes of the official lists, languages, accounts, plain text.

Each check takes a text that is not empty and refuses one that is wrong; the caller says where it stands.
"""

import re
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from stdnum import bic, iban
from stdnum.exceptions import ValidationError as NumberError

from billing.einvoice.check_digits import looks_right, shape_of
from billing.einvoice.codes import ListName, did_you_mean, is_known
from billing.einvoice.findings import Finding
from billing.einvoice.preflight.parties import GREECE
from billing.einvoice.preflight.parties import vat_number as vat_findings
from billing.einvoice.profiles import PROFILES
from billing.errors import Invalid
from billing.money import has_minor_unit
from billing.paper.mail import MailAddressInvalid
from billing.paper.words import LANGUAGES
from billing.platforms.time_zones import require_time_zone

from .refusals import (
    BankAccountNotValid,
    CountryUnknown,
    CurrencyUnknown,
    IdentifierNotValid,
    LanguageUnknown,
    ProfileUnknown,
    SchemeUnknown,
    TextNotPossible,
    VatNumberNotValid,
)

NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
NOT_IN_A_LINE = re.compile("[\t\n\r\x7f-\x9f\u2028\u2029]")
LIKE_AN_IBAN = re.compile(r"[A-Za-z]{2}\d\d")

Check = Callable[[str], None]


def code_of(name: ListName, kind: str, example: str, refusal: type[Invalid]) -> Check:
    """Return a check that a text is a code of a list, spelled exactly so."""

    def check(text: str) -> None:
        if not is_known(name, text):
            raise refusal(f"{text} is not {kind}; {example} is one.{did_you_mean(name, text)}")

    return check


country = code_of(
    "countries",
    "a country code of ISO 3166 (Greece is GR, the United Kingdom GB)",
    "XI for Northern Ireland",
    CountryUnknown,
)
endpoint_scheme = code_of("endpoint_schemes", "a scheme of electronic addresses (EAS)", "0088", SchemeUnknown)
identifier_scheme = code_of("identifier_schemes", "a scheme of identifiers (ISO 6523)", "0106", SchemeUnknown)


def currency(text: str) -> None:
    """Refuse what ISO 4217 does not have, and what has no minor unit, such as gold."""
    if not (is_known("currencies", text) and has_minor_unit(text)):
        meant = "" if is_known("currencies", text) else did_you_mean("currencies", text)
        raise CurrencyUnknown(f"{text} is not a currency of ISO 4217; EUR is one.{meant}")


def language(text: str) -> None:
    if text not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise LanguageUnknown(
            f"{text} is none of the languages of our papers: {known}.", allowed=[*LANGUAGES]
        )


def profile(text: str) -> None:
    if text not in PROFILES:
        known = ", ".join(PROFILES)
        raise ProfileUnknown(f"{text} is none of the profiles: {known}.", allowed=[*PROFILES])


def time_zone(text: str) -> None:
    require_time_zone(text, field="")


def account(text: str) -> None:
    """Refuse a wrong IBAN; a number that does not look like one is of a country without."""
    if LIKE_AN_IBAN.match(text):
        try:
            iban.validate(text)
        except NumberError as error:
            raise BankAccountNotValid(
                f"{text} is not an IBAN: a character is wrong, missing or too many."
            ) from error


def bank(text: str) -> None:
    if not bic.is_valid(text):
        raise BankAccountNotValid(f"{text} is not a BIC: it has 8 or 11 characters, such as ABNANL2A.")


def mail_address(text: str) -> None:
    try:
        validate_email(text)
    except ValidationError as error:
        raise MailAddressInvalid(f"{text} is not an e-mail address.") from error


def vat_number(text: str) -> None:
    """Refuse a VAT number that no e-invoice could carry; what merely looks odd is no matter for refusing."""
    for finding in vat_findings(text, "party", "vat_number"):
        if finding.flag == "fatal":
            raise VatNumberNotValid(f"{finding.message}.")


def vat_prefix(text: str) -> None:
    if text != GREECE and not is_known("countries", text):
        raise VatNumberNotValid(f"{text} is no prefix of VAT numbers; XI, GB and EL are some.")


def oddities(number: str) -> list[Finding]:
    """Return what looks odd about a VAT number, though it may be kept."""
    return [finding for finding in vat_findings(number, "party", "vat_number") if finding.flag != "fatal"]


def identifier(text: str, scheme: str) -> None:
    """Refuse an identifier that has not the shape or the check digits of its scheme."""
    if not looks_right(text, scheme):
        raise IdentifierNotValid(f"{text} is not {shape_of(scheme)}, as scheme {scheme} asks.")


def text_for_xml(text: str) -> None:
    """Refuse what no XML document can hold."""
    found = NOT_IN_XML.search(text)
    if found:
        raise TextNotPossible(f"The character {found.group()!r} cannot be written into an e-invoice.")


def one_line(text: str) -> None:
    text_for_xml(text)
    if NOT_IN_A_LINE.search(text):
        raise TextNotPossible("It is one line of text, without tabs and control characters.")
