"""What invoices and credit notes show alike: parties, lines, VAT, files."""

from typing import Any

from rest_framework import serializers

from billing.documents.files import HTML, MARKED, PDF, XML
from billing.documents.models import BillingDocument, DocumentLine, StoredFile

from .expanding import Expandable
from .fields import AmountOut, NumberOut, ThingOut, ValueOut
from .resources.billing_entities import BillingEntityOut
from .resources.customers import CustomerOut

DOWNLOADS = (PDF, HTML, XML)


class AllowanceChargeOut(serializers.Serializer):
    is_charge = serializers.BooleanField()
    amount = AmountOut()
    base_amount = AmountOut(allow_null=True)
    percent = NumberOut(allow_null=True)
    reason = serializers.CharField()
    reason_code = serializers.CharField()
    tax_category = serializers.CharField()
    tax_rate = NumberOut(allow_null=True)


class LineOut(serializers.Serializer):
    id = serializers.CharField()
    line_id = serializers.CharField(help_text="The line's number on the paper (BT-126).")
    name = serializers.CharField()
    description = serializers.CharField()
    quantity = NumberOut()
    unit = serializers.CharField(help_text="UNECE Rec 20.")
    unit_price = NumberOut()
    base_quantity = NumberOut(allow_null=True)
    net_amount = AmountOut()
    tax_category = serializers.CharField()
    tax_rate = NumberOut(allow_null=True)
    exemption_reason = serializers.SerializerMethodField(help_text="Why no VAT is due on it, if so (BT-120).")
    period = ValueOut(allow_null=True)
    allowances_charges = ValueOut(many=True)

    def get_exemption_reason(self, line: DocumentLine) -> str:
        taxed = (line.tax_category, line.tax_rate)
        groups = (group for group in line.document.taxes if (group.category, group.rate) == taxed)
        return next((group.exemption_reason for group in groups), "")


class TaxGroupOut(serializers.Serializer):
    category = serializers.CharField()
    rate = NumberOut(allow_null=True)
    base = serializers.DecimalField(max_digits=None, decimal_places=None, coerce_to_string=True)
    amount = serializers.DecimalField(max_digits=None, decimal_places=None, coerce_to_string=True)
    exemption_reason = serializers.CharField()
    exemption_code = serializers.CharField()


class FileOut(serializers.Serializer):
    name = serializers.CharField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class FilesOut(serializers.Serializer):
    """The files a worker has made so far; null until then. An old paper's HTML is made when asked for."""

    pdf = FileOut(allow_null=True)
    html = FileOut(allow_null=True)
    xml = FileOut(allow_null=True)


class DocumentOut(ThingOut):
    """The fields that every paper shows. Amounts are decimal strings in `currency`."""

    number = serializers.CharField(allow_null=True, help_text="The legal number; null for a draft.")
    display_number = serializers.CharField()
    wanted_number = serializers.CharField(help_text="The number that somebody named for it; often none.")
    currency = serializers.CharField()
    date = serializers.DateField(allow_null=True)
    type_code = serializers.CharField()
    profile = serializers.CharField()
    language = serializers.CharField()
    platform = serializers.CharField(source="platform_id")
    billing_entity = Expandable(BillingEntityOut)
    customer = Expandable(CustomerOut)
    buyer_reference = serializers.CharField()
    purchase_order_reference = serializers.CharField()
    seller = ValueOut()
    buyer = ValueOut()
    delivery = ValueOut(allow_null=True)
    period = ValueOut(allow_null=True)
    taxes = TaxGroupOut(many=True)
    line_total = AmountOut()
    allowance_total = AmountOut()
    charge_total = AmountOut()
    net_total = AmountOut()
    tax_total = AmountOut()
    rounding_amount = AmountOut()
    total = AmountOut()
    accounting_currency = serializers.CharField()
    accounting_tax_total = AmountOut(currency="accounting_currency", allow_null=True)
    exchange_rate = NumberOut(allow_null=True)
    sequence = serializers.CharField(source="series_id", allow_null=True, help_text="Its number's series.")
    template = serializers.SerializerMethodField(
        help_text="By id, or a built-in look by name; null: the default one, when it becomes final."
    )
    timezone = serializers.CharField(source="time_zone", help_text="Empty: the billing entity's.")
    metadata = serializers.DictField()
    custom_fields = serializers.DictField()
    internal_comment = serializers.CharField()
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    finalized_at = serializers.DateTimeField(allow_null=True)

    def get_template(self, paper: BillingDocument) -> str | None:
        return paper.template_id or paper.look.get("style")

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown = super().to_representation(instance)
        return shown | {"number": instance.number or None}


def files_of(document_id: str, *, is_void: bool = False) -> dict[str, Any]:
    """Return a document's downloadable files by kind, as `FilesOut`: of a void one, those that say so."""
    kinds = {kind: kind for kind in DOWNLOADS} | (MARKED if is_void else {})
    rows = StoredFile.objects.filter(document_id=document_id, kind__in=kinds.values())
    found = {row.kind: FileOut(row).data for row in rows}
    return {shown: found.get(kind) for shown, kind in kinds.items()}


def timeline_of(events: Any) -> list[dict[str, Any]]:
    """Return events as a document's history, oldest first."""
    return [
        {"id": event.pk, "type": event.type, "actor": event.actor, "created_at": event.created_at}
        for event in events
    ]
