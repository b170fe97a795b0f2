"""Invoices as the API shows them."""

from typing import Any, get_args

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing import clock
from billing.api.documents import (
    AllowanceChargeOut,
    DocumentOut,
    FilesOut,
    LineOut,
    files_of,
    timeline_of,
)
from billing.api.einvoices import EInvoiceOut, einvoice_shown
from billing.api.expanding import ExpandableParts
from billing.api.fields import AmountOut, NumberOut, ObjectOut, ValueOut
from billing.documents.values import whole
from billing.events.models import Event
from billing.money import ZERO
from invoices.balances import PaymentStatus, is_overdue, limits, payment_status
from invoices.models import Invoice
from invoices.services.einvoice import ROUTE
from invoices.settlement import settlement_of

from .payments import PaymentOut, TaxWithheldOut


class LinkedCreditNoteOut(serializers.Serializer):
    """A credit note on the invoice: its own total, and what of that it takes of this invoice."""

    id = serializers.CharField(source="credit_note_id")
    number = serializers.CharField(source="credit_note.display_number")
    status = serializers.CharField(source="credit_note.status")
    type = serializers.CharField(source="credit_note.type")
    date = serializers.DateField(source="credit_note.date", allow_null=True)
    total = AmountOut(source="credit_note.total")
    amount = AmountOut(source="total")


class InvoiceOut(DocumentOut):
    """An invoice in a list, with what of it can still be credited, cleared and refunded."""

    object = ObjectOut("invoice")
    id = serializers.CharField()
    status = serializers.ChoiceField(choices=Invoice.Status.choices)
    on_hold = serializers.BooleanField()
    due_date = serializers.DateField(allow_null=True)
    payment_status = serializers.SerializerMethodField()
    is_overdue = serializers.SerializerMethodField()
    amount_paid = AmountOut()
    amount_withheld = AmountOut()
    amount_credited = AmountOut()
    amount_due = AmountOut(allow_null=True, help_text="Null for a draft, which asks for nothing yet.")
    creditable = serializers.SerializerMethodField()
    adjustable = serializers.SerializerMethodField()
    refundable = serializers.SerializerMethodField()
    linked_credit_notes = LinkedCreditNoteOut(many=True, source="credit_note_references")

    @extend_schema_field(serializers.ChoiceField(choices=get_args(PaymentStatus), allow_null=True))
    def get_payment_status(self, invoice: Invoice) -> PaymentStatus | None:
        if invoice.is_draft:
            return None
        return payment_status(settlement_of(invoice), due_date=invoice.due_date, on=today(invoice))

    def get_is_overdue(self, invoice: Invoice) -> bool:
        return invoice.is_final and is_overdue(
            settlement_of(invoice), due_date=invoice.due_date, on=today(invoice)
        )

    def get_creditable(self, invoice: Invoice) -> str:
        return self.limit(invoice, "creditable")

    def get_adjustable(self, invoice: Invoice) -> str:
        return self.limit(invoice, "adjustable")

    def get_refundable(self, invoice: Invoice) -> str:
        return self.limit(invoice, "refundable")

    def limit(self, invoice: Invoice, name: str) -> str:
        """Return a limit; nothing of a draft can be credited, cleared or refunded."""
        amount = ZERO if invoice.is_draft else getattr(limits(settlement_of(invoice)), name)
        return f"{whole(amount, invoice.currency):f}"

    def to_representation(self, instance: Invoice) -> dict[str, Any]:
        shown = super().to_representation(instance)
        return shown | ({"amount_due": None} if instance.is_draft else {})


def today(invoice: Invoice) -> Any:
    return invoice.day(clock.now())


class InvoiceLineOut(LineOut):
    note = serializers.CharField()
    tax_inclusive_price = NumberOut(allow_null=True, help_text="As the price list has it, with VAT.")
    group = serializers.CharField()
    seller_item_id = serializers.CharField()
    buyer_item_id = serializers.CharField()
    standard_item_id = ValueOut(allow_null=True)
    classifications = ValueOut(many=True)
    origin_country = serializers.CharField()
    attributes = ValueOut(many=True)
    object_id = ValueOut(allow_null=True)
    order_line = serializers.CharField()
    accounting_cost = serializers.CharField(source="accounting_reference")


class CreditOut(serializers.Serializer):
    """Credit that an invoice has of a note; a negative amount took some back."""

    id = serializers.CharField()
    credit_note = serializers.CharField(source="credit_note_id")
    number = serializers.CharField(source="credit_note.number")
    amount = AmountOut()
    allocated_at = serializers.DateTimeField()
    reverses = serializers.CharField(source="reverses_id", allow_null=True)


class ListedInvoiceOut(InvoiceOut):
    """An invoice in a list, which shows its parts only where `expand` asks for them."""

    lines = ExpandableParts(InvoiceLineOut)
    allowances_charges = ExpandableParts(AllowanceChargeOut)
    payments = ExpandableParts(PaymentOut)
    allocations = ExpandableParts(CreditOut)


class AttachmentOut(serializers.Serializer):
    """A supporting document (BG-24); one with a size has its bytes here."""

    id = serializers.CharField()
    description = serializers.CharField()
    uri = serializers.CharField()
    filename = serializers.CharField()
    mime_type = serializers.CharField()
    size = serializers.IntegerField()


class WholeInvoiceOut(InvoiceOut):
    """An invoice with all that it says, its payments, its files and its history."""

    price_type = serializers.ChoiceField(choices=Invoice.PriceType.choices)
    exchange_rate = NumberOut(allow_null=True)
    series = serializers.CharField(source="series_id", allow_null=True)
    wanted_number = serializers.CharField()
    tax_point_date = serializers.DateField(allow_null=True)
    tax_point_code = serializers.CharField()
    payment_terms = serializers.CharField()
    project_reference = serializers.CharField()
    contract_reference = serializers.CharField()
    sales_order_reference = serializers.CharField()
    receiving_advice_reference = serializers.CharField()
    despatch_advice_reference = serializers.CharField()
    tender_reference = serializers.CharField()
    object_id = ValueOut(allow_null=True)
    accounting_reference = serializers.CharField()
    payee = ValueOut(allow_null=True)
    tax_representative = ValueOut(allow_null=True)
    payment_means = ValueOut(many=True)
    creditor_id = serializers.CharField()
    notes = ValueOut(many=True)
    preceding = serializers.ListField(child=serializers.DictField())
    attachments = AttachmentOut(many=True)
    custom_fields = serializers.DictField()
    released_at = serializers.DateTimeField(allow_null=True)
    copy_of = serializers.CharField(source="copy_of_id", allow_null=True)
    lines = InvoiceLineOut(many=True)
    allowances_charges = AllowanceChargeOut(many=True)
    payments = PaymentOut(many=True)
    taxes_withheld = TaxWithheldOut(many=True)
    allocations = CreditOut(many=True)
    files = serializers.SerializerMethodField()
    einvoice = serializers.SerializerMethodField()
    timeline = serializers.SerializerMethodField()

    def get_files(self, invoice: Invoice) -> FilesOut:
        files: Any = files_of(invoice.pk)
        return files

    def get_einvoice(self, invoice: Invoice) -> EInvoiceOut:
        shown: Any = einvoice_shown(ROUTE, invoice)
        return shown

    def get_timeline(self, invoice: Invoice) -> list[dict[str, Any]]:
        return timeline_of(Event.objects.filter(object_id=invoice.pk).order_by("id"))
