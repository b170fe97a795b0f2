"""What a wish comes to: whose invoice it is, what it will say, and where that is kept."""

from datetime import datetime
from typing import Any, NamedTuple

from billing.documents.inclusive import Parts
from billing.documents.models import Series
from billing.documents.numbering import require_possible_number
from billing.documents.series import series_named
from billing.documents.snapshot import Document
from billing.documents.templates import find_template
from billing.errors import NotFound
from billing.platforms.entities import entity_meant
from billing.platforms.models import BillingEntity, Customer, Platform
from billing.platforms.querysets import PlatformQuerySet
from billing.platforms.time_zones import require_time_zone
from billing.transactions import step
from invoices.composition import compose, currency_of
from invoices.models import Invoice
from invoices.parts import parts_of
from invoices.wish import InvoiceWish

from .draft import require_room_for


class Plan(NamedTuple):
    """An invoice as it will be."""

    entity: BillingEntity
    customer: Customer
    document: Document
    groups: tuple[str, ...]


def plan_for(
    wish: InvoiceWish, *, platform: Platform, number: str, at: datetime, parts: Parts | None = None
) -> Plan:
    """Return what a wish comes to, under a provisional number. `parts` are taken as they are, if given.

    :raises NotFound: there is no such customer or billing entity.
    :raises BillingError: something about it makes no sense; `field` is the path to it.
    """
    customer = found(Customer.objects.for_platform(platform), wish.customer, field="customer")
    entity = entity_meant(platform, wish.billing_entity)
    currency = currency_of(wish, customer, entity)
    require_time_zone(wish.time_zone)
    document = compose(
        wish,
        parts or parts_of(wish, currency),
        entity=entity,
        customer=customer,
        currency=currency,
        number=number,
        on=entity.day(at, wish.time_zone),
    )
    groups = tuple(line.group for line in wish.lines)
    require_room_for(document, groups)
    return Plan(entity, customer, document, groups)


def found(rows: PlatformQuerySet, pk: str, *, field: str) -> Any:
    """Return the row that a field of a wish names."""
    try:
        return rows.find(pk)
    except NotFound as error:
        error.field = field
        raise


@step
def wished_columns(
    wish: InvoiceWish, plan: Plan, *, invoice: Invoice, actor: str, at: datetime
) -> dict[str, Any]:
    """Return the columns of which the Document says nothing, or something provisional.

    :raises BillingError: there can be no such series, or the number cannot be had from it.
    """
    series = None
    if wish.series:
        series = series_named(plan.entity, Series.Kind.INVOICE, wish.series, actor=actor, at=at)
    if wish.number:
        asking = Invoice(id=invoice.pk, billing_entity=plan.entity, series=series, wanted_number=wish.number)
        require_possible_number(asking, Series.Kind.INVOICE, on=plan.document.date)
    return {
        "number": "",
        "wanted_number": wish.number,
        "series": series,
        **find_template(plan.entity.platform, wish.template)._asdict(),
        "time_zone": wish.time_zone,
        "date": wish.date,
        "price_type": wish.price_type,
        "exchange_rate": wish.exchange_rate,
        "metadata": wish.metadata,
        "custom_fields": wish.custom_fields,
        "internal_comment": wish.internal_comment,
    }
