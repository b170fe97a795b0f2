"""What the rules say of a document's e-invoice, as the API shows it: the same for both kinds of paper."""

from typing import Any

from msgspec import to_builtins
from rest_framework import serializers

from billing.documents.snapshot import Document
from billing.einvoice.findings import Report
from billing.einvoice.refusals import MOST_RULES, as_fact

from .fields import ObjectOut


class FindingOut(serializers.Serializer):
    """One thing that is wrong, or looks wrong."""

    id = serializers.CharField(help_text="The official rule, or one of our own, which start with BD-.")
    flag = serializers.ChoiceField(choices=["fatal", "warning"])
    message = serializers.CharField()
    location = serializers.CharField(help_text="Where, in words.")
    field = serializers.CharField(help_text="The field to mend: `buyer.endpoint`, `lines.2.unit`.")


class LayerOut(serializers.Serializer):
    """One set of rules, and what ran it."""

    name = serializers.CharField()
    engine = serializers.CharField()
    ruleset = serializers.CharField()
    version = serializers.CharField()
    sha256 = serializers.DictField(help_text="A digest for each file of rules.")
    complete = serializers.BooleanField(help_text="It ran to its end.")


class EInvoiceCheckOut(serializers.Serializer):
    """A dry run of the gate. A document that was not checked completely is not valid."""

    object = ObjectOut("einvoice_check")
    valid = serializers.BooleanField()
    complete = serializers.BooleanField(help_text="Every set of rules ran to its end.")
    profile = serializers.CharField()
    findings = FindingOut(many=True)
    findings_count = serializers.IntegerField(help_text=f"Of all; `findings` has {MOST_RULES} at most.")
    layers = LayerOut(many=True)


def check_shown(document: Document, report: Report) -> dict[str, Any]:
    """Return a report as `EInvoiceCheckOut`."""
    return {
        "object": "einvoice_check",
        "valid": report.is_valid,
        "complete": report.complete,
        "profile": document.profile,
        "findings": [as_fact(finding) for finding in report.findings[:MOST_RULES]],
        "findings_count": len(report.findings),
        "layers": [to_builtins(layer) for layer in report.layers],
    }
