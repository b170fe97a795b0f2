"""The pages on which an invoice is written: for whom, and what it says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import QuerySet
from msgspec.structs import replace

from billing import clock
from billing.documents.arithmetic import line_net
from billing.documents.inclusive import Group, Parts
from billing.documents.models import Series
from billing.documents.snapshot import PaymentMeans, TaxGroup
from billing.money import ZERO, split
from billing.paper.words import LANGUAGES
from billing.platforms.models import BillingEntity, Customer, Member, Platform
from invoices.composition import account_of, delivery_to
from invoices.models import Invoice
from invoices.reopening import wish_of
from invoices.services.draft import require_draft
from invoices.services.plan import plan_for
from invoices.snapshot import document_of
from invoices.wish import AllowanceChargeWish, InvoiceWish, LineWish

from .invoice_page import find_invoice
from .papers import Paper, paper_of

MOST_CUSTOMERS = 25
Choices = list[tuple[str, str]]
NOT_CHOSEN = ("", "Choose one")


@dataclass(frozen=True)
class CustomerRow:
    id: str
    name: str
    details: str


@dataclass(frozen=True)
class Choosing:
    """Customers to choose one from. `more` tells that there are others."""

    customers: list[CustomerRow]
    text: str
    more: bool
    invoice_id: str = ""  # the draft that is to get another customer
    invoice: str = ""
    version: int = 0


@dataclass(frozen=True)
class InvoiceSheetPage:
    customer_id: str
    customer: str
    entities: Choices  # empty where there is only one
    series: Choices
    languages: Choices
    wish: InvoiceWish  # as the form begins with it
    today: date
    accounts: dict[str, tuple[PaymentMeans, ...]]  # of each billing entity, by its id
    document_parts: Parts | None = None  # of a draft, as they are stored
    invoice_id: str = ""
    label: str = ""
    version: int = 0

    @property
    def is_new(self) -> bool:
        return not self.invoice_id

    @property
    def is_worked_back(self) -> bool:
        """Whether it shows amounts with VAT that were kept without it."""
        lines = any(line.allowances_charges for line in self.wish.lines)
        return self.wish.price_type == "tax_inclusive" and bool(lines or self.wish.allowances_charges)


@dataclass(frozen=True)
class InvoiceOutcome:
    """What an invoice would come to."""

    paper: Paper
    total: Decimal
    net: Decimal
    tax: Decimal


def choosing_of(*, member: Member, text: str, invoice_id: str = "") -> Choosing:
    """Return the customers whose name contains a text, for a new invoice or for a draft.

    :raises NotFound: the platform has no such invoice.
    :raises InvoiceNotDraft: it is final.
    """
    invoice = find_draft(member, invoice_id) if invoice_id else None
    found = Customer.objects.for_platform(member.platform).order_by("name", "pk")
    if text:
        found = found.filter(name__icontains=text)
    rows = list(found[: MOST_CUSTOMERS + 1])
    return Choosing(
        customers=[customer_row(row) for row in rows[:MOST_CUSTOMERS]],
        text=text,
        more=len(rows) > MOST_CUSTOMERS,
        invoice_id=invoice_id,
        invoice=invoice.display_number if invoice else "",
        version=invoice.version if invoice else 0,
    )


def customer_row(row: Customer) -> CustomerRow:
    details = (row.city, row.country, row.vat_number)
    return CustomerRow(row.pk, row.name, " · ".join(part for part in details if part))


def find_draft(member: Member, invoice_id: str) -> Invoice:
    """Return a draft of the platform.

    :raises NotFound: there is no such invoice.
    :raises InvoiceNotDraft: it is final.
    """
    invoice = find_invoice(member, invoice_id)
    require_draft(invoice)
    return invoice


def new_invoice_of(*, member: Member, customer_id: str, at: datetime) -> InvoiceSheetPage:
    """Return an empty invoice for a customer.

    :raises NotFound: the platform has no such customer.
    """
    customer: Customer = Customer.objects.for_platform(member.platform).find(customer_id)
    entities = list(BillingEntity.objects.for_platform(member.platform).order_by("name", "pk"))
    first = usual_entity(member.platform, entities)
    last = Invoice.objects.for_platform(member.platform).filter(customer=customer).newest_first().first()
    wish = InvoiceWish(
        customer=customer.pk,
        lines=(),
        billing_entity=first.pk if first else "",
        currency=customer.currency or (last.currency if last else first.accounting_currency if first else ""),
        language=customer.language,
        buyer_reference=customer.buyer_reference,
        delivery=delivery_to(customer),
    )
    return InvoiceSheetPage(
        customer_id=customer.pk,
        customer=customer.name,
        entities=([] if first or len(entities) < 2 else [NOT_CHOSEN]) + entity_choices(entities),
        series=series_choices(entities),
        languages=language_choices(customer.language),
        wish=wish,
        today=clock.day(at, first.time_zone if first else "UTC"),
        accounts={entity.pk: account_of(entity) for entity in entities},
    )


def usual_entity(platform: Platform, entities: list[BillingEntity]) -> BillingEntity | None:
    """Return the only seller, else that of the latest invoice that was issued here; None if there is none."""
    if len(entities) == 1:
        return entities[0]
    issued = Invoice.objects.for_platform(platform).final().exclude(einvoice_rules={})
    latest = issued.order_by("-finalized_at", "-id").values_list("billing_entity_id", flat=True).first()
    return next((entity for entity in entities if entity.pk == latest), None)


def edit_invoice_of(*, member: Member, invoice_id: str, at: datetime) -> InvoiceSheetPage:
    """Return a draft as it was asked for.

    :raises NotFound: the platform has no such invoice.
    :raises InvoiceNotDraft: it is final.
    """
    invoice = find_draft(member, invoice_id)
    entities = list(BillingEntity.objects.for_platform(member.platform).order_by("name", "pk"))
    on = invoice.day(at)
    document = document_of(invoice, number=invoice.display_number, on=on)
    return InvoiceSheetPage(
        customer_id=invoice.customer_id,
        customer=invoice.customer.name,
        entities=entity_choices(entities),
        series=series_choices(entities),
        languages=language_choices(invoice.language),
        wish=with_vat(wish_of(invoice, document), document.taxes),
        today=on,
        accounts={entity.pk: account_of(entity) for entity in entities},
        document_parts=Parts(document.lines, document.allowances_charges, document.taxes),
        invoice_id=invoice.pk,
        label=invoice.display_number,
        version=invoice.version,
    )


def entity_choices(entities: list[BillingEntity]) -> Choices:
    return [(entity.pk, entity.name) for entity in entities] if len(entities) > 1 else []


def series_choices(entities: list[BillingEntity]) -> Choices:
    """Return the series of invoices beside the default ones."""
    rows: QuerySet = Series.objects.filter(
        billing_entity__in=entities, kind=Series.Kind.INVOICE, is_default=False
    )
    found = rows.select_related("billing_entity").order_by("billing_entity__name", "prefix")
    if len(entities) == 1:
        return [(row.pk, row.prefix) for row in found]
    return [(row.pk, f"{row.prefix} of {row.billing_entity.name}") for row in found]


def language_choices(known: str) -> Choices:
    """Return the languages of the paper; a document's own stays, whatever it is."""
    return [(code, code) for code in sorted({*LANGUAGES, known})]


