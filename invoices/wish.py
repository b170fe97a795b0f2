"""An invoice as somebody asks for it: values, before anything has been added up.

Names are those of `snapshot`. What is empty is decided for the caller, and None lets the master data say it.
"""

from __future__ import annotations

from datetime import date as Day  # noqa: N812 - the fields are called `date`
from decimal import Decimal
from typing import Any, Literal

from billing.documents.snapshot import (
    Attachment,
    Attribute,
    Classification,
    Delivery,
    Identifier,
    Note,
    Payee,
    PaymentMeans,
    Period,
    Reference,
    TaxRepresentative,
    Value,
)

COMMERCIAL_INVOICE = "380"
PriceType = Literal["tax_exclusive", "tax_inclusive"]


class AllowanceChargeWish(Value, frozen=True, kw_only=True):
    """Taken off or put on: an amount, or a percentage of a base. Without a base it is of all it stands on."""

    is_charge: bool
    amount: Decimal | None = None
    percent: Decimal | None = None
    base_amount: Decimal | None = None
    reason: str = ""
    reason_code: str = ""
    tax_category: str = ""  # of the document only; empty where all lines have the same VAT
    tax_rate: Decimal | None = None


class LineWish(Value, frozen=True, kw_only=True):
    """One line. On a tax-inclusive price list its price, allowances and charges contain the VAT."""

    name: str
    description: str = ""
    note: str = ""
    object_id: Identifier | None = None
    quantity: Decimal
    unit: str = "C62"
    order_line: str = ""
    accounting_reference: str = ""
    period: Period | None = None
    allowances_charges: tuple[AllowanceChargeWish, ...] = ()
    unit_price: Decimal
    price_discount: Decimal | None = None
    gross_price: Decimal | None = None
    base_quantity: Decimal | None = None
    base_quantity_unit: str = ""
    tax_category: str = "S"
    tax_rate: Decimal | None = None
    exemption_reason: str = ""
    exemption_code: str = ""
    seller_item_id: str = ""
    buyer_item_id: str = ""
    standard_item_id: Identifier | None = None
    classifications: tuple[Classification, ...] = ()
    origin_country: str = ""
    attributes: tuple[Attribute, ...] = ()
    group: str = ""


class InvoiceWish(Value, frozen=True, kw_only=True):
    """A one-off invoice. `customer`, `billing_entity` and `series` are ids or names, not rows."""

    customer: str
    lines: tuple[LineWish, ...]
    billing_entity: str = ""  # empty: the platform's only one
    allowances_charges: tuple[AllowanceChargeWish, ...] = ()
    price_type: PriceType = "tax_exclusive"
    currency: str = ""  # empty: the customer's, else the billing entity's accounting currency
    accounting_currency: str | None = None  # None: the billing entity's; empty: none but the invoice's own
    exchange_rate: Decimal | None = None  # so many of the accounting currency for one of the invoice's
    rounding_amount: Decimal = Decimal(0)
    series: str = ""
    number: str = ""
    type_code: str = COMMERCIAL_INVOICE
    language: str | None = None
    template: str = ""  # its id or name, or a built-in look; empty: the platform's default
    time_zone: str = ""  # empty: the billing entity's
    date: Day | None = None  # None: the day on which it is finalised
    due_date: Day | None = None
    tax_point_date: Day | None = None
    tax_point_code: str = ""
    payment_terms: str = ""
    buyer_reference: str | None = None
    project_reference: str = ""
    contract_reference: str = ""
    purchase_order_reference: str = ""
    sales_order_reference: str = ""
    receiving_advice_reference: str = ""
    despatch_advice_reference: str = ""
    tender_reference: str = ""
    object_id: Identifier | None = None
    accounting_reference: str = ""
    payee: Payee | None = None
    tax_representative: TaxRepresentative | None = None
    delivery: Delivery | None = None
    period: Period | None = None
    payment_means: tuple[PaymentMeans, ...] | None = None
    creditor_id: str | None = None
    notes: tuple[Note, ...] = ()
    references: tuple[Reference, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    metadata: dict[str, Any] = {}
    custom_fields: dict[str, Any] = {}
    internal_comment: str = ""
