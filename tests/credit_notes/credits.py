"""Credit to give away, invoices to give it to, and how a refusal is looked at. There is no VAT in these."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from billing.errors import BillingError
from billing.platforms.models import Platform
from credit_notes.models import Allocation, CreditNote
from credit_notes.services import allocate, credit_invoice
from invoices.models import Invoice, TaxWithheld
from invoices.services import record_tax_withheld
from tests.books import digest_of_rows
from tests.factories import CLERK, NOON, a_final_invoice, a_line, a_paid_invoice

BY = {"actor": CLERK, "at": NOON}


def an_invoice_of(platform: Platform, total: str, **fields: Any) -> Invoice:
    """A FINAL, unpaid invoice of one line without VAT."""
    line = a_line(total, rate="0", category="Z", currency=fields.get("currency", "EUR"))
    return a_final_invoice(platform, lines=[line], **fields)


def a_credit_of(platform: Platform, total: str, *, type: str = "", **fields: Any) -> CreditNote:
    """A FINAL note, all of it available: the credit of an entire paid invoice."""
    line = a_line(total, rate="0", category="Z", currency=fields.get("currency", "EUR"))
    invoice = a_paid_invoice(platform, lines=[line], **fields)
    return credited(invoice, type=type)


def credited(invoice: Invoice, **wish: Any) -> CreditNote:
    """A FINAL note over an entire invoice."""
    note = credit_invoice(platform=invoice.platform, invoice_id=invoice.pk, finalize=True, **BY | wish)
    return CreditNote.objects.get(pk=note.pk)


def given(note: CreditNote, invoice: Invoice, amount: str | None = None) -> Allocation:
    return allocate(
        platform=note.platform,
        credit_note_id=note.pk,
        invoice_id=invoice.pk,
        amount=None if amount is None else Decimal(amount),
        **BY,
    )


def withheld_from(invoice: Invoice, amount: str, **fields: Any) -> TaxWithheld:
    """Tax that the customer of an invoice withheld."""
    wish = {"date": NOON.date(), **BY} | fields
    return record_tax_withheld(
        platform=invoice.platform, invoice_id=invoice.pk, amount=Decimal(amount), **wish
    )


def due(invoice: Invoice) -> Decimal:
    return Invoice.objects.get(pk=invoice.pk).amount_due


def left(note: CreditNote) -> Decimal:
    return CreditNote.objects.get(pk=note.pk).amount_available


def refused(call: Callable[[], Any]) -> BillingError:
    """Return how a call was refused. Nothing has happened."""
    before = digest_of_rows()
    with pytest.raises(BillingError) as caught:
        call()
    assert digest_of_rows() == before
    return caught.value
