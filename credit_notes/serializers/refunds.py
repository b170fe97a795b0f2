"""Refunds as the API takes and shows them."""

from typing import Any, ClassVar

from rest_framework import serializers

from billing.api import aliases
from billing.api.fields import AmountIn, AmountOut, ObjectOut, Reading
from credit_notes.models import CreditNote, Refund
from credit_notes.services.limits import plain
from credit_notes.services.waterfall import Plan
from invoices.models import Payment


class RefundIn(Reading):
    aliases: ClassVar = aliases.REFUND

    amount = AmountIn(required=False, help_text="Default: all that the note has available.")
    reason_code = serializers.CharField(max_length=50, allow_blank=True, default="")


class RecordRefundIn(Reading):
    aliases: ClassVar = aliases.MONEY

    amount = AmountIn()
    date = serializers.DateField(help_text="Not before the note's date, nor in the future.")
    method = serializers.ChoiceField(choices=Payment.Method.of_money())
    reference = serializers.CharField(max_length=200, allow_blank=True, default="")
    reason_code = serializers.CharField(max_length=50, allow_blank=True, default="")


class RefundPlanIn(Reading):
    amount = AmountIn(required=False, help_text="Default: all that the note has available.")


class SucceedRefundIn(Reading):
    date = serializers.DateField(required=False, help_text="Default: today.")
    reference = serializers.CharField(max_length=200, allow_blank=True, default="")


class FailRefundIn(Reading):
    failure = serializers.CharField(max_length=2000, help_text="Why the money did not go.")


class RefundOut(serializers.Serializer):
    """Money on its way back to the customer, or returned. Without a `gateway` it went back elsewhere."""

    object = ObjectOut("refund")
    id = serializers.CharField()
    credit_note = serializers.CharField(source="credit_note_id")
    payment = serializers.CharField(source="payment_id", allow_null=True)
    amount = AmountOut()
    currency = serializers.CharField()
    status = serializers.ChoiceField(choices=Refund.Status.choices)
    gateway = serializers.ChoiceField(
        choices=Refund.Gateway.choices, allow_blank=True, help_text="Empty for one that is only recorded."
    )
    method = serializers.CharField()
    reference = serializers.CharField()
    provider_reference = serializers.CharField()
    reason_code = serializers.CharField()
    failure = serializers.CharField(help_text="Why it failed.")
    date = serializers.DateField(allow_null=True, help_text="The day on which the money went.")
    created_at = serializers.DateTimeField()
    refunded_at = serializers.DateTimeField(allow_null=True)


class LegOut(serializers.Serializer):
    source = serializers.CharField(help_text="payment, or unlinked for a note on no invoice.")
    payment = serializers.CharField(allow_null=True)
    invoice = serializers.CharField(allow_null=True)
    gateway = serializers.CharField()
    amount = serializers.CharField()


class RefundPlanOut(serializers.Serializer):
    """The steps of a refund before it runs. `missing` is what the payments cannot return of `amount`."""

    object = ObjectOut("refund_plan")
    credit_note = serializers.CharField()
    currency = serializers.CharField()
    amount = serializers.CharField()
    legs = LegOut(many=True)
    total = serializers.CharField()
    missing = serializers.CharField()
    rest = serializers.CharField(help_text="What the note would still have available.")


def plan_out(note: CreditNote, plan: Plan) -> dict[str, Any]:
    """Return a plan as `RefundPlanOut`."""
    return {
        "object": "refund_plan",
        "credit_note": note.pk,
        "currency": note.currency,
        "amount": plain(note, plan.total + plan.missing),
        "legs": [
            {
                "source": leg.source,
                "payment": leg.payment.pk if leg.payment else None,
                "invoice": leg.payment.invoice_id if leg.payment else None,
                "gateway": leg.gateway,
                "amount": plain(note, leg.amount),
            }
            for leg in plan.legs
        ],
        "total": plain(note, plan.total),
        "missing": plain(note, plan.missing),
        "rest": plain(note, note.left - plan.total),
    }
