"""The demo's invoices, as values: plain, discounted, reverse charge, export, long, with a returned item."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from billing.documents.arithmetic import line_net, percent_of, tax_groups, totals
from billing.documents.snapshot import AllowanceCharge, Document, Line, PaymentMeans, Period
from billing.documents.values import party_of
from billing.platforms.models import BillingEntity, Customer

from .stories import STORIES, Item, Story

DAYS_TO_PAY = 30


def documents(
    seller: BillingEntity, customers: dict[str, Customer], *, today: date
) -> list[tuple[Story, Document]]:
    """Return every story of the demo with its invoice, oldest first. Ages count back from `today`."""
    return [(story, document_for(story, seller, customers[story.customer], today)) for story in STORIES]


def document_for(story: Story, seller: BillingEntity, buyer: Customer, today: date) -> Document:
    issued = today - timedelta(days=story.days_ago)
    lines = tuple(line_for(item, position, issued) for position, item in enumerate(story.items, start=1))
    allowances = discount_for(story, lines)
    taxes = tax_groups(lines, allowances, "EUR")
    return Document(
        kind="invoice",
        type_code="380",
        profile="peppol-bis-3",
        number=f"INV-{issued.year}-{story.number:05}",
        date=issued,
        due_date=issued + timedelta(days=DAYS_TO_PAY),
        currency="EUR",
        language=buyer.language,
        buyer_reference=buyer.buyer_reference,
        purchase_order_reference=story.purchase_order,
        payment_terms=f"Payment within {DAYS_TO_PAY} days",
        seller=party_of(seller),
        buyer=party_of(buyer),
        payment_means=(
            PaymentMeans(code="30", account=seller.bank_account, account_name=seller.name, bic=seller.bic),
        ),
        allowances_charges=allowances,
        taxes=taxes,
        totals=totals(lines, allowances, taxes, currency="EUR"),
        lines=lines,
        logo=seller.logo,
    )


def line_for(item: Item, position: int, issued: date) -> Line:
    quantity, unit_price = Decimal(item.quantity), Decimal(item.unit_price)
    month = issued.replace(day=1)
    period = Period(start=month, end=(month + timedelta(days=32)).replace(day=1) - timedelta(days=1))
    return Line(
        id=str(position),
        name=item.name,
        description=item.description,
        quantity=quantity,
        unit=item.unit,
        unit_price=unit_price,
        net_amount=line_net(quantity=quantity, unit_price=unit_price, currency="EUR"),
        period=period if item.is_monthly else None,
        tax_category=item.tax_category,
        tax_rate=Decimal(item.tax_rate),
    )


def discount_for(story: Story, lines: Sequence[Line]) -> tuple[AllowanceCharge, ...]:
    """Return the story's discount in percent of its first line's VAT group, if it has one."""
    if not story.discount_percent:
        return ()
    first, percent = lines[0], Decimal(story.discount_percent)
    base = sum((line.net_amount for line in lines if line.tax_rate == first.tax_rate), Decimal("0.00"))
    return (
        AllowanceCharge(
            is_charge=False,
            amount=percent_of(base, percent, "EUR"),
            base_amount=base,
            percent=percent,
            reason="Volume discount",
            reason_code="95",
            tax_category=first.tax_category,
            tax_rate=first.tax_rate,
        ),
    )
