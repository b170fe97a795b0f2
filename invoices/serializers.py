"""Invoices as the API shows them."""

from typing import Any

from rest_framework import serializers

from billing.api.documents import AllowanceChargeOut, DocumentOut, FilesOut, LineOut, files_of
from billing.api.fields import AmountOut
from billing.api.pagination import PageIn
from billing.documents.values import whole

from .balances import limits
from .models import Invoice
from .settlement import settlement_of


class InvoiceListIn(PageIn):
    number = serializers.CharField(required=False)
    customer = serializers.CharField(required=False)
    status = serializers.ChoiceField(choices=["DRAFT", "FINAL"], required=False)


class PaymentOut(serializers.Serializer):
    id = serializers.CharField()
    amount = AmountOut()
    date = serializers.DateField()
    method = serializers.CharField()
    reference = serializers.CharField()
    status = serializers.CharField()


class LinkedCreditNoteOut(serializers.Serializer):
    id = serializers.CharField()
    number = serializers.CharField(source="display_number")
    status = serializers.CharField()
    type = serializers.CharField()
    date = serializers.DateField(allow_null=True)
    total = AmountOut()


class InvoiceOut(DocumentOut):
    """An invoice in a list, with what of it can still be credited, cleared and refunded."""

    object = serializers.SerializerMethodField()
    id = serializers.CharField()
    due_date = serializers.DateField(allow_null=True)
    amount_paid = AmountOut()
    amount_withheld = AmountOut()
    amount_credited = AmountOut()
    amount_due = AmountOut()
    creditable = serializers.SerializerMethodField()
    adjustable = serializers.SerializerMethodField()
    refundable = serializers.SerializerMethodField()
    linked_credit_notes = LinkedCreditNoteOut(many=True, source="credit_notes")

    def get_object(self, invoice: Invoice) -> str:
        return "invoice"

    def get_creditable(self, invoice: Invoice) -> str:
        return self.limit(invoice, "creditable")

    def get_adjustable(self, invoice: Invoice) -> str:
        return self.limit(invoice, "adjustable")

    def get_refundable(self, invoice: Invoice) -> str:
        return self.limit(invoice, "refundable")

    def limit(self, invoice: Invoice, name: str) -> str:
        return f"{whole(getattr(limits(settlement_of(invoice)), name), invoice.currency):f}"


class WholeInvoiceOut(InvoiceOut):
    """An invoice with its lines, payments and files."""

    lines = LineOut(many=True)
    allowances_charges = AllowanceChargeOut(many=True)
    payments = PaymentOut(many=True)
    files = serializers.SerializerMethodField()

    def get_files(self, invoice: Invoice) -> FilesOut:
        files: Any = files_of(invoice.pk)
        return files
