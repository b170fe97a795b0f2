"""Invoices: the claims for payment that credit notes correct."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django_fsm import transition

from billing.documents import snapshot
from billing.documents.fields import amount_field
from billing.documents.models import BillingDocument, DocumentAllowanceCharge, DocumentLine
from billing.documents.ordering import list_indexes
from billing.documents.triggers import OF_DOCUMENTS, FrozenDocument, FrozenPart, SamePlatform
from billing.ids import id_field
from billing.money import ZERO
from invoices.querysets import InvoiceQuerySet

SETTLED = F("amount_paid") + F("amount_withheld") + F("amount_credited")

MOVABLE = (
    "version",
    "amount_paid",
    "amount_withheld",
    "amount_credited",
    "amount_due",
    "metadata",
    "internal_comment",
    "updated_at",
)


class Invoice(BillingDocument):
    """A claim for payment.   DRAFT ──finalize──▶ FINAL, and FINAL it stays: it is credited, never changed."""

    KIND = "invoice"
    MOVABLE = MOVABLE

    class PriceType(models.TextChoices):
        TAX_EXCLUSIVE = "tax_exclusive"
        TAX_INCLUSIVE = "tax_inclusive"

    id = id_field("inv")
    due_date = models.DateField(null=True)
    payment_terms = models.TextField(blank=True)
    preceding = models.JSONField(default=list)
    prepaid_amount = amount_field(default=ZERO)
    price_type = models.CharField(max_length=20, choices=PriceType.choices, default=PriceType.TAX_EXCLUSIVE)
    copy_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="copies")
    amount_paid = amount_field(default=ZERO)
    amount_withheld = amount_field(default=ZERO)
    amount_credited = amount_field(default=ZERO)
    amount_due = models.GeneratedField(
        expression=F("total") - SETTLED, output_field=amount_field(), db_persist=True
    )

    objects = InvoiceQuerySet.as_lean_manager()

    class Meta:
        base_manager_name = "objects"  # a related paper comes without its snapshot too
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["platform", "-id"]),
            models.Index(fields=["customer", "-id"]),
            *list_indexes("invoice"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["billing_entity", "number"], condition=~Q(number=""), name="invoice_number_once"
            ),
            models.UniqueConstraint(
                fields=["series", "series_period", "series_number"], name="invoice_place_in_series_once"
            ),
            models.CheckConstraint(
                condition=Q(status="DRAFT") | (~Q(number="") & Q(snapshot__isnull=False)),
                name="invoice_final_is_numbered",
            ),
            models.CheckConstraint(
                condition=Q(total=F("net_total") + F("tax_total") + F("rounding_amount")),
                name="invoice_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(amount_paid__gte=0, amount_withheld__gte=0, amount_credited__gte=0),
                name="invoice_settled_by_positive_amounts",
            ),
            models.CheckConstraint(
                condition=Q(total__gte=SETTLED) | Q(amount_paid=0, amount_withheld=0, amount_credited=0),
                name="invoice_not_settled_twice",
            ),
        ]
        triggers = [
            FrozenDocument(name="frozen", movable=MOVABLE),
            SamePlatform(name="same_platform", tables=OF_DOCUMENTS),
        ]

    @transition(field="status", source=BillingDocument.Status.DRAFT, target=BillingDocument.Status.FINAL)
    def finalize(self, document: snapshot.Document, *, at: datetime) -> None:
        self.freeze(document, at=at)


class InvoiceLine(DocumentLine):
    id = id_field("il")
    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines")
    group = models.CharField(max_length=200, blank=True)

    class Meta(DocumentLine.Meta):
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_position_once")
        ]
        triggers = [FrozenPart(name="frozen", document="invoice_id", table="invoices_invoice")]

    @property
    def document(self) -> Invoice:
        return self.invoice


class InvoiceAllowanceCharge(DocumentAllowanceCharge):
    id = id_field("iac")
    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="allowances_charges")

    class Meta(DocumentAllowanceCharge.Meta):
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="invoice_allowance_position_once")
        ]
        triggers = [FrozenPart(name="frozen", document="invoice_id", table="invoices_invoice")]

    @property
    def document(self) -> Invoice:
        return self.invoice
