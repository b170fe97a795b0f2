"""Credit notes as the API takes and shows them."""

from typing import Any

from rest_framework import serializers

from billing.api.documents import AllowanceChargeOut, DocumentOut, FilesOut, LineOut, files_of, timeline_of
from billing.api.einvoices import EInvoiceOut, einvoice_shown
from billing.api.expanding import Expandable, ExpandableParts
from billing.api.fields import AmountOut, ObjectOut
from billing.events.models import Event
from credit_notes.lists import SETTLEMENTS
from credit_notes.models import CreditNote
from credit_notes.services.einvoice import ROUTE
from invoices.serializers import ListedInvoiceOut

from .refunds import RefundOut
from .withheld import TaxWithheldRefundOut


class ReferenceOut(serializers.Serializer):
    id = serializers.CharField(source="invoice_id")
    number = serializers.CharField()
    date = serializers.DateField(allow_null=True)


class CorrectedOut(serializers.Serializer):
    """The invoice that a note corrects, in short; of several the note names none."""

    id = serializers.CharField()
    number = serializers.CharField()
    date = serializers.DateField(allow_null=True)

    def to_representation(self, note: CreditNote) -> Any:
        references = (row for row in note.references.all() if row.invoice_id == note.invoice_id)
        return next((ReferenceOut(row).data for row in references), None)


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


class CreditNoteOut(DocumentOut):
    """What a credit note shows everywhere."""

    object = ObjectOut("credit_note")
    id = serializers.CharField()
    status = serializers.ChoiceField(choices=CreditNote.Status.choices)
    type = serializers.ChoiceField(choices=CreditNote.Type.choices)
    settlement = serializers.ChoiceField(choices=SETTLEMENTS, allow_blank=True)
    on_hold = serializers.BooleanField()
    credit_details_source = serializers.ChoiceField(
        choices=CreditNote.Details.choices, source="details_source"
    )
    reason_code = serializers.CharField()
    note = serializers.CharField()
    invoice = Expandable(ListedInvoiceOut, brief=CorrectedOut, allow_null=True)
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


class ListedCreditNoteOut(CreditNoteOut):
    """A credit note in a list, which shows its parts only where `expand` asks for them."""

    lines = ExpandableParts(CreditNoteLineOut)
    allowances_charges = ExpandableParts(AllowanceChargeOut)
    allocations = ExpandableParts(AllocationOut)
    refunds = ExpandableParts(RefundOut)
    tax_withheld_refunds = ExpandableParts(TaxWithheldRefundOut)


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
        shown: Any = einvoice_shown(ROUTE, note)
        return shown

    def get_timeline(self, note: CreditNote) -> list[dict[str, Any]]:
        return timeline_of(Event.objects.filter(object_id=note.pk).order_by("id"))
