"""Stories to start from: a platform, a seller, a customer, an invoice."""

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from billing.access.keys import create_key
from billing.documents.arithmetic import line_net, tax_groups, totals
from billing.documents.snapshot import AllowanceCharge, Document, Line, PaymentMeans
from billing.documents.values import party_of
from billing.events.models import WebhookEndpoint
from billing.events.signing import new_secret
from billing.ids import new_id
from billing.platforms.models import BillingEntity, Customer, Member, Platform, User
from credit_notes.models import CreditNote, GatewayAccount
from credit_notes.services import credit_invoice, finalize_credit_note
from invoices.models import Invoice, Payment
from invoices.services import import_document, record_payment
from invoices.services.import_ import create_draft

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CLERK = "Clara Clerk"
count = itertools.count(1)


def a_platform(name: str = "Acme Group") -> Platform:
    return Platform.objects.create(name=name)


def an_entity(platform: Platform, **fields: Any) -> BillingEntity:
    """A Dutch seller that a Peppol document can name."""
    defaults = {
        "name": "Acme Software B.V.",
        "vat_number": "NL123456782B90",
        "legal_id": "12345678",
        "legal_id_scheme": "0106",
        "endpoint_id": "12345678",
        "endpoint_scheme": "0106",
        "line1": "Herengracht 1",
        "city": "Amsterdam",
        "postal_code": "1015 BA",
        "country": "NL",
        "contact_name": "Accounts",
        "phone": "+31 20 123 4567",
        "email": "accounts@acme.example",
        "time_zone": "Europe/Amsterdam",
        "bank_account": "NL91ABNA0417164300",
    }
    return BillingEntity.objects.create(platform=platform, **defaults | fields)


def a_customer(platform: Platform, **fields: Any) -> Customer:
    """A Belgian customer with an e-mail address, reachable over Peppol."""
    defaults = {
        "name": "Bières du Nord SA",
        "vat_number": "BE0123456749",
        "endpoint_id": "0123456749",
        "endpoint_scheme": "0208",
        "line1": "Rue Haute 2",
        "city": "Bruxelles",
        "postal_code": "1000",
        "country": "BE",
        "email": "ap@bieres.example",
        "buyer_reference": "PO-77",
        "language": "en",
    }
    return Customer.objects.create(platform=platform, **defaults | fields)


def a_line(net: str = "100.00", *, rate: str | None = "21", category: str = "S", **fields: Any) -> Line:
    """A line of one piece at a net price, or with `quantity` and `unit_price` of its own."""
    quantity = Decimal(fields.pop("quantity", "1"))
    unit_price = Decimal(fields.pop("unit_price", net))
    amount = line_net(quantity=quantity, unit_price=unit_price, currency=fields.pop("currency", "EUR"))
    return Line(
        id=fields.pop("id", "1"),
        name=fields.pop("name", "Licence"),
        quantity=quantity,
        unit=fields.pop("unit", "C62"),
        unit_price=unit_price,
        net_amount=amount,
        tax_category=category,
        tax_rate=None if rate is None else Decimal(rate),
        **fields,
    )


def an_invoice_document(
    seller: BillingEntity,
    buyer: Customer,
    *,
    lines: Sequence[Line] = (),
    allowances_charges: Sequence[AllowanceCharge] = (),
    currency: str = "EUR",
    **fields: Any,
) -> Document:
    """An invoice as a value, added up by our own arithmetic. By default one line of 100.00 at 21 %."""
    numbered = tuple(
        Line(**{name: getattr(line, name) for name in Line.__struct_fields__} | {"id": str(position)})
        for position, line in enumerate(lines or [a_line()], start=1)
    )
    taxes = tax_groups(numbered, allowances_charges, currency)
    sums = {
        name: fields.pop(name)
        for name in ("prepaid_amount", "rounding_amount", "accounting_tax_total")
        if name in fields
    }
    defaults = {
        "kind": "invoice",
        "type_code": "380",
        "profile": "peppol-bis-3",
        "number": f"INV-2026-{next(count):04}",
        "date": date(2026, 11, 3),
        "due_date": date(2026, 12, 3),
        "currency": currency,
        "language": buyer.language,
        "buyer_reference": buyer.buyer_reference or "REF-1",
        "seller": party_of(seller),
        "buyer": party_of(buyer),
        "payment_means": (PaymentMeans(code="30", account=seller.bank_account),)
        if seller.bank_account
        else (),
        "allowances_charges": tuple(allowances_charges),
        "taxes": taxes,
        "totals": totals(numbered, allowances_charges, taxes, currency=currency, **sums),
        "lines": numbered,
    }
    return Document(**defaults | fields)


