"""Parcels and channels to send them by."""

import hashlib
from dataclasses import replace
from typing import Any

from billing.documents.snapshot import Document
from billing.events.signing import new_secret
from billing.exchange.models import Channel
from billing.exchange.port import Parcel
from billing.platforms.models import BillingEntity
from tests.factories import NOON, a_customer, an_entity, an_invoice_document

XML = b"<Invoice>\xc3\xa4</Invoice>"
PDF = b"%PDF-1.7 paper"


def a_channel(entity: BillingEntity, **fields: Any) -> Channel:
    """A channel by hand, as a service would make one."""
    defaults = {"secret": new_secret(), "method": "manual", "created_at": NOON, "updated_at": NOON}
    return Channel.objects.create(platform=entity.platform, billing_entity=entity, **defaults | fields)


def a_document(platform: Any, **fields: Any) -> Document:
    seller = platform.billing_entities.first() or an_entity(platform)
    buyer = platform.customers.first() or a_customer(platform)
    return an_invoice_document(seller, buyer, **fields)


def a_parcel(platform: Any, *, number: str = "INV-2026-0007", **fields: Any) -> Parcel:
    """A parcel from the Dutch seller to the Belgian customer of the factories."""
    document = a_document(platform, number=number)
    parcel = Parcel(
        message_id="einv_01-1",
        document_id="inv_01",
        kind="invoice",
        number=number,
        profile="peppol-bis-3",
        syntax="ubl",
        sender=document.seller.endpoint,
        receiver=document.buyer.endpoint,
        email="ap@bieres.example",
        xml=XML,
        xml_name="INV-2026-0007.xml",
        pdf=PDF,
        pdf_name="INV-2026-0007.pdf",
        document=document,
        content_sha256=hashlib.sha256(XML).hexdigest(),
    )
    return replace(parcel, **fields)
