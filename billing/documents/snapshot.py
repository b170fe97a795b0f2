"""The Document value: an invoice or a credit note as the EN 16931 semantic model knows it.

Papers are printed and e-invoices written from this value and never from the tables. It is frozen, holds no
behaviour beyond reading itself, and turns into JSON and back without loss (msgspec). BT and BG numbers are
those of EN 16931-1; field names are the glossary's.

Amounts are whole in the document's currency, prices may be finer, rates are percent, a missing text is "".
"""

from __future__ import annotations

import hashlib
from datetime import date as Day  # noqa: N812 - the fields are called `date`
from decimal import Decimal
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct

Kind = Literal["invoice", "credit_note"]

SELF_BILLED_INVOICES = ("389", "527")
SELF_BILLED_NOTE = "261"
"""Type codes (BT-3) of documents that the buyer makes out in the seller's name."""

FINANCIAL_ADJUSTMENT = "83"
"""Type code (BT-3) of a credit note that corrects no invoice: a bonus, a rebate."""


class Value(Struct, frozen=True, omit_defaults=True):
    """A frozen value with named fields."""


class Identifier(Value, frozen=True):
    """An identifier and the scheme (ICD, EAS or 1153 code) it belongs to."""

    id: str
    scheme: str = ""


class Address(Value, frozen=True):
    """A postal address: BG-5, BG-8, BG-12, BG-15."""

    line1: str = ""
    line2: str = ""
    line3: str = ""
    city: str = ""
    postal_code: str = ""
    region: str = ""
    country: str = ""  # ISO 3166-1 alpha-2, also XI


class Contact(Value, frozen=True):
    """Whom to ask: BG-6, BG-9."""

    name: str = ""
    phone: str = ""
    email: str = ""


class Party(Value, frozen=True):
    """A seller (BG-4) or a buyer (BG-7)."""

    name: str = ""  # BT-27, BT-44: the legal name
    trading_name: str = ""  # BT-28, BT-45
    ids: tuple[Identifier, ...] = ()  # BT-29, BT-46
    legal_id: Identifier | None = None  # BT-30, BT-47
    vat_number: str = ""  # BT-31, BT-48, with its country prefix
    tax_number: str = ""  # BT-32, seller only
    legal_info: str = ""  # BT-33, seller only
    endpoint: Identifier | None = None  # BT-34, BT-49
    address: Address = Address()
    contact: Contact | None = None


class Payee(Value, frozen=True):
    """Who is paid, when that is not the seller: BG-10."""

    name: str  # BT-59
    id: Identifier | None = None  # BT-60
    legal_id: Identifier | None = None  # BT-61


class TaxRepresentative(Value, frozen=True):
    """The seller's tax representative: BG-11."""

    name: str  # BT-62
    vat_number: str = ""  # BT-63
    address: Address = Address()


class Period(Value, frozen=True):
    """An invoicing period: BG-14 of the document, BG-26 of a line. Both days belong to it."""

    start: Day | None = None
    end: Day | None = None


class Delivery(Value, frozen=True):
    """Where and when the goods were delivered: BG-13."""

    name: str = ""  # BT-70
    location: Identifier | None = None  # BT-71
    date: Day | None = None  # BT-72
    address: Address | None = None  # BG-15


class PaymentMeans(Value, frozen=True):
    """One way to pay: BG-16 with at most one account, card or mandate."""

    code: str  # BT-81, UNTDID 4461
    text: str = ""  # BT-82
    remittance: str = ""  # BT-83
    account: str = ""  # BT-84, IBAN or local number
    account_name: str = ""  # BT-85
    bic: str = ""  # BT-86
    card_number: str = ""  # BT-87, its last digits
    card_holder: str = ""  # BT-88
    mandate: str = ""  # BT-89
    debited_account: str = ""  # BT-91


class Note(Value, frozen=True):
    """A remark on the document: BG-1."""

    text: str  # BT-22
    subject_code: str = ""  # BT-21


class Reference(Value, frozen=True):
    """An invoice that this document corrects, or the credit note that it takes back: BG-3."""

    number: str  # BT-25
    date: Day | None = None  # BT-26
    kind: Kind = "invoice"


class Attachment(Value, frozen=True):
    """A supporting document: BG-24. Its bytes, if it has any, are a stored file."""

    id: str  # BT-122
    description: str = ""  # BT-123
    uri: str = ""  # BT-124
    filename: str = ""  # BT-125
    mime_type: str = ""
    file: str = ""  # the key of the stored bytes; an imported document has files of its own
    size: int = 0  # of these bytes


class AllowanceCharge(Value, frozen=True):
    """Something taken off (allowance) or put on (charge): BG-20, BG-21; on a line BG-27, BG-28.

    `amount` is positive in the usual case; the kind says its sense. The tax fields are empty on a line.
    """

    is_charge: bool
    amount: Decimal
    base_amount: Decimal | None = None
    percent: Decimal | None = None
    reason: str = ""
    reason_code: str = ""  # UNTDID 5189 for an allowance, 7161 for a charge
    tax_category: str = ""
    tax_rate: Decimal | None = None


