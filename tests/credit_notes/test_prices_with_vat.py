"""What was sold at a price with VAT is credited at that price, piece by piece, whichever piece comes last."""

from decimal import Decimal

from billing_desk.audit import audit
from credit_notes.selection import Pick, Selection
from credit_notes.services import credit_invoice
from invoices.models import Invoice
from invoices.services import create_invoice
from invoices.wish import InvoiceWish, LineWish
from tests.factories import CLERK, NOON, a_customer, an_entity

BY = {"actor": CLERK, "at": NOON}


def sold(platform, *lines: tuple[str, str, str]) -> Invoice:
    """A final invoice over lines of a quantity, a price with VAT, and a rate."""
    an_entity(platform)
    wish = InvoiceWish(
        customer=a_customer(platform).pk,
        currency="EUR",
        price_type="tax_inclusive",
        lines=tuple(
            LineWish(name="Ware", quantity=Decimal(q), unit_price=Decimal(p), tax_rate=Decimal(r))
            for q, p, r in lines
        ),
    )
    return create_invoice(platform=platform, wish=wish, finalize=True, **BY)


def test_pieces_of_two_lines_at_one_rate_cost_what_they_cost(platform):
    # given
    invoice = sold(platform, ("3", "9.99", "21"), ("7", "1.01", "21"), ("2", "4.95", "9"))
    first, second, _ = invoice.lines.order_by("position")

    # when
    steps = [(first, 1), (first, 1), (second, 3), (first, 1), (second, 4)]
    totals = [
        credit_invoice(
            platform=platform,
            invoice_id=invoice.pk,
            selection=Selection(picks=(Pick(invoice_line=line.pk, quantity=Decimal(pieces)),)),
            finalize=True,
            **BY,
        ).total
        for line, pieces in steps
    ]
    rest = credit_invoice(platform=platform, invoice_id=invoice.pk, finalize=True, **BY)

    # then
    assert totals == [Decimal(total) for total in ("9.99", "9.99", "3.03", "9.99", "4.04")]
    assert (rest.total, [line.line_id for line in rest.lines.all()]) == (Decimal("9.90"), ["3"])
    assert audit(files=False).findings == ()
