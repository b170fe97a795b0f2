"""Invoices: the claims for payment that credit notes correct."""

from datetime import datetime

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django_fsm import FSMField, transition

from billing.documents import snapshot
from billing.documents.fields import amount_field
from billing.documents.models import BillingDocument, DocumentAllowanceCharge, DocumentLine
from billing.documents.triggers import PARTIES, FrozenDocument, FrozenPart, SamePlatform
from billing.ids import id_field
from billing.money import ZERO
from billing.platforms.models import Platform
from billing.platforms.querysets import PlatformQuerySet

from .querysets import InvoiceQuerySet

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

    id = id_field("inv")
    due_date = models.DateField(null=True)
    payment_terms = models.TextField(blank=True)
    preceding = models.JSONField(default=list)
    prepaid_amount = amount_field(default=ZERO)
    amount_paid = amount_field(default=ZERO)
    amount_withheld = amount_field(default=ZERO)
    amount_credited = amount_field(default=ZERO)
    amount_due = models.GeneratedField(
        expression=F("total") - SETTLED, output_field=amount_field(), db_persist=True
    )

    objects = InvoiceQuerySet.as_lean_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["platform", "-id"]),
            models.Index(fields=["customer", "-id"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["billing_entity", "number"], condition=~Q(number=""), name="invoice_number_once"
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
            SamePlatform(name="same_platform", tables=PARTIES),
        ]

    @transition(field="status", source=BillingDocument.Status.DRAFT, target=BillingDocument.Status.FINAL)
    def finalize(self, document: snapshot.Document, *, at: datetime) -> None:
        self.freeze(document, at=at)


class InvoiceLine(DocumentLine):
    id = id_field("il")
    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines")

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


class Payment(models.Model):
    """Money that came in for an invoice, or is on its way.   IN_PROGRESS ──▶ SUCCEEDED | FAILED"""

    class Status(models.TextChoices):
        IN_PROGRESS = "IN_PROGRESS"
        SUCCEEDED = "SUCCEEDED"
        FAILED = "FAILED"

    class Method(models.TextChoices):
        BANK_TRANSFER = "bank_transfer"
        CARD = "card"
        CASH = "cash"
        DIRECT_DEBIT = "direct_debit"
        STRIPE = "stripe"
        OTHER = "other"

    id = id_field("pay")
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="payments")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="payments")
    amount = amount_field()
    date = models.DateField()
    method = models.CharField(max_length=20, choices=Method.choices)
    reference = models.CharField(max_length=200, blank=True)
    status = FSMField(choices=Status.choices, default=Status.SUCCEEDED, protected=True)
    created_at = models.DateTimeField()

    objects = PlatformQuerySet.as_manager()

    class Meta:
        ordering = ["date", "id"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="payment_is_positive")]
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            SamePlatform(name="same_platform", tables={"invoice_id": "invoices_invoice"}),
            pgtrigger.Protect(
                name="settled_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status__in=["SUCCEEDED", "FAILED"]),
            ),
            pgtrigger.Protect(
                name="never_another_amount",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["status"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.invoice.currency} on {self.date}"

    @transition(field=status, source=Status.IN_PROGRESS, target=Status.SUCCEEDED)
    def succeed(self) -> None:
        """The money has come."""

    @transition(field=status, source=Status.IN_PROGRESS, target=Status.FAILED)
    def fail(self) -> None:
        """The money will not come."""

    @property
    def currency(self) -> str:
        return self.invoice.currency
