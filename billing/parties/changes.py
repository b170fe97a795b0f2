"""From what a caller says of a party to the columns that keep it, each of them checked."""

import re
from collections.abc import Mapping
from typing import Any

from django.db import models

from billing.documents.columns import ValueTooLarge, problem_of
from billing.errors import within
from billing.platforms.models import BillingEntity, Customer
from billing.platforms.shapes import NESTED, RENAMED, said_names

from . import checks
from .refusals import IdentifierNotValid, PartyIncomplete, SchemeUnknown

Party = Customer | BillingEntity

PATHS = {column: f"{outer}.{inner}" for outer, names in NESTED.items() for inner, column in names.items()} | {
    column: said for said, column in RENAMED.items()
}
"""Where a caller says what a column keeps, if not under its name."""
PATHS["email"] = "email"

CHECKS: dict[str, checks.Check] = {
    "country": checks.country,
    "endpoint_scheme": checks.endpoint_scheme,
    "legal_id_scheme": checks.identifier_scheme,
    "vat_number": checks.vat_number,
    "vat_number_prefix": checks.vat_prefix,
    "email": checks.mail_address,
    "language": checks.language,
    "currency": checks.currency,
    "accounting_currency": checks.currency,
    "einvoice_profile": checks.profile,
    "time_zone": checks.time_zone,
    "bank_account": checks.account,
    "bic": checks.bank,
}
TOGETHER = (("legal_id", "legal_id_scheme"), ("endpoint_id", "endpoint_scheme"))
BETWEEN_DIGITS = re.compile(r"[\s./-]")
LETTERS = re.compile(r"[A-Z]{2}")
GREECE = {"GR": "EL"}


def change(party: Party, said: Mapping[str, Any]) -> None:
    """Make a party say what a caller said; what is empty goes back to what it is by itself.

    Objects are replaced whole. What stands there already and stays is not judged again.

    :raises Invalid: something cannot be so; `field` is the path to it.
    """
    before = {column: getattr(party, column) for column in columns_of(party)}
    for column, value in wanted(party, said).items():
        field = party._meta.get_field(column)
        setattr(party, column, field.get_default() if value in (None, "") else value)
    changed = {column for column, value in before.items() if getattr(party, column) != value}
    require_complete(party)
    for column in sorted(changed):
        check(party, column)
    for number, scheme in TOGETHER:
        if {number, scheme} & changed:
            check_identifier(party, number, scheme)


def columns_of(party: Party) -> list[str]:
    return [field.name for field in party._meta.concrete_fields if not field.is_relation]


def wanted(party: Party, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was said by the names of the columns."""
    found = {RENAMED.get(name, name): value for name, value in said.items() if name not in NESTED}
    for name in NESTED.keys() & said.keys():
        inner = said[name] or {}
        found |= {column: inner.get(key) for key, column in NESTED[name].items() if column != "email"}
    if {"name", "legal_name"} & said.keys():
        found |= both_names(party, said)
    if {"vat_number", "vat_number_prefix"} & said.keys():
        parts = ("vat_number", "vat_number_prefix", "country")
        found["vat_number"] = with_prefix(*(found.get(name, getattr(party, name)) for name in parts))
    if said.get("bank_account"):
        found |= account(said["bank_account"], legal_name=found.get("name", party.name))
    if "delivery_address" in said:
        lines = (said["delivery_address"] or {}).items()
        found["delivery_address"] = {name: text for name, text in lines if text}
    if "ids" in said:
        found["ids"] = [{key: text for key, text in one.items() if text} for one in said["ids"] or ()]
    found.pop("legal_name", None)
    return found


def both_names(party: Party, said: Mapping[str, Any]) -> dict[str, str]:
    """Return both names. What a party is known as is its legal name unless that is said as well."""
    both = said_names(party) | said
    known, legal = both["name"] or "", both["legal_name"] or ""
    return {"name": legal or known, "trading_name": known if legal else ""}


def with_prefix(number: str | None, prefix: str | None, country: str | None) -> str:
    """Return a VAT number in one piece, behind the code of its country; `prefix` names another code.

    >>> with_prefix("0123.456.749", "", "BE"), with_prefix("XI 980780684", "GB", "XI")
    ('BE0123456749', 'GB980780684')
    """
    text = BETWEEN_DIGITS.sub("", number or "").upper()
    if not text:
        return ""
    rest = text[2:] if LETTERS.match(text) else text
    own = text[:2] if rest != text else GREECE.get(country or "", country or "")
    return (prefix or own) + rest


def account(said: Mapping[str, Any], *, legal_name: str) -> dict[str, str]:
    """Return the columns of a bank account. Its holder is kept only where it is not the seller itself."""
    holder = said.get("name") or ""
    iban, bic = said.get("iban") or "", said.get("bic") or ""
    if checks.LIKE_AN_IBAN.match(iban):
        iban = iban.replace(" ", "").upper()
    return {
        "bank_account": iban,
        "bic": bic.replace(" ", "").upper(),
        "account_name": "" if holder == legal_name else holder,
    }


def require_complete(party: Party) -> None:
    """Refuse a party without a name or a country.

    :raises PartyIncomplete: with the field.
    """
    if not party.name.strip():
        raise PartyIncomplete("It needs a name.", field="name")
    if not party.country:
        raise PartyIncomplete("It needs a country.", field="address.country")


def check(party: Party, column: str) -> None:
    """Refuse what a column cannot say.

    :raises Invalid: with the path to it.
    """
    value, field = getattr(party, column), party._meta.get_field(column)
    path = PATHS.get(column, column)
    if column == "name" and party.trading_name:
        path = "legal_name"
    if column == "trading_name":
        path = "name"
    with within(path):
        if isinstance(value, str) and value:
            text = checks.text_for_xml if isinstance(field, models.TextField) else checks.one_line
            text(value)
            require_room(field, value)
            if column in CHECKS:
                CHECKS[column](value)
        elif column == "delivery_address" and value:
            check_address(value)
        elif column == "ids":
            check_identifiers(value, most=1 if isinstance(party, Customer) else None)


def require_room(field: Any, value: str) -> None:
    problem = problem_of(field, value)
    if problem:
        raise ValueTooLarge(f"It {problem}.")


def check_address(address: Mapping[str, str]) -> None:
    for name, text in address.items():
        with within(name):
            checks.one_line(text)
    with within("country"):
        checks.country(address.get("country", ""))


def check_identifiers(identifiers: list[dict[str, str]], *, most: int | None) -> None:
    if most is not None and len(identifiers) > most:
        raise IdentifierNotValid("An e-invoice has room for one other identifier of its buyer (BT-46).")
    for place, identifier in enumerate(identifiers):
        with within(f"{place}"):
            for name, text in identifier.items():
                with within(name):
                    checks.one_line(text)
            with within("scheme"):
                if "scheme" in identifier:
                    checks.identifier_scheme(identifier["scheme"])
            with within("id"):
                checks.identifier(identifier["id"], identifier.get("scheme", ""))


def check_identifier(party: Party, number: str, scheme: str) -> None:
    """Check what only means something together.

    :raises Invalid: one is without the other, or does not suit it.
    """
    text, list_ = getattr(party, number), getattr(party, scheme)
    if list_ and not text:
        raise PartyIncomplete("There is a scheme, but no number.", field=PATHS[number])
    if text and not list_ and number == "endpoint_id":
        raise SchemeUnknown("An electronic address needs its scheme, such as 0088.", field=PATHS[scheme])
    with within(PATHS[number]):
        checks.identifier(text, list_)
