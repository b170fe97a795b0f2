"""How these tests credit an invoice or a part of it, and how they look at a refusal."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from billing.errors import BillingError
from billing.platforms.models import Platform
from credit_notes.models import CreditNote
from credit_notes.selection import FreeLine, Pick, Selection
from credit_notes.services import credit_invoice, finalize_credit_note, void_credit_note
from invoices.models import Invoice
from tests.books import digest_of_rows
from tests.factories import CLERK, NOON, a_final_invoice, a_line

DRIFTING = ("68.33", "68.33", "57.50", "85.00")
"""Net amounts whose VAT at 20 %, taken line by line, is a cent more than the invoice's: 55.84 and 55.83."""


def credit(invoice: Invoice, **wish: object) -> CreditNote:
    """Credit an invoice, by default all of it, as `credit_invoice` does; return the note as it is stored."""
    defaults = {"platform": invoice.platform, "invoice_id": invoice.pk, "actor": CLERK, "at": NOON}
    return CreditNote.objects.get(pk=credit_invoice(**defaults | wish).pk)


def refusal(invoice: Invoice, **wish: object) -> BillingError:
    """Return how a credit was refused. Nothing has happened."""
    return refused(lambda: credit(invoice, **wish))


def refused(deed: Callable[[], object]) -> BillingError:
    """Return how a deed was refused. Nothing has happened."""
    before = digest_of_rows()
    with pytest.raises(BillingError) as caught:
        deed()
    assert digest_of_rows() == before
    return caught.value


def issue(invoice: Invoice, selection: Selection, **wish: object) -> CreditNote:
    """Credit a part of an invoice in a FINAL note."""
    return credit(invoice, selection=selection, finalize=True, **wish)


def finalize(note: CreditNote, **wish: object) -> CreditNote:
    defaults = {"platform": note.platform, "credit_note_id": note.pk, "actor": CLERK, "at": NOON}
    return CreditNote.objects.get(pk=finalize_credit_note(**defaults | wish).pk)


def void(note: CreditNote) -> CreditNote:
    void_credit_note(
        platform=note.platform, credit_note_id=note.pk, reason="Wrong customer", actor=CLERK, at=NOON
    )
    return CreditNote.objects.get(pk=note.pk)


def four_lines(platform: Platform, **fields: Any) -> Invoice:
    """The invoice that drifts by a cent elsewhere: 279.16 at 20 %, VAT 55.83, total 334.99."""
    return a_final_invoice(platform, lines=[a_line(net, rate="20") for net in DRIFTING], **fields)


def line_id(invoice: Invoice, position: int) -> str:
    return invoice.lines.get(position=position).pk


def a_pick(invoice: Invoice, position: int, **part: str) -> Pick:
    """A line of an invoice by its position, from 1: `quantity`, `net_amount`, or all that is left."""
    return Pick(
        invoice_line=line_id(invoice, position), **{name: Decimal(value) for name, value in part.items()}
    )


def pick(invoice: Invoice, position: int, **part: str) -> Selection:
    return Selection(picks=(a_pick(invoice, position, **part),))


def lump_sum(amount: str) -> Selection:
    return Selection(amount=Decimal(amount))


def a_free_line(price: str, *, quantity: str = "1", rate: str | None = None, **fields: Any) -> FreeLine:
    return FreeLine(
        name=fields.pop("name", "Goodwill"),
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        tax_rate=None if rate is None else Decimal(rate),
        **fields,
    )


def nets_of(note: CreditNote) -> list[str]:
    return [f"{line.net_amount:.2f}" for line in note.lines.order_by("position")]


def sums_of(note: CreditNote) -> tuple[str, str, str]:
    """Return net total, tax total and total."""
    return f"{note.net_total:.2f}", f"{note.tax_total:.2f}", f"{note.total:.2f}"


def balance_of(note: CreditNote) -> tuple[str, str, str, str]:
    """Return the type, and what was allocated, refunded and is available."""
    amounts = (note.amount_allocated, note.amount_refunded, note.amount_available)
    return note.type, *(f"{amount:.2f}" for amount in amounts)


def again(row: Any) -> Any:
    """Return a row as it is now."""
    return type(row).objects.get(pk=row.pk)


def due(invoice: Invoice) -> str:
    return f"{again(invoice).amount_due:.2f}"
