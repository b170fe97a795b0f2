"""Credit notes as the API takes and shows them."""

from typing import Any

from rest_framework import serializers

from billing.api.documents import AllowanceChargeOut, DocumentOut, FilesOut, LineOut, files_of, timeline_of
from billing.api.fields import AmountOut, Reading
from billing.api.pagination import PageIn
from billing.events.models import Event
from credit_notes.models import LONGEST_NOTE, CreditNote


class CreditInvoiceIn(Reading):
    """How to credit an invoice. Nothing is required: an empty body drafts a credit of the entire invoice."""

    note = serializers.CharField(
        max_length=LONGEST_NOTE, allow_blank=True, default="", help_text="Printed: why it is credited."
    )
    reason_code = serializers.CharField(max_length=50, allow_blank=True, default="")
    type = serializers.ChoiceField(
        choices=CreditNote.Type.choices, required=False, help_text="Default: by what is unpaid."
    )
    force_init_on_hold = serializers.BooleanField(default=False)
    finalize = serializers.BooleanField(default=False)
    notify = serializers.BooleanField(default=False, help_text="With `finalize`: e-mail it to the customer.")

    def validate(self, wish: dict[str, Any]) -> dict[str, Any]:
        if wish["notify"] and not wish["finalize"]:
            message = "Only a final note is sent: give `finalize` too, or `notify` when you finalise it."
            raise serializers.ValidationError({"notify": message})
        return wish


class UpdateCreditNoteIn(Reading):
    note = serializers.CharField(max_length=LONGEST_NOTE, allow_blank=True, required=False)
    reason_code = serializers.CharField(max_length=50, allow_blank=True, required=False)
    internal_comment = serializers.CharField(max_length=LONGEST_NOTE, allow_blank=True, required=False)


class FinalizeIn(Reading):
    notify = serializers.BooleanField(default=False, help_text="E-mail it to the customer.")


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


class AllocationOut(serializers.Serializer):
    id = serializers.CharField()
    invoice = serializers.CharField(source="invoice_id")
    amount = AmountOut()
    allocated_at = serializers.DateTimeField()
    reverses = serializers.CharField(source="reverses_id", allow_null=True)


class CreditNoteLineOut(LineOut):
    invoice_line = serializers.CharField(source="invoice_line_id", allow_null=True)


class EInvoiceOut(serializers.Serializer):
    """The state of an e-invoice: DRAFT, then GENERATING until the worker has made it, then GENERATED."""

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
    reason_code = serializers.CharField()
    note = serializers.CharField()
    invoice = serializers.SerializerMethodField()
    linked_invoices = ReferenceOut(many=True, source="references")
    amount_allocated = AmountOut()
    amount_refunded = AmountOut()
    amount_available = AmountOut()
    voided_at = serializers.DateTimeField(allow_null=True)

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
    files = serializers.SerializerMethodField()
    einvoice = serializers.SerializerMethodField()
    timeline = serializers.SerializerMethodField()

    def get_files(self, note: CreditNote) -> FilesOut:
        files: Any = files_of(note.pk)
        return files

    def get_einvoice(self, note: CreditNote) -> EInvoiceOut:
        return einvoice_of(note)

    def get_timeline(self, note: CreditNote) -> list[dict[str, Any]]:
        return timeline_of(Event.objects.filter(object_id=note.pk).order_by("id"))


def einvoice_of(note: CreditNote) -> Any:
    """Return the state of a note's e-invoice, as `EInvoiceOut`."""
    made = files_of(note.pk)["xml"] is not None
    status = "DRAFT" if note.is_draft else "GENERATED" if made else "GENERATING"
    return {"status": status, "profile": note.profile, "rules": note.einvoice_rules}
