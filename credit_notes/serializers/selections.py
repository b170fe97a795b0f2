"""What to credit of an invoice, or of several, as the API takes it."""

from typing import Any, ClassVar

from rest_framework import serializers

from billing.api import aliases
from billing.api.fields import AmountIn, Reading
from billing.errors import Invalid
from credit_notes.by_period import Node
from credit_notes.selection import Selection

from .lines import MOST_LINES, CreditLineIn, free_of, pick_of
from .periods import GroupNodeIn, PeriodNodeIn, node_of, refuse_empty

MOST_INVOICES = 100
SELECTING = ("lines", "amount", "periods", "groups")
"""Each says what to credit of an invoice."""


NULLABLE = ("periods", "groups")
"""Of these null is as if they were not there."""


class LinesAndTotal(Invalid):
    code = "lines_and_total_both_given"
    title = "It was said twice what to credit"


class SelectionIn(Reading):
    """What to credit of an invoice: lines, or a lump sum, or periods; nothing is all that is left."""

    lines = CreditLineIn(many=True, required=False, max_length=MOST_LINES)
    amount = AmountIn(zero=True, required=False, help_text="A lump sum with VAT; 0 corrects data only.")
    periods = PeriodNodeIn(
        many=True,
        required=False,
        allow_null=True,
        max_length=MOST_LINES,
        help_text="By their order on the invoice, from 1.",
    )
    groups = GroupNodeIn(
        many=True,
        required=False,
        allow_null=True,
        max_length=MOST_LINES,
        help_text="Groups of the first period.",
    )

    def validate(self, wish: dict[str, Any]) -> dict[str, Any]:
        wish = {name: value for name, value in wish.items() if name not in NULLABLE or value is not None}
        given = [name for name in SELECTING if name in wish]
        if len(given) > 1:
            said = " and ".join(self.root.sent_names.get(name, name) for name in given)
            raise LinesAndTotal(f"Give one of {said}: each says what to credit.", field=given[1])
        if given == ["groups"] and self.root is self:
            self.sent_names["periods.0.groups"] = self.sent_names.get("groups", "groups")
        return refuse_empty(wish, *given)


class InvoicePartIn(SelectionIn):
    """One of several invoices, and what to credit of it."""

    aliases: ClassVar = aliases.NOTE_PART

    invoice = serializers.CharField(max_length=40)


def require_parts(wish: dict[str, Any]) -> None:
    """Refuse invoices without any, and what would have to be said of one of them."""
    if "invoices" not in wish:
        return
    refuse_empty(wish, "invoices")
    for name in SELECTING:
        if name in wish:
            raise LinesAndTotal(f"Say within `invoices` what to credit of each, not in {name}.", field=name)


def selection_in(wish: dict[str, Any]) -> Selection | list[Node]:
    """Return what is to be credited of one invoice; periods still have to be looked up on it."""
    if "periods" in wish:
        return [node_of(period, "period", "groups") for period in wish["periods"]]
    if "groups" in wish:
        children = tuple(node_of(group, "group", "lines") for group in wish["groups"])
        return [Node(order=1, children=children)]
    lines = wish.get("lines", ())
    return Selection(
        amount=wish.get("amount"),
        picks=tuple(pick_of(line) for line in lines if "invoice_line" in line),
        free=tuple(free_of(line) for line in lines if "invoice_line" not in line),
    )