def a_final_invoice(
    platform: Platform, *, seller: BillingEntity | None = None, buyer: Customer | None = None, **fields: Any
) -> Invoice:
    """A FINAL, unpaid invoice; `fields` as for `an_invoice_document`."""
    seller = seller or platform.billing_entities.first() or an_entity(platform)
    buyer = buyer or platform.customers.first() or a_customer(platform)
    document = an_invoice_document(seller, buyer, **fields)
    return import_document(platform=platform, document=document, actor=CLERK, at=NOON)


def a_payment(invoice: Invoice, amount: str, **fields: Any) -> Payment:
    defaults = {"date": NOON.date(), "method": "bank_transfer", "actor": CLERK, "at": NOON}
    return record_payment(
        platform=invoice.platform, invoice_id=invoice.pk, amount=Decimal(amount), **defaults | fields
    )


def a_paid_invoice(platform: Platform, **fields: Any) -> Invoice:
    invoice = a_final_invoice(platform, **fields)
    a_payment(invoice, str(invoice.total))
    return Invoice.objects.get(pk=invoice.pk)


def a_draft_note(invoice: Invoice, **fields: Any) -> CreditNote:
    """A DRAFT that credits an entire invoice."""
    note = credit_invoice(
        platform=invoice.platform, invoice_id=invoice.pk, **{"actor": CLERK, "at": NOON} | fields
    )
    return CreditNote.objects.get(pk=note.pk)


def a_final_note(invoice: Invoice, **fields: Any) -> CreditNote:
    """A FINAL note that credits an entire invoice."""
    draft = a_draft_note(invoice)
    note = finalize_credit_note(
        platform=invoice.platform, credit_note_id=draft.pk, **{"actor": CLERK, "at": NOON} | fields
    )
    return CreditNote.objects.get(pk=note.pk)


def a_member(platform: Platform, role: str = "CLERK", username: str = "clara", **fields: Any) -> User:
    """A person with a place on the platform, whose password is `secret-42`."""
    defaults = {"first_name": "Clara", "last_name": "Clerk", "email": f"{username}@acme.example"}
    user = User.objects.create_user(username, password="secret-42", **defaults | fields)
    Member.objects.create(user=user, platform=platform, role=role)
    return user


def an_api_key(platform: Platform, permissions: Sequence[str] = ("*",), **fields: Any) -> str:
    """The secret of a fresh API key; `fields` as for `create_key`."""
    defaults = {"name": "Test key", "granted": a_grant(platform), "actor": CLERK, "at": NOON}
    _, secret = create_key(platform=platform, permissions=permissions, **defaults | fields)
    return secret


def a_grant(*platforms: Platform) -> dict[str, list[str]]:
    """What somebody may grant who may do everything on these platforms."""
    return {platform.pk: ["*"] for platform in platforms}


def a_draft_invoice(platform: Platform, **fields: Any) -> Invoice:
    """A DRAFT invoice; `fields` as for `an_invoice_document`."""
    seller = platform.billing_entities.first() or an_entity(platform)
    buyer = platform.customers.first() or a_customer(platform)
    document = an_invoice_document(seller, buyer, **fields)
    with transaction.atomic():
        return create_draft(
            invoice_id=new_id("inv"), billing_entity=seller, customer_id=buyer.pk, document=document, at=NOON
        )


def a_webhook_endpoint(platform: Platform, url: str, event_types: Sequence[str] = ()) -> WebhookEndpoint:
    return WebhookEndpoint.objects.create(
        platform=platform, url=url, secret=new_secret(), event_types=list(event_types)
    )


def a_gateway_account(
    platform: Platform, *, key: str = "sk_test_42", secret: str = "whsec_test_42"
) -> GatewayAccount:
    """The platform's account at Stripe: by default that of tests/stripe_server.py."""
    return GatewayAccount.objects.create(platform=platform, secret_key=key, webhook_secret=secret)
