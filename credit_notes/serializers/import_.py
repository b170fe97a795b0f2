"""A credit note that was issued elsewhere, as the API takes it."""

from typing import Any

from rest_framework import serializers

from billing.api.fields import AmountIn, Reading
from invoices.models import Payment

from .wishes import CreateCreditNoteIn

MOST_ROWS = 100
METHODS = [choice for choice in Payment.Method.choices if choice[0] != Payment.Method.OVERPAYMENT]


class PastAllocationIn(Reading):
    invoice = serializers.CharField(max_length=40, help_text="Another one than the note corrects.")
    amount = AmountIn()


class PastRefundIn(Reading):
    amount = AmountIn()
    date = serializers.DateField()
    method = serializers.ChoiceField(choices=METHODS)
    reference = serializers.CharField(max_length=200, allow_blank=True, default="")
    reason_code = serializers.CharField(max_length=50, allow_blank=True, default="")


class ImportCreditNoteIn(CreateCreditNoteIn):
    """A note as it was issued elsewhere, and what became of its money beyond its own invoice's debt."""

    number = serializers.CharField(max_length=200, help_text="As it was issued; it is kept.")
    date = serializers.DateField(help_text="As it was issued.")
    allocations = PastAllocationIn(many=True, required=False, max_length=MOST_ROWS)
    refunds = PastRefundIn(many=True, required=False, max_length=MOST_ROWS)
    sequence = None  # its number says which
    finalize = None  # it is final
    notify = None  # the customer has it
    force_init_on_hold = None

    def validate(self, wish: dict[str, Any]) -> dict[str, Any]:
        return super().validate(wish | {"finalize": True, "notify": False, "force_init_on_hold": False})