def with_vat(wish: InvoiceWish, taxes: Sequence[TaxGroup]) -> InvoiceWish:
    """Return a wish whose allowances and charges contain the VAT if its prices do.

    They are kept without it. What a VAT group comes to with VAT, less the goods, is shared out over them.
    Their sum is exact; where a group has several, each may be a cent off, so the page says so.
    """
    if wish.price_type != "tax_inclusive":
        return wish
    left = {(tax.category, tax.rate): tax.base + tax.amount for tax in taxes}
    found: dict[Group, list[AllowanceChargeWish]] = {}
    for line in wish.lines:
        group = (line.tax_category, line.tax_rate)
        left[group] -= line_net(
            quantity=line.quantity,
            unit_price=line.unit_price,
            base_quantity=line.base_quantity,
            currency=wish.currency,
        )
        found.setdefault(group, []).extend(line.allowances_charges)
    for item in wish.allowances_charges:
        found.setdefault((item.tax_category, item.tax_rate), []).append(item)
    gross = {group: iter(shared(left[group], items, wish.currency)) for group, items in found.items()}
    return replace(
        wish,
        lines=tuple(line_with_vat(line, gross[line.tax_category, line.tax_rate]) for line in wish.lines),
        allowances_charges=tuple(
            next(gross[item.tax_category, item.tax_rate]) for item in wish.allowances_charges
        ),
    )


def shared(gross: Decimal, items: Sequence[AllowanceChargeWish], currency: str) -> list[AllowanceChargeWish]:
    """Return the allowances and charges of one VAT group so that together they come to `gross`."""
    weights = [(item.amount or ZERO) * (1 if item.is_charge else -1) for item in items]
    shares = split(gross, weights, currency) if sum(weights, ZERO) else weights
    return [
        replace(item, amount=share if item.is_charge else -share)
        for item, share in zip(items, shares, strict=True)
    ]


def line_with_vat(line: LineWish, gross: Iterator[AllowanceChargeWish]) -> LineWish:
    return replace(line, allowances_charges=tuple(next(gross) for _ in line.allowances_charges))


def invoice_outcome_of(
    *, platform: Platform, wish: InvoiceWish, parts: Parts | None, at: datetime
) -> InvoiceOutcome:
    """Return what an invoice would come to. `parts` are taken as they are stored, if they stay.

    :raises BillingError: it could not be drafted.
    """
    document = plan_for(wish, platform=platform, number="INV-DRAFT", at=at, parts=parts).document
    return InvoiceOutcome(
        paper=paper_of(document),
        total=document.totals.total,
        net=document.totals.net_total,
        tax=document.totals.tax_total,
    )
