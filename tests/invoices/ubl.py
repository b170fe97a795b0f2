"""Invoices in UBL, as somebody else's system would send them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from billing.documents.snapshot import Document
from billing.einvoice.ubl.writer import serialize
from billing.platforms.models import BillingEntity, Customer
from tests.factories import a_customer, a_platform, an_entity, an_invoice_document


def a_document(
    *, seller: Mapping[str, Any] | None = None, buyer: Mapping[str, Any] | None = None, **fields: Any
) -> Document:
    """An invoice whose parties are on no platform of ours; `seller` and `buyer` change their fields."""
    elsewhere = a_platform("Elsewhere")
    from_, to = an_entity(elsewhere, **seller or {}), a_customer(elsewhere, **buyer or {})
    document = an_invoice_document(from_, to, **{"number": "F-2026-1"} | fields)
    BillingEntity.objects.filter(pk=from_.pk).delete()
    Customer.objects.filter(pk=to.pk).delete()
    elsewhere.delete()
    return document


def a_file(*, files: Mapping[str, bytes] | None = None, **fields: Any) -> bytes:
    return serialize(a_document(**fields), files=files)


PREPAID = {"prepaid_amount": Decimal("21.00")}
