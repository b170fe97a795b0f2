"""Whose invoice is it? Find the seller and the buyer of a document among the platform's master data."""

from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Q, QuerySet

from billing.documents.snapshot import Document, Party, to_json
from billing.events.announcements import announce
from billing.platforms.models import BillingEntity, Customer, PartyFields, Platform
from billing.transactions import step

P = TypeVar("P", bound=PartyFields)


@step
def seller_of(document: Document, *, platform: Platform, actor: str, at: datetime) -> BillingEntity:
    """Return the billing entity that a document names as its seller; an unknown one is taken on."""
    party = document.seller
    known = match_or_hold(BillingEntity.objects.for_platform(platform), party, platform)
    if known:
        return known
    entity = BillingEntity.objects.create(platform=platform, **seller_columns(document))
    announce(entity, actor=actor, at=at)
    return entity


@step
def buyer_of(document: Document, *, platform: Platform, actor: str, at: datetime) -> Customer:
    """Return the customer that a document names as its buyer; an unknown one is taken on."""
    party = document.buyer
    known = match_or_hold(Customer.objects.for_platform(platform), party, platform)
    if known:
        return known
    customer = Customer.objects.create(platform=platform, **buyer_columns(document))
    announce(customer, actor=actor, at=at)
    return customer


@step
def match_or_hold(parties: QuerySet[P], party: Party, platform: Platform) -> P | None:
    """Return the known party; when there is none, hold the platform, so that it is taken on only once.

    The lock lets others refer to the platform, and is looked behind: somebody may just have been faster.
    """
    known = match(parties, party)
    if known is None:
        Platform.objects.select_for_update(no_key=True).get(pk=platform.pk)
        known = match(parties, party)
    return known


def match(parties: QuerySet[P], party: Party) -> P | None:
    """Return the party with the same VAT number; without one, that with the same legal number, else name.

    A name alone is only trusted within one country.
    """
    if party.vat_number:
        return parties.filter(vat_number=party.vat_number).first()
    same = Q(name=party.name, country=party.address.country)
    if party.legal_id:
        same = Q(legal_id=party.legal_id.id, legal_id_scheme=party.legal_id.scheme)
    return parties.filter(same, vat_number="").order_by("created_at").first()


def seller_columns(document: Document) -> dict[str, Any]:
    """Return what a document says of its seller as master data keeps it."""
    return {
        **party_columns(document.seller),
        "tax_number": document.seller.tax_number,
        "legal_info": document.seller.legal_info,
        "language": document.language,
        "accounting_currency": document.accounting_currency,
        "creditor_id": document.creditor_id,
        "payee": to_json(document.payee) or {},
        "tax_representative": to_json(document.tax_representative) or {},
    }


def buyer_columns(document: Document) -> dict[str, Any]:
    """Return what a document says of its buyer as master data keeps it."""
    return {
        **party_columns(document.buyer),
        "language": document.language,
        "currency": document.currency,
        "buyer_reference": document.buyer_reference,
    }


def party_columns(party: Party) -> dict[str, Any]:
    """Return a party's fields as master data keeps them."""
    contact, address = party.contact, party.address
    return {
        "name": party.name,
        "trading_name": party.trading_name,
        "ids": to_json(party.ids),
        "legal_id": party.legal_id.id if party.legal_id else "",
        "legal_id_scheme": party.legal_id.scheme if party.legal_id else "",
        "vat_number": party.vat_number,
        "endpoint_id": party.endpoint.id if party.endpoint else "",
        "endpoint_scheme": party.endpoint.scheme if party.endpoint else "",
        "contact_name": contact.name if contact else "",
        "phone": contact.phone if contact else "",
        "email": contact.email if contact else "",
        **{name: getattr(address, name) for name in address.__struct_fields__},
    }
