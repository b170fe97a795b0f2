"""What somebody wants to have credited of an invoice: values, as they were asked for."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from billing.documents.snapshot import Period, Value


class Pick(Value, frozen=True, kw_only=True):
    """A part of one line of the invoice: a quantity, a net amount, or, with neither, all that is left."""

    invoice_line: str
    quantity: Decimal | None = None
    net_amount: Decimal | None = None
    tax_rate: Decimal | None = None  # only to be compared: the line's own rate is credited


class FreeLine(Value, frozen=True, kw_only=True):
    """A line that the invoice does not have: a bonus, a difference in price. Its price is without VAT."""

    name: str
    description: str = ""
    quantity: Decimal
    unit: str = "C62"
    unit_price: Decimal
    tax_category: str = ""  # "" is found out: by the rate, or the only one on the invoice
    tax_rate: Decimal | None = None
    exemption_reason: str = ""  # of a note without an invoice; the others have their invoice's
    exemption_code: str = ""
    period: Period | None = None


class Selection(Value, frozen=True, kw_only=True):
    """Lines of the invoice and free lines, or a lump sum with VAT, or, with neither, all that is left."""

    amount: Decimal | None = None
    picks: tuple[Pick, ...] = ()
    free: tuple[FreeLine, ...] = ()

    @property
    def is_everything(self) -> bool:
        return self.amount is None and not self.picks and not self.free


Selections = Sequence[tuple[str, Selection]]
"""The ids of invoices, each with what is to be credited of it."""
