"""From a wish and the master data to the Document that an invoice will be. Nothing is read or stored here."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from billing.documents.arithmetic import totals
from billing.documents.inclusive import Parts
from billing.documents.snapshot import (
    Address,
    Delivery,
    Document,
    Payee,
    PaymentMeans,
    TaxRepresentative,
    Totals,
    from_json,
)
from billing.documents.values import party_of
from billing.einvoice import preflight
from billing.einvoice.choice import with_profile
from billing.einvoice.findings import Finding
from billing.einvoice.preflight.payment import DIRECT_DEBIT
from billing.einvoice.profiles import EN16931
from billing.errors import Invalid
from billing.money import LARGEST_AMOUNT, ZERO, has_minor_unit, round_amount
from billing.parties.refusals import CurrencyUnknown
from billing.platforms.models import BillingEntity, Customer

from .parts import AmountTooLarge, require_whole
from .wish import InvoiceWish

BANK_TRANSFER = "30"
MOST_ROUNDING = Decimal(5)
"""The largest step to which cash is rounded anywhere: five forints."""
DECIDED = {"number", "date", "currency", "accounting_currency", "lines", "allowances_charges"}
SAME = tuple(
    name
    for name in InvoiceWish.__struct_fields__
    if name in Document.__struct_fields__ and name not in DECIDED
)
"""What the document says just as it was asked for, unless the master data says it."""


class CurrencyNeeded(Invalid):
    code = "currency_needed"
    title = "It is not clear which currency is meant"


class ExchangeRateNeeded(Invalid):
    code = "exchange_rate_needed"
    title = "The VAT cannot be told in the accounting currency without an exchange rate"


class ExchangeRateUnused(Invalid):
    code = "exchange_rate_unused"
    title = "There is no accounting currency that the exchange rate leads to"


class DueBeforeDate(Invalid):
    code = "due_before_date"
    title = "An invoice is not due before it is issued"


class RoundingNotPossible(Invalid):
    code = "rounding_not_possible"
    title = "Cash rounding is a matter of the smallest coins"


class PartNotPossible(Invalid):
    code = "part_not_possible"
    title = "A part of the invoice makes no sense"


def currency_of(wish: InvoiceWish, customer: Customer, entity: BillingEntity) -> str:
    """Return the currency to invoice in.

    :raises CurrencyNeeded: neither the wish nor the master data names one.
    :raises CurrencyUnknown: ISO 4217 does not have it, or it has no amounts.
    """
    currency = wish.currency or customer.currency or entity.accounting_currency
    if not currency:
        message = f"Give a currency: neither {customer} nor {entity} has one."
        raise CurrencyNeeded(message, field="currency")
    require_currency(currency, "currency")
    return currency


def require_currency(currency: str, field: str) -> None:
    if not has_minor_unit(currency):
        raise CurrencyUnknown(f"{currency} is not a currency of ISO 4217 that has amounts.", field=field)


def compose(
    wish: InvoiceWish,
    parts: Parts,
    *,
    entity: BillingEntity,
    customer: Customer,
    currency: str,
    number: str,
    on: date,
) -> Document:
    """Return the invoice that a wish comes to, with a provisional number, dated `on` if it names no date.

    :raises Invalid: something about it makes no sense; `field` is the path to it.
    """
    said = {name: getattr(wish, name) for name in SAME}
    means = account_of(entity) if wish.payment_means is None else wish.payment_means
    accounting = accounting_currency_of(wish, entity, currency)
    document = Document(
        kind="invoice",
        **said
        | {
            "language": wish.language or customer.language,
            "buyer_reference": customer.buyer_reference
            if wish.buyer_reference is None
            else wish.buyer_reference,
            "payment_means": means,
            "creditor_id": creditor_of(wish, entity, means),
            "payee": wish.payee or (from_json(entity.payee, Payee) if entity.payee else None),
            "tax_representative": wish.tax_representative or representative_of(entity),
            "delivery": wish.delivery or delivery_to(customer),
        },
        profile=EN16931,
        number=number,
        date=wish.date or on,
        currency=currency,
        accounting_currency=accounting,
        seller=party_of(entity),
        buyer=party_of(customer),
        logo=entity.logo,
        lines=parts.lines,
        allowances_charges=parts.allowances_charges,
        taxes=parts.taxes,
        totals=totals_of(wish, parts, currency=currency, accounting=accounting),
    )
    require_sound(document)
    return profiled(document, entity=entity, customer=customer)


def totals_of(wish: InvoiceWish, parts: Parts, *, currency: str, accounting: str) -> Totals:
    """Return the sums, with the VAT in the accounting currency and the cash rounding that was asked for."""
    rounding = require_whole(wish.rounding_amount, currency, "rounding_amount")
    if abs(rounding) > MOST_ROUNDING:
        raise RoundingNotPossible(
            f"Cash rounding is at most {MOST_ROUNDING} {currency} up or down.", field="rounding_amount"
        )
    sums = totals(*parts, currency=currency, rounding_amount=round_amount(rounding, currency))
    if abs(sums.total) > LARGEST_AMOUNT:
        raise AmountTooLarge(f"The total is more than {LARGEST_AMOUNT}.", field="lines")
    if not accounting:
        return sums
    return replace(
        sums, accounting_tax_total=converted(sums.tax_total, wish.exchange_rate or ZERO, accounting)
    )


def converted(tax_total: Decimal, exchange_rate: Decimal, accounting: str) -> Decimal:
    """Return the VAT in the accounting currency (BT-111)."""
    amount = tax_total * exchange_rate
    if abs(amount) > LARGEST_AMOUNT:
        raise AmountTooLarge(f"The VAT in {accounting} is more than {LARGEST_AMOUNT}.", field="exchange_rate")
    return round_amount(amount, accounting)


def accounting_currency_of(wish: InvoiceWish, entity: BillingEntity, currency: str) -> str:
    """Return the currency that the VAT is told in as well, or nothing where that is the invoice's own.

    :raises ExchangeRateNeeded, ExchangeRateUnused: one does not come without the other.
    """
    wanted = entity.accounting_currency if wish.accounting_currency is None else wish.accounting_currency
    if wanted in ("", currency):
        if wish.exchange_rate is not None:
            message = "An exchange rate leads to an accounting currency: give that too, or neither."
            raise ExchangeRateUnused(message, field="exchange_rate")
        return ""
    require_currency(wanted, "accounting_currency")
    if not wish.exchange_rate:
        message = f"Give the exchange rate: how many {wanted} one {currency} is."
        raise ExchangeRateNeeded(message, field="exchange_rate")
    return wanted


def account_of(entity: BillingEntity) -> tuple[PaymentMeans, ...]:
    """Return a transfer to the billing entity's account, if it has one."""
    if not entity.bank_account:
        return ()
    holder = entity.account_name or entity.name
    return (
        PaymentMeans(code=BANK_TRANSFER, account=entity.bank_account, account_name=holder, bic=entity.bic),
    )


