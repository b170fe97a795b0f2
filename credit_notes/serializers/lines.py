"""A line of a credit note as the API takes it: a part of an invoice's line, or a line of its own."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

from rest_framework import serializers

from billing.api import aliases
from billing.api.fields import AmountIn, NumberIn, PercentIn, Reading
from billing.documents.snapshot import Period
from billing.errors import Invalid
from billing.money import ZERO
from credit_notes.models import LONGEST_NOTE
from credit_notes.picking import QuantityAndAmount
from credit_notes.selection import FreeLine, Pick
from invoices.serializers.wishes import PeriodIn

MOST_LINES = 10_000
NOT_TRUSTED = "Read and worked out anew."


class SeveralTaxRates(Invalid):
    code = "several_tax_rates"
    title = "A line has one rate of VAT"


class TaxIn(Reading):
    """A tax as it is named elsewhere: its rate counts."""

    name = serializers.CharField(max_length=100, required=False)
    rate = PercentIn()
    tax_total = NumberIn(zero=True, required=False, help_text=NOT_TRUSTED)


class CreditLineIn(Reading):
    """A part of a line of the invoice, or a free line, which has a name and a price instead.

    Of an invoice's line give a `quantity`, or a `net_amount` without VAT, or neither for all that is left.
    Where the line is negative, so are they.
    """

    aliases: ClassVar = aliases.NOTE_LINE

    invoice_line = serializers.CharField(max_length=40, required=False)
    quantity = NumberIn(negative=True, required=False)
    net_amount = AmountIn(negative=True, required=False)
    name = serializers.CharField(max_length=1000, required=False)
    description = serializers.CharField(max_length=LONGEST_NOTE, allow_blank=True, required=False)
    unit = serializers.CharField(max_length=10, required=False, help_text="UNECE Rec 20; default C62.")
    unit_price = NumberIn(zero=True, required=False, help_text="Without VAT.")
    tax_category = serializers.CharField(max_length=2, required=False)
    tax_rate = PercentIn(required=False, allow_null=True)
    exemption_reason = serializers.CharField(
        max_length=300, allow_blank=True, required=False, help_text="Of a note without an invoice."
    )
    exemption_code = serializers.CharField(
        max_length=30, allow_blank=True, required=False, help_text="VATEX; of a note without an invoice."
    )
    taxes = TaxIn(
        many=True, required=False, max_length=20, help_text="At most one; `tax_rate` says the same."
    )
    total_amount = NumberIn(negative=True, required=False, help_text=NOT_TRUSTED)
    tax_total = NumberIn(negative=True, required=False, help_text=NOT_TRUSTED)
    period = PeriodIn(required=False)

    def validate(self, line: dict[str, Any]) -> dict[str, Any]:
        if len(line.get("taxes", ())) > 1:
            raise SeveralTaxRates(
                "Several rates on one line cannot be written on an e-invoice: give a line for each.",
                field="taxes",
            )
        if line.get("taxes"):
            line["tax_rate"] = line["taxes"][0]["rate"]
        if "invoice_line" not in line:
            self.require_free(line)
        elif "net_amount" in line and ("quantity" in line or "unit_price" in line):
            raise QuantityAndAmount(
                "Give a net_amount, or a quantity with or without a unit_price.", field="net_amount"
            )
        return line

    def require_free(self, line: dict[str, Any]) -> None:
        missing = [name for name in ("name", "quantity", "unit_price") if name not in line]
        if missing:
            message = f"Name an invoice_line, or give a free line its {', '.join(missing)}."
            raise serializers.ValidationError({missing[0]: message})
        if "net_amount" in line:
            raise serializers.ValidationError({"net_amount": "A free line has a quantity and a unit_price."})
        if line["quantity"] < ZERO:
            raise serializers.ValidationError({"quantity": "The quantity of a free line is not negative."})


def pick_of(line: dict[str, Any]) -> Pick:
    """Return a part of an invoice's line."""
    said = {"invoice_line": line["invoice_line"], "tax_rate": line.get("tax_rate")}
    if "unit_price" in line:
        return Pick(net_amount=line.get("quantity", Decimal(1)) * line["unit_price"], **said)
    return Pick(quantity=line.get("quantity"), net_amount=line.get("net_amount"), **said)


def free_of(line: dict[str, Any]) -> FreeLine:
    """Return a line that no invoice has."""
    period = line.get("period")
    return FreeLine(
        name=line["name"],
        description=line.get("description", ""),
        quantity=line["quantity"],
        unit=line.get("unit", "C62"),
        unit_price=line["unit_price"],
        tax_category=line.get("tax_category", ""),
        tax_rate=line.get("tax_rate"),
        exemption_reason=line.get("exemption_reason", ""),
        exemption_code=line.get("exemption_code", ""),
        period=Period(**period) if period else None,
    )


def bonus_of(lines: Sequence[dict[str, Any]]) -> tuple[FreeLine, ...]:
    """Return the lines of a note without an invoice."""
    for place, line in enumerate(lines):
        if "invoice_line" in line:
            message = "A note without an invoice takes nothing of an invoice's line."
            raise serializers.ValidationError({"lines": {str(place): {"invoice_line": message}}})
    return tuple(free_of(line) for line in lines)
