"""Credit given to invoices, as the API takes and shows it."""

from typing import Any, ClassVar

from rest_framework import serializers

from billing.api import aliases
from billing.api.fields import AmountIn, Reading

MOST_NOTES = 100


class AllocateIn(Reading):
    """Where credit goes. An empty body gives all of it to the customer's invoices, oldest due date first."""

    aliases: ClassVar = aliases.ALLOCATION

    invoice = serializers.CharField(max_length=40, required=False)
    amount = AmountIn(required=False, help_text="With `invoice`; default: as much as fits.")

    def validate(self, wish: dict[str, Any]) -> dict[str, Any]:
        if "amount" in wish and "invoice" not in wish:
            raise serializers.ValidationError({"amount": "Name the `invoice` that this amount goes to."})
        return wish


class ApplyCreditsIn(Reading):
    credit_notes = serializers.ListField(
        child=serializers.CharField(max_length=40),
        max_length=MOST_NOTES,
        required=False,
        help_text="Ids of the only notes to use. Default: store notes, then refundable ones, oldest first.",
    )


class RemoveCreditNoteIn(Reading):
    credit_note = serializers.CharField(max_length=40)
