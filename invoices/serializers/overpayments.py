"""What customers paid too much, as the API takes and shows it."""

from rest_framework import serializers

from billing.api.fields import AmountIn, AmountOut, ObjectOut, Reading


class ApplyOverpaymentIn(Reading):
    overpayment = serializers.CharField(
        max_length=40, required=False, help_text="Default: all that the customer has, the oldest first."
    )
    amount = AmountIn(required=False, help_text="Default: as much as fits.")


class OverpaymentOut(serializers.Serializer):
    """What a payment brought beyond its invoice's debt, kept as the customer's credit."""

    object = ObjectOut("overpayment")
    id = serializers.CharField()
    customer = serializers.CharField(source="customer_id")
    billing_entity = serializers.CharField(source="billing_entity_id")
    payment = serializers.CharField(source="payment_id")
    invoice = serializers.CharField(source="payment.invoice_id", help_text="What the payment was for.")
    currency = serializers.CharField()
    amount = AmountOut()
    amount_applied = AmountOut()
    amount_available = AmountOut()
    created_at = serializers.DateTimeField()
