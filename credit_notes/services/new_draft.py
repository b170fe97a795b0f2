"""A new note as it was wished for, before anything is worked out or stored."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from billing.documents.snapshot import Delivery
from billing.documents.templates import find_template
from billing.errors import Invalid
from billing.events.record import actor_id
from billing.ids import new_id
from billing.platforms.entities import entity_meant
from billing.platforms.models import Customer, Platform
from billing.platforms.time_zones import require_time_zone
from credit_notes.models import CreditNote
from credit_notes.wish import Wish
from invoices.composition import CurrencyNeeded, require_currency
from invoices.models import Invoice
from invoices.parts import LinesNeeded
from invoices.services.dates import require_past_day

from .allocate import BillingEntityMismatch, CurrencyMismatch
from .reason_codes import require_reason


class TypeNotPossible(Invalid):
    code = "type_not_possible"
    title = "A credit note without an invoice clears no debt"


def draft_for(platform: Platform, wish: Wish, invoices: Sequence[Invoice], *, at: datetime) -> CreditNote:
    """Return an unsaved DRAFT; what it takes comes from its plan."""
    first = invoices[0] if invoices else None
    entity = first.billing_entity if first else entity_meant(platform, wish.billing_entity_id)
    customer = first.customer if first else Customer.objects.for_platform(platform).find(wish.customer_id)
    require_agreed(wish, first)
    require_time_zone(wish.time_zone)
    require_possible_date(wish.date, today=entity.day(at, wish.time_zone))
    reason_name = require_reason(platform=platform, kind="CREDIT", code=wish.reason_code)
    require_not_standalone(wish.type, has_invoice=bool(invoices))
    if not invoices and not wish.free:
        raise LinesNeeded("A note without an invoice needs at least one line.", field="lines")
    who = actor_id.get()
    return CreditNote(
        id=new_id("cn"),
        platform=platform,
        billing_entity=entity,
        customer=customer,
        invoice=first if len(invoices) == 1 else None,
        currency=first.currency if first else currency_of(customer, wish),
        time_zone=wish.time_zone,
        **find_template(platform, wish.template)._asdict(),
        exchange_rate=rate_of(invoices),
        note=wish.note,
        reason_code=wish.reason_code,
        reason_name=reason_name,
        details_source=wish.details_source,
        delivery=Delivery(date=wish.delivery_date) if wish.delivery_date else delivery_of(first),
        date=wish.date,
        wanted_number=wish.number,
        on_hold=wish.on_hold,
        is_full=len(invoices) == 1 and wish.selections[0][1].is_everything,
        internal_comment=wish.internal_comment,
        metadata=wish.metadata,
        custom_fields=wish.custom_fields,
        language=customer.language,
        logo=entity.logo,
        drafted_by=who,
        edited_by=who,
        created_at=at,
        updated_at=at,
    )


def require_agreed(wish: Wish, invoice: Invoice | None) -> None:
    """Refuse a wish that says otherwise than the invoice that it is about.

    :raises CurrencyMismatch, BillingEntityMismatch: it names another currency or seller.
    """
    if invoice is None:
        return
    if wish.currency and wish.currency != invoice.currency:
        raise CurrencyMismatch(
            f"{invoice} is in {invoice.currency}, not in {wish.currency}.",
            field="currency",
            invoice_currency=invoice.currency,
        )
    if wish.billing_entity_id and wish.billing_entity_id != invoice.billing_entity_id:
        raise BillingEntityMismatch(
            f"{invoice} is from {invoice.billing_entity}.",
            field="billing_entity",
            invoice_billing_entity=invoice.billing_entity_id,
        )


def rate_of(invoices: Sequence[Invoice]) -> Decimal | None:
    """Return the exchange rate of the invoices, if they have one in common."""
    rates = {invoice.exchange_rate for invoice in invoices}
    return rates.pop() if len(rates) == 1 else None


def delivery_of(invoice: Invoice | None) -> Delivery | None:
    return invoice.delivery if invoice else None


def require_not_standalone(type: str, *, has_invoice: bool) -> None:
    """Refuse an adjustment without an invoice.

    :raises TypeNotPossible: there is no debt that it could clear.
    """
    if type == CreditNote.Type.ADJUSTMENT and not has_invoice:
        raise TypeNotPossible("Without an invoice, choose refundable or store.", field="type")


def currency_of(customer: Customer, wish: Wish) -> str:
    currency = wish.currency or customer.currency
    if not currency:
        raise CurrencyNeeded(f"{customer} has no currency of its own: give one.", field="currency")
    require_currency(currency, "currency")
    return currency


def require_possible_date(on: date | None, *, today: date) -> None:
    """Refuse a date in the future, or too long ago; it may be left open."""
    if on:
        require_past_day(on, today=today)
