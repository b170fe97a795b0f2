"""Credit notes as the API takes and shows them."""

from typing import Any

from rest_framework import serializers

from billing.api.documents import AllowanceChargeOut, DocumentOut, FilesOut, LineOut, files_of, timeline_of
from billing.api.fields import AmountOut
from billing.api.pagination import PageIn
from billing.events.models import Event
from credit_notes.models import CreditNote

from .refunds import RefundOut
from .withheld import TaxWithheldRefundOut


class CreditNoteListIn(PageIn):
    number = serializers.CharField(required=False)
    customer = serializers.CharField(required=False)
    invoice = serializers.CharField(required=False)
    status = serializers.ChoiceField(choices=["DRAFT", "FINAL", "VOID"], required=False)
    type = serializers.ChoiceField(choices=CreditNote.Type.choices, required=False)


class ReferenceOut(serializers.Serializer):
    id = serializers.CharField(source="invoice_id")
    number = serializers.CharField()
    date = serializers.DateField(allow_null=True)


class LinkedInvoiceOut(ReferenceOut):
    """An invoice that the note corrects, and what it takes of it."""

    net_total = AmountOut()
    tax_total = AmountOut()
    total = AmountOut()


class AllocationOut(serializers.Serializer):
    id = serializers.CharField()
    invoice = serializers.CharField(source="invoice_id")
    amount = AmountOut()
    allocated_at = serializers.DateTimeField()
    reverses = serializers.CharField(source="reverses_id", allow_null=True)


class CreditNoteLineOut(LineOut):
    invoice_line = serializers.CharField(source="invoice_line_id", allow_null=True)


class EInvoiceOut(serializers.Serializer):
    """The state of an e-invoice: DRAFT, then GENERATING until the worker has made it, then GENERATED.

    SKIPPED is that of a historic note, which was issued elsewhere.
    """

    status = serializers.CharField()
    profile = serializers.CharField()
    rules = serializers.JSONField()


class CreditNoteOut(DocumentOut):
    """A credit note in a list."""

    object = serializers.SerializerMethodField()
    id = serializers.CharField()
    type = serializers.CharField()
    settlement = serializers.CharField(allow_blank=True)
    on_hold = serializers.BooleanField()
    credit_details_source = serializers.CharField(source="details_source")
    reason_code = serializers.CharField()
    note = serializers.CharField()
    invoice = serializers.SerializerMethodField()
    linked_invoices = LinkedInvoiceOut(many=True, source="references")
    amount_allocated = AmountOut()
    amount_refunded = AmountOut()
    amount_available = AmountOut()
    approved_by = serializers.CharField(
        source="approved_by_name", help_text="Who said yes, where that is needed."
    )
    approved_at = serializers.DateTimeField(allow_null=True)
    voided_at = serializers.DateTimeField(allow_null=True)
    void_reason = serializers.CharField()
    reversed_at = serializers.DateTimeField(allow_null=True)
    reversed_by = serializers.CharField(source="reversed_by_id", allow_null=True)

    def get_object(self, note: CreditNote) -> str:
        return "credit_note"

    def get_invoice(self, note: CreditNote) -> ReferenceOut:
        references: Any = [ReferenceOut(row).data for row in note.references.all()]
        return next((row for row in references if row["id"] == note.invoice_id), None)


class WholeCreditNoteOut(CreditNoteOut):
    """A credit note with its lines, allocations, files, e-invoice and history."""

    lines = CreditNoteLineOut(many=True)
    allowances_charges = AllowanceChargeOut(many=True)
    allocations = AllocationOut(many=True)
    refunds = RefundOut(many=True)
    tax_withheld_refunds = TaxWithheldRefundOut(many=True)
    files = serializers.SerializerMethodField()
    einvoice = serializers.SerializerMethodField()
    timeline = serializers.SerializerMethodField()

    def get_files(self, note: CreditNote) -> FilesOut:
        files: Any = files_of(note.pk, is_void=note.status == CreditNote.Status.VOID)
        return files

    def get_einvoice(self, note: CreditNote) -> EInvoiceOut:
        return einvoice_of(note)

    def get_timeline(self, note: CreditNote) -> list[dict[str, Any]]:
        return timeline_of(Event.objects.filter(object_id=note.pk).order_by("id"))


def einvoice_of(note: CreditNote) -> Any:
    """Return the state of a note's e-invoice, as `EInvoiceOut`."""
    made = files_of(note.pk)["xml"] is not None
    waiting = "GENERATING" if note.einvoice_rules else "SKIPPED"
    status = "DRAFT" if note.is_draft else "GENERATED" if made else waiting
    return {"status": status, "profile": note.profile, "rules": note.einvoice_rules}
