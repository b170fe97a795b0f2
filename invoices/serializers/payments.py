"""Payments and withheld tax as the API takes and shows them."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.api import aliases
from billing.api.fields import AmountIn, AmountOut, ObjectOut, Reading
from invoices.models import Payment


class StatusIn(serializers.ChoiceField):
    """A word in small letters; the capitals in which it is answered are taken too."""

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(data.lower() if isinstance(data, str) else data)


class RecordPaymentIn(Reading):
    aliases: ClassVar = aliases.MONEY

    amount = AmountIn()
    date = serializers.DateField(required=False, help_text="Default: today.")
    method = serializers.ChoiceField(choices=Payment.Method.of_money(), default=Payment.Method.BANK_TRANSFER)
    reference = serializers.CharField(max_length=200, allow_blank=True, default="")
    status = StatusIn(
        choices=["succeeded", "in_progress"],
        default="succeeded",
        help_text="In progress: a direct debit, say, that may still fail.",
    )

    def validate_status(self, status: str) -> str:
        return status.upper()


class PaymentOfInvoiceIn(RecordPaymentIn):
    invoice = serializers.CharField(max_length=40, help_text="The invoice that it is for.")


class TaxWithheldIn(Reading):
    amount = AmountIn()
    date = serializers.DateField(required=False, help_text="Default: today.")
    reference = serializers.CharField(max_length=200, allow_blank=True, default="")


class FailIn(Reading):
    reason = serializers.CharField(max_length=500, allow_blank=True, default="", help_text="Why it failed.")


class ExcessOut(serializers.Serializer):
    """What the payment brought beyond its invoice's debt, kept as the customer's credit."""

    id = serializers.CharField()
    amount = AmountOut()
    amount_applied = AmountOut()
    amount_available = AmountOut()


class PaymentOut(serializers.Serializer):
    object = ObjectOut("payment")
    id = serializers.CharField()
    invoice = serializers.CharField(source="invoice_id")
    customer = serializers.CharField(source="invoice.customer_id")
    amount = AmountOut()
    currency = serializers.CharField()
    date = serializers.DateField()
    method = serializers.ChoiceField(choices=Payment.Method.choices)
    reference = serializers.CharField()
    status = serializers.ChoiceField(choices=Payment.Status.choices)
    overpayment = serializers.CharField(
        source="overpayment_id", allow_null=True, help_text="The credit that it was paid with."
    )
    excess = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    @extend_schema_field(ExcessOut(allow_null=True))
    def get_excess(self, payment: Payment) -> dict[str, Any] | None:
        kept = getattr(payment, "excess", None)
        return ExcessOut(kept).data if kept else None


class TaxWithheldOut(serializers.Serializer):
    id = serializers.CharField()
    amount = AmountOut()
    date = serializers.DateField()
    reference = serializers.CharField()
    created_at = serializers.DateTimeField()
