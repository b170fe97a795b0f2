"""Returned withheld tax, as the API takes and shows it."""

from rest_framework import serializers

from billing.api.fields import AmountIn, AmountOut, Reading


class ReturnTaxWithheldIn(Reading):
    tax_withheld = serializers.CharField(
        max_length=40,
        required=False,
        help_text="Default: what was withheld last and has not all been returned.",
    )
    amount = AmountIn(required=False, help_text="Default: as much as there is.")
    date = serializers.DateField()
    reference = serializers.CharField(max_length=200, allow_blank=True, default="")


class TaxWithheldRefundOut(serializers.Serializer):
    """Withheld tax that a note returned; a negative amount took a return away."""

    id = serializers.CharField()
    tax_withheld = serializers.CharField(source="tax_withheld_id")
    amount = AmountOut()
    date = serializers.DateField()
    reference = serializers.CharField()
    reverses = serializers.CharField(source="reverses_id", allow_null=True)
