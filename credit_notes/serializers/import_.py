"""A credit note that was issued elsewhere, as the API takes it."""

from typing import Any, ClassVar

from rest_framework import serializers

from billing.api import aliases
from billing.api.fields import AmountIn, DayIn, Reading
from invoices.models import Payment

from .wishes import CreateCreditNoteIn

MOST_ROWS = 100


class PastAllocationIn(Reading):
    aliases: ClassVar = aliases.ALLOCATION

    invoice = serializers.CharField(max_length=40, help_text="Another one than the note corrects.")
    amount = AmountIn()


class PastRefundIn(Reading):
    aliases: ClassVar = aliases.MONEY

    amount = AmountIn()
    date = serializers.DateField()
    method = serializers.ChoiceField(choices=Payment.Method.of_money())
    reference = serializers.CharField(max_length=200, allow_blank=True, default="")
    reason_code = serializers.CharField(max_length=50, allow_blank=True, default="")


class ImportCreditNoteIn(CreateCreditNoteIn):
    """A note as it was issued elsewhere, and what became of its money beyond its own invoice's debt."""

    aliases: ClassVar = aliases.IMPORT

    number = serializers.CharField(max_length=200, help_text="As it was issued; it is kept.")
    date = DayIn(help_text="As it was issued.")
    allocations = PastAllocationIn(many=True, required=False, max_length=MOST_ROWS)
    refunds = PastRefundIn(many=True, required=False, max_length=MOST_ROWS)
    sequence = None  # its number says which
    finalize = None  # it is final
    notify = None  # the customer has it
    source_payment = None  # `refunds` tell
    force_init_on_hold = None

    def validate(self, wish: dict[str, Any]) -> dict[str, Any]:
        return super().validate(wish | {"finalize": True, "notify": False, "force_init_on_hold": False})