class TaxGroup(Value, frozen=True):
    """The VAT of one category and rate: BG-23."""

    category: str  # BT-118
    rate: Decimal | None  # BT-119; None outside the scope of VAT (category O)
    base: Decimal  # BT-116
    amount: Decimal  # BT-117
    exemption_reason: str = ""  # BT-120
    exemption_code: str = ""  # BT-121


class Totals(Value, frozen=True, kw_only=True):
    """The sums of a document: BG-22."""

    line_total: Decimal  # BT-106
    allowance_total: Decimal  # BT-107
    charge_total: Decimal  # BT-108
    net_total: Decimal  # BT-109
    tax_total: Decimal  # BT-110
    tax_inclusive_total: Decimal  # BT-112
    accounting_tax_total: Decimal | None = None  # BT-111, in the accounting currency
    prepaid_amount: Decimal = Decimal(0)  # BT-113
    rounding_amount: Decimal = Decimal(0)  # BT-114
    payable_amount: Decimal  # BT-115

    @property
    def total(self) -> Decimal:
        """What the document is worth: with tax and cash rounding, before anything paid."""
        return self.tax_inclusive_total + self.rounding_amount


class Classification(Value, frozen=True):
    """A code that says what kind of thing an item is: BT-158."""

    id: str
    list_id: str
    list_version: str = ""


class Attribute(Value, frozen=True):
    """A property of an item: BG-32."""

    name: str  # BT-160
    value: str  # BT-161


class Line(Value, frozen=True, kw_only=True):
    """One line of a document: BG-25."""

    id: str  # BT-126
    name: str  # BT-153
    description: str = ""  # BT-154
    note: str = ""  # BT-127
    object_id: Identifier | None = None  # BT-128
    quantity: Decimal  # BT-129
    unit: str  # BT-130, UNECE Rec 20
    net_amount: Decimal  # BT-131
    order_line: str = ""  # BT-132
    accounting_reference: str = ""  # BT-133
    period: Period | None = None  # BG-26
    allowances_charges: tuple[AllowanceCharge, ...] = ()  # BG-27, BG-28
    unit_price: Decimal  # BT-146, without VAT, after the price discount
    tax_inclusive_price: Decimal | None = None  # with VAT, where the price list has it; not in EN 16931
    price_discount: Decimal | None = None  # BT-147
    gross_price: Decimal | None = None  # BT-148
    base_quantity: Decimal | None = None  # BT-149
    base_quantity_unit: str = ""  # BT-150
    tax_category: str  # BT-151
    tax_rate: Decimal | None = None  # BT-152
    seller_item_id: str = ""  # BT-155
    buyer_item_id: str = ""  # BT-156
    standard_item_id: Identifier | None = None  # BT-157
    classifications: tuple[Classification, ...] = ()  # BT-158
    origin_country: str = ""  # BT-159
    attributes: tuple[Attribute, ...] = ()  # BG-32


class Document(Value, frozen=True, kw_only=True):
    """A whole invoice or credit note."""

    kind: Kind
    type_code: str  # BT-3: 380 and its kin, 381 and its kin
    profile: str  # which e-invoice specification it follows: peppol-bis-3, en16931
    number: str  # BT-1
    date: Day  # BT-2
    due_date: Day | None = None  # BT-9
    tax_point_date: Day | None = None  # BT-7
    tax_point_code: str = ""  # BT-8
    currency: str  # BT-5
    accounting_currency: str = ""  # BT-6; "" when it is the same
    language: str = "en"  # of the paper
    notes: tuple[Note, ...] = ()  # BG-1
    reason: str = ""  # why a credit note was issued; printed, and part of its notes
    buyer_reference: str = ""  # BT-10
    project_reference: str = ""  # BT-11
    contract_reference: str = ""  # BT-12
    purchase_order_reference: str = ""  # BT-13
    sales_order_reference: str = ""  # BT-14
    receiving_advice_reference: str = ""  # BT-15
    despatch_advice_reference: str = ""  # BT-16
    tender_reference: str = ""  # BT-17
    object_id: Identifier | None = None  # BT-18
    accounting_reference: str = ""  # BT-19
    payment_terms: str = ""  # BT-20
    references: tuple[Reference, ...] = ()  # BG-3
    seller: Party
    buyer: Party
    payee: Payee | None = None
    tax_representative: TaxRepresentative | None = None
    delivery: Delivery | None = None
    period: Period | None = None
    payment_means: tuple[PaymentMeans, ...] = ()
    creditor_id: str = ""  # BT-90
    allowances_charges: tuple[AllowanceCharge, ...] = ()
    taxes: tuple[TaxGroup, ...] = ()
    totals: Totals
    lines: tuple[Line, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    logo: str = ""  # the stored file to print at the top


V = TypeVar("V")


def to_json(value: Any) -> Any:
    """Return a value, or a tuple of values, as JSON-ready dicts, lists and strings."""
    return msgspec.to_builtins(value, order="deterministic")


def from_json(data: Any, kind: type[V]) -> V:
    """Return the value that `to_json` wrote.

    :raises msgspec.ValidationError: the data is not such a value.
    """
    return msgspec.convert(data, kind)


def digest(value: Value) -> str:
    """Return the SHA-256 of a value, in hex; equal values have equal digests."""
    return hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()
