"""Tax that a customer withholds settles the invoice like money."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from billing.errors import BillingError
from billing.events.models import Event
from invoices.models import Invoice, TaxWithheld
from invoices.services import record_tax_withheld
from tests.books import digest_of_rows
from tests.factories import CLERK, NOON, a_draft_invoice, a_final_invoice, a_payment, a_platform
from tests.threads import at_once


def withhold(invoice: Invoice, amount: str, **fields: Any) -> TaxWithheld:
    defaults = {"date": NOON.date(), "actor": CLERK, "at": NOON}
    return record_tax_withheld(
        platform=invoice.platform, invoice_id=invoice.pk, amount=Decimal(amount), **defaults | fields
    )


def test_it_lowers_what_is_due(platform):
    # given
    invoice = a_final_invoice(platform)

    # when
    row = withhold(invoice, "10.00", date=date(2026, 11, 18), reference="TDS 7")

    # then
    assert (row.amount, row.date, row.reference) == (Decimal("10.00"), date(2026, 11, 18), "TDS 7")
    invoice = Invoice.objects.get()
    assert (invoice.amount_withheld, invoice.amount_due) == (Decimal("10.00"), Decimal("111.00"))
    event = Event.objects.get(type="billing.invoice.tax_withheld")
    assert event.data["tax_withheld"] == {"id": row.pk, "amount": "10.00"}
    assert event.data["previous"] == {"amount_withheld": "0.00", "amount_due": "121.00"}
    assert (event.data["object"]["amount_withheld"], event.data["object"]["amount_due"]) == (
        "10.00",
        "111.00",
    )


@pytest.mark.parametrize("amount", ["81.01", "0", "-1", "1.005", "NaN", "1e30"])
def test_no_more_than_is_owed_beside_what_is_on_its_way(platform, amount):
    invoice = a_final_invoice(platform)
    a_payment(invoice, "40.00", status="IN_PROGRESS")
    before = digest_of_rows()

    with pytest.raises(BillingError) as caught:
        withhold(invoice, amount)

    assert (caught.value.code, caught.value.field) == ("withholding_not_possible", "amount")
    assert caught.value.facts["limit"] == "81.00"
    assert digest_of_rows() == before


def test_nothing_is_withheld_from_a_draft_nor_tomorrow(platform):
    with pytest.raises(BillingError, match="is a draft"):
        withhold(a_draft_invoice(platform), "1.00")
    with pytest.raises(BillingError) as caught:
        withhold(a_final_invoice(platform), "1.00", date=date(2026, 11, 21))

    assert (caught.value.code, caught.value.field) == ("date_in_future", "date")


@pytest.mark.django_db(transaction=True)
def test_payments_and_withholdings_at_once_never_settle_more_than_is_due():
    invoice = a_final_invoice(a_platform())

    at_once([partial(withhold if place % 2 else a_payment, invoice, "40.00") for place in range(16)])

    invoice = Invoice.objects.get()
    assert (invoice.amount_paid + invoice.amount_withheld, invoice.amount_due) == (
        Decimal("120.00"),
        Decimal("1.00"),
    )
