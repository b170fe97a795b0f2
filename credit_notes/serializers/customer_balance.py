"""A customer's balance, as the API shows it."""

from rest_framework import serializers

from billing.api.fields import AmountOut, ObjectOut, Reading
from credit_notes.models import CreditNote
from credit_notes.services.customer_balance import MOST_ROWS


class BalanceIn(Reading):
    limit = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, default=MOST_ROWS)


class PaperOut(serializers.Serializer):
    """An invoice or a credit note that is named."""

    id = serializers.CharField()
    number = serializers.CharField()


class OpenInvoiceOut(PaperOut):
    date = serializers.DateField()
    due_date = serializers.DateField(allow_null=True)
    currency = serializers.CharField()
    total = AmountOut()
    amount_due = AmountOut()


class AvailableCreditOut(PaperOut):
    type = serializers.ChoiceField(choices=CreditNote.Type.choices)
    date = serializers.DateField()
    currency = serializers.CharField()
    total = AmountOut()
    amount_available = AmountOut()


class AvailableOverpaymentOut(serializers.Serializer):
    id = serializers.CharField()
    payment = serializers.CharField(source="payment_id")
    currency = serializers.CharField()
    amount = AmountOut()
    amount_available = AmountOut()


class AccountOut(serializers.Serializer):
    """Where the customer stands with one billing entity in one currency; a negative balance is theirs."""

    billing_entity = serializers.CharField(source="billing_entity.pk")
    currency = serializers.CharField()
    balance = AmountOut()
    amount_due = AmountOut()
    amount_available = AmountOut()
    amount_overpaid = AmountOut()
    open_invoice_count = serializers.IntegerField()
    credit_note_count = serializers.IntegerField()
    overpayment_count = serializers.IntegerField()
    open_invoices = OpenInvoiceOut(many=True)
    credit_notes = AvailableCreditOut(many=True)
    overpayments = AvailableOverpaymentOut(many=True)


class MovementOut(serializers.Serializer):
    """Money that moved; a negative amount undoes an earlier movement."""

    kind = serializers.CharField()
    id = serializers.CharField()
    at = serializers.DateTimeField()
    date = serializers.DateField(allow_null=True)
    amount = AmountOut()
    currency = serializers.CharField()
    status = serializers.CharField()
    invoice = PaperOut(allow_null=True)
    credit_note = PaperOut(allow_null=True)


class BalanceOut(serializers.Serializer):
    """Open invoices, available credit, overpayments and the latest movements."""

    object = ObjectOut("customer_balance")
    customer = serializers.CharField(source="customer.pk")
    accounts = AccountOut(many=True)
    movements = MovementOut(many=True)
