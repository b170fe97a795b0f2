"""Invoices as somebody asks for them."""

from decimal import Decimal
from typing import Any

from billing.documents.snapshot import Document
from billing.platforms.models import Platform
from invoices.models import Invoice
from invoices.services import create_invoice
from invoices.wish import AllowanceChargeWish, InvoiceWish, LineWish
from tests.factories import CLERK, NOON, a_customer, an_entity


def a_line_wish(
    price: str = "100.00", quantity: str = "1", *, rate: str | None = "21", **fields: Any
) -> LineWish:
    return LineWish(
        **{"name": "Licence", "quantity": Decimal(quantity), "unit_price": Decimal(price)}
        | {"tax_rate": None if rate is None else Decimal(rate)}
        | fields
    )


def an_extra_wish(
    amount: str = "", *, percent: str = "", is_charge: bool = False, **fields: Any
) -> AllowanceChargeWish:
    return AllowanceChargeWish(
        is_charge=is_charge,
        amount=Decimal(amount) if amount else None,
        percent=Decimal(percent) if percent else None,
        **{"reason": "Discount"} | fields,
    )


def a_wish(platform: Platform, *lines: LineWish, **fields: Any) -> InvoiceWish:
    """A wish of the platform's customer, in euros; by default one line of 100.00 at 21 %."""
    platform.billing_entities.first() or an_entity(platform)
    customer = platform.customers.first() or a_customer(platform)
    return InvoiceWish(
        **{"customer": customer.pk, "lines": lines or (a_line_wish(),), "currency": "EUR"} | fields
    )


def create(platform: Platform, *lines: LineWish, finalize: bool = False, **fields: Any) -> Invoice:
    """Create an invoice and read it back."""
    at = fields.pop("at", NOON)
    invoice = create_invoice(
        platform=platform, wish=a_wish(platform, *lines, **fields), finalize=finalize, actor=CLERK, at=at
    )
    return Invoice.objects.with_snapshot().get(pk=invoice.pk)


def finalized(platform: Platform, *lines: LineWish, **fields: Any) -> Document:
    """Return what an invoice says once it is final."""
    snapshot: Document = create(platform, *lines, finalize=True, **fields).snapshot
    return snapshot
