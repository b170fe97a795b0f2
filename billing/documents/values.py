"""Rows to values and back: the columns carry the names of the value's fields."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, TypeVar

from msgspec.structs import replace

from billing.money import minor_unit
from billing.platforms.models import BillingEntity, PartyFields

from . import snapshot
from .models import BillingDocument, DocumentAllowanceCharge, DocumentLine

V = TypeVar("V", bound=snapshot.Value)

DERIVED = {
    "kind",
    "due_date",
    "reason",
    "payment_terms",
    "references",
    "allowances_charges",
    "totals",
    "lines",
}
HEADER = tuple(name for name in snapshot.Document.__struct_fields__ if name not in DERIVED)
"""The fields of a Document that every paper keeps in a column of the same name."""

NOT_A_COLUMN = {"tax_inclusive_total", "prepaid_amount", "payable_amount"}

LINE = tuple(name for name in snapshot.Line.__struct_fields__ if name != "id")
ALLOWANCE = snapshot.AllowanceCharge.__struct_fields__


def columns_of(value: snapshot.Value, names: Iterable[str]) -> dict[str, Any]:
    """Return a value's fields as keyword arguments for a row."""
    return {name: getattr(value, name) for name in names}


def header_columns(document: snapshot.Document) -> dict[str, Any]:
    """Return a document's header as keyword arguments for a row, its VAT groups in minor units."""
    currency = document.currency
    taxes = tuple(
        replace(tax, base=whole(tax.base, currency), amount=whole(tax.amount, currency))
        for tax in document.taxes
    )
    return columns_of(document, HEADER) | {"taxes": taxes}


def header_of(row: BillingDocument) -> dict[str, Any]:
    """Return a document's columns as keyword arguments for a Document."""
    return {name: getattr(row, name) for name in HEADER}


def line_of(row: DocumentLine, currency: str) -> snapshot.Line:
    """Return a line as a value, its amount in minor units and its prices without trailing zeros."""
    fields = {name: plain(getattr(row, name)) for name in LINE}
    fields["net_amount"] = whole(row.net_amount, currency)
    return snapshot.Line(id=row.line_id, **fields)


def allowance_of(row: DocumentAllowanceCharge, currency: str) -> snapshot.AllowanceCharge:
    """Return a document-level allowance or charge as a value."""
    fields = {name: plain(getattr(row, name)) for name in ALLOWANCE}
    fields["amount"] = whole(row.amount, currency)
    if row.base_amount is not None:
        fields["base_amount"] = whole(row.base_amount, currency)
    return snapshot.AllowanceCharge(**fields)


def totals_columns(totals: snapshot.Totals) -> dict[str, Decimal | None]:
    """Return a document's sums as keyword arguments for a row."""
    names = snapshot.Totals.__struct_fields__
    kept = {name: getattr(totals, name) for name in names if name not in NOT_A_COLUMN}
    return kept | {"total": totals.total}


def totals_of(row: BillingDocument, *, prepaid_amount: Decimal = Decimal(0)) -> snapshot.Totals:
    """Return a document's sums."""

    def amount(value: Decimal) -> Decimal:
        return whole(value, row.currency)

    taxed = row.accounting_tax_total
    return snapshot.Totals(
        line_total=amount(row.line_total),
        allowance_total=amount(row.allowance_total),
        charge_total=amount(row.charge_total),
        net_total=amount(row.net_total),
        tax_total=amount(row.tax_total),
        tax_inclusive_total=amount(row.total - row.rounding_amount),
        accounting_tax_total=None if taxed is None else whole(taxed, row.accounting_currency),
        prepaid_amount=amount(prepaid_amount),
        rounding_amount=amount(row.rounding_amount),
        payable_amount=amount(row.total - prepaid_amount),
    )


def whole(amount: Decimal, currency: str) -> Decimal:
    """Return an amount with its currency's decimals; it has no others, so this rounds nothing."""
    shown = amount.quantize(minor_unit(currency))
    assert shown == amount, f"{amount} is finer than {currency}"
    return shown


def plain(value: Any) -> Any:
    """Return a decimal without the zeros its column adds: 1.5000000000 is 1.5; other values as they are."""
    if not isinstance(value, Decimal):
        return value
    short = value.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral() else short


def party_of(party: PartyFields) -> snapshot.Party:
    """Return master data as the party that a new document freezes."""
    contact = snapshot.Contact(name=party.contact_name, phone=party.phone, email=party.email)
    seller = isinstance(party, BillingEntity)
    return snapshot.Party(
        name=party.name,
        trading_name=party.trading_name,
        ids=snapshot.from_json(party.ids, tuple[snapshot.Identifier, ...]),
        legal_id=identifier(party.legal_id, party.legal_id_scheme),
        vat_number=party.vat_number,
        tax_number=party.tax_number if seller else "",
        legal_info=party.legal_info if seller else "",
        endpoint=identifier(party.endpoint_id, party.endpoint_scheme),
        address=snapshot.Address(**columns_of(party, snapshot.Address.__struct_fields__)),
        contact=None if contact == snapshot.Contact() else contact,
    )


def identifier(id: str, scheme: str) -> snapshot.Identifier | None:
    return snapshot.Identifier(id=id, scheme=scheme) if id else None
