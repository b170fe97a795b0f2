"""Payments and withheld tax as the API takes and shows them."""

from typing import Any

from rest_framework import serializers

from billing.api.fields import AmountIn, AmountOut, Reading
from billing.api.pagination import PageIn
from invoices.models import Payment

BY_HAND = [choice for choice in Payment.Method.choices if choice[0] != Payment.Method.OVERPAYMENT]
STATUSES = [Payment.Status.SUCCEEDED, Payment.Status.IN_PROGRESS]


class RecordPaymentIn(Reading):
    amount = AmountIn()
    date = serializers.DateField(required=False, help_text="Default: today.")
    method = serializers.ChoiceField(choices=BY_HAND, default=Payment.Method.BANK_TRANSFER)
    reference = serializers.CharField(max_length=200, allow_blank=True, default="")
    status = serializers.ChoiceField(
        choices=[name for status in STATUSES for name in (status.lower(), status.value)],
        default="succeeded",
        help_text="In progress: a direct debit, say, that may still fail.",
    )

    def validate_status(self, status: str) -> str:
        return status.upper()


class TaxWithheldIn(Reading):
    amount = AmountIn()
    date = serializers.DateField(required=False, help_text="Default: today.")
    reference = serializers.CharField(max_length=200, allow_blank=True, default="")


class FailIn(Reading):
    reason = serializers.CharField(max_length=500, allow_blank=True, default="", help_text="Why it failed.")


class NothingIn(Reading):
    """Nothing but the address is needed."""


class PaymentListIn(PageIn):
    invoice = serializers.CharField(required=False)
    customer = serializers.CharField(required=False)
    status = serializers.ChoiceField(choices=Payment.Status.choices, required=False)
    method = serializers.ChoiceField(choices=Payment.Method.choices, required=False)


class ExcessOut(serializers.Serializer):
    """What the payment brought beyond its invoice's debt, kept as the customer's credit."""

    id = serializers.CharField()
    amount = AmountOut()
    amount_applied = AmountOut()
    amount_available = AmountOut()


class PaymentOut(serializers.Serializer):
    object = serializers.SerializerMethodField()
    id = serializers.CharField()
    invoice = serializers.CharField(source="invoice_id")
    customer = serializers.CharField(source="invoice.customer_id")
    amount = AmountOut()
    currency = serializers.CharField()
    date = serializers.DateField()
    method = serializers.CharField()
    reference = serializers.CharField()
    status = serializers.CharField()
    overpayment = serializers.CharField(
        source="overpayment_id", allow_null=True, help_text="The credit that it was paid with."
    )
    excess = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    def get_object(self, payment: Payment) -> str:
        return "payment"

    def get_excess(self, payment: Payment) -> ExcessOut | None:
        kept = getattr(payment, "excess", None)
        shown: Any = ExcessOut(kept).data if kept else None
        return shown


class TaxWithheldOut(serializers.Serializer):
    id = serializers.CharField()
    amount = AmountOut()
    date = serializers.DateField()
    reference = serializers.CharField()
    created_at = serializers.DateTimeField()
