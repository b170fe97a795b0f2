"""An invoice that was wrong is credited and drafted anew: the copy says what the original said."""

from decimal import Decimal
from typing import Any

import pytest

from billing.documents.snapshot import Document
from credit_notes.models import CreditNote
from credit_notes.services import credit_and_copy
from credit_notes.services.copy import CreditedAndCopied
from invoices.models import Invoice
from tests.factories import CLERK, NOON, a_draft_invoice, a_final_invoice, a_line
from tests.invoices.wishes import a_line_wish, an_extra_wish, create

from .stories import again, due, refused


def copied(invoice: Invoice, **said: Any) -> CreditedAndCopied:
    defaults = {"platform": invoice.platform, "invoice_id": invoice.pk, "actor": CLERK, "at": NOON}
    return credit_and_copy(**defaults | said)


def sums(document: Document) -> tuple[object, ...]:
    return document.lines, document.allowances_charges, document.taxes, document.totals


def with_vat_and_a_discount(platform: Any) -> Invoice:
    discount = an_extra_wish("12.10")
    return create(
        platform,
        a_line_wish("121.00"),
        allowances_charges=(discount,),
        price_type="tax_inclusive",
        finalize=True,
    )


def rounded_elsewhere(platform: Any) -> Invoice:
    """Three pieces at 3.33 that their seller invoiced as 10.00."""
    line = a_line(quantity="3", unit_price="3.33")
    values = {name: getattr(line, name) for name in line.__struct_fields__} | {"net_amount": Decimal("10.00")}
    return a_final_invoice(platform, lines=[type(line)(**values)])


@pytest.mark.parametrize("finalize_copy", [False, True])
@pytest.mark.parametrize(
    ("make", "total"), [(with_vat_and_a_discount, "108.90"), (rounded_elsewhere, "12.10")]
)
def test_the_copy_comes_to_the_same_however_the_sums_were_made(platform, make, total, finalize_copy):
    # given
    invoice = make(platform)
    assert invoice.total == Decimal(total)

    # when
    made = copied(invoice, finalize_credit_note=True, finalize_copy=finalize_copy)

    # then
    copy = Invoice.objects.with_snapshot().get(pk=made.copy.pk)
    assert (copy.total, copy.copy_of, copy.is_final) == (Decimal(total), invoice, finalize_copy)
    assert [line.net_amount for line in copy.lines.all()] == [line.net_amount for line in invoice.lines.all()]
    assert (made.credit_note.total, due(invoice)) == (Decimal(total), "0.00")
    if finalize_copy:
        assert sums(copy.snapshot) == sums(Invoice.objects.with_snapshot().get(pk=invoice.pk).snapshot)


def test_an_accounting_currency_without_a_known_rate_is_left_out(platform):
    invoice = a_final_invoice(
        platform, currency="SEK", accounting_currency="EUR", accounting_tax_total=Decimal("1.84")
    )

    copy = again(copied(invoice).copy)

    assert (copy.currency, copy.accounting_currency, copy.accounting_tax_total) == ("SEK", "", None)
    assert copy.total == invoice.total


def test_a_known_rate_goes_along(platform):
    invoice = create(
        platform,
        finalize=True,
        currency="SEK",
        accounting_currency="EUR",
        exchange_rate=Decimal("0.0875"),
    )

    copy = again(copied(invoice, finalize_copy=True).copy)

    assert (copy.accounting_currency, copy.exchange_rate) == ("EUR", Decimal("0.0875"))
    assert copy.accounting_tax_total == Decimal("1.84")


def test_a_copy_that_would_not_be_valid_leaves_no_note_and_no_draft(platform):
    invoice = a_final_invoice(platform)
    invoice.customer.country = ""
    invoice.customer.save()

    refusal = refused(lambda: copied(invoice, finalize_credit_note=True, finalize_copy=True))

    assert refusal.code == "einvoice_invalid"
    assert not CreditNote.objects.exists()


def test_a_draft_is_not_credited_and_copied(platform):
    draft = a_draft_invoice(platform)

    assert refused(lambda: copied(draft)).code == "invoice_not_final"


def test_what_is_credited_already_is_not_copied(platform):
    invoice = a_final_invoice(platform)
    copied(invoice, finalize_credit_note=True)

    assert refused(lambda: copied(invoice)).code == "nothing_left_to_credit"