def creditor_of(wish: InvoiceWish, entity: BillingEntity, means: Iterable[PaymentMeans]) -> str:
    """Return the creditor's id, which only a direct debit needs."""
    if wish.creditor_id is not None:
        return wish.creditor_id
    return entity.creditor_id if any(each.code in DIRECT_DEBIT for each in means) else ""


def representative_of(entity: BillingEntity) -> TaxRepresentative | None:
    return from_json(entity.tax_representative, TaxRepresentative) if entity.tax_representative else None


def delivery_to(customer: Customer) -> Delivery | None:
    """Return the customer's own delivery address, if it has one."""
    if not customer.delivery_address:
        return None
    return Delivery(address=from_json(customer.delivery_address, Address))


def require_sound(document: Document) -> None:
    """Refuse what no later change elsewhere could mend: a part that makes no sense, or dates that do not.

    :raises PartNotPossible: with the rule, as `rule`.
    :raises DueBeforeDate: it is due before its date.
    """
    if document.due_date and document.due_date < document.date:
        message = f"Due on {document.due_date}, before its date, {document.date}."
        raise DueBeforeDate(message, field="due_date")
    finding = next(filter(is_about_parts, preflight.check(document)), None)
    if finding:
        raise PartNotPossible(f"{finding.message}.", field=finding.field, rule=finding.id)


def is_about_parts(finding: Finding) -> bool:
    """Tell whether a finding is about a part that makes no sense; a reason that is missing can still come."""
    parts = finding.field.startswith(("lines.", "allowances_charges.", "type_code"))
    parts = parts and not finding.field.endswith(".reason")
    return finding.flag == "fatal" and (parts or finding.id == "BD-TEXT")


def profiled(document: Document, *, entity: BillingEntity, customer: Customer) -> Document:
    """Return a document with the profile that its customer asks for, or its seller's usual one."""
    return with_profile(document, wanted=customer.einvoice_profile, usual=entity.einvoice_profile)
