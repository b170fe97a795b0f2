"""What a credit note would come to, as the API shows it."""

from typing import Any

from rest_framework import serializers

from billing.api.fields import ObjectOut
from billing.documents.snapshot import to_json
from billing.documents.values import whole
from credit_notes.services.estimate import Estimate
from credit_notes.services.limits import facts_of
from credit_notes.services.plan import Part


class CreditedAndCopiedOut(serializers.Serializer):
    """The ids of what a credit with a copy concerns."""

    original_invoice_id = serializers.CharField(source="original.pk")
    credit_invoice_id = serializers.CharField(source="credit_note.pk")
    new_invoice_id = serializers.CharField(source="copy.pk")


class EstimateOut(serializers.Serializer):
    """A note that was not written: its sums, lines and VAT, and where its invoices stand before it.

    Amounts are decimal strings in `currency`. `amount_cleared` would lower the invoices' debt,
    `amount_available` would remain. Each invoice has its limits, their terms, and what used them up.
    """

    object = ObjectOut("credit_note_estimate")
    type = serializers.CharField()
    currency = serializers.CharField()
    net_total = serializers.CharField()
    tax_total = serializers.CharField()
    rounding_amount = serializers.CharField()
    total = serializers.CharField()
    amount_cleared = serializers.CharField()
    amount_available = serializers.CharField()
    lines = serializers.ListField(child=serializers.DictField())
    taxes = serializers.ListField(child=serializers.DictField())
    allowances_charges = serializers.ListField(child=serializers.DictField())
    invoices = serializers.ListField(child=serializers.DictField())

    def to_representation(self, instance: Estimate) -> dict[str, Any]:
        document = to_json(instance.plan.document)
        totals = document["totals"]
        return {
            "object": "credit_note_estimate",
            "type": instance.type,
            "currency": document["currency"],
            "net_total": totals["net_total"],
            "tax_total": totals["tax_total"],
            "rounding_amount": totals.get("rounding_amount", "0"),
            "total": f"{instance.plan.total:f}",
            "amount_cleared": f"{whole(instance.cleared, document['currency']):f}",
            "amount_available": f"{whole(instance.available, document['currency']):f}",
            "lines": document.get("lines", []),
            "taxes": document.get("taxes", []),
            "allowances_charges": document.get("allowances_charges", []),
            "invoices": [part_out(part) for part in instance.plan.parts],
        }


def part_out(part: Part) -> dict[str, Any]:
    """Return what a note takes of one invoice, and where that invoice stands before it."""
    facts = facts_of(part.invoice, part.standing)
    return {
        "invoice": part.invoice.pk,
        "number": part.invoice.number,
        "total": f"{part.total:f}",
        "amount_cleared": f"{whole(part.cleared, part.invoice.currency):f}",
        "creditable": facts["terms"]["creditable"],
        "adjustable": facts["terms"]["adjustable"],
        "refundable": facts["terms"]["refundable"],
        "limit": facts["limit"],
        "terms": facts["terms"],
        "used_by": facts["used_by"],
    }
