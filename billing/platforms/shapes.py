"""Master data as callers say it and see it: columns under the API's names, in its nesting.

A party's `name` is what it is known as, its `legal_name` what the law calls it where that is another. The
column `name` holds the legal one, and `trading_name` the other.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models

from .models import BillingEntity, Customer, Platform

ADDRESS = {name: name for name in ("line1", "line2", "line3", "city", "postal_code", "region", "country")}
IDENTIFIED = {
    "legal_id": {"id": "legal_id", "scheme": "legal_id_scheme"},
    "endpoint": {"id": "endpoint_id", "scheme": "endpoint_scheme"},
}
CONTACT = {"name": "contact_name", "phone": "phone", "email": "email"}
ACCOUNT = {"iban": "bank_account", "bic": "bic", "name": "account_name"}
NESTED = IDENTIFIED | {"address": ADDRESS, "contact": CONTACT, "bank_account": ACCOUNT}
"""What is said as an object: its names, and the columns that keep them."""

RENAMED = {"timezone": "time_zone"}
OF_PARTIES = ("email", "vat_number", "vat_number_prefix")
OF_CUSTOMERS = (
    "language",
    "currency",
    "buyer_reference",
    "einvoice_profile",
    "is_einvoice_enabled",
    "is_business",
    "external_reference",
    "applies_credits",
    "metadata",
)
OF_ENTITIES = (
    "tax_number",
    "legal_info",
    "language",
    "accounting_currency",
    "creditor_id",
    "einvoice_profile",
)
OF_PLATFORMS = (
    "finalizes_drafts_after_hours",
    "applies_credits",
    "keeps_overpayments",
    "requires_reason",
    "requires_refund_reason",
)

Shape = dict[str, Any]


def shape_of(row: models.Model) -> Shape:
    """Return a customer, a billing entity or a platform as the API and its events show it, JSON-ready."""
    return SHAPES[type(row)](row)


def customer_shape(customer: Customer) -> Shape:
    delivery = customer.delivery_address
    return (
        {"object": "customer"}
        | party_shape(customer)
        | columns(customer, OF_CUSTOMERS)
        | {"delivery_address": {name: delivery.get(name, "") for name in ADDRESS} if delivery else None}
        | made(customer)
    )


def entity_shape(entity: BillingEntity) -> Shape:
    account = nested(entity, ACCOUNT)
    return (
        {"object": "billing_entity"}
        | party_shape(entity)
        | columns(entity, OF_ENTITIES)
        | {
            "timezone": entity.time_zone,
            "bank_account": account and account | {"name": entity.account_name or entity.name},
        }
        | made(entity)
    )


def platform_shape(platform: Platform) -> Shape:
    limit = platform.approval_above
    return (
        {"object": "platform", "id": platform.pk, "name": platform.name}
        | columns(platform, OF_PLATFORMS)
        | {"approval_above": None if limit is None else f"{limit.normalize():f}"}
        | {"created_at": moment(platform, "created_at")}
    )


SHAPES = {Customer: customer_shape, BillingEntity: entity_shape, Platform: platform_shape}


def party_shape(party: Customer | BillingEntity) -> Shape:
    return (
        {"id": party.pk, "platform": party.platform_id}
        | said_names(party)
        | columns(party, OF_PARTIES)
        | {name: nested(party, inner) for name, inner in IDENTIFIED.items()}
        | {"ids": [{"scheme": ""} | identifier for identifier in party.ids]}
        | {"address": columns(party, ADDRESS), "contact": nested(party, CONTACT)}
    )


def said_names(party: Customer | BillingEntity) -> Shape:
    """Return what a party is known as, and its legal name where somebody said that too."""
    if not party.trading_name:
        return {"name": party.name, "legal_name": ""}
    return {"name": party.trading_name, "legal_name": party.name}


def columns(row: models.Model, names: Iterable[str]) -> Shape:
    return {name: getattr(row, name) for name in names}


def nested(row: models.Model, inner: Mapping[str, str]) -> Shape | None:
    """Return an object of columns; None when all of them are empty."""
    said = {name: getattr(row, column) for name, column in inner.items()}
    return said if any(said.values()) else None


def made(row: models.Model) -> Shape:
    return {name: moment(row, name) for name in ("created_at", "updated_at")}


def moment(row: models.Model, name: str) -> str:
    text: str = getattr(row, name).isoformat()
    return text.replace("+00:00", "Z")
