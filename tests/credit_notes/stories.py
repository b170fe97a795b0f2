"""How these tests credit an invoice, and how they look at a refusal."""

import pytest

from billing.errors import BillingError
from credit_notes.models import CreditNote
from credit_notes.services import credit_invoice
from invoices.models import Invoice
from tests.books import digest_of_rows
from tests.factories import CLERK, NOON


def credit(invoice: Invoice, **wish: object) -> CreditNote:
    """Credit an entire invoice in one go, as `credit_invoice` does, and return the note as it is stored."""
    defaults = {"platform": invoice.platform, "invoice_id": invoice.pk, "actor": CLERK, "at": NOON}
    return CreditNote.objects.get(pk=credit_invoice(**defaults | wish).pk)


def refusal(invoice: Invoice, **wish: object) -> BillingError:
    """Return how a credit was refused. Nothing has happened."""
    before = digest_of_rows()
    with pytest.raises(BillingError) as caught:
        credit(invoice, **wish)
    assert digest_of_rows() == before
    return caught.value
