"""What came in can be corrected: odd but valid invoices are drafted, finalised and frozen as they were."""

from decimal import Decimal
from typing import Any

import pytest

from billing.documents.snapshot import AllowanceCharge, PaymentMeans, TaxGroup
from billing.einvoice.gate import check
from billing.einvoice.refusals import EInvoiceInvalid
from billing.einvoice.ubl.writer import serialize
from billing.errors import BillingError
from credit_notes.models import CreditNote
from credit_notes.services import finalize_credit_note
from invoices.models import Invoice
from invoices.services import import_file
from tests.factories import (
    CLERK,
    NOON,
    a_customer,
    a_draft_note,
    a_line,
    a_platform,
    an_entity,
    an_invoice_document,
)

GERMAN = {
    "country": "DE",
    "line1": "Hauptstr. 1",
    "city": "Berlin",
    "postal_code": "10115",
    "phone": "+49 30 1",
}
SELLER = GERMAN | {
    "name": "Muster GmbH",
    "vat_number": "DE136695976",
    "endpoint_id": "DE136695976",
    "endpoint_scheme": "9930",
    "legal_id": "",
    "legal_id_scheme": "",
    "contact_name": "Rechnungswesen",
    "email": "rechnung@muster.example",
    "bank_account": "",
}
BUYER = GERMAN | {
    "name": "Käufer GmbH",
    "vat_number": "DE129273398",
    "endpoint_id": "DE129273398",
    "endpoint_scheme": "9930",
    "email": "einkauf@kaeufer.example",
}
DIRECT_DEBIT = PaymentMeans(code="59", mandate="M-1", debited_account="DE02120300000000202051")
A_THIRD_OFF = AllowanceCharge(
    is_charge=False,
    amount=Decimal("333333.33"),
    base_amount=Decimal("1000000.00"),
    percent=Decimal("33.333333"),
    reason="Third off",
    tax_category="S",
    tax_rate=Decimal(21),
)
REVERSE_CHARGE = TaxGroup(
    category="AE",
    rate=Decimal(0),
    base=Decimal("100.00"),
    amount=Decimal("0.00"),
    exemption_reason="Reverse charge",
    exemption_code="vatex-eu-ae",
)

ODD: dict[str, dict[str, Any]] = {
    "a direct debit within Germany": {
        "seller": SELLER,
        "buyer": BUYER,
        "lines": [a_line(rate="19")],
        "payment_means": (DIRECT_DEBIT,),
        "creditor_id": "DE98ZZZ09999999999",
    },
    "a third of a percent": {"lines": [a_line("1000000.00")], "allowances_charges": [A_THIRD_OFF]},
    "a price of nanocents": {"lines": [a_line(quantity="100000000000", unit_price="0.0000000333333")]},
    "a code in small letters": {"lines": [a_line(rate="0", category="AE")], "taxes": (REVERSE_CHARGE,)},
    "accounts in dinars": {"accounting_currency": "KWD", "accounting_tax_total": Decimal("7.53")},
}


def a_file(seller: dict[str, Any] | None = None, buyer: dict[str, Any] | None = None, **fields: Any) -> bytes:
    """An invoice as somebody else's system sends it."""
    elsewhere = a_platform("Elsewhere")
    parties = an_entity(elsewhere, **seller or {}), a_customer(elsewhere, **buyer or {})
    return serialize(an_invoice_document(*parties, **fields))


def imported(platform, xml: bytes) -> Invoice:
    return import_file(platform=platform, content=xml, actor=CLERK, at=NOON)


@pytest.mark.parametrize("fields", ODD.values(), ids=list(ODD))
def test_it_is_drafted_finalised_and_says_what_the_invoice_said(platform, fields):
    invoice = imported(platform, a_file(**fields))
    draft = a_draft_note(invoice)

    finalize_credit_note(platform=platform, credit_note_id=draft.pk, actor=CLERK, at=NOON)

    note = CreditNote.objects.with_snapshot().get(pk=draft.pk)
    assert note.number == "CR-2026-000001"
    assert note.snapshot.lines == invoice.snapshot.lines
    assert note.snapshot.taxes == invoice.snapshot.taxes
    assert note.snapshot.allowances_charges == invoice.snapshot.allowances_charges
    assert check(note.snapshot).is_valid


@pytest.mark.parametrize(
    ("fields", "currency", "rule"),
    [
        ({}, b"XAU", "BD-CURRENCY"),
        ({"accounting_currency": "CNH", "accounting_tax_total": Decimal("7.53")}, b"EUR", "BD-CURRENCY"),
        ({"accounting_currency": "JPY", "accounting_tax_total": Decimal("3456.50")}, b"EUR", "BD-MINOR-UNIT"),
    ],
)
def test_an_amount_that_cannot_be_kept_exactly_is_refused_at_the_door(platform, fields, currency, rule):
    xml = a_file(**fields).replace(b"EUR", currency)

    with pytest.raises(EInvoiceInvalid) as refusal:
        imported(platform, xml)

    assert rule in [found["id"] for found in refusal.value.facts["rules"]]
    assert Invoice.objects.for_platform(platform).count() == 0


def test_what_is_too_long_to_print_takes_no_number(platform):
    invoice = imported(platform, a_file(lines=[a_line("1.00") for _ in range(2001)]))
    draft = a_draft_note(invoice)

    with pytest.raises(BillingError) as refusal:
        finalize_credit_note(platform=platform, credit_note_id=draft.pk, actor=CLERK, at=NOON)

    assert refusal.value.code == "paper_too_large"
    assert CreditNote.objects.get(pk=draft.pk).is_draft
