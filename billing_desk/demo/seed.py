"""Fill an empty database with the demo; do nothing to one that has it."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from billing.access.keys import create_key
from billing.clock import day
from billing.documents import files
from billing.documents.snapshot import Document
from billing.events.record import actor_id
from billing.exchange.channels import configure_channel
from billing.exchange.models import Channel
from billing.ids import new_id
from billing.money import round_amount
from billing.platforms.keys import digest_of
from billing.platforms.models import ApiKey, BillingEntity, Customer, Member, Platform, User
from billing.platforms.permissions import EVERYTHING
from billing.transactions import entrance
from credit_notes.services import credit_invoice
from invoices.models import Invoice, Payment
from invoices.services import import_document, record_payment

from .deeds import CLERK, Books, go_on
from .invoices import documents
from .people import CUSTOMERS, SELLER
from .stories import Story

NAME = "Northwind"
ACTOR = "Nightly billing run"
DAYS_UNTIL_PAID = 21


def seed(*, username: str, password: str, api_key: str, at: datetime) -> Platform:
    """Return the demo's platform, made if it is not there; the sign-in and the key are brought up to date."""
    platform = Platform.objects.filter(name=NAME).first()
    if platform is None:
        platform = Platform.objects.create(name=NAME)
    let_in(platform, username=username, password=password, api_key=api_key, at=at)
    if not BillingEntity.objects.for_platform(platform).exists():
        seller_id, logo = new_id("be"), (Path(__file__).parent / "logo.png").read_bytes()
        key = files.upload(
            platform=platform, owner=seller_id, name="logo.png", content=logo, content_type="image/png"
        )
        acting = actor_id.set(User.objects.get(username=username).pk)  # who approves must be somebody else
        try:
            write_books(platform, seller_id=seller_id, logo=key, at=at)
        finally:
            actor_id.reset(acting)
    return platform


@entrance
def let_in(platform: Platform, *, username: str, password: str, api_key: str, at: datetime) -> None:
    """Make the demo's person, who is also its administrator, and its API key."""
    user, _ = User.objects.get_or_create(
        username=username,
        defaults={"first_name": "Maria", "last_name": "Keller", "is_staff": True, "is_superuser": True},
    )
    if not user.check_password(password):
        user.set_password(password)
        user.save()
    Member.objects.get_or_create(user=user, platform=platform, defaults={"role": Member.Role.MANAGER})
    if not ApiKey.objects.filter(digest=digest_of(api_key)).exists():
        create_key(
            platform=platform,
            name="Demo",
            secret=api_key,
            granted={platform.pk: [EVERYTHING]},
            actor=ACTOR,
            at=at,
        )


@entrance
def write_books(platform: Platform, *, seller_id: str, logo: str, at: datetime) -> None:
    """Write the demo's parties, invoices, payments and credit notes: all of them, or none."""
    seller = BillingEntity.objects.create(id=seller_id, platform=platform, logo=logo, **SELLER)
    customers = {
        key: Customer.objects.create(platform=platform, **fields) for key, fields in CUSTOMERS.items()
    }
    configure_channel(
        platform=platform,
        billing_entity_id=seller.pk,
        method=Channel.Method.MANUAL,
        transport=Channel.Transport.DIRECTORY,
        actor=ACTOR,
        at=at,
    )
    books = Books(platform, customers, at)
    platforms = Platform.objects.filter(pk=platform.pk)
    platforms.update(keeps_overpayments=True)  # for the customer who paid too much
    for story, document in documents(seller, customers, today=day(at, seller.time_zone)):
        invoice = import_document(
            platform=platform, document=document, actor=ACTOR, at=at - timedelta(days=story.days_ago)
        )
        books.invoices[story.number] = invoice
        pay(invoice, story, document)
        if story.credited or story.drafted:
            credit_invoice(
                platform=platform,
                invoice_id=invoice.pk,
                note=story.credited or story.drafted,
                finalize=bool(story.credited),
                actor=CLERK,
                at=at,
            )
    go_on(books)
    platforms.update(keeps_overpayments=False)  # as a new platform is


def pay(invoice: Invoice, story: Story, document: Document) -> None:
    if not story.paid:
        return
    days_later = timedelta(days=min(DAYS_UNTIL_PAID, story.days_ago))
    record_payment(
        platform=invoice.platform,
        invoice_id=invoice.pk,
        amount=round_amount(invoice.total * Decimal(story.paid) / 100, invoice.currency),
        date=document.date + days_later,
        method=Payment.Method.BANK_TRANSFER,
        reference=f"{document.number} {document.buyer.name}"[:35],
        actor="Bank feed",
        at=invoice.created_at + days_later,
    )
